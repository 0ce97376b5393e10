//! The binary as an operator uses it, and its settings.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use postmortem_api::platform::settings::TABLE;
use tempfile::TempDir;

/// The binary stands beside the test's own directory; `make test` builds both.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(|deps| deps.parent()).unwrap().join("postmortem");
    assert!(
        path.is_file(),
        "{} is missing; run `cargo build`, or `make test`, which builds everything",
        path.display()
    );
    path
}

/// A folder of its own for each test, and no settings but those that the test gives.
pub struct Machine(pub TempDir);

impl Machine {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.0.path()).env_clear();
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The one sentence of a refusal.
#[track_caller]
pub fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.starts_with("postmortem: ") && text.trim_end().lines().count() == 1,
        "{text}"
    );
    assert!(stdout(output).is_empty(), "a refusal prints nothing on stdout");
    text
}

#[test]
fn an_unknown_setting_stops_the_start_wherever_it_stands() {
    let machine = Machine::new();
    let by_variable = machine
        .command(&["migrate"])
        .env("POSTMORTEM_LISTN", "127.0.0.1:1")
        .output()
        .unwrap();
    assert!(refusal(&by_variable).contains("\"listn\""));
    machine.write("postmortem.toml", "listn = \"127.0.0.1:1\"\n");
    let by_file = refusal(&machine.run(&["migrate"]));
    assert!(
        by_file.contains("\"listn\"") && by_file.contains("postmortem.toml"),
        "{by_file}"
    );
}

#[test]
fn a_trusted_document_that_cannot_run_stops_the_start() {
    let machine = Machine::new();
    machine.write("late.graphql", "{ reports { nodes { late } } }");
    for command in ["serve", "api", "demo"] {
        let text = refusal(&machine.run(&[command, "--trusted-documents", "late.graphql"]));
        assert!(text.contains("late.graphql") && text.contains("\"late\""), "{text}");
    }
    let text = refusal(&machine.run(&["serve", "--trusted-documents", "absent"]));
    assert!(text.contains("trusted_documents: absent"), "{text}");
    assert!(
        !machine.0.path().join("postmortem.db").exists(),
        "nothing is begun before"
    );
}

#[test]
fn a_bad_value_is_named() {
    let machine = Machine::new();
    for (args, named) in [
        (["migrate", "--listen", "nowhere"], "listen"),
        (["migrate", "--query-depth", "deep"], "query_depth"),
        (["migrate", "--time-zone", "Mars/Olympus"], "time_zone"),
        (["migrate", "--database-url", "mysql://x"], "database_url"),
        (["migrate", "--database-url", "sqlite::memory:"], "database_url"),
        (["migrate", "--public-url", "ftp://x"], "public_url"),
        (["migrate", "--log", "a=b=c"], "log"),
        (["migrate", "--config", "absent.toml"], "absent.toml"),
        (["migrate", "--session-hours", "0"], "session_hours"),
        (["migrate", "--workers", "513"], "workers: at most 512;"),
        (["migrate", "--holidays", "[\"tomorrow\"]"], "holidays"),
        (["migrate", "--builtin-issuer", "false"], "oidc_issuers"),
        (["migrate", "--trusted-proxies", "[\"10.0.0.1\"]"], "trusted_proxies.0"),
        (["migrate", "--sealing-key", "c2hvcnQ="], "sealing_key"),
        (["migrate", "--metrics-token", "short"], "metrics_token"),
        (["migrate", "--metrics-listen", "127.0.0.1:8080"], "metrics_listen"),
        (
            ["migrate", "--metrics-max-age-seconds", "3601"],
            "metrics_max_age_seconds",
        ),
        (["migrate", "--delivery-retention-days", "0"], "delivery_retention_days"),
        (
            ["migrate", "--attempt-retention-days", "3651"],
            "attempt_retention_days",
        ),
        (["migrate", "--notice-retention-days", "0"], "notice_retention_days"),
        (["migrate", "--otlp-endpoint", "collector:4318"], "otlp_endpoint"),
        (["migrate", "--otlp-sample-ratio", "2"], "otlp_sample_ratio"),
        (
            ["migrate", "--webhook-allowed-networks", "[\"10.0.0.1\"]"],
            "webhook_allowed_networks.0",
        ),
        (
            [
                "migrate",
                "--oidc-issuers",
                "[{issuer=\"login.example.org\",audience=[\"x\"]}]",
            ],
            "number 1",
        ),
        (
            [
                "migrate",
                "--oidc-issuers",
                "[{issuer=\"https://login.example.org\",algorithms=[\"HS256\"]}]",
            ],
            "expected one of RS256",
        ),
    ] {
        let text = refusal(&machine.run(&args));
        assert!(text.contains(named), "{args:?}: {text}");
    }
    assert_eq!(
        std::fs::read_dir(machine.0.path()).unwrap().count(),
        0,
        "nothing was written"
    );
}

