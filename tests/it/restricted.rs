//! RESTRICTED reports do not exist for those who are not in them: not by id, not in lists, not in counts, not by way of
//! something public, not through a filter.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestUser,
    fixtures::{TestItem, TestReport},
    on_both_databases,
};
use serde_json::{Value, json};

/// A secret report beside a public one, tied to each other in every way there is.
pub(crate) struct Vault {
    pub admin: TestUser,
    pub owner: TestUser,
    /// A participant, with the role VIEWER.
    pub insider: TestUser,
    pub outsider: TestUser,
    pub secret: TestReport,
    pub secret_cause: String,
    /// Of the secret report, treats the secret and the public cause, IN_PROGRESS.
    pub secret_item: TestItem,
    pub secret_moment: String,
    pub secret_comment: String,
    pub public: TestReport,
    pub public_cause: String,
    /// Of the public report, treats the public and the secret cause, PROPOSED.
    pub public_item: TestItem,
    /// Another public report.
    pub later: TestReport,
    /// Of that: the secret cause came back.
    pub later_cause: String,
}

impl Vault {
    pub async fn new(app: &TestApp) -> Self {
        let admin = app.user("Root", Role::Admin).await;
        let owner = app.user("Olga", Role::Member).await;
        let insider = app.user("Ines", Role::Viewer).await;
        let outsider = app.user("Otto", Role::Member).await;
        let more = json!({
            "title": "Vault opened", "visibility": "RESTRICTED", "ownerId": owner.id, "labels": ["vault"], "dueOn": app.day(5),
            "participants": [{ "userId": insider.id, "role": "RESPONDER" }],
        });
        let secret = app.report(&owner, more).await;
        let secret_cause = app.cause(&owner, &secret, json!({ "title": "Vault hinge" })).await;
        app.advance(Duration::days(30));
        let public = app.report(&outsider, json!({ "ownerId": outsider.id })).await;
        let public_cause = app.cause(&outsider, &public, json!({ "title": "Plain cause" })).await;
        let more =
            json!({ "title": "Change the vault lock", "ownerId": owner.id, "dueOn": app.day(1), "labels": ["vault"] });
        let secret_item = app.item(&owner, &[&secret_cause, &public_cause], more).await;
        app.bring([&owner, &owner, &admin], &secret_item, "IN_PROGRESS").await;
        let public_item = app
            .item(&outsider, &[&public_cause], json!({ "dueOn": app.day(9) }))
            .await;
        let both = json!({ "rootCauseIds": [public_cause, secret_cause] });
        app.step(&admin, "addressRootCauses", &public_item, both).await.data();
        let moment =
            json!({ "reportId": secret.id, "occurredAt": "2026-03-01T10:00:00Z", "description": "Vault rang." });
        let moment = app
            .mutate(&owner, "addTimelineEvent", moment, "timelineEvent { id }")
            .await;
        let comment = json!({ "subjectId": secret.id, "body": "Vault talk." });
        let comment = app.mutate(&owner, "addComment", comment, "comment { id }").await;
        let later = app.report(&outsider, json!({})).await;
        let later_cause = app.cause(&outsider, &later, json!({})).await;
        let link = json!({ "rootCauseId": later_cause, "recurrenceOfId": secret_cause });
        app.mutate(&admin, "linkRecurrence", link, "rootCause { id }")
            .await
            .data();
        Self {
            secret_moment: moment.text("/timelineEvent/id"),
            secret_comment: comment.text("/comment/id"),
            admin,
            owner,
            insider,
            outsider,
            secret,
            secret_cause,
            secret_item,
            public,
            public_cause,
            public_item,
            later_cause,
            later,
        }
    }

    /// Everything secret that has a global id.
    async fn secret_ids(&self, app: &TestApp) -> Vec<String> {
        let events = app
            .show(
                &self.owner,
                "report",
                &self.secret.id,
                "history(first: 100) { nodes { id } }",
            )
            .await;
        let events = events["history"]["nodes"].as_array().unwrap();
        assert!(events.len() >= 6, "{events:?}");
        let mut ids: Vec<String> = events
            .iter()
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect();
        ids.extend(
            [
                &self.secret.id,
                &self.secret_cause,
                &self.secret_item.id,
                &self.secret_moment,
                &self.secret_comment,
            ]
            .map(Clone::clone),
        );
        ids
    }

    fn insiders(&self) -> [&TestUser; 3] {
        [&self.owner, &self.insider, &self.admin]
    }
}

