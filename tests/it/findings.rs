//! What a report still lacks, who may wave it through, and who approves.

use std::collections::BTreeSet;

use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::TestReport, on_both_databases};
use serde_json::{Value, json};

/// The codes of what a report lacks.
async fn codes(app: &TestApp, user: &TestUser, report: &TestReport) -> BTreeSet<String> {
    let shown = app.show(user, "report", &report.id, "findings { code }").await;
    shown["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// The one finding with a code.
async fn finding(app: &TestApp, user: &TestUser, report: &TestReport, code: &str) -> Value {
    let shown = app
        .show(
            user,
            "report",
            &report.id,
            "findings { code level section subject { id } message }",
        )
        .await;
    let mut found: Vec<Value> = shown["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == code)
        .cloned()
        .collect();
    assert_eq!(found.len(), 1, "{code} in {shown}");
    found.remove(0)
}

async fn set(app: &TestApp, user: &TestUser, mutation: &str, input: Value) -> Answer {
    let answer = app.mutate(user, mutation, input, "__typename").await;
    answer.data();
    answer
}

async fn review(app: &TestApp, user: &TestUser, report: &TestReport, decision: &str, comment: Option<&str>) -> Answer {
    let input = json!({ "id": report.id, "decision": decision, "comment": comment });
    app.mutate(
        user,
        "reviewReport",
        input,
        "report { approvals { user { id } decision comment } }",
    )
    .await
}

fn set_of(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

const UNAPPROVED: &str = "NO_STAKEHOLDER_APPROVAL";
/// What stands in the way of publishing an empty report, by field.
const ERRORS_OF_NOTHING: [(&str, &str); 9] = [
    ("executiveSummary", "SECTION_EMPTY"),
    ("background", "SECTION_EMPTY"),
    ("rootCauseAnalysis", "SECTION_EMPTY"),
    ("impactAnalysis", "SECTION_EMPTY"),
    ("lessonsLearned", "SECTION_EMPTY"),
    ("conclusion", "SECTION_EMPTY"),
    ("timeline", "TIMELINE_NO_DETECTION"),
    ("timeline", "TIMELINE_NO_RESOLUTION"),
    ("rootCauses", "NO_ROOT_CAUSE"),
];

fn sorted(mut problems: Vec<(String, String)>) -> Vec<(String, String)> {
    problems.sort();
    problems
}

fn errors_of_nothing() -> Vec<(String, String)> {
    sorted(
        ERRORS_OF_NOTHING
            .map(|(path, code)| (path.to_owned(), code.to_owned()))
            .to_vec(),
    )
}

on_both_databases! {
    /// Each comes with what is wrong and goes with it.
    async fn every_finding_comes_and_goes(app) {
        let ada = app.user("Ada Byron", Role::Member).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let nothing = set_of(&["SECTION_EMPTY", "TIMELINE_NO_DETECTION", "TIMELINE_NO_RESOLUTION", "NO_ROOT_CAUSE", UNAPPROVED]);
        assert_eq!(codes(app, &ada, &report).await, nothing);
        let item = app.complete(&ada, &report).await;
        assert_eq!(codes(app, &ada, &report).await, set_of(&[UNAPPROVED]));
        let parts = app.show(&ada, "report", &report.id, "rootCauses { nodes { id title } } timeline { nodes { id kind } }").await;
        let cause = parts["rootCauses"]["nodes"][0]["id"].clone();
        let (title, item_id) = (parts["rootCauses"]["nodes"][0]["title"].clone(), json!(item.id));
        let (detection, resolution) = (parts["timeline"]["nodes"][1]["id"].clone(), parts["timeline"]["nodes"][2]["id"].clone());
        let nobody = Value::Null;
        let edit = |mutation: &'static str, id: &Value, field: &str, value: Value| (mutation, json!({ "id": id, field: value }));
        let section = |name: &str, text: &str| edit("updateReport", &json!(report.id), name, json!(text));
        let of_cause = |field: &str, value: Value| edit("updateRootCause", &cause, field, value);
        let of_item = |field: &str, value: Value| edit("updateRecommendation", &item_id, field, value);
        let kind = |id: &Value, kind: &str| edit("updateTimelineEvent", id, "kind", json!(kind));
        let at = |minutes: i64| {
            let at = postmortem_tests::app::beginning() - chrono::Duration::days(1) + chrono::Duration::minutes(minutes);
            edit("updateTimelineEvent", &resolution, "occurredAt", json!(at.to_rfc3339()))
        };
        for (code, level, place, subject, wrong, right) in [
            ("SECTION_EMPTY", "ERROR", json!("background"), &nobody, section("background", " "), section("background", "A system.")),
            ("TIMELINE_NO_DETECTION", "ERROR", json!("timeline"), &nobody, kind(&detection, "OTHER"), kind(&detection, "DETECTION")),
            ("TIMELINE_NO_RESOLUTION", "ERROR", json!("timeline"), &nobody, kind(&resolution, "OTHER"), kind(&resolution, "MITIGATION")),
            ("TIMELINE_GAP", "WARNING", json!("timeline"), &nobody, at(600), at(30)),
            ("BLAMEFUL_WORDING", "WARNING", json!("conclusion"), &nobody, section("conclusion", "It was Human Error."), section("conclusion", "Limit them.")),
            ("BLAMEFUL_WORDING", "WARNING", json!("rootCauses"), &cause, of_cause("description", json!("Ops should have known.")), of_cause("description", json!(""))),
            ("PERSON_AS_CAUSE", "WARNING", json!("rootCauses"), &cause, of_cause("title", json!("Ada restarted the cluster")), of_cause("title", title.clone())),
            ("ONLY_WEAK_MEASURES", "WARNING", json!("recommendations"), &cause, of_item("strength", json!("WEAK")), of_item("strength", json!("STRONG"))),
            ("RECOMMENDATION_VAGUE", "WARNING", nobody.clone(), &item_id, of_item("title", json!("Investigate the retries")), of_item("title", json!("Limit the retries"))),
            ("RECOMMENDATION_WITHOUT_CRITERION", "WARNING", nobody.clone(), &item_id, of_item("acceptanceCriterion", nobody.clone()), of_item("acceptanceCriterion", json!("A test."))),
        ] {
            set(app, &ada, wrong.0, wrong.1).await;
            assert_eq!(codes(app, &ada, &report).await, set_of(&[code, UNAPPROVED]));
            let found = finding(app, &ada, &report, code).await;
            assert_eq!(found["level"], level, "{code}");
            assert_eq!(found["section"], place, "{code}");
            let about = if subject.is_null() { Value::Null } else { json!({ "id": subject }) };
            assert_eq!(found["subject"], about, "{code}");
            set(app, &ada, right.0, right.1).await;
            assert_eq!(codes(app, &ada, &report).await, set_of(&[UNAPPROVED]), "after {code}");
        }
        set(app, &ada, "declineRecommendation", json!({ "id": item.id, "reason": "REJECTED", "note": "No." })).await;
        let uncovered = finding(app, &ada, &report, "CAUSE_UNCOVERED").await;
        assert_eq!((&uncovered["level"], &uncovered["subject"]["id"]), (&json!("ERROR"), &cause));
        assert!(uncovered["message"].as_str().unwrap().contains(title.as_str().unwrap()), "{uncovered}");
        set(app, &ada, "recordNoAction", json!({ "rootCauseId": cause, "reason": "It is gone." })).await;
        assert_eq!(codes(app, &ada, &report).await, set_of(&[UNAPPROVED]));
    }

    /// All errors at once, each with its field; warnings are not among them.
    async fn an_incomplete_report_is_not_published(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        set(app, &ada, "submitReport", json!({ "id": report.id })).await;
        let answer = app.mutate(&ada, "publishReport", json!({ "id": report.id }), "report { id }").await;
        assert_eq!(answer.code(), "VALIDATION_FAILED");
        assert_eq!(sorted(answer.problems()), errors_of_nothing());
        assert!(answer.message().contains("Add at least one root cause"), "{}", answer.message());
        let shown = app.show(&ada, "report", &report.id, "status publishedAt").await;
        assert_eq!(shown, json!({ "status": "IN_REVIEW", "publishedAt": null }));
    }

    /// Only an admin, only with a reason, and the event keeps what was waved through.
    async fn an_admin_overrides_with_a_reason(app) {
        let (ada, admin) = (app.user("Ada", Role::Member).await, app.user("Root", Role::Admin).await);
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        set(app, &ada, "submitReport", json!({ "id": report.id })).await;
        let with = |reason: &str| json!({ "id": report.id, "overrideReason": reason });
        let member = app.mutate(&ada, "publishReport", with("It is urgent."), "report { id }").await;
        assert_eq!(member.code(), "FORBIDDEN");
        assert!(member.message().contains("admin"), "{}", member.message());
        for input in [json!({ "id": report.id }), with("  ")] {
            let answer = app.mutate(&admin, "publishReport", input, "report { id }").await;
            assert_eq!(sorted(answer.problems()), errors_of_nothing());
        }
        let published = app.mutate(&admin, "publishReport", with("The regulator asks."), "report { status }").await;
        assert_eq!(published.text("/report/status"), "PUBLISHED");
        let history = app.show(&ada, "report", &report.id, "history(first: 1) { nodes { type payload actor { user { id } } } }").await;
        let event = &history["history"]["nodes"][0];
        assert_eq!(event["type"], "report.published");
        assert_eq!(event["actor"]["user"]["id"], json!(admin.id));
        assert_eq!(event["payload"]["overrideReason"], "The regulator asks.");
        assert_eq!(event["payload"]["overridden"].as_array().unwrap().len(), ERRORS_OF_NOTHING.len());
    }

    /// A second pair of eyes: those who were asked to, and neither owner nor author.
    async fn reviewers_approve(app) {
        let (ada, olga) = (app.user("Ada", Role::Member).await, app.user("Olga", Role::Member).await);
        let mut parts = vec![json!({ "userId": olga.id, "role": "REVIEWER" })];
        let mut people = Vec::new();
        for role in ["REVIEWER", "STAKEHOLDER", "APPROVER", "RESPONDER"] {
            let user = app.user(role, Role::Member).await;
            parts.push(json!({ "userId": user.id, "role": role }));
            people.push(user);
        }
        let [reviewer, stakeholder, approver, responder] = <[TestUser; 4]>::try_from(people).unwrap();
        let report = app.report(&ada, json!({ "ownerId": olga.id, "participants": parts })).await;
        let draft = review(app, &reviewer, &report, "APPROVED", None).await;
        assert_eq!(draft.problems(), [("status".to_owned(), "STEP_NOT_POSSIBLE".to_owned())]);
        set(app, &ada, "submitReport", json!({ "id": report.id })).await;
        for (who, user) in [("author", &ada), ("owner, though reviewer", &olga), ("responder", &responder)] {
            assert_eq!(review(app, user, &report, "APPROVED", None).await.code(), "FORBIDDEN", "{who}");
        }
        review(app, &reviewer, &report, "APPROVED", None).await.data();
        assert!(codes(app, &ada, &report).await.contains(UNAPPROVED), "a reviewer does not speak for those affected");
        for user in [&stakeholder, &approver] {
            review(app, user, &report, "APPROVED", Some("Clear.")).await.data();
            assert!(!codes(app, &ada, &report).await.contains(UNAPPROVED));
        }
        let approvals = app.show(&ada, "report", &report.id, "approvals { user { id } }").await;
        assert_eq!(approvals["approvals"].as_array().unwrap().len(), 3);

        set(app, &ada, "reopenReport", json!({ "id": report.id })).await;
        let shown = app.show(&ada, "report", &report.id, "status approvals { user { id } }").await;
        assert_eq!(shown, json!({ "status": "DRAFT", "approvals": [] }));
        assert!(codes(app, &ada, &report).await.contains(UNAPPROVED));
    }

    /// A request for changes says which; it stands until its author decides otherwise.
    async fn a_request_for_changes_warns(app) {
        let (ada, rita) = (app.user("Ada", Role::Member).await, app.user("Rita", Role::Member).await);
        let parts = json!({ "participants": [{ "userId": rita.id, "role": "REVIEWER" }] });
        let report = app.report(&ada, parts).await;
        set(app, &ada, "submitReport", json!({ "id": report.id })).await;
        let silent = review(app, &rita, &report, "CHANGES_REQUESTED", None).await;
        assert_eq!(silent.problems(), [("comment".to_owned(), "REQUIRED".to_owned())]);
        review(app, &rita, &report, "CHANGES_REQUESTED", Some("Say why.")).await.data();
        assert_eq!(finding(app, &ada, &report, "CHANGES_REQUESTED").await["level"], "WARNING");
        let approved = review(app, &rita, &report, "APPROVED", None).await;
        assert_eq!(approved.at("/report/approvals"), json!([{ "user": { "id": rita.id }, "decision": "APPROVED", "comment": null }]));
        assert!(!codes(app, &ada, &report).await.contains("CHANGES_REQUESTED"));
    }
}
