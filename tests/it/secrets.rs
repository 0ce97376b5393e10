//! A RESTRICTED report changes nothing of what an outsider can reach, by any query, field, filter or count.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestUser, on_both_databases,
    secrets::{Crawl, MARK, Secret},
};
use serde_json::json;

use crate::{
    calendar::{feed, get},
    exports::export,
};

/// Public things of every kind, and who looks at them.
struct Public {
    owner: TestUser,
    insider: TestUser,
    outsiders: Vec<TestUser>,
    incident: String,
    cause: String,
}

impl Public {
    async fn new(app: &TestApp) -> Self {
        let admin = app.user("Root", Role::Admin).await;
        let owner = app.user("Olga", Role::Member).await;
        let insider = app.user("Ines", Role::Viewer).await;
        let lead = app.user("Lena", Role::Member).await;
        let viewer = app.user("Vera", Role::Viewer).await;
        let team = app.team(&admin, &[&owner], &[&lead]).await;
        // The later incident requires a report, when nobody must know that there is one.
        let list = |severity: &str| json!({ "policies": [{ "name": "Worst", "appliesTo": "REPORT", "dueInDays": 3, "condition": { "severities": [severity] } }] });
        app.mutate(&admin, "setDuePolicies", list("SEV5"), "version")
            .await
            .data();
        let place = json!({ "slug": "edge", "name": "Edge", "teamId": team.id });
        app.mutate(&admin, "createService", place, "service { id }")
            .await
            .data();
        let report = app
            .report(
                &lead,
                json!({ "teamId": team.id, "ownerId": owner.id, "dueOn": app.day(2) }),
            )
            .await;
        let item = app.publish(&lead, &report).await;
        app.accept(&owner, &item, &lead, app.day(-2)).await;
        let cause = app
            .show(&lead, "report", &report.id, "rootCauses { nodes { id } }")
            .await;
        let cause = cause["rootCauses"]["nodes"][0]["id"]
            .as_str()
            .expect("a cause")
            .to_owned();
        let talk = json!({ "subjectId": item.id, "body": "Talk." });
        app.mutate(&lead, "addComment", talk, "comment { id }").await.data();
        // A later incident, of which everybody knows that it happened.
        app.advance(Duration::days(5));
        let incident =
            json!({ "title": "A door", "severity": "SEV1", "startedAt": "2026-03-06T09:00:00Z", "teamId": team.id });
        let incident = app
            .mutate(&admin, "createIncident", incident, "incident { id }")
            .await
            .text("/incident/id");
        app.mutate(&admin, "setDuePolicies", list("SEV1"), "version")
            .await
            .data();
        let token = app
            .machine(&admin, &["READ", "WRITE"], json!({ "teamId": team.id }))
            .await;
        Self {
            outsiders: vec![lead, viewer, token],
            owner,
            insider,
            incident,
            cause,
        }
    }
}

async fn crawls(app: &TestApp, users: &[TestUser]) -> Vec<Crawl> {
    let mut crawls = Vec::new();
    for user in users {
        crawls.push(Crawl::of(app, user).await);
    }
    crawls
}

on_both_databases! {
    /// The lead of the team whose incident it was, somebody who only reads, and a token: for none of them it is there.
    async fn a_secret_changes_nothing_for_outsiders(app) {
        let public = Public::new(app).await;
        let before = crawls(app, &public.outsiders).await;
        assert!(before.iter().all(|crawl| crawl.reached(&public.cause)));
        let secret = Secret::new(app, &public.owner, &public.insider, &public.incident, &public.cause).await;
        let changes = secret.changes();
        let mut happened = vec!["createReport"];
        // A crawl takes a while, so it follows on several changes at a time.
        for changes in [&[], &changes[..4], &changes[4..]] {
            for (name, input) in changes {
                app.mutate(&public.owner, name, input.clone(), "__typename").await.data();
                happened.push(name);
            }
            let after = crawls(app, &public.outsiders).await;
            for ((user, before), after) in public.outsiders.iter().zip(&before).zip(&after) {
                secret.assert_absent(&user.name, &after.text());
                let differences = before.differences(after);
                assert!(differences.is_empty(), "{} sees that {happened:?}: {}", user.name, differences.join("\n"));
            }
        }
    }

    /// Neither do exports, calendars and the views for reporting tell of it.
    async fn other_ways_out_tell_nothing(app) {
        let public = Public::new(app).await;
        let mut feeds = Vec::new();
        // A machine has no calendar.
        for user in public.outsiders.iter().take(2) {
            feeds.push(feed(app, user, json!({ "form": "VTODO" })).await);
        }
        let secret = Secret::new(app, &public.owner, &public.insider, &public.incident, &public.cause).await;
        for user in &public.outsiders {
            for path in ["recommendations.csv", "recommendations.ndjson", "reports.csv?status=DRAFT,IN_REVIEW,PUBLISHED,ARCHIVED", "reports.ndjson"] {
                let reply = export(app, user, path).await;
                assert_eq!(reply.status.as_u16(), 200);
                secret.assert_absent(path, &reply.body);
            }
        }
        for feed in feeds {
            secret.assert_absent("a calendar", &get(app, &feed.path).await.body);
        }
        assert!(export(app, &public.insider, "reports.csv").await.body.to_lowercase().contains(MARK));
    }

    /// The crawl reaches all of it for those who take part: so what it does not find is not there to be found.
    async fn insiders_reach_all_of_it(app) {
        let public = Public::new(app).await;
        let secret = Secret::new(app, &public.owner, &public.insider, &public.incident, &public.cause).await;
        for user in [&public.owner, &public.insider] {
            let crawl = Crawl::of(app, user).await;
            let missed: Vec<_> = secret.ids.iter().filter(|id| !crawl.reached(id)).collect();
            assert!(missed.is_empty(), "{} does not reach {missed:?}", user.name);
            assert!(crawl.text().to_lowercase().matches(MARK).count() > 20);
        }
    }
}
