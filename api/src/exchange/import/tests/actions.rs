use super::super::{ImportedKind, ImportedPriority};
use super::{only_action, read, titles};

#[test]
fn a_table_with_owner_due_date_and_status() {
    let report = read(
        "# L\n\n## Action Items\n\n| # | Action | Owner | Priority | Due | Ticket | Status |\n|---|---|---|---|---|---|---|\n\
         | 1 | Buy **bulbs** | Ada Lovelace | P1 | 2024-05-01 | [L-1](https://t.example/L-1) | Done |\n\
         | 2 | Alert on darkness | @grace | High | 12 May | | In progress |\n\
         | 3 | Tidy the shelf | TBD |  | Q3 2024 | n/a | |\n| 4 |  |  |  |  |  |  |\n",
    );
    let [first, second, third] = &report.recommendations[..] else {
        return assert_eq!(report.recommendations.len(), 3, "{:#?}", report.recommendations);
    };
    assert_eq!(first.title, "Buy bulbs");
    assert_eq!(first.owner.as_deref(), Some("Ada Lovelace"));
    assert_eq!(first.priority, Some(ImportedPriority::P1));
    assert_eq!(first.due_on.map(|day| day.to_string()).as_deref(), Some("2024-05-01"));
    assert_eq!(first.done, Some(true));
    assert_eq!(first.links, ["https://t.example/L-1"]);
    assert!(first.description.contains("Buy **bulbs**") && first.description.contains("[L-1]"));
    assert_eq!(
        (second.done, second.priority),
        (Some(false), Some(ImportedPriority::P1))
    );
    assert_eq!(second.kind, ImportedKind::Detect);
    assert_eq!(second.due_on.map(|day| day.to_string()).as_deref(), Some("2024-05-12"));
    assert_eq!((third.owner.as_deref(), third.done), (None, None));
    assert_eq!(third.due_on.map(|day| day.to_string()).as_deref(), Some("2024-09-30"));
    assert_eq!(third.due_text.as_deref(), Some("Q3 2024"));
}

#[test]
fn the_tables_of_the_common_blank_templates() {
    for (header, row, owner, due, kind) in [
        (
            "Action Item | Type | Owner | Bug",
            "Fix it | prevent | ada | n/a **DONE**",
            Some("ada"),
            None,
            ImportedKind::Prevent,
        ),
        (
            "Action Item | Type (Mitigate/ Prevent/ Process/ Other) | Who | Priority | Bug # | Due Date",
            "Fix it | Mitigate | ada | P2 | 7 | 2024-01-02",
            Some("ada"),
            Some("2024-01-02"),
            ImportedKind::Mitigate,
        ),
        (
            "Action Item | Kind | Due Date",
            "Fix it | Detect | 2024-01-02",
            None,
            Some("2024-01-02"),
            ImportedKind::Detect,
        ),
        (
            "Description | TYPE-ACTON | Related Issue | Assignee",
            "Fix it | process | #1 | ada",
            Some("ada"),
            None,
            ImportedKind::Process,
        ),
        (
            "Item | Owner | Due Date",
            "Fix it | ada | Jan 2, 2024",
            Some("ada"),
            Some("2024-01-02"),
            ImportedKind::Repair,
        ),
        (
            "Aksjon | Type | Eier | Referanse",
            "Fix it | feilretting | ada | [Utført](https://x.example/1)",
            Some("ada"),
            None,
            ImportedKind::Repair,
        ),
    ] {
        let dashes = header.split('|').map(|_| "---").collect::<Vec<_>>().join("|");
        let action = only_action(&format!(
            "# L\n\n## Action items\n\n| {header} |\n|{dashes}|\n| {row} |\n"
        ));
        assert_eq!(action.title, "Fix it", "{header}");
        assert_eq!(action.owner.as_deref(), owner, "{header}");
        assert_eq!(action.due_on.map(|day| day.to_string()).as_deref(), due, "{header}");
        assert_eq!(action.kind, kind, "{header}");
        if row.contains("DONE") || row.contains("Utført") {
            assert_eq!(action.done, Some(true), "{header}");
        }
    }
}