/// What is refused is described as it is, and what is expected as people would write it.
#[test]
fn a_bad_value_is_told_how_it_is_written() {
    let machine = Machine::new();
    let address = "expected an IP address and a port, such as 127.0.0.1:8080.";
    let zone = "expected a name of the IANA time zone database, such as Europe/Berlin.";
    let days = "expected a list in brackets, such as [1, 3].";
    for (flag, value, said) in [
        (
            "--database-connections",
            "99999999999",
            "found 99999999999, expected a whole number from 0 to 4294967295.",
        ),
        (
            "--effectiveness-review-days",
            "[99999999]",
            "found 99999999, expected a whole number from 0 to 65535.",
        ),
        (
            "--analytics-cache-bytes",
            "99999999999999999999",
            "expected a whole number from 0 to 18446744073709551615.",
        ),
        (
            "--query-depth",
            "deep",
            "found \"deep\", expected a whole number from 0 to 18446744073709551615.",
        ),
        ("--listen", "localhost:8300", address),
        ("--listen", "", address),
        ("--listen", "127.0.0.1:80000", address),
        ("--listen", "8300", address),
        ("--metrics-listen", "foo", address),
        ("--remind-days-before", "1,3", days),
        ("--escalate-days-after", "7", days),
        ("--effectiveness-review-days", "90", days),
        ("--holidays", "2026-12-25", "such as [\"2026-12-25\", \"2026-12-26\"]."),
        ("--holidays", "[2026]", "expected a day in quotes"),
        (
            "--webhook-allowed-networks",
            "10.0.0.0/8",
            "such as [\"10.0.0.0/8\", \"127.0.0.1/32\"].",
        ),
        ("--internal-hosts", "foo", "such as [\"example.org\", \"example.com\"]."),
        ("--internal-hosts", "[1]", "found 1, expected a text in quotes."),
        (
            "--trusted-proxies",
            "[\"10.0.0.0/33\"]",
            "expected a network in quotes, such as \"10.0.0.0/8\"",
        ),
        ("--oidc-issuers", "foo", "expected a list in brackets;"),
        ("--time-zone", "", zone),
        ("--time-zone", "Mars/Olympus", zone),
        ("--metrics", "foo", "found \"foo\", expected true or false."),
    ] {
        let text = refusal(&machine.run(&["migrate", flag, value]));
        assert!(text.contains(said), "{flag} {value}: {text}");
        for word in ["unsigned int", "sequence", "syntax", "parse"] {
            assert!(!text.contains(word), "{flag} {value}: {text}");
        }
    }
}

