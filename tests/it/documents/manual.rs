//! The commands of docs/documents.md, run as they stand there, and its other samples.

use std::process::{Command, Output};

use actix_web::http::StatusCode;
use entity::enums::Role;
use postmortem_api::exchange::forms::items::Field;
use postmortem_tests::{documents::snippets, on_both_databases};
use serde_json::json;
use tempfile::TempDir;

use crate::settings_and_cli::binary;

const MANUAL: &str = include_str!("../../../docs/documents.md");
const IMPORT: &str = include_str!("../../../docs/import.md");

/// Runs a line in a folder where `postmortem` is the binary of this build.
fn run(folder: &TempDir, line: &str) -> Output {
    let bin = binary();
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.parent().unwrap().display()))
        .output()
        .unwrap()
}

#[test]
fn the_commands_of_the_manual_work() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("outage.md"),
        include_str!("../fixtures/checklist.md"),
    )
    .unwrap();
    let mut count = 0;
    for line in snippets(MANUAL, "sh").iter().flat_map(|sample| sample.lines()) {
        if line.starts_with("curl") {
            continue;
        }
        let output = run(&folder, line);
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let is_refused = line.contains("# refused");
        assert_eq!(output.status.success(), !is_refused, "{line}: {said}");
        assert!(
            !is_refused || said.contains("only a PUBLISHED report has a public edition"),
            "{said}"
        );
        count += 1;
    }
    assert_eq!(count, 11, "every command was run");
    assert!(folder.path().join("backup/PM-1.json").is_file());
    let html = std::fs::read_to_string(folder.path().join("PM-1.html")).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>"));
}

#[test]
fn tables_and_issues_are_imported_by_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("issues.json", include_str!("../fixtures/github-issues.json"));
    file("items.csv", include_str!("../fixtures/action-items-sheet.csv"));
    file("other.csv", "Was;Frist;Notiz\nKehren;01/02/2026;x\n");
    let wide: Vec<u8> = "\u{feff}Task\tDue\nSweep\t2026-05-01\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(folder.path().join("wide.tsv"), wide).unwrap();
    let said = |line: &str| {
        let output = run(&folder, line);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.code(),
            out,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, out, err) = said("postmortem import --dry-run items.csv");
    assert_eq!(code, Some(1));
    assert!(
        out.contains("items.csv, row 2: Alert on the length of the queue (PROPOSED, packing team, due 2026-12-24)"),
        "{out}"
    );
    assert!(
        err.contains("items.csv: row 3: 03/04/2026 can be 4 March 2026 or 3 April 2026"),
        "{err}"
    );
    let (code, out, _) = said("postmortem import --dry-run --format json items.csv");
    assert_eq!(code, Some(1));
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), &rows[2]["status"]), (3, &serde_json::json!("DECLINED")));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        4,
        "a dry run writes nothing"
    );

    let (code, out, err) = said("postmortem import issues.json items.csv");
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("issues.json, https://github.com/kilns/oven/issues/12: PM-1"),
        "{out}"
    );
    assert!(out.contains("items.csv, row 2: REC-3 in PM-3"), "{out}");
    assert!(
        out.contains("items.csv, row 3: not imported: 03/04/2026 can be"),
        "{out}"
    );
    assert!(
        err.contains("pull requests passed over: 1.") && err.contains("5 imported, 0 known already, 3 not imported."),
        "{err}"
    );
    let (code, out, err) = said(
        "postmortem import --map Was=title --map Frist=dueDate --map Notiz=- --date-format %d/%m/%Y --report PM-1 other.csv wide.tsv",
    );
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("other.csv, row 2: REC-6 in PM-1")
            && out.contains("wide.tsv: not imported: There is no column \"Was\""),
        "{out}"
    );
    let (code, out, _) = said("postmortem import --report PM-1 --format json wide.tsv issues.json");
    assert_eq!(code, Some(0), "{out}");
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["part"], &lines[0]["recommendation"], &lines[0]["report"]),
        (&"row 2".into(), &"REC-7".into(), &"PM-1".into())
    );
    assert_eq!(
        (&lines[1]["created"], &lines[1]["report"]),
        (&false.into(), &"PM-1".into())
    );
    let (code, out, _) = said("postmortem import --report PM-1 wide.tsv");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("wide.tsv, row 2: known already as REC-7 in PM-1"), "{out}");
    let (code, _, err) = said("postmortem import --from github-issues items.csv");
    assert_eq!(code, Some(1), "{err}");
    let (code, _, err) = said("postmortem import --map nonsense items.csv");
    assert!(code == Some(2) && err.contains("Title of a column=FIELD"), "{err}");
    for wrong in [
        "export",
        "export PM-1 --all --directory x",
        "export --all",
        "export PM-1 --sections timeline",
        "export PM-1 --public --sections salary",
    ] {
        assert_ne!(said(&format!("postmortem {wrong}")).0, Some(0), "{wrong}");
    }
}

/// Every field that a column can be is in the table of the manual, and every title there is known.
#[test]
fn the_manual_names_every_column() {
    for name in Field::names().split(", ") {
        let row = IMPORT.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/import.md lacks the field {name}"));
        let titles = row.split('|').nth(2).unwrap_or_default();
        let titles = titles.split(';').next().unwrap_or_default();
        for title in titles.split(',').map(str::trim) {
            let text = format!("{title},Other\na,b\n");
            let map = if name == "title" {
                vec![]
            } else {
                vec!["Other=title".parse().unwrap()]
            };
            let options = postmortem_api::exchange::forms::items::Options {
                mappings: map,
                date_format: None,
            };
            let read = postmortem_api::exchange::forms::items::read(&text, &options).unwrap();
            assert!(
                !read.left_out.iter().any(|left| left == title),
                "docs/import.md names {title}, which is not known"
            );
        }
    }
}

on_both_databases! {
    /// What the manual asks over HTTP and in the API is answered.
    async fn the_requests_of_the_manual_are_answered(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        assert_eq!(report.key, "PM-1");
        app.publish(&ada, &report).await;
        let curls = MANUAL.lines().filter_map(|line| Some(line.strip_prefix("curl ")?.split_once(":8080")?.1));
        let gets = MANUAL.lines().filter_map(|line| line.strip_prefix("GET "));
        let paths: Vec<&str> = curls.chain(gets).collect();
        assert_eq!(paths.len(), 5, "{paths:?}");
        for path in paths {
            let (status, _, body) = app.get_as(&ada, path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {body}");
        }
        let queries = snippets(MANUAL, "graphql");
        assert_eq!(queries.len(), 2);
        for query in queries {
            assert!(!app.ask(&ada, &query, json!({})).await.text("/reportDocument/text").is_empty(), "{query}");
        }
    }
}
