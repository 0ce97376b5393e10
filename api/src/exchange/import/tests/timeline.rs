use super::super::{ImportedTimelineEvent, ImportedTimelineKind as Kind};
use super::{instants, read};

fn descriptions(events: &[ImportedTimelineEvent]) -> Vec<&str> {
    events.iter().map(|event| event.description.as_str()).collect()
}

#[test]
fn headings_are_entries_and_inherit_the_day() {
    let report = read(
        "# Lamp outage\n\n## Timeline\n\nAll times in CET\n\n### 2024-03-01 11:00\n\nThe lamp goes out.\n\n\
         ![chart](a.png)\n\n### 14:35 ###\n\nSomebody notices.\n\n### ~15:00-15:10\n\nBulb changed.\n\n\
         ### 2024-03-02 09:00\n\nReview.\n",
    );
    assert_eq!(
        instants(&report),
        [
            "2024-03-01 10:00",
            "2024-03-01 13:35",
            "2024-03-01 14:00",
            "2024-03-02 08:00"
        ]
    );
    let exact: Vec<bool> = report.timeline.iter().map(|event| event.is_exact).collect();
    assert_eq!(exact, [true, true, false, true]);
    assert_eq!(report.timeline[0].description, "The lamp goes out.\n\n![chart](a.png)");
    assert_eq!(report.timeline[2].time_text, "~15:00-15:10");
    assert!(report.sections.background.contains("All times in CET"));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn headings_may_be_titled_untimed_or_one_level_up() {
    let report = read(
        "# Lamp outage\n\n## Timeline (times in BST)\n\n### 2024-06-01 21:00 - Team alerted\n\nx\n\n\
         ## Jun 2, 13:00\n\ny\n\n### Over the weekend\n\nz\n\n### 2X:XX (not sure exact time)\n\nw\n\n\
         ### 5:02 PM\n\nv\n\n## Conclusion\n\nDone.\n",
    );
    assert_eq!(
        instants(&report),
        ["2024-06-01 20:00", "2024-06-02 12:00", "-", "-", "2024-06-02 16:02"]
    );
    assert_eq!(report.timeline[0].description, "Team alerted\n\nx");
    assert_eq!(report.timeline[2].time_text, "Over the weekend");
    assert_eq!(report.sections.conclusion, "Done.");
}

#[test]
fn a_day_as_a_heading_dates_the_times_below_it() {
    let report = read(
        "# Lamp outage May 2 2024\n\n## Timeline\n\n_All times in EEST_\n\n## May 12\n\n### 20:15\n\na\n\n### 21:15\n\nb\n\n## 13 May\n\n### 11:39AM\n\nc\n",
    );
    assert_eq!(
        instants(&report),
        ["2024-05-12 17:15", "2024-05-12 18:15", "2024-05-13 08:39"]
    );
}

#[test]
fn a_table_has_its_time_in_one_column_or_in_several() {
    let report = read(
        "# Lamp outage\n\n## Timeline\n\nAll times in UTC.\n\n| Time | Event |\n| :--- | --- |\n\
         | 2024-03-01 07:30 | Lamp **out** |\n| 2024-03-01 12:26-12:?? | Lamp on |\n|  |  |\n\n\
         ## Contributing Factors\n\n- Old bulb\n- No spare bulb\n",
    );
    assert_eq!(instants(&report), ["2024-03-01 07:30", "2024-03-01 12:26"]);
    assert_eq!(report.timeline[0].description, "Lamp **out**");
    assert!(report.timeline[0].is_exact && !report.timeline[1].is_exact);

    let columns = read(
        "# Lamp\n\n## Timeline (all times PST)\n\n| Day | Date (2022) | Time (UTC) | Event |\n|--|--|--|--|\n\
         | Fri | Jan 28 | 02:34 | Lamp out.\n| Mon | Feb 1 | 19:12 | Lamp on.\n",
    );
    assert_eq!(instants(&columns), ["2022-01-28 02:34", "2022-02-01 19:12"]);
    assert_eq!(columns.timeline[1].time_text, "Mon Feb 1 19:12");
    assert_eq!(descriptions(&columns.timeline), ["Lamp out.", "Lamp on."]);
}

#[test]
fn paragraphs_and_wrapped_lines_are_entries() {
    let report = read(
        "# Lamp\n\n## Timeline (all times PST) 01/16/2024 - 02/28/2024. All times approximations\n\n01-17-2024\n\n\
         7:32 PM - The lamp went out.\n\n**January 18th, 2024, 10:00 AM:** Bulb ordered\nby post.\n\n\
         01-31-2024 - Bulb came.\n",
    );
    assert_eq!(
        instants(&report),
        ["2024-01-18 03:32", "2024-01-18 18:00", "2024-01-31 08:00"]
    );
    assert_eq!(report.timeline[1].description, "Bulb ordered\nby post.");
    assert!(
        report.timeline.iter().all(|event| !event.is_exact),
        "the author calls all times approximations"
    );

    let lines = read(
        "# Lamp\n\n## Timeline\n\nAll times in UTC.\n\n#### [2024-03-01]\n\
         [07:33] The [lamp](https://example.org/lamp) goes out \\\n[08:26] `bulb` changed \\\n[???] Nobody knows\n",
    );
    assert_eq!(instants(&lines), ["2024-03-01 07:33", "2024-03-01 08:26", "-"]);
    assert_eq!(
        descriptions(&lines.timeline),
        [
            "The [lamp](https://example.org/lamp) goes out",
            "`bulb` changed",
            "Nobody knows"
        ]
    );
    assert_eq!(
        lines.timeline[0].source_url.as_deref(),
        Some("https://example.org/lamp")
    );
}

#[test]
fn bullets_keep_what_stands_between_them() {
    let report = read(
        "# Lamp outage - March 1, 2024\n\n## Timeline\n\n- **16:58 UTC** - Lamp flickers\n\n![chart](a.png)\n\n\
         - `17:02 UTC` Bulb *hot*\n  - very hot\n- no time here\n- 4:49 PM: Lamp out\n",
    );
    assert_eq!(
        descriptions(&report.timeline),
        [
            "Lamp flickers\n\n![chart](a.png)",
            "Bulb *hot*\n- very hot\n\n- no time here",
            "Lamp out"
        ]
    );
    assert_eq!(report.timeline[0].time_text, "16:58 UTC");
    assert!(
        !report.timeline[0].is_exact,
        "the day is the title's and not the timeline's"
    );
}

#[test]
fn norwegian_dates_and_clocks() {
    let report = read(
        "# Lampe\n\n**Dato:** 14.02.2024\n\n## Tidslinje\n\n13.02.2024\n\n- 09:42: Feilen oppdages.\n\n14.02.2024\n- kl 10:00? Lampen skiftet\n- 14.02.2024 ca kl 12:00 : Ferdig\n- 20:00ish - Hjem\n",
    );
    assert_eq!(
        instants(&report),
        [
            "2024-02-13 09:42",
            "2024-02-14 10:00",
            "2024-02-14 12:00",
            "2024-02-14 20:00"
        ]
    );
    assert_eq!(report.timeline[2].description, "Ferdig");
    assert_eq!(
        report.warnings.len(),
        1,
        "one warning for the missing zone: {:?}",
        report.warnings
    );
}

#[test]
fn a_day_with_a_dot_is_no_item_of_a_list() {
    for text in [
        "- 19. April, 11:00 Lamp out\n- 20. april kl. 12:30 Bulb *changed*\n",
        "* **19. April, 11:00** Lamp out\n* 20. April, 12:30 - Bulb *changed*\n",
        "19. April, 11:00 Lamp out\n\n20. April, 12:30 Bulb *changed*\n",
        "19. April, 11:00 Lamp out\n20. April 12:30 Bulb *changed*\n",
        "1. 19. April 2024, 11:00 Lamp out\n2. 20. April 2024, 12:30 Bulb *changed*\n",
        "- 19. April 2024\n  - 11:00 Lamp out\n- 20. April 2024\n  - 12:30 Bulb *changed*\n",
        "19. April\n\n- 11:00 Lamp out\n\n20. April\n\n- 12:30 Bulb *changed*\n",
    ] {
        let report = read(&format!("# Lamp outage\n\n## Timeline (all times UTC)\n\n{text}"));
        assert_eq!(instants(&report), ["2024-04-19 11:00", "2024-04-20 12:30"], "{text}");
        assert_eq!(descriptions(&report.timeline), ["Lamp out", "Bulb *changed*"], "{text}");
    }
    let among_others = read(
        "# Lamp\n\n## Timeline (all times UTC)\n\n- 2024-04-18 09:00 Lamp flickers\n- 19. April, 11:00 Lamp out\n  - all of it\n\
         - no time here\n",
    );
    assert_eq!(instants(&among_others), ["2024-04-18 09:00", "2024-04-19 11:00"]);
    assert_eq!(
        descriptions(&among_others.timeline),
        ["Lamp flickers", "Lamp out\n- all of it\n\n- no time here"]
    );
}

#[test]
fn a_day_with_nothing_timed_below_it_is_an_entry() {
    for (first, second) in [
        ("19. April 2024", "20. April 2024"),
        ("April 19, 2024", "April 20, 2024"),
    ] {
        let report = read(&format!(
            "# Lamp\n\n## Timeline (all times UTC)\n\n{first}\n\n- The lamp was out all day\n\n{second}\n\n- 11:00 It was changed\n"
        ));
        assert_eq!(instants(&report), ["2024-04-19 00:00", "2024-04-20 11:00"], "{first}");
        assert_eq!(
            descriptions(&report.timeline),
            ["- The lamp was out all day", "It was changed"],
            "{first}"
        );
    }
}

#[test]
fn the_number_of_an_item_is_no_day_where_the_text_has_one() {
    let report = read(
        "# Lamp\n\n## Timeline\n\n1. March 3, 2024 10:00 UTC Lamp out\n2. March 4, 2024 11:00 UTC Bulb changed\n\
         3. May have been the fuse\n",
    );
    assert_eq!(instants(&report), ["2024-03-03 10:00", "2024-03-04 11:00"]);
    assert_eq!(
        descriptions(&report.timeline),
        ["Lamp out", "Bulb changed\n\n3. May have been the fuse"]
    );
    let prose = read("# Lamp\n\n## Timeline\n\n19. April was dark.\n20. May was not.\n");
    assert!(prose.timeline.is_empty());
    assert!(
        prose
            .sections
            .background
            .contains("19. April was dark.\n20. May was not."),
        "{}",
        prose.sections.background
    );
}

#[test]
fn numeric_dates_are_read_in_the_order_the_document_uses() {
    let day_first = read("# L\n\n## Timeline\n\n- 12-01-2026 09:52 UTC – out\n- 13-01-2026 10:00 UTC – on\n");
    assert_eq!(instants(&day_first), ["2026-01-12 09:52", "2026-01-13 10:00"]);
    let unknown = super::super::parse("lamp.md", "# L\n\n## Timeline\n\n- 03/04/2026 09:52 UTC - out\n");
    assert_eq!(instants(&unknown), ["-"]);
    assert_eq!(unknown.timeline[0].time_text, "03/04/2026 09:52 UTC");
    assert!(
        unknown
            .warnings
            .iter()
            .any(|warning| warning.message.contains("day or with the month first"))
    );
}

#[test]
fn key_events_name_the_moments_of_the_incident() {
    let report = read(
        "# Incident on 2024-03-01 - Lamp\n\n- **Key events**\n  - Fault occurs 2024-03-01 10:00\n  - First detected: 2024-03-01 10:05\n\
         \x20 - Repaired 2024-03-02 11:00\n  - Resolved 2024-03-02 12:00\n\n- **Context**:\n  - 2024-03-01 10:03 Lamp out.\n\n```\nlog\n```\n\n\
         \x20 - 10:04 Dark.\n\n- **Resolution**: New bulb.\n\n- **Review actions**:\n  - Buy bulbs\n  - N/A\n",
    );
    assert_eq!(report.timeline.len(), 6);
    assert_eq!(
        report.timeline[5].at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2024-03-01T10:04:00+00:00")
    );
    assert_eq!(report.timeline[0].kind, Kind::Trigger);
    assert_eq!(report.timeline[1].kind, Kind::Detection);
    let moments = [
        report.started_at,
        report.detected_at,
        report.mitigated_at,
        report.resolved_at,
    ];
    let moments: Vec<String> = moments
        .iter()
        .flatten()
        .map(|at| at.format("%d %H:%M").to_string())
        .collect();
    assert_eq!(moments, ["01 10:00", "01 10:05", "02 11:00", "02 12:00"]);
    assert_eq!(super::titles(&report), ["Buy bulbs"]);
    assert!(report.sections.background.contains("**Resolution:** New bulb."));
}

#[test]
fn a_chat_log_is_no_timeline() {
    let report = read(
        "# Lamp\n\n## Timeline\n\n* [13:26] out\n\n## Appendix\n\n### chat logs\n\n- 10:00 AM hello\n\n> ada [1:26 PM]\n> hi\n",
    );
    assert_eq!(report.timeline.len(), 1);
    assert!(report.sections.conclusion.contains("10:00 AM hello"));
}

#[test]
fn zones_come_from_the_entry_the_heading_or_a_quote() {
    for (text, expected) in [
        (
            "## Timeline\n\n> (all times in Pacific Time)\n\n- 2024-07-01 10:00 x",
            "2024-07-01 17:00",
        ),
        ("## Issue Timeline - CEST\n\n- 2024-07-01 10:00 x", "2024-07-01 08:00"),
        (
            "## Timeline\n\n*(All times US/Pacific, 24-hour clock.)*\n\n- 2024-01-01 10:00 x",
            "2024-01-01 18:00",
        ),
        (
            "## Timeline\n\nAll times in CEST (UTC+2)\n\n- 2024-07-01 10:00 x",
            "2024-07-01 08:00",
        ),
        ("## Timeline\n\n- 2024-07-01T10:00:00Z x", "2024-07-01 10:00"),
        ("## Timeline\n\n- 2024-07-01 10:00 UTC+5:30 x", "2024-07-01 04:30"),
    ] {
        let report = read(&format!("# L\n\n{text}\n"));
        assert_eq!(instants(&report), [expected], "{text}");
        assert!(report.timeline[0].is_exact, "{text}");
        assert_eq!(report.timeline[0].description, "x", "{text}");
    }
}

#[test]
fn labels_below_a_day_tell_of_that_day() {
    let report = read(
        "# Lamp\n\n## Incident Timeline\n\n### March 1, 2024 - Hall\n\n**Duration:** an hour\n\n**Timeline:**\n\n- **10:00 UTC** - out\n\n\
         **Root causes:**\n\n- bulb\n\n### March 4, 2024 - Cellar\n\n**Timeline:**\n\n- **11:00 UTC** - out\n",
    );
    assert_eq!(instants(&report), ["2024-03-01 10:00", "2024-03-04 11:00"]);
    assert_eq!(report.root_causes.len(), 1);
    assert!(report.sections.background.contains("March 1, 2024 - Hall"));
    assert!(report.sections.background.contains("March 4, 2024 - Cellar"));
}

#[test]
fn a_sentence_about_all_times_holds_wherever_it_stands() {
    let report = read(
        "# May 3rd, 2024 Lamp outage\n\nAll times PDT.\n\n## Summary\n\nIt went out.\n\n## Timeline\n\n\
         * [13:26] Somebody reports it\n* [14:00] Bulb changed\n",
    );
    assert_eq!(instants(&report), ["2024-05-03 20:26", "2024-05-03 21:00"]);
    assert!(
        !report.warnings.iter().any(|warning| warning.message.contains("zone")),
        "{:?}",
        report.warnings
    );
}