#[test]
fn a_password_is_never_shown() {
    let machine = Machine::new();
    for url in [
        "postgres://ada:s3cret@127.0.0.1:1/x?sslmode=nonsense",
        "postgres://ada:s3cret/x@127.0.0.1:1/x",
        "postgres://ada:s3cret#x@127.0.0.1:1/x",
        "postgres://ada:s3cret?x@127.0.0.1:1/x",
        "postgres://ada:s3cret@127.0.0.1:1/x",
    ] {
        let output = machine.run(&["migrate", "--database-url", url]);
        assert!(!refusal(&output).contains("s3cret"), "{url}");
    }
    for key in ["s3cret", "[s3cret]", "{s3cret=5332}"] {
        let text = refusal(&machine.run(&["migrate", "--sealing-key", key]));
        assert!(!text.contains("s3cret") && !text.contains("5332"), "{text}");
    }
    for (flag, value) in [
        ("--metrics-token", "s3cret"),
        ("--metrics-token", "{s3cret=5332}"),
        ("--otlp-headers", "s3cret"),
        ("--otlp-headers", "5332"),
    ] {
        let text = refusal(&machine.run(&["migrate", flag, value]));
        assert!(!text.contains("s3cret") && !text.contains("5332"), "{text}");
    }
    for issuers in [
        r#"[{"issuer":"https://login.example.org","client_secret":"s3cret"}]"#,
        r#"[{issuer="https://login.example.org",client_id="x",client_secret="s3cret"}"#,
        r#"[{issuer="https://login.example.org",client_id="x",client_secret=5332}]"#,
    ] {
        let text = refusal(&machine.run(&["migrate", "--oidc-issuers", issuers]));
        assert!(!text.contains("s3cret") && !text.contains("5332"), "{text}");
    }
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_a_file() {
    let machine = Machine::new();
    machine.write("postmortem.toml", "database_url = \"sqlite://of-the-file.db\"\n");
    machine.run(&["migrate"]);
    let by_variable = machine
        .command(&["migrate"])
        .env("DATABASE_URL", "sqlite://of-the-variable.db")
        .output()
        .unwrap();
    assert!(by_variable.status.success());
    let both = machine
        .command(&["migrate", "--database-url", "sqlite://of-the-flag.db"])
        .env("DATABASE_URL", "sqlite://of-the-variable.db")
        .output()
        .unwrap();
    assert!(stdout(&both).contains("Applied"), "{both:?}");
    for name in ["of-the-file.db", "of-the-variable.db", "of-the-flag.db"] {
        assert!(machine.0.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn every_setting_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let text = std::fs::read_to_string(path).expect("docs/configuration.md");
    for (name, _) in TABLE {
        assert!(
            text.contains(&format!("`{name}`")),
            "describe the setting `{name}` in docs/configuration.md"
        );
        assert!(
            text.contains(&format!("--{}", name.replace('_', "-"))),
            "name the flag of `{name}` in docs/configuration.md"
        );
    }
}

/// The ends of a setting that the check knows are those that people read.
#[test]
fn the_ends_of_the_time_for_a_statement_are_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let text = std::fs::read_to_string(path).expect("docs/configuration.md");
    let row = text.lines().find(|line| line.starts_with("| `statement_timeout_ms`"));
    let help = TABLE.iter().find(|(name, _)| *name == "statement_timeout_ms");
    for said in [row.unwrap(), help.unwrap().1] {
        assert!(said.contains("at most 86400000") && said.contains("no limit"), "{said}");
    }
    let machine = Machine::new();
    let refused = refusal(&machine.run(&["migrate", "--statement-timeout-ms", "86400001"]));
    assert!(refused.contains("at most 86400000"), "{refused}");
}

#[test]
fn a_token_is_printed_alone() {
    let machine = Machine::new();
    assert!(machine.run(&["migrate"]).status.success());
    let unknown = refusal(&machine.run(&["token", "--email", "ada@example.org"]));
    assert!(unknown.contains("--role"), "{unknown}");
    let made = machine.run(&["token", "--email", "Ada@Example.org", "--role", "member"]);
    let token = stdout(&made);
    assert_eq!(token.trim().split('.').count(), 3, "{made:?}");
    assert_eq!(token.lines().count(), 1);
    assert!(
        machine
            .run(&["token", "--email", "ada@example.org", "--ttl", "30m"])
            .status
            .success()
    );
    assert_eq!(
        machine
            .run(&["token", "--email", "ada@example.org", "--ttl", "1y"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn roles_are_named_alike_in_help_and_refusals() {
    let machine = Machine::new();
    let token = |role: &str| machine.run(&["token", "--email", "ada@example.org", "--role", role]);
    let words = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let refused = token("boss");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let help = machine.run(&["token", "--help"]);
    for text in [words(&refused.stderr), words(&help.stdout)] {
        assert!(text.contains("[possible values: viewer, member, admin]"), "{text}");
    }
    for role in ["viewer", "Member", "ADMIN"] {
        let made = token(role);
        assert!(made.status.success(), "{role}: {made:?}");
    }
}

/// Everything that comes would be refused, with a sentence that only the sender reads.
#[test]
fn a_secret_that_is_none_stops_listen() {
    let machine = Machine::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for secret in ["", "X", "whsec_", "whsec_not base64", "whpk_AAAA"] {
        let refused = machine.run(&["listen", "--port", &port, "--secret", secret]);
        assert_eq!(refused.status.code(), Some(2), "{secret:?}: {refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        let expected = "postmortem: The secret is none: expected whsec_ or whpk_, and base64.\n";
        assert_eq!(said, expected, "{secret:?}");
    }
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let tried = machine.run(&["listen", "--port", &port, "--secret", secret]);
    assert!(refusal(&tried).contains("cannot listen on port"), "{tried:?}");
}

#[test]
fn the_schema_needs_no_database() {
    let machine = Machine::new();
    let sdl = stdout(&machine.run(&["schema"]));
    assert_eq!(sdl, postmortem_api::schema::sdl());
    assert_eq!(
        std::fs::read_dir(machine.0.path()).unwrap().count(),
        0,
        "nothing was written"
    );
}

/// A command about what is there makes no database in which nothing is, wherever it was typed.
#[test]
fn commands_about_what_is_there_make_no_database() {
    let machine = Machine::new();
    for args in [
        &["report"][..],
        &["export", "--all", "--directory", "out"],
        &["token", "--email", "ada@example.org"],
        &["anonymize", "--email", "ada@example.org"],
        &["backup", "copy.db"],
    ] {
        let refused = refusal(&machine.run(args));
        assert!(refused.contains("There is no database"), "{args:?}: {refused}");
        let left: Vec<_> = std::fs::read_dir(machine.0.path()).unwrap().flatten().collect();
        assert!(left.is_empty(), "{args:?} left {left:?}");
    }
    let made = machine.run(&["token", "--email", "ada@example.org", "--role", "admin"]);
    assert!(made.status.success(), "{made:?}");
    assert!(machine.run(&["report"]).status.success());
}
