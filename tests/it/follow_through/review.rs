//! The review of a time that is sent round, and `postmortem report`, which prints it.

use std::process::{Command, Output};

use chrono::{Duration, NaiveDate};
use entity::enums::{ActorKind, Role};
use postmortem_api::{
    auth::Viewer,
    follow_through::queries::review::{Late, Period, Review, review},
    jobs,
};
use postmortem_tests::{TestApp, on_both_databases};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::settings_and_cli::binary;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn of(app: &TestApp, from: &str, to: &str, team: Option<&str>) -> Review {
    let session = app.app.session(Viewer::anybody(ActorKind::Scheduler)).await.unwrap();
    let period = Period {
        from: day(from),
        to: day(to),
    };
    review(&session, period, team).await.expect("a review")
}

fn keys(late: &[Late]) -> Vec<(&str, i64)> {
    late.iter().map(|one| (one.key.as_str(), one.days_overdue)).collect()
}

on_both_databases! {
    async fn a_month_is_looked_back_on(app) {
        let (ada, ben) = (app.user("Ada", Role::Admin).await, app.user("Ben", Role::Member).await);
        let team = app.team(&ada, &[&ben], &[&ben]).await;
        let rule = json!({ "name": "The worst", "appliesTo": "REPORT", "condition": { "severities": ["SEV1"] }, "dueInDays": 3 });
        let report = app.report(&ada, json!({ "teamId": team.id, "dueOn": "2026-03-10" })).await;
        let cause = app.cause(&ada, &report, json!({ "title": "Retries" })).await;
        let [late, longest, done, risk] = [
            app.item(&ada, &[&cause], json!({})).await, app.item(&ada, &[&cause], json!({})).await,
            app.item(&ada, &[&cause], json!({})).await, app.item(&ada, &[&cause], json!({})).await,
        ];
        app.accept(&ada, &late, &ben, day("2026-03-20")).await;
        app.accept(&ada, &longest, &ben, day("2026-03-12")).await;
        app.accept(&ada, &done, &ben, day("2026-03-20")).await;
        let until = json!({ "reason": "RISK_ACCEPTED", "note": "For a while.", "riskAcceptedUntil": "2026-03-05" });
        app.step(&ada, "declineRecommendation", &risk, until).await.data();
        // Nobody but Ada may know of this one.
        let hidden = app.report(&ada, json!({ "visibility": "RESTRICTED", "dueOn": "2026-03-10" })).await;
        let hidden_cause = app.cause(&ada, &hidden, json!({})).await;
        let hidden_item = app.item(&ada, &[&hidden_cause], json!({})).await;
        app.accept(&ada, &hidden_item, &ben, day("2026-03-12")).await;
        // An incident from before the rule has no draft.
        let missing = json!({ "title": "It burnt", "severity": "SEV1", "startedAt": app.now(), "teamId": team.id });
        let missing = app.mutate(&ada, "createIncident", missing, "incident { key }").await.text("/incident/key");
        app.mutate(&ada, "setDuePolicies", json!({ "policies": [rule] }), "version").await.data();

        app.advance(Duration::days(10));
        jobs::run_once(&app.app).await.unwrap();
        app.step(&ben, "implementRecommendation", &done, json!({})).await.data();
        let again = app.report(&ada, json!({ "teamId": team.id })).await;
        let came_back = app.cause(&ada, &again, json!({ "title": "Retries again", "recurrenceOfId": cause })).await;
        app.advance(Duration::days(40));
        // What happens afterwards is no part of it.
        app.step(&ben, "implementRecommendation", &late, json!({})).await.data();
        app.mutate(&ada, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();

        let march = of(app, "2026-03-01", "2026-03-31", None).await;
        assert_eq!(march.before, Period { from: day("2026-02-01"), to: day("2026-02-28") });
        assert_eq!(keys(&march.overdue), [(longest.key.as_str(), 19), (late.key.as_str(), 11)]);
        assert_eq!(march.overdue[0].owner.as_deref(), Some("Ben"));
        assert_eq!(keys(&march.reports_overdue), [(report.key.as_str(), 21)]);
        assert_eq!((march.now.counts.open, march.now.counts.overdue, march.now.counts.implemented), (2, 2, 1));
        assert_eq!((march.then.counts.open, march.then.counts.accepted), (0, 0), "nothing was there in February");
        assert_eq!((march.now.flow.accepted, march.now.flow.implemented), (3, 1));
        assert_eq!((march.now.recurrence.recurrences, march.now.recurrence.while_open), (1, 1));
        let back: Vec<_> = march.came_back.iter().map(|one| (one.title.as_str(), one.report.as_str(), one.first_report.as_str(), one.kind)).collect();
        assert_eq!(back, [("Retries again", again.key.as_str(), report.key.as_str(), "WHILE_OPEN")], "{came_back}");
        let expired: Vec<_> = march.risks_expired.iter().map(|one| (one.key.as_str(), one.on)).collect();
        assert_eq!(expired, [(risk.key.as_str(), day("2026-03-12"))]);
        let unreported: Vec<_> = march.unreported.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(unreported, [missing.as_str()]);
        assert!(!format!("{march:?}").contains(&hidden_item.key) && !format!("{march:?}").contains(&hidden.key));

        let of_team = of(app, "2026-03-01", "2026-03-31", Some(&team.slug)).await;
        assert_eq!(keys(&of_team.overdue), keys(&march.overdue));
        assert_eq!(of_team.unreported, march.unreported);
        let other = app.team(&ada, &[], &[]).await;
        let of_other = of(app, "2026-03-01", "2026-03-31", Some(&other.slug)).await;
        assert!(of_other.overdue.is_empty() && of_other.came_back.is_empty() && of_other.risks_expired.is_empty());
        assert_eq!((of_other.now.counts.accepted, of_other.now.recurrence.recurrences, of_other.unreported.len()), (0, 0, 0));

        // A time that is not over ends now.
        let april = of(app, "2026-04-01", "2026-04-30", None).await;
        assert_eq!((april.now.counts.open, april.now.counts.implemented), (1, 2));
        assert_eq!(april.then.counts.open, 2);
    }
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(args).current_dir(folder.path()).env_clear();
    command.output().unwrap()
}

#[test]
fn the_command_prints_it_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let url = "sqlite://demo.db";
    assert!(
        run(&folder, &["demo", "--load-only", "--database-url", url])
            .status
            .success()
    );
    let print = |more: &[&str]| {
        let args = [&["report", "--database-url", url], more].concat();
        let output = run(&folder, &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = print(&[]);
    assert!(
        text.starts_with("Follow-through, ") && text.contains("Overdue recommendations: "),
        "{text}"
    );
    let markdown = print(&["--format", "markdown", "--team", "edge"]);
    assert!(
        markdown.starts_with("# Follow-through of Edge, ") && markdown.contains("\n| Figure "),
        "{markdown}"
    );
    let json: Value = serde_json::from_str(&print(&["--format", "json", "--from", "2025-01-01"])).unwrap();
    let late = json["overdueRecommendations"].as_array().unwrap();
    assert_eq!(json["figures"]["overdue"], json!(late.len()));
    assert!(
        late.iter()
            .all(|one| one["daysOverdue"].as_i64().unwrap() > 0 && one["dueOn"].is_string()),
        "{late:?}"
    );
    assert!(
        json["recurringCauses"].as_array().unwrap().len() as i64 == json["figures"]["recurrences"].as_i64().unwrap()
    );
    let csv = print(&["--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "section,key,title,team,owner,date,days,value,previous");
    assert!(
        lines.iter().any(|line| line.starts_with("figure,overdue,Overdue,")),
        "{csv}"
    );

    let refused = run(&folder, &["report", "--database-url", url, "--team", "nobody"]);
    let sentence = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(sentence.contains("There is no team \"nobody\""), "{sentence}");
    let backwards = run(
        &folder,
        &[
            "report",
            "--database-url",
            url,
            "--from",
            "2026-02-01",
            "--to",
            "2026-01-01",
        ],
    );
    assert_eq!(backwards.status.code(), Some(1));
}
