//! Issues of GitHub become reports and tables of action items become recommendations, each once.

use chrono::NaiveDate;
use entity::enums::{Priority, RecommendationKind, Role};
use postmortem_api::exchange::{
    forms::{
        github,
        items::{self, Options, Row, Standing, Table},
    },
    service::{
        issues,
        items::{self as service, Done},
    },
};
use postmortem_tests::{TestApp, on_both_databases};
use serde_json::{Value, json};

use super::place;

const ISSUES: &str = include_str!("../fixtures/github-issues.json");
const JIRA: &str = include_str!("../fixtures/action-items-jira.csv");
const SHEET: &str = include_str!("../fixtures/action-items-sheet.csv");

fn table(text: &str, map: &[&str], format: Option<&str>) -> Table {
    let options = Options {
        mappings: map.iter().map(|map| map.parse().unwrap()).collect(),
        date_format: format.map(|format| format.parse().unwrap()),
    };
    items::read(text, &options).unwrap()
}

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

async fn import_issues(app: &TestApp, text: &str) -> Vec<(String, bool, String)> {
    let session = app.operator().await;
    let mut done = Vec::new();
    for issue in github::issues(text).unwrap().unwrap().issues {
        let imported = issues::import(&session, "issues.json", &issue.unwrap()).await.unwrap();
        let told = imported
            .warnings
            .into_iter()
            .map(|warning| warning.message)
            .collect::<Vec<_>>()
            .join("\n");
        done.push((imported.key, imported.created, told));
    }
    done
}

async fn import_rows(app: &TestApp, table: &Table, name: &str) -> Vec<Result<Done, String>> {
    let session = app.operator().await;
    let mut done = Vec::new();
    let named = service::Named::default();
    for row in &table.rows {
        let result = service::import(&session, "items.csv", name, &named, row).await;
        done.push(result.map_err(|error| error.to_string()));
    }
    done
}

/// What is said of the same rows when they come again.
fn known(done: &[Result<Done, String>]) -> Vec<Result<Done, String>> {
    let again = |done: &Done| Done {
        created: false,
        warnings: Vec::new(),
        ..done.clone()
    };
    done.iter()
        .map(|row| row.as_ref().map(again).map_err(String::clone))
        .collect()
}

#[test]
fn what_jira_exports_is_read() {
    let table = table(JIRA, &[], None);
    assert_eq!(table.bad, vec![]);
    let first = &table.rows[0];
    assert_eq!(first.title, "Limit retries in the kiln client");
    assert_eq!(
        (first.reference.as_deref(), first.owner.as_deref()),
        (Some("KILN-7"), Some("Ada Lovelace"))
    );
    assert_eq!(
        (first.due_on, first.standing, first.priority),
        (day("2026-04-01"), Standing::InProgress, Some(Priority::P1))
    );
    assert_eq!(first.labels, ["retries", "kilns"]);
    assert_eq!(
        first.criterion.as_deref(),
        Some("A test with a dead server\nends within a minute.")
    );
    assert_eq!(
        first.description,
        "The client retries for ever.\n\nType in the table: Task\n\nKey in the table: KILN-7"
    );
    assert_eq!(
        (table.rows[1].standing, table.rows[1].done_on, table.rows[1].kind),
        (
            Standing::Implemented,
            day("2026-02-20"),
            Some(RecommendationKind::Repair)
        )
    );
    assert_eq!(
        table.rows[2].description,
        "Status in the table: Parked\n\nPriority in the table: Whenever\n\nKey in the table: KILN-9"
    );
    assert_eq!(table.left_out, ["Created"]);
}

