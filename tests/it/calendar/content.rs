//! What a feed shows of what is due.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, calendars::lines, fixtures::TestItem, on_both_databases};
use serde_json::{Value, json};

use super::{feed, get, shown, values};
use crate::recommendations::Crew;

/// An item of Bo's in a status, due on a day.
async fn item(crew: &Crew<'_>, status: &str, more: Value) -> TestItem {
    let mut input = json!({ "ownerId": crew.bo.id, "dueOn": crew.app.day(30) });
    postmortem_tests::fixtures::merge(&mut input, more);
    let item = crew.app.item(&crew.ada, &[&crew.cause], input).await;
    crew.app.bring([&crew.ada, &crew.bo, &crew.ada], &item, status).await;
    item
}

async fn due(app: &TestApp, user: &TestUser, item: &TestItem, day: &str) {
    let input = json!({ "dueOn": day, "reason": "It has to be." });
    app.step(user, "changeDueDate", item, input).await.data();
}

on_both_databases! {
    async fn to_dos_say_how_far_things_are(app) {
        let crew = Crew::new(app).await;
        let todos = feed(app, &crew.bo, json!({ "form": "VTODO" })).await;
        let none = item(&crew, "PROPOSED", json!({})).await;
        let declined = item(&crew, "DECLINED", json!({})).await;
        let somebody_elses = item(&crew, "PROPOSED", json!({ "ownerId": crew.ada.id })).await;
        app.step(&crew.ada, "acceptRecommendation", &somebody_elses, json!({})).await.data();
        let mut items = Vec::new();
        for (status, priority) in [("ACCEPTED", "P0"), ("IN_PROGRESS", "P1"), ("BLOCKED", "P2"), ("IMPLEMENTED", "P3"), ("VERIFIED", "P4")] {
            items.push(item(&crew, status, json!({ "priority": priority })).await);
        }
        let shown = shown(app, &todos).await;
        let wanted = ["STATUS", "PERCENT-COMPLETE", "PRIORITY", "COMPLETED", "DUE", "SEQUENCE", "DTSTART"];
        for (item, expected) in items.iter().zip([
            ["NEEDS-ACTION", "0", "1", "", "20260401", "0", ""],
            ["IN-PROCESS", "50", "3", "", "20260401", "0", ""],
            ["IN-PROCESS", "50", "5", "", "20260401", "0", ""],
            ["COMPLETED", "100", "7", "20260302T090000Z", "20260401", "0", ""],
            ["COMPLETED", "100", "9", "20260302T090000Z", "20260401", "0", ""],
        ]) {
            assert_eq!(values(&shown, &item.id, &wanted), expected);
        }
        // What is not committed to, or never was in the feed, is not in it.
        for item in [none, declined, somebody_elses] {
            assert!(!shown.contains_key(&crate::calendar::uid(&item.id)));
        }
        assert!(values(&shown, &items[2].id, &["DESCRIPTION"])[0].contains("Blocked: It waits for a supplier."));
    }

    async fn events_take_a_whole_day_and_nobodys_time(app) {
        let crew = Crew::new(app).await;
        let events = feed(app, &crew.bo, json!({ "reminderDaysBefore": 1 })).await;
        let title = "Limit, then; \"drop\" \\ the queue\u{1f4a5}";
        let open = item(&crew, "ACCEPTED", json!({ "title": title, "labels": ["dns,edge"], "description": "One.\nTwo.", "acceptanceCriterion": "A test shows it." })).await;
        let done = item(&crew, "IMPLEMENTED", json!({})).await;
        let reply = get(app, &events.path).await;
        assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
        let text = lines(&reply.body);
        for line in [
            "VERSION:2.0", "PRODID:-//Postmortem//Due dates//EN", "X-WR-CALNAME:Due dates: Bo", "X-WR-TIMEZONE:UTC",
            "REFRESH-INTERVAL;VALUE=DURATION:PT3600S", "X-PUBLISHED-TTL:PT3600S",
            "DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260402", "TRANSP:TRANSPARENT", "CLASS:PRIVATE",
            "TRIGGER:-PT54000S",
        ] {
            assert!(text.iter().any(|known| known == line), "no {line} in {}", reply.body);
        }
        // Only what is still to be done rings.
        assert_eq!(text.iter().filter(|line| *line == "BEGIN:VALARM").count(), 1);
        let shown = shown(app, &events).await;
        let summary = format!("{}: Limit\\, then\\; \"drop\" \\\\ the queue\u{1f4a5}", open.key);
        assert_eq!(values(&shown, &open.id, &["SUMMARY", "STATUS", "CATEGORIES", "URL", "CREATED", "DTSTAMP", "LAST-MODIFIED"]), [
            summary.as_str(), "CONFIRMED", "Postmortem,Recommendation,P2,dns\\,edge",
            &format!("http://postmortem.example/recommendations/{}", open.key),
            "20260302T090000Z", "20260302T090000Z", "20260302T090000Z",
        ]);
        let description = values(&shown, &open.id, &["DESCRIPTION"])[0];
        assert!(description.starts_with("Accepted\\, P2."), "{description}");
        assert!(description.ends_with("Done when: A test shows it.\\n\\nOne.\\nTwo."), "{description}");
        assert!(description.contains(&format!("Report {}: ", crew.report.key)), "{description}");
        assert!(values(&shown, &done.id, &["SUMMARY"])[0].starts_with(&format!("Done: {}: ", done.key)));
    }

    /// Every change of what is shown counts, and nothing else does.
    async fn the_sequence_rises_with_each_change(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({ "form": "VTODO" })).await;
        let item = item(&crew, "ACCEPTED", json!({})).await;
        let sequence = async || {
            let shown = shown(app, &made).await;
            let found = values(&shown, &item.id, &["SEQUENCE", "LAST-MODIFIED", "DUE"]);
            found.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(sequence().await, ["0", "20260302T090000Z", "20260401"]);
        app.advance(Duration::hours(1));
        assert_eq!(sequence().await, ["0", "20260302T090000Z", "20260401"]);
        due(app, &crew.bo, &item, "2026-04-20").await;
        app.advance(Duration::hours(1));
        assert_eq!(sequence().await, ["1", "20260302T110000Z", "20260420"]);
        app.mutate(&crew.bo, "updateRecommendation", json!({ "id": item.id, "title": "Another title" }), "recommendation { id }").await.data();
        assert_eq!(sequence().await[0], "2");
        app.step(&crew.bo, "startRecommendation", &item, json!({})).await.data();
        assert_eq!(sequence().await[0], "3");
        // Nobody sees the strength in a calendar.
        app.mutate(&crew.bo, "updateRecommendation", json!({ "id": item.id, "strength": "STRONG" }), "recommendation { id }").await.data();
        assert_eq!(sequence().await[0], "3");
        // Another process counts on.
        let another = app.another_process().await;
        app.step(&crew.bo, "implementRecommendation", &item, json!({})).await.data();
        let there = super::shown(&another, &made).await;
        assert_eq!(values(&there, &item.id, &["SEQUENCE", "STATUS"]), ["4", "COMPLETED"]);
        assert_eq!(sequence().await[0], "4");
    }

    /// A reading that finds nothing new writes nothing.
    async fn reading_again_writes_nothing(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({})).await;
        item(&crew, "ACCEPTED", json!({})).await;
        shown(app, &made).await;
        let before = app.contents().await;
        app.forget_statements();
        shown(app, &made).await;
        let writing: Vec<String> = app.statements().into_iter().filter(|sql| !sql.trim_start().starts_with("SELECT")).collect();
        assert_eq!(writing, [""; 0]);
        assert_eq!(app.contents().await, before);
    }

    /// A team's feed has the team's things, whoever owns them, and what is done stays for a while.
    async fn a_team_has_a_feed(app) {
        let crew = Crew::new(app).await;
        let admin = app.user("Root", Role::Admin).await;
        let team = app.team(&admin, &[&crew.bo], &[]).await;
        let watcher = app.user("Vera", Role::Viewer).await;
        let made = feed(app, &watcher, json!({ "teamId": team.id, "form": "VTODO" })).await;
        let theirs = item(&crew, "ACCEPTED", json!({ "teamId": team.id })).await;
        item(&crew, "ACCEPTED", json!({})).await;
        let report = app.report(&crew.ada, json!({ "teamId": team.id, "dueOn": app.day(3) })).await;
        let first = shown(app, &made).await;
        assert_eq!(first.len(), 2);
        assert_eq!(values(&first, &theirs.id, &["STATUS"]), ["NEEDS-ACTION"]);
        assert_eq!(values(&first, &report.id, &["STATUS", "DUE", "PRIORITY", "CATEGORIES"]), ["NEEDS-ACTION", "20260305", "", "Postmortem,Report"]);
        app.publish(&crew.ada, &report).await;
        app.step(&admin, "implementRecommendation", &theirs, json!({})).await;
        app.step(&crew.bo, "implementRecommendation", &theirs, json!({})).await.data();
        let done = shown(app, &made).await;
        assert_eq!(values(&done, &report.id, &["STATUS", "COMPLETED"]), ["COMPLETED", "20260302T090000Z"]);
        assert_eq!(values(&done, &theirs.id, &["STATUS"]), ["COMPLETED"]);
        app.advance(Duration::days(30));
        assert_eq!(shown(app, &made).await.len(), 2);
        app.advance(Duration::seconds(1));
        assert_eq!(shown(app, &made).await.len(), 0, "what is done for long is left out, and not cancelled");
        app.step(&admin, "reopenRecommendation", &theirs, json!({ "reason": "It leaks." })).await.data();
        let again = shown(app, &made).await;
        assert_eq!(values(&again, &theirs.id, &["STATUS", "SEQUENCE"]), ["NEEDS-ACTION", "2"]);
    }
}
