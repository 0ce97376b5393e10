use super::super::{ImportedSeverity, parse};
use super::read;

#[test]
fn front_matter_alone_makes_a_report() {
    let report = parse(
        "0001.md",
        "---\nuuid: 1\nurl: https://status.example/1\ntitle: Lamp outage\nstart_time: \"2024-03-01T10:00:00Z\"\nend_time: 2024-03-01T12:30:00+01:00\n\
         categories: [light]\nkeywords: [bulb, dark]\ncompany: Lamps Ltd\nproduct: \"\"\nsummary: It was dark.\n---\nA bulb broke.\n",
    );
    assert_eq!(report.title, "Lamp outage");
    assert_eq!(report.date.map(|day| day.to_string()).as_deref(), Some("2024-03-01"));
    assert_eq!(
        report.started_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2024-03-01T10:00:00+00:00")
    );
    assert_eq!(
        report.resolved_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2024-03-01T11:30:00+00:00")
    );
    assert_eq!(report.labels, ["light", "bulb", "dark"]);
    assert_eq!(report.services, ["Lamps Ltd"]);
    assert_eq!(report.source_url.as_deref(), Some("https://status.example/1"));
    assert_eq!(report.sections.executive_summary, "It was dark.\n\nA bulb broke.");
}

#[test]
fn front_matter_authors_and_a_typed_date() {
    let report = read(
        "---\ndraft: false\ndate: 2021-01-12\nauthors:\n  - ada\ncategories:\n- Light\n---\n# Lamp\n\nText.\n\n<!-- more -->\n\n## Impact\n\nDark.\n",
    );
    assert_eq!(
        (report.authors, report.labels),
        (vec!["ada".to_owned()], vec!["Light".to_owned()])
    );
    assert_eq!(report.date.map(|day| day.to_string()).as_deref(), Some("2021-01-12"));
    assert_eq!(report.sections.executive_summary, "Text.");
}

#[test]
fn broken_front_matter_is_kept_as_text() {
    let report = read("---\ntitle: [unclosed\n---\n\n# Lamp\n");
    assert_eq!(report.title, "Lamp");
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.message.contains("front matter"))
    );
    let rule = read("---\n\nJust a line above.\n\n---\n\n# Lamp\n");
    assert_eq!(rule.title, "Lamp");
    assert!(rule.sections.executive_summary.contains("Just a line above."));
}

#[test]
fn bold_labels_in_norwegian() {
    let report = read(
        "---\ntitle: 16.03.2024 - Lampen sluknet\nnav_order: 3\n---\n\n# Tittel\n\n**Dato:** [16.03.2024]\n\n**Av:** Ada Lovelace\n\n**Status:** Løst\n\n\
         **Sammendrag:**\n\nLampen sluknet.\n\n**Konsekvens:** Mørkt:\n\n- i gangen\n\n**Rotårsaker:** Gammel pære.\n\nIngen reserve.\n\n**Utløsende faktor:** Ukjent.\n\n\
         **Løsning:** Ny pære.\n\n## Hva lærte vi?\n\n### Hva gikk bra\n\n- Lommelykt\n\n## Linker\n",
    );
    // The heading is what the document calls itself, even where a template was left as it was.
    assert_eq!(report.title, "Tittel");
    assert_eq!(report.date.map(|day| day.to_string()).as_deref(), Some("2024-03-16"));
    assert_eq!(report.authors, ["Ada Lovelace"]);
    let sections = &report.sections;
    assert_eq!(sections.executive_summary, "Lampen sluknet.");
    assert_eq!(sections.impact_analysis, "Mørkt:\n\n- i gangen");
    assert_eq!(
        sections.root_cause_analysis,
        "Gammel pære.\n\nIngen reserve.\n\n**Utløsende faktor:** Ukjent."
    );
    assert_eq!(
        sections.background,
        "**Status:** Løst\n\n**Løsning:** Ny pære.\n\n**title:** 16.03.2024 - Lampen sluknet"
    );
    assert_eq!(
        sections.lessons_learned,
        "### Hva lærte vi?\n\n### Hva gikk bra\n\n- Lommelykt".replace("### Hva lærte vi?\n\n", "")
    );
    assert_eq!(report.root_causes.len(), 1);
}