#[test]
fn what_spreadsheets_export_is_read() {
    let read = table(SHEET, &[], None);
    let titles: Vec<&str> = read.rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Alert on the length of the queue",
            "Write a runbook; for failover",
            "Buy a second kiln"
        ]
    );
    assert_eq!(read.rows[0].due_on, day("2026-12-24"));
    assert_eq!(read.rows[0].links, ["https://tracker.example/12"]);
    let told: Vec<String> = read
        .bad
        .iter()
        .map(|bad| format!("row {}: {}", bad.row, bad.message))
        .collect();
    assert_eq!(
        told,
        [
            "row 3: 03/04/2026 can be 4 March 2026 or 3 April 2026; say how days are written with --date-format, such as %d/%m/%Y",
            "row 6: it has no title; fill that cell, or name the column with --map \"Column=title\"",
            "row 7: \"soon\" is no day that can be read; write it as 2026-11-23, or say how with --date-format",
        ]
    );
    let read = table(SHEET, &[], Some("%d/%m/%Y"));
    assert_eq!((read.bad.len(), read.rows[1].due_on), (2, day("2026-04-03")));
    // The same in other clothes.
    let windows = format!("\u{feff}sep=;\r\n{}", SHEET.replace('\n', "\r\n"));
    assert_eq!(table(&windows, &[], None).rows.len(), 3);
    let tabs = "Task\tWho\tWhen\nSweep\tada\t2026-05-01\n";
    assert_eq!(table(tabs, &[], None).rows[0].due_on, day("2026-05-01"));
}

#[test]
fn days_are_read_or_refused() {
    for (cell, expected) in [
        ("2026-03-04", "2026-03-04"),
        ("2026/03/04", "2026-03-04"),
        ("2026-03-04T10:00:00Z", "2026-03-04"),
        ("2026-03-04 10:00", "2026-03-04"),
        ("04/Mar/26 10:00 AM", "2026-03-04"),
        ("04/Mar/26", "2026-03-04"),
        ("4 Mar 2026", "2026-03-04"),
        ("4 March 2026", "2026-03-04"),
        ("Mar 4, 2026", "2026-03-04"),
        ("March 4, 2026", "2026-03-04"),
        ("04.03.2026", "2026-03-04"),
        ("25/03/2026", "2026-03-25"),
        ("03/25/2026", "2026-03-25"),
        ("04/04/2026", "2026-04-04"),
        ("3-25-26", "2026-03-25"),
    ] {
        let read = table(&format!("Task,Due\nx,\"{cell}\"\n"), &[], None);
        assert_eq!(
            read.rows.first().and_then(|row| row.due_on),
            day(expected),
            "{cell}: {:?}",
            read.bad
        );
    }
    for cell in [
        "03/04/2026",
        "3-4-26",
        "2026-02-30",
        "2026-13-01",
        "tomorrow",
        "45352",
        "99999-01-01",
        "31/31/2026",
        "2026-03-04x",
    ] {
        let read = table(&format!("Task,Due\nx,\"{cell}\"\n"), &[], None);
        assert!(read.rows.is_empty() && read.bad.len() == 1, "{cell}");
    }
    for cell in ["", "-", "TBD", "n/a", "None"] {
        assert_eq!(table(&format!("Task,Due\nx,{cell}\n"), &[], None).rows[0].due_on, None);
    }
    for format in ["%d/%m", "%H:%M", "%Q", "", "dmy"] {
        assert!(format.parse::<items::DateFormat>().is_err(), "{format}");
    }
}

