//! What leaves a feed is cancelled in the calendars that have it, and tells nothing that may no longer be told.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, fixtures::TestItem, on_both_databases};
use serde_json::json;

use super::{Feed, feed, get, shown, values};
use crate::recommendations::Crew;

const WANTED: [&str; 3] = ["STATUS", "SEQUENCE", "DUE"];

async fn assign(app: &TestApp, by: &TestUser, item: &TestItem, to: &TestUser) {
    app.step(by, "assignRecommendation", item, json!({ "ownerId": to.id }))
        .await
        .data();
}

/// The state of an item in a feed.
async fn state(app: &TestApp, made: &Feed, item: &TestItem) -> Vec<String> {
    let shown = shown(app, made).await;
    values(&shown, &item.id, &WANTED)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

on_both_databases! {
    async fn what_is_declined_or_handed_on_is_cancelled(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({ "form": "VTODO" })).await;
        let (declined, handed) = (crew.item("ACCEPTED", "P2").await, crew.item("ACCEPTED", "P2").await);
        shown(app, &made).await;
        let no = json!({ "reason": "REJECTED", "note": "It costs more than it saves." });
        app.step(&crew.ada, "declineRecommendation", &declined, no).await.data();
        assign(app, &crew.ada, &handed, &crew.ada).await;
        for item in [&declined, &handed] {
            assert_eq!(state(app, &made, item).await, ["CANCELLED", "1", "20260401"]);
        }
        // It is still seen, so it keeps its name.
        let cancelled = shown(app, &made).await;
        assert!(values(&cancelled, &declined.id, &["SUMMARY"])[0].starts_with(&declined.key));
        assert!(values(&cancelled, &declined.id, &["DESCRIPTION"])[0].contains("Declined: It costs more"));
        // It comes back, and leaves again.
        assign(app, &crew.ada, &handed, &crew.bo).await;
        assert_eq!(state(app, &made, &handed).await, ["NEEDS-ACTION", "2", "20260401"]);
        app.advance(Duration::days(2));
        assign(app, &crew.ada, &handed, &crew.ada).await;
        assert_eq!(state(app, &made, &handed).await, ["CANCELLED", "3", "20260401"]);
        // After thirty days calendars have heard of it.
        app.advance(Duration::days(28));
        assert_eq!(shown(app, &made).await.len(), 1, "the first is over, the second is not");
        app.advance(Duration::days(2));
        assert_eq!(shown(app, &made).await.len(), 0);
        assign(app, &crew.ada, &handed, &crew.bo).await;
        assert_eq!(state(app, &made, &handed).await, ["NEEDS-ACTION", "4", "20260401"]);
    }

    async fn events_are_cancelled_too(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({ "reminderDaysBefore": 0 })).await;
        let item = crew.item("ACCEPTED", "P2").await;
        shown(app, &made).await;
        assign(app, &crew.ada, &item, &crew.ada).await;
        let reply = get(app, &made.path).await;
        assert!(reply.body.contains("STATUS:CANCELLED\r\n"), "{}", reply.body);
        assert!(!reply.body.contains("BEGIN:VALARM"), "what is cancelled rings: {}", reply.body);
    }

    /// What belongs to another team, and a report that is put away or loses its date.
    async fn a_team_gives_things_away(app) {
        let crew = Crew::new(app).await;
        let admin = app.user("Root", Role::Admin).await;
        let (team, other) = (app.team(&admin, &[], &[]).await, app.team(&admin, &[], &[]).await);
        let made = feed(app, &crew.bo, json!({ "teamId": team.id, "form": "VTODO" })).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let to = |team: &str| json!({ "id": item.id, "teamId": team, "ownerId": crew.bo.id });
        app.mutate(&admin, "assignRecommendation", to(&team.id), "recommendation { id }").await.data();
        let dated = app.report(&crew.ada, json!({ "teamId": team.id, "dueOn": app.day(3) })).await;
        let archived = app.report(&crew.ada, json!({ "teamId": team.id, "dueOn": app.day(4) })).await;
        assert_eq!(shown(app, &made).await.len(), 3);
        app.mutate(&admin, "assignRecommendation", to(&other.id), "recommendation { id }").await.data();
        app.mutate(&crew.ada, "updateReport", json!({ "id": dated.id, "dueOn": null }), "report { id }").await.data();
        app.mutate(&crew.ada, "archiveReport", json!({ "id": archived.id }), "report { id }").await.data();
        let cancelled = shown(app, &made).await;
        for (id, day) in [(&item.id, "20260401"), (&dated.id, "20260305"), (&archived.id, "20260306")] {
            assert_eq!(values(&cancelled, id, &WANTED), ["CANCELLED", "1", day]);
        }
    }

    /// A report becomes RESTRICTED: its owner goes on, for everybody else what was shown is withdrawn without a word of it.
    async fn what_may_no_longer_be_seen_is_withdrawn(app) {
        let crew = Crew::new(app).await;
        let admin = app.user("Root", Role::Admin).await;
        let team = app.team(&admin, &[], &[]).await;
        let input = json!({ "ownerId": crew.bo.id, "teamId": team.id, "dueOn": app.day(30), "title": "Change the vault lock", "labels": ["vault"], "description": "The vault is open." });
        let item = app.item(&crew.ada, &[&crew.cause], input).await;
        app.step(&crew.ada, "acceptRecommendation", &item, json!({})).await.data();
        let mine = feed(app, &crew.bo, json!({ "form": "VTODO" })).await;
        // An admin sees it in the service, and in a calendar only when they take part.
        let theirs = feed(app, &admin, json!({ "form": "VTODO", "teamId": team.id })).await;
        let own = feed(app, &crew.ada, json!({ "form": "VTODO", "teamId": team.id })).await;
        for made in [&mine, &theirs, &own] {
            assert!(get(app, &made.path).await.body.contains("vault"));
        }
        let hide = |visibility: &str| json!({ "id": crew.report.id, "visibility": visibility });
        app.mutate(&crew.ada, "updateReport", hide("RESTRICTED"), "report { id }").await.data();
        for made in [&mine, &theirs] {
            let reply = get(app, &made.path).await;
            assert!(!reply.body.to_lowercase().contains("vault"), "{}", reply.body);
            for hidden in [&item.key, &crew.report.key, "recommendations/"] {
                assert!(!reply.body.contains(hidden), "{hidden} in {}", reply.body);
            }
            let withdrawn = shown(app, made).await;
            let wanted = ["STATUS", "SEQUENCE", "DUE", "SUMMARY", "DESCRIPTION", "URL", "CATEGORIES", "PRIORITY", "CREATED"];
            assert_eq!(values(&withdrawn, &item.id, &wanted), [
                "CANCELLED", "1", "20260401", "No longer on this calendar", "", "", "", "", "",
            ]);
        }
        assert!(get(app, &own.path).await.body.contains("vault"), "its owner sees it");
        // Whoever subscribes now hears nothing at all.
        let fresh = feed(app, &crew.bo, json!({ "form": "VTODO" })).await;
        assert_eq!(shown(app, &fresh).await.len(), 0);
        // No reading of a calendar is an admin's look.
        let looks = app.ask(&admin, "{ events(types: [\"report.read\"]) { nodes { id } } }", json!({})).await;
        assert_eq!(looks.at("/events/nodes"), json!([]));
        app.mutate(&crew.ada, "updateReport", hide("ORGANIZATION"), "report { id }").await.data();
        assert_eq!(state(app, &mine, &item).await, ["NEEDS-ACTION", "2", "20260401"]);
    }
}
