//! Titles, dates, times and lists in the spellings of people who do not think of a parser.

use super::{instants, read, titles};

fn times(text: &str) -> Vec<String> {
    read(text).timeline.into_iter().map(|event| event.time_text).collect()
}

#[test]
fn the_title_is_the_first_heading_or_line_that_is_no_section() {
    for (text, title) in [
        (
            "## Report on the dark attic\n\n## Date: 3rd May 2023\n\n## Summary\n\nDark.\n",
            "Report on the dark attic",
        ),
        ("**Report: dark attic**\n\n**Summary**\n\nDark.\n", "Report: dark attic"),
        ("## Summary\n\nDark.\n\n## Impact\n\nDark.\n", "Lamp outage"),
        (
            "## The night we sat in the dark\n\nText.\n\n## What we did\n\nText.\n",
            "Lamp outage",
        ),
    ] {
        assert_eq!(read(text).title, title);
    }
}

#[test]
fn ordinals_are_days_inside_a_text() {
    let report = read("# Lamp\n\n**Date of incident**: the 7th September, 2022 at night\n");
    assert_eq!(report.date.map(|day| day.to_string()).as_deref(), Some("2022-09-07"));
}

#[test]
fn several_labels_share_a_paragraph() {
    let long = "It was dark. ".repeat(60);
    let report = read(&format!(
        "# Lamp\n\n**Date**: 2nd June 2023  \n**Authors**: Ada, Grace  \n**Summary**: {long}  \n**Impact**: Nobody read.\n"
    ));
    assert_eq!(report.date.map(|day| day.to_string()).as_deref(), Some("2023-06-02"));
    assert_eq!(report.authors, ["Ada", "Grace"]);
    assert_eq!(report.sections.impact_analysis, "Nobody read.");
    assert_eq!(report.sections.executive_summary, long.trim());
}

#[test]
fn front_matter_that_is_nearly_yaml_is_read_by_line() {
    let report = read("---\ntitle: Lamp: an outage\ndate: 2024-02-05\nauthors: @ada\ntags:\n  - light\n---\n\nDark.\n");
    assert_eq!(
        (report.title.as_str(), report.authors),
        ("Lamp: an outage", vec!["@ada".to_owned()])
    );
    assert_eq!(report.labels, ["light"]);
    assert!(
        report
            .warnings
            .iter()
            .all(|warning| !warning.message.contains("front matter"))
    );
}

#[test]
fn zones_lie_east_of_europe_too() {
    let report = read(
        "# Lamp\n\n## Timeline\n\n**2nd June 2023:** (the clock in the attic is slow)\n\n16:42 GST: dark\n\n16:50 IST - light\n",
    );
    assert_eq!(instants(&report), ["2023-06-02 12:42", "2023-06-02 11:20"]);
    assert!(
        report.sections.background.contains("the clock in the attic is slow"),
        "a remark beside a day is kept"
    );
}

#[test]
fn times_that_are_nearly_exact() {
    let text = "# Lamp\n\n## Timeline (UTC)\n\n- 2023-06-02 2233 :: dark\n- 2023-06-03 15:00ish UTC - light\n\
                - 2023-06-03 16:00 (approx) party\n- 🔥 2023-06-03 17:00 fire\n";
    assert_eq!(
        instants(&read(text)),
        [
            "2023-06-02 22:33",
            "2023-06-03 15:00",
            "2023-06-03 16:00",
            "2023-06-03 17:00"
        ]
    );
    let report = read(text);
    assert_eq!(report.timeline[1].description, "light");
    assert_eq!(report.timeline[2].description, "party");
    assert!(!report.timeline[1].is_exact && !report.timeline[2].is_exact);
}

#[test]
fn an_hour_of_one_digit_needs_a_timeline_with_dots() {
    let dotted = "# Lamp\n\n## Timeline\n\n9.05 alarm\n\nc. 9.30 silence\n\n10.15 light\n";
    assert_eq!(times(dotted), ["9.05", "c. 9.30", "10.15"]);
    let versions = "# Lamp\n\n## Timeline\n\n- 10:00 upgrade\n- 1.18 was wrong\n- 10:20 back\n";
    assert_eq!(times(versions), ["10:00", "10:20"]);
}

#[test]
fn a_timed_heading_may_have_timed_items() {
    let text = "# Lamp\n\n## Timeline\n\n### 22:00-23:00 UTC: search\n\n- 22:04: attic\n- 22:40: cellar\n\n### 23:00 UTC: light\n\n\
                - 23:01: cheers\n";
    assert_eq!(times(text), ["22:00-23:00 UTC", "22:04", "22:40", "23:00 UTC"]);
}

#[test]
fn a_list_indented_like_code_below_its_heading_is_a_list() {
    let text = "# Lamp\n\n## Timeline (UTC)\n    - 10:00 dark\n    - 10:20 light\n\n      still warm\n\n## Action items\n\n\
                \t- none\n\n    - Sweep\n\n```yaml\n# list\n    - Mop\n```\n";
    let report = read(text);
    assert_eq!(times(text), ["10:00", "10:20"]);
    assert!(report.timeline[1].description.contains("still warm"));
    assert!(!titles(&report).contains(&"Mop"), "code stays code");
    let code = read("# Lamp\n\n## Details\n\nWe ran:\n\n    - not a list\n\n```\n# title\n    - Mop\n```\n");
    assert!(code.sections.background.contains("    - Mop"));
}

#[test]
fn dates_of_one_incident_lie_close_together() {
    let text = |days: [&str; 3]| {
        let [first, second, third] = days;
        format!(
            "# {first} - dark attic\n\n## Timeline (UTC)\n\n- {first} 10:00 dark\n- {second} 11:00 candle\n- {third} 12:00 light\n"
        )
    };
    let day_first = read(&text(["08-01-2026", "11-01-2026", "12-01-2026"]));
    assert_eq!(
        instants(&day_first),
        ["2026-01-08 10:00", "2026-01-11 11:00", "2026-01-12 12:00"]
    );
    assert_eq!(day_first.date.map(|day| day.to_string()).as_deref(), Some("2026-01-08"));
    let month_first = read(&text(["01/08/2026", "01/09/2026", "01/11/2026"]));
    assert_eq!(instants(&month_first)[2], "2026-01-11 12:00");
    let unknown = read(&text(["03/04/2026", "03/04/2026", "03/04/2026"]));
    assert_eq!(instants(&unknown), ["-", "-", "-"], "one date alone tells nothing");
}

#[test]
fn a_severity_is_a_level_and_not_any_number() {
    for (text, severity) in [
        ("Medium (2 of 3 lamps)", "SEV3"),
        ("SEV-2 for 3 lamps", "SEV2"),
        ("High (P1)", "SEV1"),
        ("3", "SEV3"),
        ("Low, 1 lamp", "SEV4"),
    ] {
        let report = read(&format!("# Lamp\n\n**Severity:** {text}\n"));
        let json = serde_json::to_value(report.severity).expect("a severity is a word");
        assert_eq!(json, severity, "{text}");
    }
}
