//! Lists that are read ahead for a whole page of parents answer as those do that are left to loaders. A directive leaves a field to
//! them.

use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

/// A list of parents, the list that hangs on each, and what is asked of it.
const LISTS: &[(&str, &str)] = &[
    (
        "recommendations",
        "rootCauses(first: 1) @ { nodes { id title } pageInfo { hasNextPage endCursor } }",
    ),
    (
        "recommendations",
        "rootCauses @ { totalCount edges { cursor node { id coverage } } }",
    ),
    (
        "recommendations",
        "comments(last: 1) @ { nodes { body author { name } } pageInfo { hasPreviousPage } }",
    ),
    ("reports", "timeline @ { nodes { description } }"),
    (
        "reports",
        "rootCauses(first: 1) @ { totalCount nodes { id recommendations { nodes { key rootCauses { nodes { id } } } } } }",
    ),
    (
        "reports",
        "recommendations(first: 1) @ { nodes { key owner { name } rootCauses(first: 1) { nodes { title } } } }",
    ),
    (
        "reports",
        "recommendations(orderBy: { field: CREATED_AT, direction: DESC }) @ { nodes { key } }",
    ),
    ("reports", "comments @ { nodes { body } }"),
    ("reports", "revisions(first: 1) @ { totalCount nodes { number } }"),
    (
        "rootCauses",
        "recommendations(first: 1) @ { nodes { key } pageInfo { hasNextPage startCursor } }",
    ),
    ("rootCauses", "recurrences @ { nodes { id recurrenceKind } }"),
    ("incidents", "reports(first: 1) @ { nodes { key } totalCount }"),
    ("incidents", "services @ { nodes { slug } }"),
];

async fn some(app: &TestApp) -> TestUser {
    let ada = app.user("Ada", Role::Member).await;
    let mut first = None;
    for number in 0..3 {
        app.advance(chrono::Duration::days(1));
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let one = app.cause(&ada, &report, json!({ "recurrenceOfId": first })).await;
        let other = app.cause(&ada, &report, json!({})).await;
        first.get_or_insert_with(|| one.clone());
        let moment = json!({ "reportId": report.id, "occurredAt": app.now(), "kind": "TRIGGER", "description": number.to_string() });
        app.mutate(&ada, "addTimelineEvent", moment, "timelineEvent { id }")
            .await
            .data();
        // The last report has a cause without an item, and nothing to say.
        let causes: &[&str] = if number == 2 { &[&one] } else { &[&one, &other] };
        for _ in 0..=number {
            let item = app.item(&ada, causes, json!({ "ownerId": ada.id })).await;
            if number != 2 {
                for (subject, body) in [(&item.id, "So."), (&report.id, "And so.")] {
                    let comment = json!({ "subjectId": subject, "body": body });
                    app.mutate(&ada, "addComment", comment, "comment { id }").await.data();
                }
            }
        }
    }
    ada
}

async fn data(app: &TestApp, who: &TestUser, query: &str) -> (Value, usize) {
    app.forget_statements();
    let data = app.ask(who, query, json!({})).await.data().clone();
    (data, app.statements().len())
}

on_both_databases! {
    async fn it_is_what_loaders_answer(app) {
        let ada = some(app).await;
        for (parents, list) in LISTS {
            let with = |directive: &str| format!("{{ {parents} {{ nodes {{ id {} }} }} }}", list.replace('@', directive));
            let (ahead, statements) = data(app, &ada, &with("")).await;
            let (loaded, as_many) = data(app, &ada, &with("@include(if: true)")).await;
            assert_eq!(ahead, loaded, "{parents}: {list}");
            assert_eq!(statements, as_many, "{parents}: {list}");
            assert!(ahead[parents]["nodes"].as_array().is_some_and(|nodes| nodes.len() >= 3), "{parents}: {ahead:#}");
        }
    }

    async fn two_pages_of_one_list_are_two_lists(app) {
        let ada = some(app).await;
        let query = "{ reports { nodes { all: rootCauses { nodes { id } } first: rootCauses(first: 1) { nodes { id } } \
                      last: rootCauses(last: 1) { nodes { id } } } } }";
        let (data, _) = data(app, &ada, query).await;
        for report in data["reports"]["nodes"].as_array().expect("reports") {
            let ids = |alias: &str| report[alias]["nodes"].as_array().cloned().expect("causes");
            let all = ids("all");
            assert_eq!(all.len(), 2);
            assert_eq!((ids("first"), ids("last")), (all[..1].to_vec(), all[1..].to_vec()));
        }
    }

    async fn what_is_wrong_with_a_page_is_said_of_each_parent(app) {
        let ada = some(app).await;
        let query = "{ reports { nodes { key rootCauses(first: 101) { nodes { id } } } } }";
        let answer = app.ask(&ada, query, json!({})).await;
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty());
        for error in errors {
            assert_eq!(error["extensions"]["code"], "VALIDATION_FAILED", "{error:#}");
        }
    }
}
