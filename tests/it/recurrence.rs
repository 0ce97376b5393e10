//! Causes that come back, and how they stand to the work that was already recommended.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::TestReport, on_both_databases};
use serde_json::{Value, json};

const RECURRENCE: &str = "recurrenceOf { id } recurrenceKind";

/// A report with one cause, on an incident that began a day before now.
async fn occurrence(app: &TestApp, user: &TestUser) -> (TestReport, String) {
    let report = app.report(user, json!({ "ownerId": user.id })).await;
    let cause = app.cause(user, &report, json!({})).await;
    (report, cause)
}

/// Three occurrences, 30 days apart.
async fn three(app: &TestApp, user: &TestUser) -> [(TestReport, String); 3] {
    let first = occurrence(app, user).await;
    app.advance(Duration::days(30));
    let second = occurrence(app, user).await;
    app.advance(Duration::days(30));
    [first, second, occurrence(app, user).await]
}

async fn link(app: &TestApp, user: &TestUser, cause: &str, earlier: Option<&str>) -> Answer {
    let input = json!({ "rootCauseId": cause, "recurrenceOfId": earlier });
    app.mutate(
        user,
        "linkRecurrence",
        input,
        "rootCause { id recurrenceOf { id } version }",
    )
    .await
}

async fn first_of(app: &TestApp, user: &TestUser, cause: &str) -> Value {
    app.show(user, "rootCause", cause, RECURRENCE).await["recurrenceOf"]["id"].clone()
}