#[test]
fn metadata_as_headings_lines_and_tables() {
    let headings = parse(
        "002-dark-lamp.md",
        "## Owner: @ada\n## Involved:\n- @grace\n## Call recording:\n\n# Overview\n\nDark since May 3rd, 2024.\n\n# Root causes\n\nThere are two:\n\n1. Bulb\n1. Switch\n\nMore text.\n",
    );
    assert_eq!(headings.title, "002 dark lamp");
    assert_eq!(headings.owner.as_deref(), Some("@ada"));
    assert_eq!(headings.responders, ["@grace"]);
    assert_eq!(headings.date.map(|day| day.to_string()).as_deref(), Some("2024-05-03"));
    assert_eq!(headings.root_causes.len(), 2);

    let metadata = parse(
        "x.md",
        "# Metadata\n\nOwner: @ada\n\nInvolved:\n  - @grace\n  - @linus\n\n# Overview\n\nDark.\n",
    );
    assert_eq!(metadata.owner.as_deref(), Some("@ada"));
    assert_eq!(metadata.responders, ["@grace", "@linus"]);
    assert!(metadata.sections.background.contains("Involved:"));

    let lines = read("# Lamp\n\nCreated By: Ada\nLast Modified: 2024-02-05\n\n## Summary\n\nDark.\n");
    assert_eq!(lines.authors, ["Ada"]);
    assert!(lines.sections.executive_summary.contains("Last Modified"));

    let table = read(
        "# Lamp\n\n| Incident Severity | Sev2 | Owner | Ada |\n|---|---|---|---|\n| Detected | 2024-03-01 10:00 UTC | Systems | hall, cellar |\n",
    );
    assert_eq!(table.severity, Some(ImportedSeverity::Sev2));
    assert_eq!(table.services, ["hall", "cellar"]);
    assert_eq!(
        table.detected_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2024-03-01T10:00:00+00:00")
    );
}

#[test]
fn severity_only_by_its_label() {
    for (text, severity) in [
        ("- **Severity**: SEV-1\n", Some(ImportedSeverity::Sev1)),
        ("**Severity:** S3\n", Some(ImportedSeverity::Sev3)),
        ("## Severity\n\n**Critical**\n", Some(ImportedSeverity::Sev1)),
        ("**Severity:** purple\n", None),
        ("## Summary\n\nWe called it a Sev1.\n", None),
    ] {
        let report = read(&format!("# Lamp\n\n{text}"));
        assert_eq!(report.severity, severity, "{text}");
    }
    assert_eq!(serde_json::to_value(ImportedSeverity::Sev1).ok(), Some("SEV1".into()));
}

#[test]
fn stats_are_labels_and_stay_text() {
    let report = read(
        "# Lamp\n\n## Summary\n\nDark.\n\n## Attendees\n\n- AL, GH\n\n# Stats\n\n- Category: Light\n- Time to detection: 12 minutes\n",
    );
    assert_eq!(report.labels, ["Light"]);
    assert_eq!(report.responders, ["AL", "GH"]);
    assert!(report.sections.conclusion.contains("Time to detection: 12 minutes"));
}

#[test]
fn titles_fall_back_to_the_file_name() {
    assert_eq!(parse("2021-05-26-website-outage.md", "Text.").title, "Website outage");
    assert_eq!(parse("dir/2020-02-12.html.md.erb", "").title, "2020-02-12");
    assert_eq!(parse("", "").title, "Untitled report");
    assert_eq!(
        parse("x.md", "# Title:\n\n### Dark lamp\n\n# Events/Timeline:\n\n- none\n").title,
        "Dark lamp"
    );
    assert_eq!(parse("x.md", "Dark lamp\n=========\n\nText.").title, "Dark lamp");
    assert_eq!(
        parse("x.md", "# Template for reports\n\n# 2024-03-01, `dark` \\[lamp\\]\n").title,
        "2024-03-01, dark [lamp]"
    );
}
