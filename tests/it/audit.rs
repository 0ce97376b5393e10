//! What an admin sees of RESTRICTED reports of others is written down, by whatever path it was seen.

use chrono::Duration;
use entity::{enums::Role, event};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::restricted::Vault;

async fn looks(app: &TestApp) -> Vec<event::Model> {
    event::Entity::find()
        .filter(event::Column::EventType.eq("report.read"))
        .order_by_asc(event::Column::Sequence)
        .all(&app.db().await)
        .await
        .unwrap()
}

/// Asks, and tells how many looks that was.
async fn looked(app: &TestApp, user: &TestUser, query: &str) -> usize {
    // Another hour, so that every look counts.
    app.advance(Duration::hours(2));
    let before = looks(app).await.len();
    app.ask(user, query, json!({})).await.data();
    looks(app).await.len() - before
}

on_both_databases! {
    /// By id, by key, in a list, by way of something public, and by what stands under it.
    async fn every_path_is_written_down(app) {
        let vault = Vault::new(app).await;
        let (report, cause, item) = (&vault.secret.id, &vault.secret_cause, &vault.secret_item.id);
        let talk = json!({ "subjectId": item, "body": "Vault talk." });
        let talk = app.mutate(&vault.owner, "addComment", talk, "comment { id }").await.text("/comment/id");
        for query in [
            format!(r#"{{ report(id: "{report}") {{ title }} }}"#),
            format!(r#"{{ report(key: "{}") {{ title }} }}"#, vault.secret.key),
            format!(r#"{{ node(id: "{report}") {{ id }} }}"#),
            format!(r#"{{ nodes(ids: ["{cause}"]) {{ id }} }}"#),
            format!(r#"{{ rootCause(id: "{cause}") {{ title }} }}"#),
            format!(r#"{{ recommendation(id: "{item}") {{ title }} }}"#),
            format!(r#"{{ recommendation(key: "{}") {{ title }} }}"#, vault.secret_item.key),
            format!(r#"{{ node(id: "{}") {{ id }} }}"#, vault.secret_moment),
            format!(r#"{{ node(id: "{}") {{ id }} }}"#, vault.secret_comment),
            format!(r#"{{ node(id: "{talk}") {{ id }} }}"#),
            "{ reports { nodes { title } } }".to_owned(),
            "{ rootCauses { edges { node { title } } } }".to_owned(),
            "{ recommendations { nodes { title owner { name } incident { key } } } }".to_owned(),
            "{ actionItems { nodes { title } } }".to_owned(),
            "{ search(query: \"vault\") { nodes { snippet } } }".to_owned(),
            format!(r#"{{ incident(id: "{}") {{ reports {{ nodes {{ title }} }} }} }}"#, vault.secret.incident),
            format!(r#"{{ rootCause(id: "{}") {{ recommendations {{ nodes {{ title }} }} }} }}"#, vault.public_cause),
            format!(r#"{{ recommendation(id: "{}") {{ rootCauses {{ nodes {{ title }} }} }} }}"#, vault.public_item.id),
            format!(r#"{{ rootCause(id: "{}") {{ recurrenceOf {{ title }} }} }}"#, vault.later_cause),
            format!(r#"{{ _entities(representations: [{{ __typename: "Report", id: "{report}" }}]) {{ __typename }} }}"#),
            format!(r#"{{ _entities(representations: [{{ __typename: "Recommendation", key: "{}" }}]) {{ __typename }} }}"#, vault.secret_item.key),
            format!(r#"{{ node(id: "{}") {{ ... on User {{ actionItems {{ nodes {{ title }} }} }} }} }}"#, vault.owner.id),
        ] {
            assert_eq!(looked(app, &vault.admin, &query).await, 1, "{query}");
        }
        let last = looks(app).await.pop().unwrap();
        assert_eq!(last.actor_user_id, Some(vault.admin.user_id));
        assert_eq!(last.report_id.unwrap().to_string(), *report);
        assert_eq!(last.payload["key"], vault.secret.key);
        // Whoever may see the report sees who looked.
        let history = app.show(&vault.owner, "report", report, "history(first: 1) { nodes { type actor { name } } }").await;
        assert_eq!(history["history"]["nodes"][0], json!({ "type": "report.read", "actor": { "name": "Root" } }));
    }

    /// A refusal that speaks of it is a look too.
    async fn refusals_are_written_down(app) {
        let vault = Vault::new(app).await;
        app.mutate(&vault.owner, "submitReport", json!({ "id": vault.secret.id }), "report { id }").await.data();
        let before = looks(app).await.len();
        let refused = app.mutate(&vault.admin, "publishReport", json!({ "id": vault.secret.id }), "report { id }").await;
        assert_eq!(refused.code(), "VALIDATION_FAILED");
        assert_eq!(looks(app).await.len(), before + 1);
    }

    /// What shows nothing of it is no look, nor is a look of somebody whose business it is.
    async fn other_reads_are_not(app) {
        let vault = Vault::new(app).await;
        let all = "{ reports { nodes { title } } recommendations { nodes { title } } }";
        for user in [&vault.owner, &vault.insider, &vault.outsider] {
            assert_eq!(looked(app, user, all).await, 0, "{}", user.name);
        }
        for query in [
            "{ viewer { user { name } } incidents { nodes { key } } }".to_owned(),
            format!(r#"{{ report(id: "{}") {{ title recommendations {{ totalCount }} }} }}"#, vault.public.id),
        ] {
            assert_eq!(looked(app, &vault.admin, &query).await, 0, "{query}");
        }
        let join = json!({ "id": vault.secret.id, "participants": [
            { "userId": vault.admin.id, "role": "RESPONDER" }, { "userId": vault.insider.id, "role": "RESPONDER" } ] });
        app.mutate(&vault.owner, "setParticipants", join, "report { id }").await.data();
        assert_eq!(looked(app, &vault.admin, all).await, 0, "a participant is no stranger");
    }

    /// Once an hour for each admin, and for each token of an admin.
    async fn a_look_is_written_once_an_hour(app) {
        let vault = Vault::new(app).await;
        let second = app.user("Second", Role::Admin).await;
        let machine = app.machine(&vault.admin, &["ADMIN"], json!({ "name": "Backup" })).await;
        let namesake = app.machine(&vault.admin, &["ADMIN"], json!({ "name": "Backup" })).await;
        let all = "{ reports { nodes { title } } }";
        assert_eq!(looked(app, &vault.admin, all).await, 1);
        app.ask(&vault.admin, all, json!({})).await.data();
        assert_eq!(looks(app).await.len(), 1);
        app.ask(&second, all, json!({})).await.data();
        app.ask(&machine, all, json!({})).await.data();
        app.ask(&namesake, all, json!({})).await.data();
        assert_eq!(looks(app).await.len(), 4);
        assert_eq!(looks(app).await[2].actor_name, machine.name);
        app.advance(Duration::minutes(61));
        app.ask(&vault.admin, all, json!({})).await.data();
        assert_eq!(looks(app).await.len(), 5);
    }
}
