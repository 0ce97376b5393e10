use super::{read, titles};

#[test]
fn sections_go_to_their_fields_and_the_rest_to_the_nearest() {
    let report = read(
        "# Lamp\n\nIntro.\n\n## Incident summary\n\nDark.\n\n## 2. Background\n\nOld lamp.\n\n## Customer impact\n\nCold feet.\n\n## Detection\n\nA child cried.\n\n\
         ## What did you expect?\n\nLight.\n\n## Lessons learned\n\n### What went well\n\n- Torch\n\n## Key takeaways\n\nBulbs.\n\n## Responders\n\n- ada\n",
    );
    let sections = &report.sections;
    assert_eq!(sections.executive_summary, "Intro.\n\n### Incident summary\n\nDark.");
    assert_eq!(
        sections.background,
        "Old lamp.\n\n### Detection\n\nA child cried.\n\n### What did you expect?\n\nLight."
    );
    assert_eq!(sections.impact_analysis, "### Customer impact\n\nCold feet.");
    assert_eq!(sections.lessons_learned, "### What went well\n\n- Torch");
    assert_eq!(
        sections.conclusion,
        "### Key takeaways\n\nBulbs.\n\n### Responders\n\n- ada"
    );
}

#[test]
fn the_source_is_kept_as_written() {
    let text = "1. one\n\n   ```sh\n   # not a heading\n   ```\n2. *two*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n> - item";
    let report = read(&format!(
        "# Lamp\r\n\r\n## Summary\r\n\r\n{}\r\n",
        text.replace('\n', "\r\n")
    ));
    assert_eq!(report.sections.executive_summary, text);
}

#[test]
fn comments_are_dropped_and_definitions_follow_their_text() {
    let report = read(
        "# Lamp\n\n## Summary\n\n<!-- say what\n\nhappened -->\n\nDark, see [log][l]. <!-- short --> Really.\n\n## Impact\n\nSee [other].\n\n[l]: https://x.example/l\n[other]: https://x.example/o\n[unused]: https://x.example/u\n",
    );
    assert_eq!(
        report.sections.executive_summary,
        "Dark, see [log][l].  Really.\n\n[l]: https://x.example/l"
    );
    assert_eq!(
        report.sections.impact_analysis,
        "See [other].\n\n[other]: https://x.example/o"
    );
    assert_eq!(report.sections.conclusion, "[unused]: https://x.example/u");
}

#[test]
fn a_comment_in_code_is_code() {
    let report = read(
        "# Lamp\n\n## Summary\n\n```html\n<!-- kept -->\n[a]: https://x.example\n```\n\n```inline``` text\n\n## Impact\n\nDark.\n",
    );
    assert!(
        report
            .sections
            .executive_summary
            .contains("<!-- kept -->\n[a]: https://x.example")
    );
    assert_eq!(report.sections.impact_analysis, "Dark.");
}

#[test]
fn root_causes_are_items_sub_headings_or_the_section() {
    let count = |text: &str| read(&format!("# Lamp\n\n{text}")).root_causes.len();
    assert_eq!(count("## Contributing Factors\n\n- old bulb\n- no spare\n"), 2);
    assert_eq!(count("## Root Cause\n\nThe bulb. It was old.\n\nVery old.\n"), 1);
    assert_eq!(
        count("## Causes\n\nMany.\n\n### Hall\n\n- bulb\n- switch\n\n### Cellar\n\nDamp.\n"),
        3
    );
    assert_eq!(count("## Five Whys\n\n- why\n"), 0);
    assert_eq!(count("## Root Cause\n\n## Trigger\n\nx\n"), 0);
    let report = read("# Lamp\n\n## Root Cause Analysis\n\n1. **Bulb**: It was old and loose. Nobody looked.\n");
    assert_eq!(report.root_causes[0].title, "Bulb: It was old and loose.");
    assert_eq!(
        report.root_causes[0].description,
        "**Bulb**: It was old and loose. Nobody looked."
    );
    assert!(report.sections.root_cause_analysis.contains("Nobody looked."));
}

#[test]
fn a_section_name_without_its_marks_is_a_heading() {
    let report = read(
        "# Lamp\n\n## Detection\n\nDark.\n\nAction Items\n- Buy bulbs\n\n- Buy a ladder\n\n## Lessons Learned\n\n- Look up\n",
    );
    assert_eq!(titles(&report), ["Buy bulbs", "Buy a ladder"]);
}

#[test]
fn sub_headings_below_actions_are_groups_unless_they_are_sections() {
    let report = read(
        "# Lamp\n\n## Action items\n\n### Detection\n\n- Light sensor\n\n### Mitigation\n\n- Candles\n\n### Investigation\n\nWhy was it dark?\n\n### Conclusion\n\nBulbs.\n",
    );
    assert_eq!(titles(&report), ["Light sensor", "Candles"]);
    assert!(report.sections.conclusion.contains("Why was it dark?"));
    assert!(report.sections.conclusion.contains("Bulbs."));
}

#[test]
fn labels_at_the_margin_of_an_interrupted_list() {
    let report = read(
        "# Incident on 2024-03-01 - Lamp\n\n- **Key events**\n  - First detected 2024-03-01 15:35\n  - Resolved 2024-03-02 12:34\n\n- **Identified**:\n\nBy a child\n\n\
         - **Context**:\n\n15:35 – Dark\n\n16:48 – Found:\n\n* bulb\n* switch\n\n24/03/25\n\n12:34 – Light\n\n- **Review actions**:\n\n1. Buy bulbs\n2. Look up\n    1. often\n",
    );
    assert_eq!(report.timeline.len(), 5);
    assert_eq!(report.timeline[3].description, "Found:\n\n* bulb\n* switch");
    assert_eq!(
        report.timeline[4].at.map(|at| at.date_naive().to_string()).as_deref(),
        Some("2025-03-24")
    );
    assert_eq!(titles(&report), ["Buy bulbs", "Look up"]);
    assert_eq!(report.sections.background, "**Identified:** By a child");
}

#[test]
fn a_value_left_of_its_label_is_kept_whole() {
    let report = read(
        "# Lamp\n\n- **Impact**:\n  Dark.\n\n- **Context**:\nClouds came\nfrom the west.\n\n- **Resolution**: Light.\n",
    );
    assert_eq!(report.sections.impact_analysis, "Dark.");
    assert!(
        report.sections.background.contains("Clouds came\nfrom the west."),
        "{}",
        report.sections.background
    );
}