#[test]
fn tables_with_short_rows_and_misplaced_separators() {
    let short = read(
        "# L\n\n## Aksjonspunkter\n\n| Aksjon | Type | Eier | Referanse |\n|---|---|---|---|\n| :--- | :--- | :--- | :--- |\n| Kjøpe lampe | Forbedring ||\n",
    );
    assert_eq!(titles(&short), ["Kjøpe lampe"]);
    let late = read(
        "# L\n\n## Aksjonspunkter\n\n| Aksjon | Type | Eier | Referanse |\n| Kjøpe lampe | bugfix | Ada | https://x.example/1 |\n|---|---|---|---|\n",
    );
    assert_eq!(titles(&late), ["Kjøpe lampe"]);
    assert_eq!(late.recommendations[0].owner.as_deref(), Some("Ada"));
    assert_eq!(late.recommendations[0].links, ["https://x.example/1"]);
    let missing = read("# L\n\n## Action items\n\n| Action | Owner |\n| Buy bulbs | Ada |\n");
    assert_eq!(titles(&missing), ["Buy bulbs"]);
    assert!(missing.warnings.iter().any(|warning| warning.line == 5));
    let empty = read("# L\n\n## Action items\n\n| Action | Owner | Due | Status |\n|---|---|---|---|\n");
    assert!(
        empty.recommendations.is_empty() && empty.warnings.is_empty(),
        "{:?}",
        empty.warnings
    );
}

#[test]
fn numbered_items_under_category_headings_with_reference_links() {
    let report = read(
        "# L\n\n## Action items\n\n### Process improvements\n\n1. Tell everybody when it is dark\n   and not only Ada ([issue][dark])\n1. Buy bulbs (DONE)\n\n\
         ### Technical improvements\n\n1. Use `LED` bulbs: https://x.example/led.\n\n[dark]: https://x.example/dark\n",
    );
    assert_eq!(
        titles(&report),
        [
            "Tell everybody when it is dark and not only Ada (issue)",
            "Buy bulbs (DONE)",
            "Use LED bulbs: https://x.example/led."
        ]
    );
    let first = &report.recommendations[0];
    assert_eq!(first.links, ["https://x.example/dark"]);
    assert_eq!(first.group.as_deref(), Some("Process improvements"));
    assert!(first.description.ends_with("[dark]: https://x.example/dark"));
    assert_eq!(report.recommendations[1].done, Some(true));
    assert_eq!(report.recommendations[2].links, ["https://x.example/led"]);
    assert_eq!(report.recommendations[2].done, None);
}

#[test]
fn checkboxes_and_nested_tasks() {
    let report = read(
        "# L\n\n## :ballot_box_with_check: Follow-up tasks\n\n*List any tasks we should complete*\n\n- [x] Buy bulbs\n- [ ] Label the shelf (in progress)\n\
         - [] Call the shop\n- [ ] Make sure there is light in:\n  - [ ] the hall\n  - [x] the cellar\n",
    );
    let done: Vec<Option<bool>> = report.recommendations.iter().map(|action| action.done).collect();
    assert_eq!(done, [Some(true), Some(false), Some(false), Some(false)]);
    assert_eq!(titles(&report)[2], "Call the shop");
    assert!(report.recommendations[3].description.contains("the cellar"));
    assert!(!report.sections.conclusion.contains("List any tasks"));
}

#[test]
fn headings_state_what_holds_for_all_their_items() {
    let report = read(
        "# L - March 1, 2024\n\n## Remediation\n\n### Immediate Actions (Completed)\n\n- New bulb\n\n\
         ### Short-term Improvements ([Follow along](https://x.example/9))\n\n- **LEDs**: they last\n\n\
         ### Long-term Improvements (Q4 2024 - Q1 2025)\n\n- Skylight\n\n**In progress (next 2 weeks):**\n\n- Candles\n- ✅ Matches\n",
    );
    let [bulb, leds, skylight, candles, matches] = &report.recommendations[..] else {
        return assert_eq!(report.recommendations.len(), 5, "{:#?}", report.recommendations);
    };
    assert_eq!(bulb.done, Some(true));
    assert_eq!(
        (leds.done, leds.links.as_slice()),
        (None, ["https://x.example/9".to_owned()].as_slice())
    );
    assert_eq!(leds.title, "LEDs: they last");
    assert_eq!(
        skylight.due_on.map(|day| day.to_string()).as_deref(),
        Some("2025-03-31")
    );
    assert_eq!(skylight.due_text.as_deref(), Some("Q4 2024 - Q1 2025"));
    assert_eq!(candles.done, Some(false));
    assert_eq!(candles.due_on.map(|day| day.to_string()).as_deref(), Some("2024-03-15"));
    assert_eq!((matches.title.as_str(), matches.done), ("Matches", Some(true)));
}

