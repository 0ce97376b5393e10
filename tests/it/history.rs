//! What happened: one event for each change, in one order, and what each recommendation was at every moment.

use chrono::Duration;
use entity::{enums::Role, event, recommendation_version};
use postmortem_tests::{
    Answer, TestApp, TestUser,
    fixtures::{merge, unknown_id},
    on_both_databases,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::recommendations::Crew;

/// The events after a place in their order.
async fn events_after(app: &TestApp, sequence: i64) -> Vec<event::Model> {
    let db = app.app.databases.here().await.unwrap();
    let events = event::Entity::find()
        .filter(event::Column::Sequence.gt(sequence))
        .order_by_asc(event::Column::Sequence);
    events.all(&db).await.unwrap()
}

macro_rules! row_counts {
    ($db:expr, $($table:ident),+) => {
        vec![$((stringify!($table), entity::$table::Entity::find().count($db).await.unwrap())),+]
    };
}

/// How many rows every table has.
async fn rows(app: &TestApp) -> Vec<(&'static str, u64)> {
    let db = &app.app.databases.here().await.unwrap();
    row_counts!(
        db,
        user,
        team,
        team_member,
        service,
        incident,
        incident_service,
        incident_external_ref,
        report,
        report_approval,
        report_import,
        report_label,
        report_participant,
        report_revision,
        timeline_event,
        cause_category,
        root_cause,
        recommendation,
        recommendation_label,
        recommendation_root_cause,
        recommendation_version,
        due_change,
        evidence,
        effectiveness_review,
        comment,
        event,
        key_counter,
        signing_key
    )
}

/// Watches the log from mutation to mutation.
struct Watch<'a> {
    app: &'a TestApp,
    seen: i64,
}

impl<'a> Watch<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let seen = events_after(app, 0).await.last().map_or(0, |event| event.sequence);
        Self { app, seen }
    }

    /// A mutation that is exactly one event, with this change of one field among its changes. An id in the payload's `selection`
    /// comes back.
    async fn one(
        &mut self,
        user: &TestUser,
        (name, input): (&str, Value),
        selection: &str,
        expected: (&str, &str, Value, Value),
    ) -> Answer {
        let answer = self.app.mutate(user, name, input, selection).await;
        answer.data();
        let (event_type, field, from, to) = expected;
        let new = events_after(self.app, self.seen).await;
        let types: Vec<&str> = new.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(types, [event_type], "{name}");
        let event = &new[0];
        assert_eq!(event.actor_user_id, Some(user.user_id), "{name}");
        assert_eq!(event.actor_name, user.name, "{name}");
        if !field.is_empty() {
            let change = json!({ "field": field, "from": from, "to": to });
            let changes = event.changes.as_array().unwrap();
            assert!(changes.contains(&change), "{name}: no {change} in {changes:?}");
        }
        self.seen = event.sequence;
        answer
    }
}

/// An event whose changes are told by its payload.
fn plain(event_type: &str) -> (&str, &str, Value, Value) {
    (event_type, "", Value::Null, Value::Null)
}

fn moved<'e>(event_type: &'e str, from: &str, to: &str) -> (&'e str, &'e str, Value, Value) {
    (event_type, "status", json!(from), json!(to))
}

/// The types of a history, the oldest first, whose sequence must fall from the latest on.
async fn history(app: &TestApp, user: &TestUser, what: &str, id: &str) -> Vec<String> {
    let shown = app
        .show(user, what, id, "history(first: 100) { nodes { type sequence } }")
        .await;
    let nodes = shown["history"]["nodes"].as_array().unwrap();
    let text = |node: &Value, field: &str| node[field].as_str().unwrap().to_owned();
    let sequences: Vec<i64> = nodes
        .iter()
        .map(|node| text(node, "sequence").parse().unwrap())
        .collect();
    assert!(sequences.windows(2).all(|pair| pair[0] > pair[1]), "{sequences:?}");
    nodes.iter().rev().map(|node| text(node, "type")).collect()
}