on_both_databases! {
    /// By what the work on the earlier occurrence was when the later incident began.
    async fn each_kind_of_recurrence(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let table: [(&[&str], &str); 11] = [
            (&[], "UNADDRESSED"),
            (&["PROPOSED"], "UNADDRESSED"),
            (&["ACCEPTED"], "WHILE_OPEN"),
            (&["IN_PROGRESS"], "WHILE_OPEN"),
            (&["BLOCKED", "VERIFIED"], "WHILE_OPEN"),
            (&["IMPLEMENTED"], "AFTER_FIX"),
            (&["VERIFIED"], "AFTER_FIX"),
            (&["IMPLEMENTED", "DECLINED", "PROPOSED"], "AFTER_FIX"),
            (&["DECLINED"], "AFTER_DECLINED"),
            (&["DECLINED", "PROPOSED"], "AFTER_DECLINED"),
            (&["DECLINED", "ACCEPTED"], "WHILE_OPEN"),
        ];
        let earlier = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let mut causes = Vec::new();
        for (statuses, _) in table {
            let cause = app.cause(&ada, &earlier, json!({})).await;
            for status in statuses {
                let item = app.item(&ada, &[&cause], json!({ "ownerId": bo.id, "dueOn": app.day(9) })).await;
                app.bring([&ada, &bo, &ada], &item, status).await;
            }
            causes.push(cause);
        }
        app.advance(Duration::days(30));
        let later = app.report(&ada, json!({})).await;
        for ((statuses, kind), earlier) in table.iter().zip(&causes) {
            let again = app.cause(&ada, &later, json!({ "recurrenceOfId": earlier })).await;
            let shown = app.show(&ada, "rootCause", &again, RECURRENCE).await;
            assert_eq!(shown, json!({ "recurrenceOf": { "id": earlier }, "recurrenceKind": kind }), "{statuses:?}");
            assert_eq!(app.show(&ada, "rootCause", earlier, RECURRENCE).await["recurrenceKind"], Value::Null);
        }
    }

    /// What was finished or begun after the later incident had begun does not change what was preventable then.
    async fn only_what_was_so_at_the_start_counts(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let (earlier, finished) = occurrence(app, &ada).await;
        let promised = app.cause(&ada, &earlier, json!({})).await;
        let reopened = app.cause(&ada, &earlier, json!({})).await;
        let new = async |cause: &str| app.item(&ada, &[cause], json!({ "ownerId": bo.id, "dueOn": app.day(9) })).await;
        let (open, proposed, fixed) = (new(&finished).await, new(&promised).await, new(&reopened).await);
        app.bring([&ada, &bo, &ada], &open, "IN_PROGRESS").await;
        app.bring([&ada, &bo, &ada], &fixed, "VERIFIED").await;
        app.advance(Duration::days(30));
        // Its incident began yesterday; all that follows is today.
        let later = app.report(&ada, json!({})).await;
        app.step(&bo, "implementRecommendation", &open, json!({})).await.data();
        app.step(&ada, "acceptRecommendation", &proposed, json!({})).await.data();
        app.step(&ada, "reopenRecommendation", &fixed, json!({ "reason": "It came back." })).await.data();
        for (earlier, kind) in [(&finished, "WHILE_OPEN"), (&promised, "UNADDRESSED"), (&reopened, "AFTER_FIX")] {
            let again = app.cause(&ada, &later, json!({ "recurrenceOfId": earlier })).await;
            assert_eq!(app.show(&ada, "rootCause", &again, RECURRENCE).await["recurrenceKind"], json!(kind));
        }
    }

    /// Work on any earlier occurrence counts, not only on the first.
    async fn the_work_on_all_earlier_occurrences_counts(app) {
        let ada = app.user("Ada", Role::Member).await;
        let (_, first) = occurrence(app, &ada).await;
        app.advance(Duration::days(30));
        let (_, second) = occurrence(app, &ada).await;
        let item = app.item(&ada, &[&second], json!({})).await;
        app.accept(&ada, &item, &ada, app.day(90)).await;
        app.advance(Duration::days(30));
        let (_, third) = occurrence(app, &ada).await;
        for cause in [&second, &third] {
            link(app, &ada, cause, Some(&first)).await.data();
        }
        for (cause, kind) in [(&second, "UNADDRESSED"), (&third, "WHILE_OPEN")] {
            assert_eq!(app.show(&ada, "rootCause", cause, RECURRENCE).await["recurrenceKind"], json!(kind));
        }
    }

    /// A link to a recurrence leads to the first occurrence.
    async fn chains_are_flat(app) {
        let ada = app.user("Ada", Role::Member).await;
        let [(_, a), (_, b), (_, c)] = three(app, &ada).await;
        link(app, &ada, &b, Some(&a)).await.data();
        let linked = link(app, &ada, &c, Some(&b)).await;
        assert_eq!(linked.text("/rootCause/recurrenceOf/id"), a);
        let recurrences = app.show(&ada, "rootCause", &a, "recurrences { totalCount nodes { id } }").await;
        assert_eq!(recurrences["recurrences"], json!({ "totalCount": 2, "nodes": [{ "id": b }, { "id": c }] }));
        let filtered = app.ask(&ada, "{ rootCauses(filter: { isRecurrence: true }) { nodes { id } } }", json!({})).await;
        assert_eq!(filtered.at("/rootCauses/nodes"), json!([{ "id": c }, { "id": b }]));
    }

    /// When an earlier occurrence becomes known, all later ones follow to it, and say so.
    async fn a_new_first_occurrence_takes_all_with_it(app) {
        let ada = app.user("Ada", Role::Member).await;
        let [(_, a), (_, b), (last, c)] = three(app, &ada).await;
        link(app, &ada, &c, Some(&b)).await.data();
        assert_eq!(first_of(app, &ada, &c).await, json!(b));
        link(app, &ada, &b, Some(&a)).await.data();
        assert_eq!(first_of(app, &ada, &b).await, json!(a));
        assert_eq!(first_of(app, &ada, &c).await, json!(a));
        let history = app.show(&ada, "report", &last.id, "history(first: 1) { nodes { type subject { id } changes { field from to } } }").await;
        let moved = json!({
            "type": "root_cause.updated", "subject": { "id": c },
            "changes": [{ "field": "recurrenceOfId", "from": b, "to": a }],
        });
        assert_eq!(history["history"]["nodes"], json!([moved]));
        assert_eq!(app.show(&ada, "rootCause", &c, "version").await["version"], 3);
    }

    /// A cause recurs in another incident that began later; anything else is no recurrence.
    async fn what_cannot_be_a_recurrence(app) {
        let ada = app.user("Ada", Role::Member).await;
        let (report, earlier) = occurrence(app, &ada).await;
        let sibling = app.cause(&ada, &report, json!({})).await;
        let second_report = app.report(&ada, json!({ "incident": null, "incidentId": report.incident })).await;
        let twin = app.cause(&ada, &second_report, json!({})).await;
        let simultaneous = occurrence(app, &ada).await.1;
        app.advance(Duration::days(30));
        let later = occurrence(app, &ada).await.1;
        for (cause, target, code) in [
            (&earlier, &later, "NOT_EARLIER"),
            (&earlier, &simultaneous, "NOT_EARLIER"),
            (&earlier, &earlier, "SAME_INCIDENT"),
            (&earlier, &sibling, "SAME_INCIDENT"),
            (&earlier, &twin, "SAME_INCIDENT"),
        ] {
            let answer = link(app, &ada, cause, Some(target)).await;
            assert_eq!(answer.code(), "VALIDATION_FAILED", "{code}");
            assert_eq!(answer.problems(), [("recurrenceOfId".to_owned(), code.to_owned())]);
            assert_eq!(first_of(app, &ada, cause).await, Value::Null);
        }
        // Nor can it be added that way: then the cause is not added either.
        let count = async || app.show(&ada, "report", &report.id, "rootCauses { totalCount }").await;
        let before = count().await;
        let input = json!({ "reportId": report.id, "title": "Again", "role": "TRIGGER", "recurrenceOfId": later });
        let answer = app.mutate(&ada, "addRootCause", input, "rootCause { id }").await;
        assert_eq!(answer.problems(), [("recurrenceOfId".to_owned(), "NOT_EARLIER".to_owned())]);
        assert_eq!(count().await, before);
    }

    /// A corrected start may turn the order round; a cause never becomes the recurrence of itself.
    async fn a_cause_is_never_its_own_recurrence(app) {
        let ada = app.user("Ada", Role::Member).await;
        let [(first, a), (_, b), _] = three(app, &ada).await;
        link(app, &ada, &b, Some(&a)).await.data();
        let corrected = json!({ "id": first.incident, "startedAt": app.day(-1).and_hms_opt(0, 0, 0).unwrap().and_utc().to_rfc3339() });
        app.mutate(&ada, "updateIncident", corrected, "incident { id }").await.data();
        let answer = link(app, &ada, &a, Some(&b)).await;
        assert_eq!(answer.problems(), [("recurrenceOfId".to_owned(), "CYCLE".to_owned())]);
        assert!(answer.message().contains("unlink"), "{}", answer.message());
    }

    /// Nor, through a cause that it is linked to, of one in its own incident or of a later one, as after such a correction.
    async fn the_first_occurrence_is_earlier_too(app) {
        let ada = app.user("Ada", Role::Member).await;
        let [(first, a), (second, b), (_, c)] = three(app, &ada).await;
        let sibling = app.cause(&ada, &first, json!({})).await;
        link(app, &ada, &b, Some(&a)).await.data();
        let corrected = json!({ "id": first.incident, "startedAt": app.day(-1).and_hms_opt(12, 0, 0).unwrap().and_utc().to_rfc3339() });
        app.mutate(&ada, "updateIncident", corrected, "incident { id }").await.data();
        for cause in [&sibling, &c] {
            let answer = link(app, &ada, cause, Some(&b)).await;
            assert_eq!(answer.problems(), [("recurrenceOfId".to_owned(), "NOT_EARLIER".to_owned())], "{cause}");
            assert!(answer.message().contains("unlink"), "{}", answer.message());
        }
        // What is linked to a cause would follow it into its own incident.
        let twin = app.cause(&ada, &second, json!({})).await;
        let answer = link(app, &ada, &a, Some(&twin)).await;
        assert_eq!(answer.problems(), [("recurrenceOfId".to_owned(), "NOT_EARLIER".to_owned())]);
        assert!(answer.message().contains("linked to this one"), "{}", answer.message());
    }

    /// Linking is an event of its own; unlinking takes it back.
    async fn a_recurrence_is_an_event_and_can_be_taken_back(app) {
        let ada = app.user("Ada", Role::Member).await;
        let (_, a) = occurrence(app, &ada).await;
        app.advance(Duration::days(30));
        let (report, b) = occurrence(app, &ada).await;
        link(app, &ada, &b, Some(&a)).await.data();
        link(app, &ada, &b, Some(&a)).await.data();
        link(app, &ada, &b, None).await.data();
        let shown = app.show(&ada, "rootCause", &b, RECURRENCE).await;
        assert_eq!(shown, json!({ "recurrenceOf": null, "recurrenceKind": null }));
        let history = app.show(&ada, "report", &report.id, "history(first: 3) { nodes { type actor { user { id } } changes { field from to } } }").await;
        let event = |kind, from, to| json!({
            "type": kind, "actor": { "user": { "id": ada.id } },
            "changes": [{ "field": "recurrenceOfId", "from": from, "to": to }],
        });
        let nodes = history["history"]["nodes"].as_array().unwrap();
        assert_eq!(nodes[0], event("root_cause.updated", json!(a), Value::Null));
        assert_eq!(nodes[1], event("root_cause.recurred", Value::Null, json!(a)), "linking twice is one event");
        assert_eq!(nodes[2]["type"], "root_cause.added");
    }
}