#[test]
fn owners_in_the_words_of_an_item() {
    for (item, owner) in [
        ("Buy bulbs (Owner: Ada Lovelace)", Some("Ada Lovelace")),
        ("Buy bulbs. Owner: @ada", Some("@ada")),
        ("Buy bulbs - @ada", Some("@ada")),
        ("Ed and Caroline to write a list", Some("Ed and Caroline")),
        ("@ada to call the shop", Some("@ada")),
        ("Developers to come up with a plan", Some("Developers")),
        ("Talk about light (Grace call for meeting)", Some("Grace")),
        ("Buy bulbs **AL**/GH", Some("AL/GH")),
        ("Need to buy bulbs", None),
        ("Move to LED bulbs", None),
        ("Switch to the other shop", None),
        ("Find ways to save light", None),
        ("Buy bulbs (owner: TBD)", None),
    ] {
        let action = only_action(&format!("# L\n\n## Action items\n\n- {item}\n"));
        assert_eq!(action.owner.as_deref(), owner, "{item}");
    }
}

#[test]
fn a_bold_name_above_a_list_owns_it() {
    let report = read(
        "# L\n\n**Incident from:** 2024-03-01\n\n## Actions\n\n**Ada**\n\n- Buy bulbs - done\n- Sweep\n\n**Monitoring**\n\n- Watch the lamp\n\n**For planning**\n\n- Skylight\n",
    );
    let owners: Vec<Option<&str>> = report
        .recommendations
        .iter()
        .map(|action| action.owner.as_deref())
        .collect();
    assert_eq!(owners, [Some("Ada"), Some("Ada"), None, None]);
    assert_eq!(report.recommendations[0].done, Some(true));
    assert_eq!(report.recommendations[2].group.as_deref(), Some("Monitoring"));
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn states_due_dates_and_priorities_in_the_text() {
    let pending = only_action("# L\n\n## Preventive Actions\n\n- **Skylight** *(pending)* - cut a hole\n");
    assert_eq!(
        (pending.title.as_str(), pending.done),
        ("Skylight (pending) - cut a hole", Some(false))
    );
    let due = only_action("# L\n\n## Actions\n\n- Buy bulbs (P2, due: 2024-05-01)\n");
    assert_eq!(due.due_on.map(|day| day.to_string()).as_deref(), Some("2024-05-01"));
    assert_eq!(due.priority, Some(ImportedPriority::P2));
    let past = only_action("# L\n\n## Actions\n\n- We fixed the lamp\n");
    assert_eq!(past.done, None, "past tense is no statement");
    let stated = only_action("# L\n\n## Actions\n\n- Use the other shelf - this has already been done.\n");
    assert_eq!(stated.done, Some(true));
}

#[test]
fn chores_placeholders_and_advice_are_no_actions() {
    let chores = read(
        "# L\n\n## Corrective actions\n\n- Buy bulbs\n\n# Notes to the owner\n\n- [x] Push this document to the archive\n- [] File issues for all the corrective actions\n\n\
         # What can you do?\n\n- Buy candles\n",
    );
    assert_eq!(titles(&chores), ["Buy bulbs"]);
    assert!(chores.sections.conclusion.contains("Push this document"));
    assert!(chores.sections.conclusion.contains("Buy candles"));
    let checklist = read(
        "# L\n\n## Actions\n\n- [x] Incident has been dealt with or is over\n- [x] Sections above are filled out\n",
    );
    assert!(checklist.recommendations.is_empty());
    for nothing in ["N/A", "None.", "{{ summary }} [link to github issue]", "", "TBD"] {
        let report = read(&format!("# L\n\n## Action items\n\n- {nothing}\n"));
        assert!(report.recommendations.is_empty(), "{nothing:?}");
    }
}

#[test]
fn prose_is_kept_and_reported() {
    let report = read("# L\n\n## Corrective and Preventative Measures\n\nWe will buy bulbs.\n\nAnd a ladder.\n");
    assert!(report.recommendations.is_empty());
    assert!(
        report
            .sections
            .conclusion
            .ends_with("We will buy bulbs.\n\nAnd a ladder.")
    );
    assert_eq!((report.warnings.len(), report.warnings[0].line), (1, 3));
    let label = only_action("# L\n\n- **Impact**: dark\n\n- **Review actions**: New bulbs bought. (Done)\n");
    assert_eq!(label.done, Some(true));
    let explicit = only_action("# L\n\n## Lessons\n\nx\n\n## Action items\n\nAction item: buy bulbs\n");
    assert_eq!(explicit.title, "Action item: buy bulbs");
}

#[test]
fn a_long_item_is_cut_in_the_title_only() {
    let long = "light ".repeat(100);
    let action = only_action(&format!("# L\n\n## Actions\n\n- {long}\n"));
    assert!(action.title.chars().count() <= 300 && action.title.ends_with('…'));
    assert_eq!(action.description, long.trim());
}