#[test]
fn columns_can_be_named() {
    let text = "Was,Wer,Frist,Title\nKehren,ada,2026-05-01,nothing\n";
    let read = table(text, &["Was=title", "wer=owner", "Frist=dueDate", "Title=-"], None);
    let row = Row {
        row: 2,
        title: "Kehren".to_owned(),
        owner: Some("ada".to_owned()),
        due_on: day("2026-05-01"),
        ..Row::default()
    };
    assert_eq!((read.rows, read.left_out), (vec![row], vec![]));
    for (text, map, said) in [
        ("Was,Wer\na,b\n", None, "No column is known to hold what is to be done"),
        ("Task\na\n", Some("Nobody=owner"), "There is no column \"Nobody\""),
        ("", None, "This table is empty"),
    ] {
        let options = Options {
            mappings: map.into_iter().map(|map: &str| map.parse().unwrap()).collect(),
            date_format: None,
        };
        let error = items::read(text, &options).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    for map in ["Due", "Due=deadline!", "=", "a=b"] {
        assert!(map.parse::<items::Mapping>().is_err(), "{map}");
    }
    // Garbage is no reason to fall over.
    for text in [
        "\0",
        "\"",
        "a,b\n\"",
        "\u{feff}",
        "sep=",
        "sep=é\na",
        ",,,\n,,,\n",
        "title\n\"a\0b\"",
        "title\r\rx",
        "title,title\na",
    ] {
        let _ = items::read(text, &Options::default());
    }
}

#[test]
fn issues_are_told_from_other_json() {
    for text in [
        "{}",
        "[1]",
        "{\"schema\": \"postmortem/report\"}",
        "# Title",
        "[{\"number\": 1}]",
        "[",
        "",
    ] {
        assert!(github::issues(text).is_none(), "{text}");
    }
    for text in ["[]", " [ ]\n", "\u{feff}[]"] {
        let found = github::issues(text).unwrap().unwrap();
        assert_eq!((found.issues.len(), found.pull_requests), (0, 0), "{text}");
    }
    let found = github::issues(ISSUES).unwrap().unwrap();
    assert_eq!((found.issues.len(), found.pull_requests), (2, 1));
    let by_tool = json!([{ "number": 3, "title": "Kilns went cold", "url": "https://github.com/kilns/oven/issues/3", "body": "", "createdAt": "2026-01-02T03:04:05Z", "author": { "login": "ada" }, "labels": [{ "name": "sev-2" }] }]);
    let found = github::issues(&by_tool.to_string()).unwrap().unwrap();
    let issue = found.issues.into_iter().next().unwrap().unwrap();
    assert_eq!(
        (issue.read.title.as_str(), issue.read.authors),
        ("Kilns went cold", vec!["ada".to_owned()])
    );
    let broken = json!([{ "number": 3, "title": "x", "html_url": "javascript:alert(1)" }, { "number": 4, "title": "y", "html_url": "https://github.com/k/o/issues/4", "created_at": "now" }]);
    let found = github::issues(&broken.to_string()).unwrap().unwrap();
    assert!(found.issues.iter().all(Result::is_err));
}

on_both_databases! {
    /// Title, date, labels, severity, people, address; once; and told of when they have changed.
    async fn issues_become_reports(app) {
        let place = place(app).await;
        let done = import_issues(app, ISSUES).await;
        assert!(done.iter().all(|(_, created, _)| *created));
        let query = "{ reports(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { key title labels status executiveSummary background
            participants { role user { name } } incident { severity startedAt } timeline { nodes { occurredAt } }
            recommendations { nodes { title status evidence { url } } } } } }";
        let reports = app.ask(&place.ada, query, json!({})).await.at("/reports/nodes");
        let first = &reports[0];
        assert_eq!(first["title"], json!("Kilns went cold on Monday"));
        assert_eq!(first["labels"], json!(["kilns", "postmortem", "severity: 2"]));
        assert_eq!(first["incident"], json!({ "severity": "SEV2", "startedAt": "2026-02-02T08:10:00Z" }));
        assert_eq!(first["participants"], json!([{ "role": "AUTHOR", "user": { "name": "Ada Lovelace" } }, { "role": "RESPONDER", "user": { "name": "Bo Nilsen" } }]));
        assert!(first["background"].as_str().unwrap().contains("SOURCE: <https://github.com/kilns/oven/issues/12>"));
        assert!(first["background"].as_str().unwrap().contains("The issue was closed on 2026-02-09."));
        assert_eq!(first["recommendations"]["nodes"].as_array().unwrap().len(), 2);
        assert_eq!(reports[1]["incident"]["startedAt"], json!("2026-02-20T10:00:00Z"));
        let again = import_issues(app, ISSUES).await;
        assert!(again.iter().all(|(_, created, told)| !created && !told.contains("changed since")), "{again:?}");
        let changed = import_issues(app, &ISSUES.replace("went cold", "went very cold")).await;
        assert!(!changed[0].1 && changed[0].2.contains("has been changed since"), "{changed:?}");
        assert!(!changed[1].2.contains("changed since"));
    }

    /// Owner, day, status, priority, criterion, links; once; on a report that is there or one that is made.
    async fn rows_become_recommendations(app) {
        let place = place(app).await;
        let report = app.report(&place.ada, json!({})).await;
        app.cause(&place.ada, &report, json!({ "title": "No limit" })).await;
        app.cause(&place.ada, &report, json!({ "title": "No alarm" })).await;
        let jira = table(JIRA, &[], None);
        let done = import_rows(app, &jira, &report.key).await;
        assert!(done.iter().all(Result::is_ok), "{done:?}");
        let query = "query ($key: String!) { report(key: $key) { title recommendations(orderBy: { field: CREATED_AT, direction: ASC }) { nodes {
            id title status owner { name } dueOn priority acceptanceCriterion labels rootCauses { totalCount } implementedAt evidence { url } } } } }";
        let shown = app.ask(&place.ada, query, json!({ "key": report.key })).await.at("/report/recommendations/nodes");
        assert_eq!(shown[0]["status"], json!("IN_PROGRESS"));
        assert_eq!(shown[0]["owner"]["name"], json!("Ada Lovelace"));
        assert_eq!((&shown[0]["dueOn"], &shown[0]["priority"]), (&json!("2026-04-01"), &json!("P1")));
        assert_eq!(shown[0]["rootCauses"]["totalCount"], json!(2));
        assert_eq!((&shown[1]["status"], &shown[1]["implementedAt"]), (&json!("IMPLEMENTED"), &json!("2026-02-20T00:00:00Z")));
        assert_eq!(shown[2]["status"], json!("PROPOSED"));

        // Once, and told of when it has changed.
        let again = import_rows(app, &jira, &report.key).await;
        assert_eq!(again, known(&done), "each by its own key");
        let changed = import_rows(app, &table(&JIRA.replace("In Progress", "Done"), &[], None), &report.key).await;
        let row = changed[0].as_ref().unwrap();
        assert_eq!((row.created, &row.item), (false, &done[0].as_ref().unwrap().item));
        assert!(row.warnings[0].contains("has been changed since"), "{row:?}");
        // A title that is another here is no other item.
        let input = json!({ "id": shown[2]["id"], "title": "Sweep the hall" });
        let renamed = app.mutate(&place.admin, "updateRecommendation", input, "recommendation { key }").await;
        assert_eq!(import_rows(app, &jira, &report.key).await, known(&done));
        assert_eq!(done[2].as_ref().unwrap().item, Some(renamed.text("/recommendation/key")));

        // A report of its own, made once.
        let sheet = table(SHEET, &[], Some("%d/%m/%Y"));
        let done = import_rows(app, &sheet, "Kiln retrospective").await;
        let Done { report: made, warnings: told, .. } = done[0].as_ref().unwrap();
        assert!(told.iter().any(|told| told.contains("There was no report \"Kiln retrospective\"; it was made")), "{told:?}");
        assert!(told.iter().any(|told| told.contains("no user \"packing team\"")), "{told:?}");
        assert!(done.iter().all(|row| row.as_ref().unwrap().report == *made));
        let shown = app.ask(&place.ada, query, json!({ "key": made })).await;
        assert_eq!(shown.at("/report/title"), json!("Kiln retrospective"));
        let shown: Vec<Value> = shown.at("/report/recommendations/nodes").as_array().unwrap().clone();
        let statuses: Vec<&str> = shown.iter().map(|row| row["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["PROPOSED", "BLOCKED", "VERIFIED", "DECLINED"]);
        assert_eq!(shown[0]["evidence"][0]["url"], json!("https://tracker.example/12"));
        assert_eq!(import_rows(app, &sheet, "kiln Retrospective").await, known(&done));

        // A bad row keeps no other, and leaves nothing behind.
        let before = app.ask(&place.ada, "{ recommendations { totalCount } }", json!({})).await;
        let rows = table("Task,Report\none,PM-99\ntwo,INC-99\nthree,PM-1\n", &[], None);
        let done = import_rows(app, &rows, "x").await;
        assert_eq!(done[0].as_ref().unwrap_err(), "there is no report PM-99, or you may not see it");
        assert_eq!(done[1].as_ref().unwrap_err(), "there is no incident INC-99");
        assert!(done[2].is_ok());
        let after = app.ask(&place.ada, "{ recommendations { totalCount } }", json!({})).await;
        assert_eq!(after.at("/recommendations/totalCount").as_i64(), before.at("/recommendations/totalCount").as_i64().map(|count| count + 1));

        // The table says who accepted what.
        let member = app.user("Mia", Role::Member).await;
        let session = app.session(&member).await;
        let refused = service::import(&session, "items.csv", "x", &service::Named::default(), &rows.rows[2]).await.err().unwrap();
        assert_eq!(refused.code(), "FORBIDDEN");
    }
}