on_both_databases! {
    /// Incidents, reports, their people, moments and causes.
    async fn every_change_of_a_report_is_one_event(app) {
        let (ada, rita) = (app.user("Ada", Role::Member).await, app.user("Rita", Role::Member).await);
        let mut watch = Watch::new(app).await;
        let none = || Value::Null;
        let incident = json!({ "title": "Down", "severity": "SEV1", "startedAt": "2026-03-01T10:00:00Z" });
        let incident = watch.one(&ada, ("createIncident", incident), "incident { id }", ("incident.created", "title", none(), json!("Down"))).await.text("/incident/id");
        watch.one(&ada, ("updateIncident", json!({ "id": incident, "severity": "SEV2" })), "__typename", ("incident.updated", "severity", json!("SEV1"), json!("SEV2"))).await;
        let report = json!({ "incidentId": incident, "title": "Why it was down", "labels": ["edge"] });
        let report = watch.one(&ada, ("createReport", report), "report { id }", ("report.created", "labels", none(), json!(["edge"]))).await.text("/report/id");
        let with = |more: Value| { let mut input = json!({ "id": report }); merge(&mut input, more); input };
        watch.one(&ada, ("updateReport", with(json!({ "background": "A system." }))), "__typename", ("report.updated", "background", json!(""), json!("A system."))).await;
        let people = json!([{ "userId": ada.id, "role": "AUTHOR" }, { "userId": rita.id, "role": "APPROVER" }]);
        let mut described = [format!("{} AUTHOR", ada.id), format!("{} APPROVER", rita.id)];
        described.sort();
        watch.one(&ada, ("setParticipants", with(json!({ "participants": people }))), "__typename", ("report.updated", "participants", json!([format!("{} AUTHOR", ada.id)]), json!(described))).await;

        let moment = json!({ "reportId": report, "occurredAt": "2026-03-01T10:00:00Z", "kind": "TRIGGER", "description": "It broke." });
        let moment = watch.one(&ada, ("addTimelineEvent", moment), "timelineEvent { id }", plain("report.updated")).await.text("/timelineEvent/id");
        watch.one(&ada, ("updateTimelineEvent", json!({ "id": moment, "kind": "OTHER" })), "__typename", plain("report.updated")).await;
        watch.one(&ada, ("removeTimelineEvent", json!({ "id": moment })), "__typename", plain("report.updated")).await;
        let last = &events_after(app, watch.seen - 1).await[0];
        assert_eq!(last.changes[0]["field"], "timeline");
        assert_eq!(last.changes[0]["from"]["description"], "It broke.", "the text that is gone stays in the event");
        assert_eq!(last.changes[0]["to"], Value::Null);

        let cause = json!({ "reportId": report, "title": "Retries", "role": "TRIGGER" });
        let cause = watch.one(&ada, ("addRootCause", cause), "rootCause { id }", ("root_cause.added", "title", none(), json!("Retries"))).await.text("/rootCause/id");
        watch.one(&ada, ("updateRootCause", json!({ "id": cause, "role": "LATENT" })), "__typename", ("root_cause.updated", "role", json!("TRIGGER"), json!("LATENT"))).await;
        watch.one(&ada, ("recordNoAction", json!({ "rootCauseId": cause, "reason": "Gone." })), "__typename", ("root_cause.updated", "noActionReason", none(), json!("Gone."))).await;
        watch.one(&ada, ("removeRootCause", json!({ "id": cause })), "__typename", ("root_cause.removed", "title", json!("Retries"), none())).await;

        watch.one(&ada, ("addComment", json!({ "subjectId": report, "body": "Good." })), "__typename", plain("comment.added")).await;
        watch.one(&ada, ("submitReport", with(json!({}))), "__typename", moved("report.submitted", "DRAFT", "IN_REVIEW")).await;
        watch.one(&rita, ("reviewReport", with(json!({ "decision": "CHANGES_REQUESTED", "comment": "Why?" }))), "__typename", plain("report.changes_requested")).await;
        watch.one(&rita, ("reviewReport", with(json!({ "decision": "APPROVED" }))), "__typename", plain("report.approved")).await;
        watch.one(&ada, ("reopenReport", with(json!({ "reason": "More." }))), "__typename", moved("report.reopened", "IN_REVIEW", "DRAFT")).await;
        watch.one(&ada, ("archiveReport", with(json!({}))), "__typename", moved("report.archived", "DRAFT", "ARCHIVED")).await;
        assert_eq!(history(app, &ada, "report", &report).await, [
            "report.created", "report.updated", "report.updated", "report.updated", "report.updated", "report.updated",
            "root_cause.added", "root_cause.updated", "root_cause.updated", "root_cause.removed", "comment.added",
            "report.submitted", "report.changes_requested", "report.approved", "report.reopened", "report.archived",
        ]);
    }

    /// From the proposal to the review of its effect.
    async fn every_change_of_a_recommendation_is_one_event(app) {
        let crew = Crew::new(app).await;
        let other = app.cause(&crew.ada, &crew.report, json!({})).await;
        let mut watch = Watch::new(app).await;
        let none = || Value::Null;
        let item = json!({ "rootCauseIds": [crew.cause], "title": "Add a limit", "kind": "PREVENT", "priority": "P2" });
        let item = watch.one(&crew.ada, ("createRecommendation", item), "recommendation { id }", ("recommendation.created", "rootCauseIds", none(), json!([crew.cause]))).await.text("/recommendation/id");
        let with = |more: Value| { let mut input = json!({ "id": item }); merge(&mut input, more); input };
        let (first, second) = (app.day(20), app.day(40));
        let steps = [
            (&crew.ada, "updateRecommendation", json!({ "labels": ["edge"] }), ("recommendation.updated", "labels", json!([]), json!(["edge"]))),
            (&crew.ada, "addressRootCauses", json!({ "rootCauseIds": [other] }), ("recommendation.updated", "rootCauseIds", json!([crew.cause]), json!([other]))),
            (&crew.ada, "assignRecommendation", json!({ "ownerId": crew.bo.id }), ("recommendation.assigned", "ownerId", none(), json!(crew.bo.id))),
            (&crew.ada, "acceptRecommendation", json!({ "dueOn": first }), ("recommendation.accepted", "originalDueOn", none(), json!(first))),
            (&crew.bo, "changeDueDate", json!({ "dueOn": second, "reason": "Late." }), ("recommendation.due_changed", "dueOn", json!(first), json!(second))),
            (&crew.bo, "blockRecommendation", json!({ "reason": "No disks." }), ("recommendation.blocked", "blockedReason", none(), json!("No disks."))),
            (&crew.bo, "startRecommendation", json!({}), moved("recommendation.started", "BLOCKED", "IN_PROGRESS")),
            (&crew.bo, "implementRecommendation", json!({}), moved("recommendation.implemented", "IN_PROGRESS", "IMPLEMENTED")),
            (&crew.ada, "verifyRecommendation", json!({}), ("recommendation.verified", "verifiedById", none(), json!(crew.ada.id))),
            (&crew.ada, "reviewEffectiveness", json!({ "outcome": "EFFECTIVE" }), plain("recommendation.updated")),
            (&crew.ada, "reopenRecommendation", json!({ "reason": "More." }), moved("recommendation.reopened", "VERIFIED", "ACCEPTED")),
            (&crew.ada, "declineRecommendation", json!({ "reason": "DUPLICATE", "note": "See REC-9." }), ("recommendation.declined", "closureReason", none(), json!("DUPLICATE"))),
            (&crew.bo, "addComment", json!({ "subjectId": item, "body": "Fine." }), plain("comment.added")),
        ];
        let mut expected = vec!["recommendation.created".to_owned()];
        for (user, mutation, more, event) in steps {
            expected.push(event.0.to_owned());
            let input = if mutation == "addComment" { more } else { with(more) };
            watch.one(user, (mutation, input), "__typename", event).await;
        }
        assert_eq!(history(app, &crew.ada, "recommendation", &item).await, expected);
        let latest = "history(first: 2) { nodes { type actor { kind name user { id } } changes { field from to } payload } }";
        let latest = app.show(&crew.ada, "recommendation", &item, latest).await;
        let declined = &latest["history"]["nodes"][1];
        assert_eq!(declined["actor"], json!({ "kind": "USER", "name": "Ada", "user": { "id": crew.ada.id } }));
        assert!(declined["changes"].as_array().unwrap().contains(&json!({ "field": "status", "from": "ACCEPTED", "to": "DECLINED" })));
        assert_eq!(declined["payload"]["note"], "See REC-9.");
        // All of it is also in the history of the report.
        let all = history(app, &crew.ada, "report", &crew.report.id).await;
        assert_eq!(all[all.len() - expected.len()..], expected);
    }

    /// What changes nothing did not happen.
    async fn no_change_is_no_event(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let before = rows(app).await;
        for (mutation, id, more) in [
            ("updateRecommendation", &item.id, json!({ "priority": "P2" })),
            ("assignRecommendation", &item.id, json!({ "ownerId": crew.bo.id })),
            ("changeDueDate", &item.id, json!({ "dueOn": app.day(30), "reason": "The same." })),
            ("addressRootCauses", &item.id, json!({ "rootCauseIds": [crew.cause] })),
            ("updateReport", &crew.report.id, json!({ "ownerId": crew.ada.id, "background": "" })),
            ("updateRootCause", &crew.cause, json!({ "role": "CONTRIBUTING" })),
        ] {
            let mut input = json!({ "id": id });
            merge(&mut input, more);
            app.mutate(&crew.ada, mutation, input, "__typename").await.data();
            assert_eq!(rows(app).await, before, "{mutation}");
        }
    }

    /// Refused early or late, with much or little already done: nothing is left of it.
    async fn a_refused_mutation_writes_nothing(app) {
        let crew = Crew::new(app).await;
        let eve = app.user("Eve", Role::Member).await;
        let (urgent, plain) = (crew.item("IN_PROGRESS", "P0").await, crew.item("PROPOSED", "P2").await);
        let later = app.report(&crew.ada, json!({})).await;
        let no_team = unknown_id("team_", &eve.id);
        let incident = json!({ "title": "Down", "severity": "SEV1", "startedAt": "2026-03-01T10:00:00Z" });
        let evidence = json!([{ "url": "https://example.org/1" }, { "url": "https://user:secret@example.org/" }]);
        let before = rows(app).await;
        for (user, mutation, input, code) in [
            (&eve, "updateReport", json!({ "id": crew.report.id, "title": "Mine" }), "FORBIDDEN"),
            (&eve, "acceptRecommendation", json!({ "id": plain.id }), "FORBIDDEN"),
            (&crew.ada, "updateReport", json!({ "id": crew.report.id, "title": "Mine", "expectedVersion": 7 }), "CONFLICT"),
            (&crew.ada, "updateReport", json!({ "id": crew.report.id, "background": "B", "labels": [" "] }), "VALIDATION_FAILED"),
            (&crew.ada, "createReport", json!({ "incident": incident, "teamId": no_team }), "VALIDATION_FAILED"),
            (&crew.ada, "createReport", json!({ "incident": incident, "title": "T", "impact": { "costMinorUnits": 5 } }), "VALIDATION_FAILED"),
            (&crew.ada, "addRootCause", json!({ "reportId": later.id, "title": "T", "role": "TRIGGER", "recurrenceOfId": crew.cause }), "VALIDATION_FAILED"),
            (&crew.bo, "implementRecommendation", json!({ "id": urgent.id }), "VALIDATION_FAILED"),
            (&crew.bo, "implementRecommendation", json!({ "id": urgent.id, "evidence": evidence }), "VALIDATION_FAILED"),
            (&crew.ada, "declineRecommendation", json!({ "id": urgent.id, "reason": "REJECTED", "note": " " }), "VALIDATION_FAILED"),
            (&crew.bo, "startRecommendation", json!({ "id": plain.id }), "VALIDATION_FAILED"),
            (&crew.ada, "bulkUpdateRecommendations", json!({ "ids": [urgent.id, plain.id], "patch": { "labels": ["a"], "dueOn": app.day(99), "dueReason": " " } }), "VALIDATION_FAILED"),
            (&crew.ada, "publishReport", json!({ "id": crew.report.id }), "VALIDATION_FAILED"),
            (&crew.ada, "addTimelineEvent", json!({ "reportId": crew.report.id, "occurredAt": "2026-03-01T10:00:00Z", "description": " " }), "VALIDATION_FAILED"),
            (&crew.ada, "addComment", json!({ "subjectId": plain.id, "body": " " }), "VALIDATION_FAILED"),
        ] {
            let answer = app.mutate(user, mutation, input, "__typename").await;
            assert_eq!(answer.code(), code, "{mutation}");
            assert_eq!(rows(app).await, before, "{mutation}");
        }
    }

    /// Rows of [valid_from, valid_to) without gaps, of which one is open; text is not part of it.
    async fn what_an_item_was_at_every_moment(app) {
        let crew = Crew::new(app).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({ "ownerId": crew.bo.id, "dueOn": app.day(10) })).await;
        let due = app.day(50);
        for (user, mutation, more) in [
            (&crew.ada, "acceptRecommendation", json!({})),
            (&crew.bo, "updateRecommendation", json!({ "title": "Limit all of them", "labels": ["edge"] })),
            (&crew.bo, "updateRecommendation", json!({ "priority": "P1" })),
            (&crew.bo, "changeDueDate", json!({ "dueOn": due, "reason": "Late." })),
            (&crew.bo, "startRecommendation", json!({})),
            (&crew.bo, "assignRecommendation", json!({ "ownerId": crew.ada.id })),
            (&crew.ada, "declineRecommendation", json!({ "reason": "REJECTED", "note": "No." })),
        ] {
            app.advance(Duration::hours(1));
            app.step(user, mutation, &item, more).await.data();
        }
        let db = app.app.databases.here().await.unwrap();
        let id: entity::ids::RecommendationId = item.id.parse().unwrap();
        let rows = recommendation_version::Entity::find()
            .filter(recommendation_version::Column::RecommendationId.eq(id))
            .order_by_asc(recommendation_version::Column::ValidFrom)
            .all(&db)
            .await
            .unwrap();
        let (began, early) = (postmortem_tests::app::beginning(), app.day(10));
        let said: Vec<_> = rows
            .iter()
            .map(|row| (
                (row.valid_from - began).num_hours(), row.status.as_str(), row.priority.as_str(),
                row.owner_id == Some(crew.bo.user_id), row.due_on == Some(due),
            ))
            .collect();
        assert_eq!(said, [
            (0, "PROPOSED", "P2", true, false),
            (1, "ACCEPTED", "P2", true, false),
            // Another title: filters ask for it too.
            (2, "ACCEPTED", "P2", true, false),
            (3, "ACCEPTED", "P1", true, false),
            (4, "ACCEPTED", "P1", true, true),
            (5, "IN_PROGRESS", "P1", true, true),
            (6, "IN_PROGRESS", "P1", false, true),
            (7, "DECLINED", "P1", false, true),
        ]);
        assert_eq!(rows[0].due_on, Some(early));
        for pair in rows.windows(2) {
            assert_eq!(pair[0].valid_to, Some(pair[1].valid_from), "no gap and no overlap");
        }
        assert_eq!(rows.last().unwrap().valid_to, None);
    }
}
