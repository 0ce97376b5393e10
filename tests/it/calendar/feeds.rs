//! A feed is made, given another address, and revoked; its secret is shown once and stored nowhere.

use chrono::Duration;
use entity::{calendar_feed, enums::Role, event};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{feed, get, path_of, shown};
use crate::recommendations::Crew;

async fn events(app: &TestApp) -> Vec<event::Model> {
    let all = event::Entity::find().all(&app.db().await).await.unwrap();
    all.into_iter()
        .filter(|event| event.event_type.starts_with("calendar_feed."))
        .collect()
}

const LIST: &str = "{ calendarFeeds { totalCount nodes { id name form reminderDaysBefore owner { name } team { slug } rotatedAt lastReadAt revokedAt } } }";

on_both_databases! {
    async fn the_address_is_shown_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Viewer).await;
        let team = app.team(&ada, &[], &[]).await;
        let mine = feed(app, &bo, json!({})).await;
        let input = json!({ "teamId": team.id, "name": " Team, due ", "form": "VTODO", "reminderDaysBefore": 2 });
        let theirs = feed(app, &bo, input).await;
        let secret = mine.path.strip_prefix("/calendar/").unwrap().strip_suffix(".ics").unwrap();
        assert!(secret.starts_with("pmcal_") && secret.len() == 49, "{secret}");
        let contents = format!("{:?}", app.contents().await);
        assert!(!contents.contains(secret.trim_start_matches("pmcal_")), "the secret is stored");

        let listed = app.ask(&bo, LIST, json!({})).await;
        assert_eq!(listed.at("/calendarFeeds/nodes/0"), json!({
            "id": theirs.id, "name": "Team, due", "form": "VTODO", "reminderDaysBefore": 2, "owner": { "name": "Bo" },
            "team": { "slug": team.slug }, "rotatedAt": null, "lastReadAt": null, "revokedAt": null,
        }));
        assert_eq!(listed.at("/calendarFeeds/nodes/1"), json!({
            "id": mine.id, "name": "Due dates: Bo", "form": "VEVENT", "reminderDaysBefore": null, "owner": { "name": "Bo" },
            "team": null, "rotatedAt": null, "lastReadAt": null, "revokedAt": null,
        }));
        shown(app, &mine).await;
        let read = app.ask(&bo, LIST, json!({})).await;
        assert_eq!(read.text("/calendarFeeds/nodes/1/lastReadAt"), "2026-03-02T09:00:00Z");
        let written = events(app).await;
        assert_eq!(written.len(), 2);
        assert!(!format!("{written:?}").contains(secret));
        // It is a secret of calendars, and of nothing else.
        assert_eq!(app.who(secret).await.status.as_u16(), 401);
    }

    async fn an_address_can_be_replaced_and_revoked(app) {
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Member).await);
        let another = app.another_process().await;
        let made = feed(app, &bo, json!({})).await;
        app.advance(Duration::hours(1));
        let rotated = app.mutate(&bo, "rotateCalendarFeed", json!({ "id": made.id }), "url calendarFeed { rotatedAt }").await;
        assert_eq!(rotated.text("/calendarFeed/rotatedAt"), "2026-03-02T10:00:00Z");
        let fresh = path_of(&rotated.text("/url"));
        for process in [app, &another] {
            let old = get(process, &made.path).await;
            assert_eq!(old.status.as_u16(), 404);
            assert_eq!(old.header("content-type"), "text/plain; charset=utf-8");
            assert!(old.body.contains("There is no calendar"), "{}", old.body);
            assert_eq!(get(process, &fresh).await.status.as_u16(), 200);
        }
        // Whoever gives it another address would read what its owner may see.
        let refused = app.mutate(&ada, "rotateCalendarFeed", json!({ "id": made.id }), "url").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        for _ in 0..2 {
            app.mutate(&ada, "revokeCalendarFeed", json!({ "id": made.id }), "calendarFeed { revokedAt }").await.data();
        }
        for process in [app, &another] {
            let gone = get(process, &fresh).await;
            assert_eq!(gone.status.as_u16(), 410);
            assert!(gone.body.contains("has been revoked"), "{}", gone.body);
        }
        let again = app.mutate(&bo, "rotateCalendarFeed", json!({ "id": made.id }), "url").await;
        assert_eq!(again.problems(), [("id".to_owned(), "REVOKED".to_owned())]);
        let types: Vec<String> = events(app).await.into_iter().map(|event| event.event_type).collect();
        assert_eq!(types, ["calendar_feed.created", "calendar_feed.rotated", "calendar_feed.revoked"]);
    }

    /// Whoever has left is shown nothing more.
    async fn a_feed_ends_with_its_owner(app) {
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Member).await);
        let made = feed(app, &bo, json!({})).await;
        let active = |is: bool| json!({ "id": bo.id, "isActive": is });
        app.mutate(&ada, "updateUser", active(false), "user { id }").await.data();
        let gone = get(app, &made.path).await;
        assert_eq!(gone.status.as_u16(), 410);
        assert!(gone.body.contains("inactive"), "{}", gone.body);
        app.mutate(&ada, "updateUser", active(true), "user { id }").await.data();
        assert_eq!(get(app, &made.path).await.status.as_u16(), 200);
    }

    async fn feeds_are_their_owners_own(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (bo, cy) = (app.user("Bo", Role::Member).await, app.user("Cy", Role::Member).await);
        let made = feed(app, &bo, json!({})).await;
        let count = async |who: &TestUser, argument: &str| {
            app.ask(who, &format!("{{ calendarFeeds{argument} {{ totalCount }} }}"), json!({})).await.at("/calendarFeeds/totalCount")
        };
        let of_bo = format!("(ownerId: \"{}\")", bo.id);
        assert_eq!(count(&bo, "").await, 1);
        assert_eq!(count(&ada, "").await, 0);
        assert_eq!(count(&ada, &of_bo).await, 1);
        assert_eq!(count(&cy, &of_bo).await, 0);
        let node = "query ($id: ID!) { node(id: $id) { id } }";
        assert_eq!(app.ask(&cy, node, json!({ "id": made.id })).await.at("/node"), json!(null));
        assert_eq!(app.ask(&bo, node, json!({ "id": made.id })).await.text("/node/id"), made.id);
        for name in ["rotateCalendarFeed", "revokeCalendarFeed"] {
            let refused = app.mutate(&cy, name, json!({ "id": made.id }), "__typename").await;
            assert_eq!(refused.code(), "NOT_FOUND", "{name}");
        }
        // Such events are for admins.
        let events = "{ events(types: [\"calendar_feed.*\"]) { nodes { type subject { id } } } }";
        assert_eq!(app.ask(&bo, events, json!({})).await.at("/events/nodes"), json!([]));
        assert_eq!(app.ask(&ada, events, json!({})).await.text("/events/nodes/0/subject/id"), made.id);
    }

    async fn bad_input_is_refused(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let machine = app.machine(&ada, &["ADMIN"], json!({})).await;
        assert_eq!(app.mutate(&machine, "createCalendarFeed", json!({}), "url").await.code(), "FORBIDDEN");
        let contents = app.contents().await;
        for (input, problem) in [
            (json!({ "name": " " }), ("name", "REQUIRED")),
            (json!({ "name": "x".repeat(201) }), ("name", "TOO_LONG")),
            (json!({ "reminderDaysBefore": -1 }), ("reminderDaysBefore", "OUT_OF_RANGE")),
            (json!({ "reminderDaysBefore": 31 }), ("reminderDaysBefore", "OUT_OF_RANGE")),
            (json!({ "teamId": "team_00000000000000000000000000" }), ("teamId", "UNKNOWN_TEAM")),
            (json!({ "teamId": ada.id }), ("teamId", "WRONG_ID_TYPE")),
        ] {
            let answer = app.mutate(&ada, "createCalendarFeed", input.clone(), "url").await;
            assert_eq!(answer.problems(), [(problem.0.to_owned(), problem.1.to_owned())], "{input}");
        }
        assert_eq!(app.contents().await, contents);
        for path in [
            "/calendar/", "/calendar/x", "/calendar/.ics", "/calendar/pmcal_.ics", "/calendar/pmcal_%00.ics", "/calendar/pmcal_'.ics",
            "/calendar/pm_x.ics", "/calendar/pmcal_x.ics/", "/calendar/%F0%28.ics",
        ] {
            assert_eq!(get(app, path).await.status.as_u16(), 404, "{path}");
        }
        for _ in 0..20 {
            feed(app, &ada, json!({})).await;
        }
        let more = app.mutate(&ada, "createCalendarFeed", json!({}), "url").await;
        assert_eq!(more.code(), "FORBIDDEN");
        assert!(more.message().contains("20 calendar feeds"), "{}", more.message());
    }

    /// A feed that nobody can read any more remembers nothing.
    async fn a_revoked_feed_forgets(app) {
        let crew = Crew::new(app).await;
        crew.item("ACCEPTED", "P1").await;
        let made = feed(app, &crew.bo, json!({})).await;
        shown(app, &made).await;
        let kept = async || app.contents().await["calendar_feed_item"].len();
        assert_eq!(kept().await, 1);
        app.mutate(&crew.bo, "revokeCalendarFeed", json!({ "id": made.id }), "calendarFeed { id }").await.data();
        assert_eq!(kept().await, 0);
        let row = calendar_feed::Entity::find().one(&app.db().await).await.unwrap().unwrap();
        assert!(row.revoked_at.is_some());
    }
}
