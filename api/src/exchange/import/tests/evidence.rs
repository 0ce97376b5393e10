//! What stands beside a text decides what it is: a plan without a heading, a name that is known, a story about repairs.

use super::{only_action, read, titles};

fn owners(text: &str) -> Vec<Option<String>> {
    read(text)
        .recommendations
        .into_iter()
        .map(|action| action.owner)
        .collect()
}

fn causes(text: &str) -> Vec<String> {
    read(text).root_causes.into_iter().map(|cause| cause.title).collect()
}

#[test]
fn a_table_of_actions_needs_no_heading() {
    let report = read(
        "# Lamp\n\n**Detection**: A visitor.\n\n| Action item | Type | Owner | Ticket |\n|---|---|---|---|\n\
         | Buy a spare bulb | prevent | Attic team | DONE |\n| Ring when it is dark | detect | Ada | TODO |\n",
    );
    assert_eq!(titles(&report), ["Buy a spare bulb", "Ring when it is dark"]);
    assert_eq!(report.recommendations[0].done, Some(true));
    assert_eq!(report.recommendations[1].owner.as_deref(), Some("Ada"));
    assert_eq!(report.owner, None, "the column of owners is no owner of the report");
}

#[test]
fn other_tables_are_no_plans() {
    let report = read(
        "# Lamp\n\n## Impact\n\n| Task | Lamps |\n|---|---|\n| Reading | 3 |\n\n## Details\n\n\
         | Time | Action taken | Owner |\n|---|---|---|\n| 10:00 | Switched it off | Ada |\n",
    );
    assert_eq!(titles(&report), [""; 0]);
}

#[test]
fn remediation_inside_the_story_is_no_plan_when_there_is_one() {
    let story = "# Lamp\n\n## Summary\n\nDark.\n\n### Remediation\n\n- We changed the bulb\n- We swept the floor\n";
    assert_eq!(titles(&read(story)).len(), 2);
    let both = format!("{story}\n## Action items\n\n- Buy spare bulbs\n");
    assert_eq!(titles(&read(&both)), ["Buy spare bulbs"]);
    assert!(read(&both).sections.background.contains("We changed the bulb"));
}

#[test]
fn a_word_above_several_items_is_their_group() {
    let report = read(
        "# Lamp\n\n## Action items\n\n- Testing\n  - Try each bulb\n  - Try each switch\n- Short term\n  - Sweep\n  - Mop\n\
         - Monitoring\n  - as told by Ada\n- Replace the ladder\n  - the long one\n  - the short one\n",
    );
    assert_eq!(
        titles(&report),
        [
            "Try each bulb",
            "Try each switch",
            "Sweep",
            "Mop",
            "Monitoring",
            "Replace the ladder"
        ]
    );
    assert_eq!(report.recommendations[0].group.as_deref(), Some("Testing"));
}

#[test]
fn people_share_a_label() {
    for (label, owner) in [
        ("Ada / Grace", Some("Ada / Grace")),
        ("Ada, Linus & Agnes", Some("Ada, Linus & Agnes")),
        ("GH - for planning", Some("GH")),
        ("Ada (with Grace)", Some("Ada")),
        ("Team", Some("Team")),
        ("Attic team", Some("Attic team")),
        ("Alerts", None),
        ("Done", None),
        ("TBC", None),
        ("Ada / later", None),
    ] {
        let text = format!("# Lamp\n\n## Actions\n\n**{label}**\n\n- Buy a bulb\n");
        assert_eq!(owners(&text), [owner.map(str::to_owned)], "{label}");
    }
}

#[test]
fn a_name_ahead_in_brackets_must_be_somebody() {
    let text = |ahead: &str| {
        format!("# Lamp\n\n## Action items\n\n- {ahead} sweep the attic\n\n## Thanks\n\n- ada\n- Grace Hopper\n")
    };
    for (ahead, owner) in [
        ("[ada]", Some("ada")),
        ("[ada?]", Some("ada")),
        ("(Grace, ada)", Some("Grace, ada")),
        ("(attic team)", Some("attic team")),
        ("[@linus]", Some("@linus")),
        ("[Monitoring]", None),
        ("(later)", None),
    ] {
        assert_eq!(owners(&text(ahead)), [owner.map(str::to_owned)], "{ahead}");
    }
}

#[test]
fn an_imperative_owns_nothing() {
    for text in [
        "Tune GCs to short pauses",
        "Set Bulbs to warm white",
        "Users to see a notice",
    ] {
        let action = only_action(&format!("# Lamp\n\n## Action items\n\n- {text}\n"));
        assert_eq!(action.owner, None, "{text}");
    }
}

#[test]
fn a_known_name_and_a_day_at_the_end() {
    let text = |action: &str| format!("# Lamp\n\n**Participants:** Ada, Grace\n\n## Actions\n\n- {action}\n");
    let action = only_action(&text("Buy bulbs — Ada — 2024-03-20"));
    assert_eq!(action.owner.as_deref(), Some("Ada"));
    assert_eq!(action.due_text.as_deref(), Some("2024-03-20"));
    assert_eq!(only_action(&text("Buy bulbs (Grace)")).owner.as_deref(), Some("Grace"));
    assert_eq!(only_action(&text("Buy bulbs - Philips")).owner, None);
    let done = only_action(&text("Buy bulbs (done) - 2024-03-20"));
    assert_eq!(
        (done.done, done.due_on),
        (Some(true), None),
        "the day it was done is no due date"
    );
}

#[test]
fn done_is_stated_behind_a_dash_and_by_signs() {
    for (text, done) in [
        ("Buy bulbs - DONE in [#5](https://t.example/5)", Some(true)),
        ("Buy bulbs - done and stored", Some(true)),
        ("[*] Buy bulbs", Some(true)),
        ("🔄 Buy bulbs", Some(false)),
        ("Get the well-done badge", None),
    ] {
        let action = only_action(&format!("# Lamp\n\n## Action items\n\n- {text}\n"));
        assert_eq!(action.done, done, "{text}");
    }
}

#[test]
fn causes_are_the_first_level_below_their_section() {
    let text = "# Lamp\n\n## Root cause analysis\n\n### Contributing factor 1: old wires\n\nSince 1950.\n\n#### Evidence\n\n\
                Brown.\n\n### Contributing factor 2: no fuse\n\nNever built.\n";
    assert_eq!(
        causes(text),
        ["Contributing factor 1: old wires", "Contributing factor 2: no fuse"]
    );
}

#[test]
fn a_plain_label_names_the_list_below_it() {
    let text = "# Lamp\n\n## Background\n\nA storm.\n\nRoot causes:\n\n- The wire was old\n- The fuse was missing\n\n\
                Seen elsewhere:\n\n- A kettle\n";
    assert_eq!(causes(text), ["The wire was old", "The fuse was missing"]);
}

#[test]
fn a_heading_above_the_causes_is_none() {
    let text = "# Lamp\n\n## Root causes\n\n### Chain of hows\n\n#### The wire\n\nOld.\n\n#### The fuse\n\nMissing.\n";
    assert_eq!(causes(text), ["The wire", "The fuse"]);
}

#[test]
fn a_team_ahead_of_a_colon_owns_the_action() {
    let action = only_action("# Lamp\n\n## Actions\n\n- Attic team: count the bulbs\n");
    assert_eq!(action.owner.as_deref(), Some("Attic team"));
    let action = only_action("# Lamp\n\n## Actions\n\n- Long term: count the bulbs\n");
    assert_eq!(action.owner, None);
}
