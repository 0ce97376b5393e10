//! Tokens for machines: made once, kept as a digest, good for what they say, and over at once.

use chrono::Duration;
use entity::{api_token, enums::Role, event};
use postmortem_api::platform::clock::Clock;
use postmortem_tests::{TestApp, on_both_databases};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

fn incident(app: &TestApp, more: Value) -> Value {
    let mut input = json!({ "title": "Disk full", "severity": "SEV3", "startedAt": app.clock.now().to_rfc3339() });
    postmortem_tests::fixtures::merge(&mut input, more);
    input
}

async fn events(app: &TestApp, kind: &str) -> Vec<event::Model> {
    let all = event::Entity::find().all(&app.db().await).await.unwrap();
    all.into_iter().filter(|event| event.event_type == kind).collect()
}

on_both_databases! {
    /// The secret is shown once and stored nowhere.
    async fn the_secret_is_shown_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let token = app.machine(&ada, &["READ"], json!({ "name": "Dashboard" })).await;
        assert!(token.token.starts_with("pm_") && token.token.len() == 46, "{}", token.token);
        let rest = token.token.trim_start_matches("pm_");
        let contents = format!("{:?}", app.contents().await);
        assert!(!contents.contains(rest), "the secret is stored");
        let other = app.machine(&ada, &["READ"], json!({})).await;
        assert_ne!(token.token, other.token);
        let listed = app.ask(&ada, "{ apiTokens { totalCount nodes { id name scopes createdBy { name } team { slug } expiresAt lastUsedAt revokedAt } } }", json!({})).await;
        assert_eq!(listed.at("/apiTokens/totalCount"), 2);
        assert_eq!(listed.at("/apiTokens/nodes/1"), json!({
            "id": token.id, "name": "Dashboard", "scopes": ["READ"], "createdBy": { "name": "Ada" }, "team": null,
            "expiresAt": null, "lastUsedAt": null, "revokedAt": null,
        }));
        let made = events(app, "api_token.created").await;
        assert_eq!(made.len(), 2);
        assert!(!format!("{made:?}").contains(rest));
    }

    /// Whoever is no admin any more keeps no token with which they could make themselves one again. Other tokens stay.
    async fn a_former_admin_is_none_by_way_of_a_token(app) {
        let root = app.user("Root", Role::Admin).await;
        for (name, change) in [("Ada", json!({ "isActive": false })), ("Bo", json!({ "role": "MEMBER" }))] {
            let former = app.user(name, Role::Admin).await;
            let all = app.machine(&former, &["ADMIN"], json!({ "name": "All" })).await;
            let some = app.machine(&former, &["WRITE"], json!({ "name": "Some" })).await;
            let of_another = app.machine(&root, &["ADMIN"], json!({})).await;
            let renamed = json!({ "id": former.id, "name": format!("{name} B") });
            app.mutate(&root, "updateUser", renamed, "user { id }").await.data();
            assert_eq!(app.who(&all.token).await.status.as_u16(), 200);
            let before = events(app, "api_token.revoked").await.len();
            let mut patch = json!({ "id": former.id });
            postmortem_tests::fixtures::merge(&mut patch, change);
            app.mutate(&root, "updateUser", patch, "user { id }").await.data();
            let refused = app.who(&all.token).await;
            assert_eq!(refused.status.as_u16(), 401);
            assert!(refused.body.contains("has been revoked"), "{}", refused.body);
            assert_eq!(app.who(&some.token).await.status.as_u16(), 200);
            assert_eq!(app.who(&of_another.token).await.status.as_u16(), 200);
            let told = events(app, "api_token.revoked").await;
            assert_eq!(told.len(), before + 1);
            assert!(format!("{told:?}").contains("All"), "{told:?}");
        }
    }

    /// Revoked: at once, in every process, and for ever.
    async fn a_revoked_token_stops_at_once_everywhere(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let token = app.machine(&ada, &["READ"], json!({})).await;
        let another = app.another_process().await;
        assert_eq!(app.who(&token.token).await.status.as_u16(), 200);
        assert_eq!(another.who(&token.token).await.status.as_u16(), 200);
        let revoked = app.mutate(&ada, "revokeApiToken", json!({ "id": token.id }), "apiToken { revokedAt }").await;
        assert!(revoked.text("/apiToken/revokedAt").starts_with("2026-03-02"));
        for process in [app, &another] {
            let reply = process.who(&token.token).await;
            assert_eq!(reply.status.as_u16(), 401);
            assert!(reply.body.contains("has been revoked"), "{}", reply.body);
        }
        app.mutate(&ada, "revokeApiToken", json!({ "id": token.id }), "apiToken { id }").await.data();
        assert_eq!(events(app, "api_token.revoked").await.len(), 1);
    }

    /// It ends when it says, and its last use is noted to the minute.
    async fn a_token_expires(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let ends = (app.clock.now() + Duration::hours(1)).to_rfc3339();
        let token = app.machine(&ada, &["READ"], json!({ "expiresAt": ends })).await;
        let used = async || api_token::Entity::find().one(&app.db().await).await.unwrap().unwrap().last_used_at;
        assert_eq!(used().await, None);
        assert_eq!(app.who(&token.token).await.status.as_u16(), 200);
        let first = used().await;
        assert_eq!(first, Some(app.clock.now()));
        app.advance(Duration::seconds(59));
        app.who(&token.token).await;
        assert_eq!(used().await, first);
        app.advance(Duration::seconds(1));
        app.who(&token.token).await;
        assert_eq!(used().await, Some(app.clock.now()));
        app.advance(Duration::minutes(58));
        assert_eq!(app.who(&token.token).await.status.as_u16(), 200);
        app.advance(Duration::minutes(1));
        let reply = app.who(&token.token).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert!(reply.body.contains("has expired"), "{}", reply.body);
    }

    /// What looks like a token but is none.
    async fn nothing_else_is_a_token(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let token = app.machine(&ada, &["ADMIN"], json!({})).await.token;
        let digest = api_token::Entity::find().one(&app.db().await).await.unwrap().unwrap().token_hash;
        for wrong in [
            "pm_".to_owned(), format!("{token}x"), token[..45].to_owned(), token.to_lowercase(), token.replacen("pm_", "PM_", 1),
            format!("pm_{digest}"), digest, format!("pm_{}", "x".repeat(100_000)), "pm_' OR 1=1 --".to_owned(),
        ] {
            assert_eq!(app.who(&wrong).await.status.as_u16(), 401, "{wrong:.60}");
        }
        assert_eq!(app.who(&token).await.status.as_u16(), 200);
    }

    /// A token tied to a team changes that team's things and makes new ones there only.
    async fn a_token_may_be_tied_to_a_team(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (mine, other) = (app.team(&ada, &[], &[]).await, app.team(&ada, &[], &[]).await);
        let token = app.machine(&ada, &["WRITE"], json!({ "teamId": mine.id })).await;
        let made = app.mutate(&token, "createIncident", incident(app, json!({})), "incident { id team { slug } }").await;
        assert_eq!(made.text("/incident/team/slug"), mine.slug);
        let elsewhere = app.mutate(&token, "createIncident", incident(app, json!({ "teamId": other.id })), "incident { id }").await;
        assert_eq!(elsewhere.code(), "FORBIDDEN");
        let report = json!({ "teamId": other.id, "incident": incident(app, json!({})) });
        let refused = app.mutate(&token, "createReport", report.clone(), "report { id }").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        let theirs = app.report(&ada, json!({ "teamId": other.id })).await;
        let ours = app.report(&ada, json!({ "teamId": mine.id })).await;
        let edit = |id: &str| json!({ "id": id, "labels": ["x"] });
        assert_eq!(app.mutate(&token, "updateReport", edit(&theirs.id), "report { id }").await.code(), "FORBIDDEN");
        app.mutate(&token, "updateReport", edit(&ours.id), "report { id }").await.data();
        let unclaimed = app.mutate(&ada, "createIncident", incident(app, json!({})), "incident { id }").await.text("/incident/id");
        for (name, input) in [
            ("updateReport", json!({ "id": ours.id, "teamId": other.id })),
            ("updateReport", json!({ "id": ours.id, "teamId": null })),
            ("updateIncident", json!({ "id": made.text("/incident/id"), "teamId": null })),
            ("updateIncident", json!({ "id": unclaimed, "teamId": mine.id })),
        ] {
            assert_eq!(app.mutate(&token, name, input, "__typename").await.code(), "FORBIDDEN", "{name}");
        }
        // Who takes no part would hide it from themselves.
        let hidden = json!({ "visibility": "RESTRICTED", "incident": incident(app, json!({})) });
        let before = app.contents().await;
        let refused = app.mutate(&token, "createReport", hidden, "report { id }").await;
        assert_eq!(refused.problems(), [("visibility".to_owned(), "WOULD_HIDE_FROM_YOU".to_owned())]);
        assert_eq!(app.contents().await, before);
        // A token of every team is not held up by this.
        let free = app.machine(&ada, &["WRITE"], json!({})).await;
        app.mutate(&free, "updateReport", edit(&theirs.id), "report { id }").await.data();
        app.mutate(&free, "createReport", report, "report { id }").await.data();
    }

    /// A token that brings incidents in reads nothing, not even by way of what it is answered.
    async fn ingesting_is_not_reading(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let service = app.mutate(&ada, "createService", json!({ "slug": "edge", "name": "Edge", "teamId": team.id }), "service { id }").await;
        let token = app.machine(&ada, &["INGEST"], json!({})).await;
        let known = json!({ "system": "pagerduty", "id": "P1", "url": null });
        let input = incident(app, json!({ "teamId": team.id, "serviceIds": [service.text("/service/id")], "externalRefs": [known] }));
        let made = app.mutate(&ada, "createIncident", input.clone(), "incident { id }").await.text("/incident/id");
        app.mutate(&ada, "createReport", json!({ "incidentId": made }), "report { id }").await.data();
        let selection = "created incident { id key team { name members { user { email } } } services { totalCount nodes { name } } reports { totalCount nodes { title } } }";
        let again = app.mutate(&token, "createIncident", input, selection).await;
        assert_eq!(again.data(), &json!({ "created": false, "incident": {
            "id": made, "key": "INC-1", "team": null, "services": { "totalCount": 0, "nodes": [] }, "reports": { "totalCount": 0, "nodes": [] },
        } }));
        for query in ["{ __typename }", "{ incidents { totalCount } }", "{ viewer { user { id } } }", "query A { reports { totalCount } } mutation B { __typename }"] {
            let reply = app.post(Some(&token.token), json!({ "query": query, "operationName": query.contains("query A").then_some("A") })).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{query}");
        }
    }

    /// Bad input to each door.
    async fn bad_input_is_refused(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Member).await;
        let team = app.team(&ada, &[], &[]).await;
        let good = json!({ "name": "x", "scopes": ["READ"] });
        let contents = app.contents().await;
        for (change, problem) in [
            (json!({ "name": " " }), ("name", "REQUIRED")),
            (json!({ "name": "x".repeat(201) }), ("name", "TOO_LONG")),
            (json!({ "scopes": [] }), ("scopes", "REQUIRED")),
            (json!({ "expiresAt": "2026-03-02T09:00:00Z" }), ("expiresAt", "IN_THE_PAST")),
            (json!({ "teamId": "team_00000000000000000000000000" }), ("teamId", "UNKNOWN_TEAM")),
            (json!({ "teamId": ada.id }), ("teamId", "WRONG_ID_TYPE")),
            (json!({ "teamId": team.id, "scopes": ["ADMIN"] }), ("teamId", "NOT_FOR_ADMIN")),
        ] {
            let mut input = good.clone();
            postmortem_tests::fixtures::merge(&mut input, change.clone());
            let answer = app.mutate(&ada, "createApiToken", input, "token").await;
            assert_eq!(answer.problems(), [(problem.0.to_owned(), problem.1.to_owned())], "{change}");
        }
        assert_eq!(app.mutate(&bo, "createApiToken", good, "token").await.code(), "FORBIDDEN");
        let nothing = json!({ "id": "tok_00000000000000000000000000" });
        assert_eq!(app.mutate(&ada, "revokeApiToken", nothing.clone(), "apiToken { id }").await.code(), "NOT_FOUND");
        assert_eq!(app.mutate(&bo, "revokeApiToken", nothing, "apiToken { id }").await.code(), "FORBIDDEN");
        for (input, code) in [
            (json!({ "userId": ada.id, "issuer": "https://nobody.example", "subject": "" }), "VALIDATION_FAILED"),
            (json!({ "userId": "nonsense", "issuer": "x", "subject": "x" }), "VALIDATION_FAILED"),
        ] {
            assert_eq!(app.mutate(&ada, "linkIdentity", input, "user { id }").await.code(), code);
        }
        let gone = json!({ "id": "idn_00000000000000000000000000" });
        assert_eq!(app.mutate(&ada, "unlinkIdentity", gone, "user { id }").await.code(), "NOT_FOUND");
        assert_eq!(app.contents().await, contents);
    }
}
