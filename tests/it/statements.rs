//! What a query costs in SQL statements does not depend on how many rows it answers with.

use entity::{
    comment, due_change, effectiveness_review,
    enums::{ActorKind, ApprovalDecision, ParticipantRole, RecommendationStatus, Role, SubjectKind, TimelineEventKind},
    event, evidence,
    ids::{CauseCategoryId, RootCauseId, TypedId},
    incident, incident_external_ref, incident_service, recommendation, recommendation_label, recommendation_root_cause,
    report, report_approval, report_label, report_participant, report_revision, root_cause, service, team, team_member,
    timeline_event, user,
};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

const ROWS: usize = 50;

/// One recommendation with everything around it, and nothing that it shares with another.
async fn story(app: &TestApp, me: &TestUser, category: CauseCategoryId, first: RootCauseId, number: i64) {
    let now = app.now();
    let person = user::Model {
        id: app.mint(),
        email: format!("person{number}@example.org"),
        name: format!("Person {number}"),
        role: Role::Member,
        is_active: true,
        created_at: now,
        updated_at: now,
        version: 1,
        anonymized_at: None,
    };
    let who = Some(person.id);
    app.store([person.clone()]).await;
    let crew = team::Model {
        id: app.mint(),
        slug: format!("crew-{number}"),
        name: format!("Crew {number}"),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    app.store([crew.clone()]).await;
    app.store([team_member::Model {
        team_id: crew.id,
        user_id: person.id,
        is_lead: true,
    }])
    .await;
    let place = service::Model {
        id: app.mint(),
        slug: format!("place-{number}"),
        name: format!("Place {number}"),
        description: String::new(),
        team_id: Some(crew.id),
        external_ref: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    app.store([place.clone()]).await;

    let incident = incident::Model {
        team_id: Some(crew.id),
        ..app.incident_row()
    };
    app.store([incident.clone()]).await;
    app.store([incident_service::Model {
        incident_id: incident.id,
        service_id: place.id,
    }])
    .await;
    let reference = incident_external_ref::Model {
        system: "pager".to_owned(),
        external_id: number.to_string(),
        incident_id: incident.id,
        url: None,
    };
    app.store([reference]).await;

    let policy = app.stored_policy(crew.id, number + 1).await;
    let report = report::Model {
        owner_id: who,
        team_id: Some(crew.id),
        due_on: Some(app.day(number)),
        due_policy_id: Some(policy),
        ..app.report_row(incident.id)
    };
    app.store([report.clone()]).await;
    app.store([report_label::Model {
        report_id: report.id,
        label: "network".to_owned(),
    }])
    .await;
    let role = ParticipantRole::Author;
    app.store([report_participant::Model {
        report_id: report.id,
        user_id: person.id,
        role,
    }])
    .await;
    let approval = report_approval::Model {
        id: app.mint(),
        report_id: report.id,
        user_id: person.id,
        decision: ApprovalDecision::Approved,
        comment: None,
        decided_at: now,
    };
    app.store([approval]).await;
    let revision = report_revision::Model {
        id: app.mint(),
        report_id: report.id,
        number: 1,
        author_id: who,
        changed_sections: json!(["title"]),
        markdown: "# Report".to_owned(),
        created_at: now,
    };
    app.store([revision]).await;
    let moment = timeline_event::Model {
        id: app.mint(),
        report_id: report.id,
        occurred_at: now,
        kind: TimelineEventKind::Detection,
        description: "It was seen.".to_owned(),
        source_url: None,
        created_at: now,
        updated_at: now,
    };
    app.store([moment]).await;

    let wider = root_cause::Model {
        category_id: Some(category),
        ..app.cause_row(report.id)
    };
    let narrower = root_cause::Model {
        category_id: Some(category),
        parent_id: Some(wider.id),
        recurrence_of_id: Some(first),
        ..app.cause_row(report.id)
    };
    app.store([wider]).await;
    app.store([narrower.clone()]).await;
    let item = recommendation::Model {
        owner_id: who,
        team_id: Some(crew.id),
        due_on: Some(app.day(number)),
        due_policy_id: Some(policy),
        status: RecommendationStatus::Verified,
        verified_at: Some(now),
        verified_by_id: who,
        ..app.recommendation_row(report.id)
    };
    app.store([item.clone()]).await;
    let mine = recommendation::Model {
        owner_id: Some(me.user_id),
        status: RecommendationStatus::Accepted,
        ..app.recommendation_row(report.id)
    };
    app.store([mine.clone()]).await;
    let treat = |item: &recommendation::Model| recommendation_root_cause::Model {
        recommendation_id: item.id,
        root_cause_id: narrower.id,
        created_at: now,
    };
    app.store([treat(&item), treat(&mine)]).await;
    around(app, &item, &report).await;
}

/// What hangs on a recommendation, and what was said about it and its report.
async fn around(app: &TestApp, item: &recommendation::Model, report: &report::Model) {
    let (now, who) = (app.now(), item.owner_id);
    app.store([recommendation_label::Model {
        recommendation_id: item.id,
        label: "network".to_owned(),
    }])
    .await;
    app.store([app.version_row(item)]).await;
    let change = due_change::Model {
        id: app.mint(),
        recommendation_id: item.id,
        from_on: Some(app.day(0)),
        to_on: Some(app.day(1)),
        reason: "More work.".to_owned(),
        changed_by_id: who,
        changed_at: now,
    };
    app.store([change]).await;
    let proof = evidence::Model {
        id: app.mint(),
        recommendation_id: item.id,
        url: "https://example.org/1".to_owned(),
        note: None,
        added_by_id: who,
        added_at: now,
    };
    app.store([proof]).await;
    let review = effectiveness_review::Model {
        id: app.mint(),
        recommendation_id: item.id,
        due_on: app.day(90),
        outcome: None,
        note: None,
        reviewed_by_id: who,
        reviewed_at: None,
    };
    app.store([review]).await;
    let remark = |on_report: bool| comment::Model {
        id: app.mint(),
        report_id: on_report.then_some(report.id),
        recommendation_id: (!on_report).then_some(item.id),
        author_id: who,
        body: "Well.".to_owned(),
        created_at: now,
        edited_at: None,
    };
    app.store([remark(true), remark(false)]).await;
    let connection = app.tracker_connection_row(item.owner_id);
    let link = app.tracker_link_row(item, connection.id);
    app.store([connection]).await;
    app.store([link]).await;
    let event = event::Model {
        sequence: i64::try_from(app.serial()).unwrap() + 10_000,
        id: app.mint(),
        event_type: "recommendation.verified".to_owned(),
        schema_version: 1,
        occurred_at: now,
        actor_kind: ActorKind::User,
        actor_user_id: who,
        actor_name: "Somebody".to_owned(),
        subject_kind: SubjectKind::Recommendation,
        subject_id: item.id.uuid(),
        report_id: Some(report.id),
        actor_token_id: None,
        other_report_id: None,
        changes: json!([{ "field": "status", "from": "IMPLEMENTED", "to": "VERIFIED" }]),
        payload: json!({ "key": item.key, "title": item.title, "status": "VERIFIED" }),
    };
    app.store([event]).await;
}

/// Fifty of everything. Asked for by somebody who may not see everything, which costs the most.
async fn fifty(app: &TestApp) -> TestUser {
    let me = app.user("Me", Role::Member).await;
    let category = entity::cause_category::Entity::find()
        .all(&app.db().await)
        .await
        .unwrap();
    let category = category
        .iter()
        .find(|row| row.parent_id.is_some())
        .expect("a category within another")
        .id;
    let incident = app.incident_row();
    let report = app.report_row(incident.id);
    let first = app.cause_row(report.id);
    app.store([incident]).await;
    app.store([report]).await;
    app.store([first.clone()]).await;
    app.advance(chrono::Duration::days(1));
    // One more than is asked for: a page that ends its list costs a statement more, which looks for rows without a value.
    for number in 0..=i64::try_from(ROWS).unwrap() {
        story(app, &me, category, first.id, number).await;
    }
    me
}

/// What can be asked of the nodes of a list: the list with its filter, and selections that cost statements.
const LISTS: &[(&str, &[&str])] = &[
    (
        "recommendations(filter: {status: {eq: VERIFIED}}, %)",
        &[
            "owner { id teams { id } }",
            "team { id members { user { id } } services { id } }",
            "report { id owner { id } }",
            "incident { id team { id } }",
            "rootCauses(first: 2) { nodes { id } }",
            "rootCauses(first: 2) { nodes { coverage } }",
            "rootCauses(first: 2) { nodes { recurrenceKind } }",
            "rootCauses(first: 2) { nodes { category { slug parent { slug } } } }",
            "rootCauses(first: 2) { nodes { report { incident { id } } } }",
            "rootCauses(first: 2) { totalCount }",
            "labels",
            "evidence { url addedBy { id } }",
            "dueChanges { reason changedBy { id } } duePolicy { name condition { severities kinds teams { slug } } }",
            "effectivenessReviews { dueOn reviewedBy { id } }",
            "verifiedBy { id }",
            "findings { code subject { id } }",
            "trackerLinks { id connection { name createdBy { id } } recommendation { id } createdBy { id } }",
            "comments(first: 2) { totalCount nodes { id author { id } } }",
            "history(first: 2) { totalCount nodes { id actor { user { id } } subject { id } } }",
            "id key owner { id } team { id } report { id } incident { id } labels evidence { url } dueChanges { reason } \
             findings { code } rootCauses(first: 2) { nodes { coverage recurrenceKind category { id } } } \
             comments(first: 2) { nodes { author { id } } } history(first: 2) { nodes { id } }",
        ],
    ),
    (
        "reports(filter: {label: {eq: \"network\"}}, %)",
        &[
            "owner { id teams { id } }",
            "team { id members { user { id } } }",
            "incident { id services(first: 2) { nodes { id } } }",
            "labels",
            "timeline(first: 2) { totalCount nodes { id report { id } } }",
            "rootCauses(last: 1) { totalCount nodes { id coverage recurrenceKind category { id } } }",
            "recommendations(first: 2) { totalCount nodes { id owner { id } } }",
            "recommendations(first: 2, filter: {label: {eq: \"network\"}}) { nodes { id team { id } report { id } } }",
            "recommendations(first: 2) { nodes { incident { id } rootCauses(first: 1) { nodes { id } } } }",
            "participants { user { id } } duePolicy { name condition { severities priorities teams { slug } } }",
            "approvals { user { id } }",
            "findings { code subject { id } }",
            "similarReports(first: 2) { score report { id } sharedCauses { id } }",
            "comments(first: 2) { totalCount nodes { id author { id } } }",
            "history(first: 2) { latestCursor totalCount nodes { id actor { user { id } } } }",
            "revisions(first: 2) { totalCount nodes { number author { id } } }",
            "markdown",
            "html",
            "id key owner { id } team { id } incident { id } labels timeline(first: 2) { nodes { id } } \
             rootCauses(first: 2) { nodes { id } } recommendations(first: 2) { nodes { id } } participants { role } \
             approvals { decision } findings { code } comments(first: 2) { nodes { id } } \
             history(first: 2) { nodes { id } } revisions(first: 2) { nodes { number } } markdown",
        ],
    ),
    (
        "incidents(filter: {hasReport: true, team: {isNull: false}}, %)",
        &[
            "team { id services { id } }",
            "services(first: 2) { totalCount nodes { id team { id } } }",
            "externalRefs { system } requiresReport",
            "reports(first: 2) { totalCount nodes { id owner { id } } }",
            "reports(first: 2) { nodes { incident { id } } }",
        ],
    ),
    (
        "rootCauses(filter: {isRecurrence: true}, %)",
        &[
            "report { id incident { id } }",
            "category { slug parent { slug } }",
            "parent { id }",
            "coverage",
            "recurrenceKind",
            "recurrenceOf { id report { id } }",
            "similar(first: 2) { id report { id } }",
            "recommendations(first: 2) { totalCount nodes { id owner { id } incident { id } } }",
        ],
    ),
    (
        "rootCauses(filter: {isRecurrence: false, category: {slug: {startsWith: \"\"}}}, %)",
        &["children { id coverage recurrenceKind }", "id report { labels }"],
    ),
    ("users(%)", &["id"]),
    (
        "events(types: [\"recommendation.verified\"], %)",
        &["id actor { user { id } } subject { id }"],
    ),
    (
        "teams(%)",
        &[
            "members { isLead user { id teams { id } } }",
            "services { id team { id } }",
        ],
    ),
    ("services(%)", &["team { id members { user { id } } }"]),
    (
        "actionItems(filter: {owner: {isMe: false}, dueOn: {isNull: false}}, %)",
        &[
            "id owner { id } team { id }",
            "rootCauses(first: 2) { nodes { id } }",
            "incident { id }",
        ],
    ),
];

/// Is there something wherever something was asked for?
fn is_full(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty() && values.iter().all(is_full),
        // A finding about the report as a whole has no subject.
        Value::Object(fields) => fields.iter().all(|(name, value)| name == "subject" || is_full(value)),
        _ => true,
    }
}

/// The statements that a query takes, and its data.
async fn statements(app: &TestApp, user: &TestUser, query: &str, variables: Value) -> (Vec<String>, Value) {
    app.forget_statements();
    let answer = app.ask(user, query, variables).await;
    let data = answer.data().clone();
    (app.statements(), data)
}

fn listed(statements: &[String]) -> String {
    statements.iter().map(|sql| format!("  {sql}\n")).collect()
}

fn counts(statements: &[String]) -> usize {
    statements
        .iter()
        .filter(|sql| sql.to_lowercase().contains("count("))
        .count()
}

on_both_databases! {
    /// The field of every list that costs a statement costs one for all rows.
    async fn fifty_rows_cost_what_one_costs(app) {
        let me = fifty(app).await;
        for (list, selections) in LISTS {
            for selection in *selections {
                let list = list.replace('%', "first: $first");
                let query = format!("query ($first: Int) {{ list: {list} {{ nodes {{ {selection} }} }} }}");
                // Two tables hold action items: a page of both is compared with a page of both.
                let few = if list.starts_with("actionItems") { 4 } else { 1 };
                let (one, data) = statements(app, &me, &query, json!({ "first": few })).await;
                assert!(is_full(&data), "{few} rows are not enough of a test: {query}: {data:#}");
                let (fifty, data) = statements(app, &me, &query, json!({ "first": ROWS })).await;
                assert_eq!(data["list"]["nodes"].as_array().map(Vec::len), Some(ROWS), "{query}");
                assert!(is_full(&data), "fifty rows are not enough of a test: {query}: {data:#}");
                assert_eq!(
                    one.len(),
                    fifty.len(),
                    "{query}\ncosts for {few} rows\n{}and for fifty\n{}load it with a loader of graphql/loaders.rs",
                    listed(&one),
                    listed(&fifty)
                );
            }
        }
    }

    /// The same for many nodes by id, and for what the viewer owes.
    async fn nodes_by_id_and_what_i_owe(app) {
        let me = fifty(app).await;
        let (_, data) = statements(app, &me, "{ users(last: 50) { nodes { id } } }", json!({})).await;
        let ids: Vec<Value> =
            data["users"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { isActive } } }";
        let (one, _) = statements(app, &me, query, json!({ "ids": &ids[..1] })).await;
        let (fifty, data) = statements(app, &me, query, json!({ "ids": ids })).await;
        assert!(is_full(&data), "{data:#}");
        assert_eq!(one.len(), fifty.len(), "one\n{}fifty\n{}", listed(&one), listed(&fifty));

        let query = "query ($first: Int) { viewer { actionItems(first: $first) { nodes { id owner { id } incident { id } } } } }";
        let (one, _) = statements(app, &me, query, json!({ "first": 1 })).await;
        let (fifty, data) = statements(app, &me, query, json!({ "first": ROWS })).await;
        assert!(is_full(&data), "{data:#}");
        assert_eq!(data["viewer"]["actionItems"]["nodes"].as_array().map(Vec::len), Some(ROWS));
        assert_eq!(one.len(), fifty.len(), "one\n{}fifty\n{}", listed(&one), listed(&fifty));

        let query = "{ causeCategories { slug parent { slug } } }";
        let (all, data) = statements(app, &me, query, json!({})).await;
        let categories = data["causeCategories"].as_array().unwrap().len();
        assert!(categories > 10 && all.len() < 6, "{categories} categories\n{}", listed(&all));
    }

    /// What is joined is not loaded again: a page with its owners, teams and incidents is one statement.
    async fn to_one_relations_of_a_page_come_with_it(app) {
        let me = fifty(app).await;
        let bare = "{ recommendations(first: 50) { nodes { id } } }";
        let (bare, _) = statements(app, &me, bare, json!({})).await;
        for shape in ["nodes { % }", "edges { node { % } }"] {
            let shape = shape.replace('%', "id owner { id name } team { slug } incident { key }");
            let query = format!("{{ recommendations(first: 50) {{ {shape} }} }}");
            let (joined, _) = statements(app, &me, &query, json!({})).await;
            assert_eq!(joined.len(), bare.len(), "{query}\n{}", listed(&joined));
        }
    }

    /// totalCount is counted when it is asked for, once for all parents, and not otherwise.
    async fn counted_only_when_asked(app) {
        let me = fifty(app).await;
        let roots = ["recommendations", "reports", "incidents", "rootCauses", "users", "teams", "services", "actionItems"];
        for list in roots {
            let (without, _) = statements(app, &me, &format!("{{ {list}(first: 3) {{ nodes {{ id }} }} }}"), json!({})).await;
            assert_eq!(counts(&without), 0, "{list} counts although nobody asked\n{}", listed(&without));
            let query = format!("{{ {list}(first: 3) {{ totalCount nodes {{ id }} }} }}");
            let (with, data) = statements(app, &me, &query, json!({})).await;
            let tables = if list == "actionItems" { 2 } else { 1 };
            assert_eq!(counts(&with), tables, "{list}\n{}", listed(&with));
            assert_eq!(with.len(), without.len() + tables, "{list}\n{}", listed(&with));
            assert!(data[list]["totalCount"].as_u64().unwrap() >= 50, "{list}: {data:#}");
        }
        let nested = [
            ("reports", "timeline"), ("reports", "rootCauses"), ("reports", "recommendations"), ("reports", "comments"),
            ("reports", "history"), ("reports", "revisions"), ("incidents", "services"), ("incidents", "reports"),
            ("rootCauses", "recommendations"), ("rootCauses", "recurrences"), ("recommendations", "rootCauses"),
            ("recommendations", "comments"), ("recommendations", "history"),
        ];
        for (parents, list) in nested {
            let query = |total: &str| {
                // The first occurrence of all, which alone has recurrences, is the last of its list.
                let end = if list == "recurrences" { "last" } else { "first" };
                format!("{{ {parents}({end}: 50) {{ nodes {{ id {list}(first: 0) {{ {total} pageInfo {{ hasNextPage }} }} }} }} }}")
            };
            let (without, _) = statements(app, &me, &query(""), json!({})).await;
            assert_eq!(counts(&without), 0, "{parents}.{list} counts although nobody asked\n{}", listed(&without));
            let (with, _) = statements(app, &me, &query("totalCount"), json!({})).await;
            assert_eq!(with.len(), without.len() + 1, "{parents}.{list}\n{}", listed(&with));
        }
    }
}