/// The length of a list, by its count and by its rows; both must be the same.
async fn count(app: &TestApp, user: &TestUser, list: &str, filter: &str) -> usize {
    let filter = if filter.is_empty() {
        String::new()
    } else {
        format!("(filter: {filter})")
    };
    let answer = app
        .ask(
            user,
            &format!("{{ list: {list}{filter} {{ totalCount nodes {{ __typename }} }} }}"),
            json!({}),
        )
        .await;
    let rows = answer.at("/list/nodes").as_array().unwrap().len();
    assert_eq!(answer.at("/list/totalCount"), json!(rows), "{list} {filter}");
    rows
}

on_both_databases! {
    /// By id, by key, as a node and among nodes.
    async fn it_cannot_be_looked_up(app) {
        let vault = Vault::new(app).await;
        let ids = vault.secret_ids(app).await;
        let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        for user in vault.insiders() {
            let found = app.ask(user, nodes, json!({ "ids": ids })).await.at("/nodes");
            assert_eq!(found, json!(ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>()), "{}", user.name);
        }
        let found = app.ask(&vault.outsider, nodes, json!({ "ids": ids })).await.at("/nodes");
        assert_eq!(found, json!(vec![Value::Null; ids.len()]));
        let query = "query ($report: ID!, $cause: ID!, $item: ID!, $reportKey: String!, $itemKey: String!) {
            node(id: $report) { id } report(id: $report) { id } rootCause(id: $cause) { id } recommendation(id: $item) { id }
            byKey: report(key: $reportKey) { id } itemByKey: recommendation(key: $itemKey) { id }
        }";
        let variables = json!({
            "report": vault.secret.id, "cause": vault.secret_cause, "item": vault.secret_item.id,
            "reportKey": vault.secret.key, "itemKey": vault.secret_item.key,
        });
        let data = app.ask(&vault.outsider, query, variables.clone()).await.data().clone();
        assert!(data.as_object().unwrap().values().all(Value::is_null), "{data}");
        let data = app.ask(&vault.insider, query, variables).await.data().clone();
        assert!(data.as_object().unwrap().values().all(Value::is_object), "{data}");
    }

    /// Not in lists, and not in their counts.
    async fn it_is_in_no_list(app) {
        let vault = Vault::new(app).await;
        for (list, outside, inside) in [
            ("reports", 2, 3),
            ("rootCauses", 2, 3),
            ("recommendations", 1, 2),
            ("actionItems", 3, 5),
        ] {
            assert_eq!(count(app, &vault.outsider, list, "").await, outside, "{list}");
            for user in vault.insiders() {
                assert_eq!(count(app, user, list, "").await, inside, "{list} of {}", user.name);
            }
        }
        let owned = format!(r#"{{ owner: {{ id: {{ eq: "{}" }} }} }}"#, vault.owner.id);
        assert_eq!(count(app, &vault.outsider, "actionItems", &owned).await, 0);
        assert_eq!(count(app, &vault.insider, "actionItems", &owned).await, 2);
        let owned = "query ($id: ID!) { node(id: $id) { ... on User { actionItems { totalCount nodes { key } } } } }";
        let nothing = app.ask(&vault.outsider, owned, json!({ "id": vault.owner.id })).await;
        assert_eq!(nothing.at("/node/actionItems"), json!({ "totalCount": 0, "nodes": [] }));
        let both = app.ask(&vault.insider, owned, json!({ "id": vault.owner.id })).await;
        assert_eq!(both.at("/node/actionItems/totalCount"), json!(2));
    }

    /// Not by way of anything public that it is tied to.
    async fn nothing_public_leads_to_it(app) {
        let vault = Vault::new(app).await;
        let query = "query ($incident: ID!, $cause: ID!, $item: ID!, $later: ID!) {
            incident(id: $incident) { reports { totalCount nodes { id } } }
            cause: rootCause(id: $cause) { coverage recommendations { totalCount nodes { id } } }
            recommendation(id: $item) { rootCauses { totalCount nodes { id } } }
            later: rootCause(id: $later) { recurrenceOf { id } recurrenceKind }
        }";
        let variables = json!({
            "incident": vault.secret.incident, "cause": vault.public_cause, "item": vault.public_item.id, "later": vault.later_cause,
        });
        let list = |ids: &[&String]| json!({ "totalCount": ids.len(), "nodes": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() });
        let outside = app.ask(&vault.outsider, query, variables.clone()).await;
        assert_eq!(outside.data(), &json!({
            "incident": { "reports": list(&[]) },
            "cause": { "coverage": "PROPOSED", "recommendations": list(&[&vault.public_item.id]) },
            "recommendation": { "rootCauses": list(&[&vault.public_cause]) },
            "later": { "recurrenceOf": null, "recurrenceKind": null },
        }));
        for user in vault.insiders() {
            let inside = app.ask(user, query, variables.clone()).await;
            assert_eq!(inside.data(), &json!({
                "incident": { "reports": list(&[&vault.secret.id]) },
                "cause": { "coverage": "COMMITTED", "recommendations": list(&[&vault.secret_item.id, &vault.public_item.id]) },
                "recommendation": { "rootCauses": list(&[&vault.secret_cause, &vault.public_cause]) },
                "later": { "recurrenceOf": { "id": vault.secret_cause }, "recurrenceKind": "UNADDRESSED" },
            }), "{}", user.name);
        }
    }

    /// A filter cannot be asked about what cannot be seen, nor can its opposite.
    async fn no_filter_tells_of_it(app) {
        let vault = Vault::new(app).await;
        for (list, filter, outside, inside) in [
            ("recommendations", r#"{ rootCause: { title: { contains: "hinge" } } }"#, 0, 2),
            ("recommendations", r#"{ not: { rootCause: { title: { contains: "hinge" } } } }"#, 1, 0),
            ("recommendations", r#"{ rootCause: { report: { title: { contains: "vault" } } } }"#, 0, 2),
            ("recommendations", r#"{ report: { title: { startsWith: "vault" } } }"#, 0, 1),
            ("recommendations", r#"{ report: { label: { eq: "vault" } } }"#, 0, 1),
            ("recommendations", r#"{ or: [{ title: { contains: "vault" } }, { label: { eq: "vault" } }] }"#, 0, 1),
            ("recommendations", "{ isOpen: true }", 0, 1),
            ("recommendations", "{ incident: { hasReport: true } }", 1, 2),
            ("rootCauses", r#"{ title: { contains: "vault" } }"#, 0, 1),
            ("rootCauses", r#"{ report: { title: { contains: "vault" } } }"#, 0, 1),
            ("rootCauses", "{ coverage: { eq: COMMITTED } }", 0, 2),
            ("rootCauses", "{ coverage: { eq: PROPOSED } }", 1, 0),
            ("rootCauses", "{ isRecurrence: true }", 0, 1),
            ("rootCauses", "{ isRecurrence: false }", 2, 2),
            ("reports", r#"{ title: { contains: "vault" } }"#, 0, 1),
            ("reports", r#"{ not: { title: { contains: "vault" } } }"#, 2, 2),
            ("reports", r#"{ label: { eq: "vault" } }"#, 0, 1),
            ("reports", "{ isOverdue: true }", 0, 1),
            ("incidents", "{ hasReport: true }", 2, 3),
            ("incidents", "{ hasReport: false }", 1, 0),
            ("actionItems", "{ isOverdue: true }", 0, 1),
        ] {
            assert_eq!(count(app, &vault.outsider, list, filter).await, outside, "{list} {filter}, outside");
            for user in vault.insiders() {
                assert_eq!(count(app, user, list, filter).await, inside, "{list} {filter}, {}", user.name);
            }
        }
    }

    /// What happened to it is as hidden as it is.
    async fn its_history_is_hidden(app) {
        let vault = Vault::new(app).await;
        let comment = json!({ "subjectId": vault.secret_item.id, "body": "Vault talk." });
        app.mutate(&vault.owner, "addComment", comment, "comment { id }").await.data();
        let history = "history(first: 100) { nodes { type subject { id } payload } }";
        for (report, user) in [(&vault.public, &vault.outsider), (&vault.later, &vault.outsider)] {
            let shown = app.show(user, "report", &report.id, history).await.to_string();
            assert!(!shown.to_lowercase().contains("vault"), "{shown}");
            assert!(shown.contains("root_cause.added"), "{shown}");
        }
        // The public item was pointed at the secret cause, and the later cause linked to it: only insiders hear of either.
        let types = "history(first: 100) { nodes { type changes { field from to } } }";
        for (what, id, event) in [
            ("recommendation", &vault.public_item.id, "recommendation.updated"), ("report", &vault.later.id, "root_cause.recurred"),
        ] {
            let outside = app.show(&vault.outsider, what, id, types).await.to_string();
            assert!(!outside.contains(event) && outside.contains(".created"), "{outside}");
            let inside = app.show(&vault.insider, what, id, types).await.to_string();
            assert!(inside.contains(event) && inside.contains(&vault.secret_cause), "{inside}");
        }
        let inside = app.show(&vault.insider, "report", &vault.secret.id, history).await.to_string();
        for event in ["report.created", "root_cause.added", "recommendation.started", "comment.added"] {
            assert!(inside.contains(event), "{event}: {inside}");
        }
    }
}
