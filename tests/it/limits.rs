//! docs/limits.md says what the code does.

use std::{collections::BTreeMap, time::Duration};

use postmortem_api::{
    http::graphql::{DocumentLimits, HttpLimits},
    idempotency::model::MAX_KEY,
    live::jobs::REPLAYS,
    platform::{
        outbound::ANSWER_BYTES,
        page::MAX_PAGE,
        settings::{Settings, TABLE},
        text::{LABELS, MARKDOWN_CHARS, NOTE_CHARS, TITLE_CHARS},
    },
};

/// A row of a table: what is limited, its default, its setting, what a client sees.
struct Row {
    what: String,
    default: String,
    setting: Option<String>,
    seen: String,
}

fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md");
    let text = std::fs::read_to_string(path).expect("docs/limits.md");
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let lines = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| limit |"));
    lines
        .map(|line| {
            let [what, default, setting, seen] =
                <[String; 4]>::try_from(cells(line)).unwrap_or_else(|cells| panic!("{cells:?} are not four cells"));
            let setting = (!setting.is_empty()).then(|| setting.trim_matches('`').to_owned());
            Row {
                what,
                default,
                setting,
                seen,
            }
        })
        .collect()
}

/// The number that a cell begins with: `10 000 ms` is 10000.
fn number(cell: &str) -> u64 {
    let digits: String = cell
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ' ')
        .filter(|c| *c != ' ')
        .collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("{cell:?} begins with no number"))
}

/// Settings of how much, how long and how many, that limit no client.
const NO_LIMITS: &[&str] = &[
    "workers",
    "live_keep_alive_ms",
    "metrics_max_age_seconds",
    "slow_count_ms",
];

#[test]
fn every_setting_is_there_with_its_default() {
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    let rows = rows();
    for row in &rows {
        assert!(
            !row.what.is_empty() && !row.default.is_empty() && !row.seen.is_empty(),
            "{} is not said in full",
            row.what
        );
        if let Some(setting) = &row.setting {
            let default = defaults[setting].as_u64();
            assert_eq!(
                default,
                Some(number(&row.default)),
                "the default of {setting}, {}",
                row.what
            );
        }
    }
    for (name, _) in TABLE {
        let is_number = defaults[name].is_u64();
        let is_there = rows.iter().any(|row| row.setting.as_deref() == Some(name));
        assert_eq!(
            is_there,
            is_number && !NO_LIMITS.contains(name),
            "put {name} into docs/limits.md, or, if it limits no client, into the list of this test"
        );
    }
}

#[test]
fn what_is_fixed_is_what_the_code_says() {
    let rows = rows();
    let said: BTreeMap<&str, u64> = rows
        .iter()
        .filter(|row| row.default.starts_with(|c: char| c.is_ascii_digit()))
        .map(|row| (row.what.as_str(), number(&row.default)))
        .collect();
    let document = DocumentLimits::default();
    let http = HttpLimits::default();
    for (what, is) in [
        ("directives", document.directives),
        ("fields at the root of one operation", document.root_fields),
        ("operations", document.operations),
        ("fragments", document.fragments),
        ("selections, with fragments spread out", document.selections),
        ("words and signs", document.tokens),
        ("bytes of spaces, commas and comments", document.ignored_bytes),
        ("brackets inside one another", document.nesting),
        (
            "lists and objects inside one another in a value",
            document.input_nesting,
        ),
        (
            "uses of variables, times the bytes of the request",
            document.variable_copies_bytes,
        ),
        ("query string of a GET", http.query_string_bytes),
        ("notice of a tracker", http.notice_bytes),
        ("answer of a tracker", ANSWER_BYTES),
        ("an Idempotency-Key", MAX_KEY),
        ("characters of a title", TITLE_CHARS),
        ("characters of a text", MARKDOWN_CHARS),
        ("characters of a reason, note or comment", NOTE_CHARS),
        ("labels of an object", LABELS),
        ("rows of a page", usize::try_from(MAX_PAGE).unwrap()),
        (
            "subscriptions of one user or token that read stored events at a time",
            REPLAYS,
        ),
        ("ids of `nodes`", usize::try_from(MAX_PAGE).unwrap()),
    ] {
        assert_eq!(
            said.get(what).copied(),
            u64::try_from(is).ok(),
            "{what} in docs/limits.md"
        );
    }
}

/// The settings reach the server as they are.
#[test]
fn a_time_is_what_its_name_says() {
    let settings = Settings::default();
    assert_eq!(
        Duration::from_millis(settings.header_timeout_ms),
        Duration::from_secs(5)
    );
    for (change, named) in [
        (
            Settings {
                concurrent_requests: 0,
                ..settings.clone()
            },
            "concurrent_requests",
        ),
        (
            Settings {
                max_connections: 0,
                ..settings.clone()
            },
            "max_connections",
        ),
        (
            Settings {
                header_timeout_ms: 0,
                ..settings.clone()
            },
            "header_timeout_ms",
        ),
        (
            Settings {
                request_timeout_ms: 0,
                ..settings.clone()
            },
            "request_timeout_ms: at least 1.",
        ),
        (
            Settings {
                body_limit_bytes: 0,
                ..settings.clone()
            },
            "body_limit_bytes: at least 1.",
        ),
        (
            Settings {
                query_depth: 0,
                ..settings.clone()
            },
            "query_depth: at least 1.",
        ),
        (
            Settings {
                query_complexity: 0,
                ..settings.clone()
            },
            "query_complexity: at least 1.",
        ),
        (
            Settings {
                idempotency_hours: 0,
                ..settings.clone()
            },
            "idempotency_hours",
        ),
        (
            Settings {
                idempotency_hours: 721,
                ..settings.clone()
            },
            "idempotency_hours",
        ),
        (
            Settings {
                idempotency_answer_bytes: 5_000_000,
                ..settings.clone()
            },
            "idempotency_answer_bytes",
        ),
    ] {
        let refused = change.check().unwrap_err();
        assert!(refused.starts_with(named), "{refused}");
    }
}
