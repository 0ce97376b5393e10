//! `postmortem import` and `postmortem export` as an operator uses them.

use crate::settings_and_cli::{Machine, refusal, stdout};

#[test]
fn import_and_export() {
    let machine = Machine::new();
    machine.write("outage.md", include_str!("fixtures/checklist.md"));
    let dry = machine.run(&["import", "--dry-run", "--format", "json", "outage.md"]);
    let read: serde_json::Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(read["title"], "Kiln controller outage");
    assert_eq!(
        std::fs::read_dir(machine.0.path()).unwrap().count(),
        1,
        "a dry run needs no database"
    );
    std::fs::write(machine.0.path().join("latin1.md"), b"# M\xfcnchen\n").unwrap();
    let some = machine.run(&["import", "--dry-run", "absent.md", "latin1.md", "outage.md"]);
    assert_eq!(some.status.code(), Some(1));
    let said = String::from_utf8_lossy(&some.stderr).into_owned();
    assert!(
        said.contains("absent.md") && said.contains("latin1.md: this is not UTF-8"),
        "{said}"
    );
    assert!(stdout(&some).contains("Kiln controller outage"));
    assert!(stdout(&machine.run(&["import", "outage.md"])).contains("PM-1"));
    assert!(stdout(&machine.run(&["import", "outage.md"])).contains("known already as PM-1"));
    let document = stdout(&machine.run(&["export", "pm-1"]));
    assert!(document.contains("# PM-1: Kiln controller outage") && document.contains("tracker.example/kilns/12"));
    let json: serde_json::Value =
        serde_json::from_slice(&machine.run(&["export", "PM-1", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["recommendations"].as_array().unwrap().len(), 3);
    assert!(refusal(&machine.run(&["export", "PM-99"])).contains("PM-99"));
    let partly = machine.run(&["import", "absent.md", "outage.md"]);
    assert_eq!(partly.status.code(), Some(1));
    assert!(stdout(&partly).contains("absent.md: not imported") && stdout(&partly).contains("PM-1"));
}

/// What is tried with a dry run is the command without it.
#[test]
fn a_dry_run_checks_the_settings_that_are_typed() {
    let machine = Machine::new();
    machine.write("outage.md", include_str!("fixtures/checklist.md"));
    for (flag, value, named) in [
        ("--listen", "foo", "listen"),
        ("--database-url", "mysql://x", "database_url"),
        ("--config", "nowhere.toml", "nowhere.toml"),
    ] {
        let text = refusal(&machine.run(&["import", "--dry-run", flag, value, "outage.md"]));
        assert!(text.contains(named), "{text}");
    }
    let good = machine.run(&["import", "--dry-run", "--database-url", "sqlite://x.db", "outage.md"]);
    assert!(stdout(&good).contains("Kiln controller outage"), "{good:?}");
    let without = machine
        .command(&["import", "--dry-run", "outage.md"])
        .env("POSTMORTEM_LISTEN", "foo")
        .output()
        .unwrap();
    assert!(without.status.success(), "it reads none by itself: {without:?}");
    assert_eq!(
        std::fs::read_dir(machine.0.path()).unwrap().count(),
        1,
        "nothing was made"
    );
}

/// No issues are imported as none, and a file of JSON that is nothing we know is no document.
#[test]
fn a_file_of_json_is_a_report_or_issues() {
    let machine = Machine::new();
    machine.write("none.json", "[]\n");
    machine.write("notes.md", "[Status page](https://status.example) was down.\n");
    for from in ["auto", "github-issues"] {
        let none = machine.run(&["import", "--from", from, "none.json"]);
        assert!(none.status.success(), "{none:?}");
        assert!(stdout(&none).is_empty(), "{none:?}");
        let said = String::from_utf8_lossy(&none.stderr).into_owned();
        assert!(said.contains("0 imported, 0 known already, 0 not imported."), "{said}");
        let dry = machine.run(&["import", "--dry-run", "--from", from, "none.json"]);
        assert!(dry.status.success() && stdout(&dry).is_empty(), "{dry:?}");
    }
    let neither = "this JSON is neither an exported report nor issues of GitHub";
    for (name, text, says) in [
        ("object.json", "{\"a\": 1}", neither),
        ("list.JSON", "[{\"a\": 1}]", neither),
        (
            "broken.json",
            "{bad",
            "this is no JSON that can be read (key must be a string",
        ),
        (
            "words.json",
            "[Status page](https://status.example)",
            "this is no JSON that can be read",
        ),
        ("empty.json", "", "this is no JSON that can be read"),
    ] {
        machine.write(name, text);
        for args in [&["import", name, "none.json"][..], &["import", "--dry-run", name]] {
            let refused = machine.run(args);
            assert_eq!(refused.status.code(), Some(1), "{name}: {refused:?}");
            let said = stdout(&refused) + &String::from_utf8_lossy(&refused.stderr);
            assert!(said.contains(says), "{name}: {said}");
        }
    }
    machine.write("issues.txt", include_str!("fixtures/github-issues.json"));
    machine.write("issues.csv", include_str!("fixtures/github-issues.json"));
    for name in ["issues.txt", "issues.csv"] {
        let dry = machine.run(&["import", "--dry-run", name]);
        assert!(dry.status.success(), "{name}: {dry:?}");
        assert!(stdout(&dry).contains("Kilns went cold on Monday"), "{name}: {dry:?}");
    }
    for (name, text) in [
        ("object.txt", "{\"a\": 1}"),
        ("list.md", "\u{feff}[1]\n"),
        ("list.csv", "[[]]"),
    ] {
        machine.write(name, text);
        for args in [&["import", name][..], &["import", "--dry-run", name]] {
            let refused = machine.run(args);
            assert_eq!(refused.status.code(), Some(1), "{name}: {refused:?}");
            let said = stdout(&refused) + &String::from_utf8_lossy(&refused.stderr);
            assert!(said.contains(neither), "{name}: {said}");
        }
    }
    // What begins like a list is a document nevertheless, and the first thing that was made.
    assert!(stdout(&machine.run(&["import", "notes.md"])).contains("PM-1"));
    let told = machine.run(&["import", "--from", "document", "words.json"]);
    assert!(stdout(&told).contains("PM-2"), "{told:?}");
}
