//! Recommendations: what each step needs, and what it leaves behind.

use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestUser,
    fixtures::{TestItem, TestReport},
    on_both_databases,
};
use serde_json::{Value, json};

/// Ada owns the report and decides, Bo owns the items and does them.
pub(crate) struct Crew<'a> {
    pub app: &'a TestApp,
    pub ada: TestUser,
    pub bo: TestUser,
    pub report: TestReport,
    pub cause: String,
}

impl<'a> Crew<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let ada = app.user("Ada", Role::Member).await;
        let bo = app.user("Bo", Role::Member).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        Self {
            app,
            ada,
            bo,
            report,
            cause,
        }
    }

    /// An item in a status, owned by Bo and due in 30 days, with `priority`.
    pub async fn item(&self, status: &str, priority: &str) -> TestItem {
        let more = json!({ "ownerId": self.bo.id, "dueOn": self.app.day(30), "priority": priority });
        let item = self.app.item(&self.ada, &[&self.cause], more).await;
        self.app.bring([&self.ada, &self.bo, &self.ada], &item, status).await;
        item
    }

    pub async fn show(&self, item: &TestItem, selection: &str) -> Value {
        self.app.show(&self.ada, "recommendation", &item.id, selection).await
    }

    /// The problems of a step that is refused for what it lacks.
    pub async fn refused(&self, user: &TestUser, step: &str, item: &TestItem, more: Value) -> Vec<(String, String)> {
        let before = self.show(item, "status version").await;
        let answer = self.app.step(user, step, item, more).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED");
        assert_eq!(
            self.show(item, "status version").await,
            before,
            "a refused step left something"
        );
        answer.problems()
    }
}

pub(crate) fn problem(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

on_both_databases! {
    /// Both that are missing are named at once.
    async fn acceptance_needs_an_owner_and_a_due_date(app) {
        let crew = Crew::new(app).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
        let missing = crew.refused(&crew.ada, "acceptRecommendation", &item, json!({})).await;
        assert_eq!(missing, [problem("ownerId", "REQUIRED"), problem("dueOn", "REQUIRED")].concat());
        let only_owner = json!({ "ownerId": crew.bo.id });
        let missing = crew.refused(&crew.ada, "acceptRecommendation", &item, only_owner).await;
        assert_eq!(missing, problem("dueOn", "REQUIRED"));
        app.accept(&crew.ada, &item, &crew.bo, app.day(14)).await;
        let shown = crew.show(&item, "status isOpen owner { id } dueOn originalDueOn acceptedAt updatedAt").await;
        assert_eq!(shown["status"], "ACCEPTED");
        assert_eq!(shown["isOpen"], true);
        assert_eq!(shown["owner"]["id"], json!(crew.bo.id));
        assert_eq!(shown["dueOn"], json!(app.day(14)));
        assert_eq!(shown["originalDueOn"], json!(app.day(14)));
        assert_eq!(shown["acceptedAt"], shown["updatedAt"]);
    }

    /// Who has left is given no work; work that was proposed for them needs somebody else.
    async fn nobody_inactive_is_given_work(app) {
        let crew = Crew::new(app).await;
        let admin = app.user("Root", Role::Admin).await;
        let proposed = crew.item("PROPOSED", "P2").await;
        let free = app.item(&crew.ada, &[&crew.cause], json!({})).await;
        app.mutate(&admin, "updateUser", json!({ "id": crew.bo.id, "isActive": false }), "user { id }").await.data();
        let refused = problem("ownerId", "INACTIVE_USER");
        assert_eq!(crew.refused(&crew.ada, "acceptRecommendation", &proposed, json!({})).await, refused);
        let for_bo = json!({ "ownerId": crew.bo.id });
        assert_eq!(crew.refused(&crew.ada, "assignRecommendation", &free, for_bo.clone()).await, refused);
        let create = json!({ "rootCauseIds": [crew.cause], "title": "Add a limit", "kind": "PREVENT", "priority": "P2", "ownerId": crew.bo.id });
        let created = app.mutate(&crew.ada, "createRecommendation", create, "recommendation { id }").await;
        assert_eq!(created.problems(), refused);
        assert!(created.message().contains("Bo is inactive"), "{}", created.message());
        app.step(&crew.ada, "acceptRecommendation", &proposed, json!({ "ownerId": crew.ada.id })).await.data();
    }

    /// A block says why, and the reason goes with it.
    async fn a_block_needs_a_reason(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let blank = crew.refused(&crew.bo, "blockRecommendation", &item, json!({ "reason": "  " })).await;
        assert_eq!(blank, problem("reason", "REQUIRED"));
        app.step(&crew.bo, "blockRecommendation", &item, json!({ "reason": "No disks." })).await.data();
        assert_eq!(crew.show(&item, "blockedReason isOpen").await, json!({ "blockedReason": "No disks.", "isOpen": true }));
        app.step(&crew.bo, "startRecommendation", &item, json!({})).await.data();
        assert_eq!(crew.show(&item, "blockedReason").await, json!({ "blockedReason": null }));
    }

    /// P0 and P1 are done only with proof.
    async fn urgent_work_needs_evidence(app) {
        let crew = Crew::new(app).await;
        for priority in ["P0", "P1"] {
            let item = crew.item("IN_PROGRESS", priority).await;
            let without = crew.refused(&crew.bo, "implementRecommendation", &item, json!({})).await;
            assert_eq!(without, problem("evidence", "REQUIRED"));
            let proof = json!({ "evidence": [{ "url": "https://git.example.org/pull/7", "note": "the limit" }] });
            app.step(&crew.bo, "implementRecommendation", &item, proof).await.data();
            let shown = crew.show(&item, "status evidence { url note addedBy { id } }").await;
            assert_eq!(shown["status"], "IMPLEMENTED");
            assert_eq!(
                shown["evidence"],
                json!([{ "url": "https://git.example.org/pull/7", "note": "the limit", "addedBy": { "id": crew.bo.id } }])
            );
        }
        let item = crew.item("IN_PROGRESS", "P2").await;
        app.step(&crew.bo, "implementRecommendation", &item, json!({})).await.data();
        let shown = crew.show(&item, "isOpen implementedAt completedAt updatedAt").await;
        assert_eq!(shown["isOpen"], false);
        assert_eq!(shown["implementedAt"], shown["updatedAt"]);
        assert_eq!(shown["completedAt"], shown["updatedAt"]);
    }

    /// A refusal of work is a decision with words; an accepted risk has an end, nothing else has.
    async fn declining_needs_a_note_and_a_risk_an_end(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let today = app.day(0);
        for (reason, note, until, expected) in [
            ("REJECTED", " ", None, problem("note", "REQUIRED")),
            ("RISK_ACCEPTED", "Rare.", None, problem("riskAcceptedUntil", "REQUIRED")),
            ("RISK_ACCEPTED", "Rare.", Some(today), problem("riskAcceptedUntil", "NOT_IN_FUTURE")),
            ("RISK_ACCEPTED", "Rare.", Some(app.day(-1)), problem("riskAcceptedUntil", "NOT_IN_FUTURE")),
            ("DUPLICATE", "See REC-1.", Some(app.day(9)), problem("riskAcceptedUntil", "NOT_APPLICABLE")),
        ] {
            let input = json!({ "reason": reason, "note": note, "riskAcceptedUntil": until });
            let found = crew.refused(&crew.ada, "declineRecommendation", &item, input).await;
            assert_eq!(found, expected, "{reason} {until:?}");
        }
        let input = json!({ "reason": "RISK_ACCEPTED", "note": "Rare.", "riskAcceptedUntil": app.day(1) });
        app.step(&crew.ada, "declineRecommendation", &item, input).await.data();
        let shown = crew.show(&item, "status isOpen closureReason closureNote riskAcceptedUntil completedAt updatedAt").await;
        assert_eq!(shown["status"], "DECLINED");
        assert_eq!(shown["isOpen"], false);
        assert_eq!(shown["closureReason"], "RISK_ACCEPTED");
        assert_eq!(shown["closureNote"], "Rare.");
        assert_eq!(shown["riskAcceptedUntil"], json!(app.day(1)));
        assert_eq!(shown["completedAt"], shown["updatedAt"]);
    }

    /// Four eyes, before the verification and after it.
    async fn the_owner_never_verifies(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("IMPLEMENTED", "P2").await;
        assert_eq!(app.step(&crew.bo, "verifyRecommendation", &item, json!({})).await.code(), "FORBIDDEN");
        app.step(&crew.ada, "verifyRecommendation", &item, json!({})).await.data();
        let shown = crew.show(&item, "verifiedBy { id } owner { id } verifiedAt updatedAt").await;
        assert_eq!(shown["verifiedBy"]["id"], json!(crew.ada.id));
        assert_eq!(shown["owner"]["id"], json!(crew.bo.id));
        assert_eq!(shown["verifiedAt"], shown["updatedAt"]);
        let for_ada = json!({ "ownerId": crew.ada.id });
        let taken = crew.refused(&crew.bo, "assignRecommendation", &item, for_ada).await;
        assert_eq!(taken, problem("ownerId", "VERIFIED_IT"));
    }

    /// Whoever owned it while it was open stays one of the four eyes.
    async fn giving_it_away_does_not_help(app) {
        let crew = Crew::new(app).await;
        let root = app.user("Root", Role::Admin).await;
        let team = app.team(&root, &[&crew.bo], &[]).await;
        let item = crew.item("IN_PROGRESS", "P2").await;
        let away = json!({ "ownerId": crew.ada.id, "teamId": team.id });
        app.step(&crew.bo, "assignRecommendation", &item, away).await.data();
        app.step(&crew.bo, "implementRecommendation", &item, json!({})).await.data();
        let own = app.step(&crew.bo, "verifyRecommendation", &item, json!({})).await;
        assert_eq!(own.code(), "FORBIDDEN");
        assert!(own.message().contains("You owned"), "{}", own.message());
        app.step(&root, "verifyRecommendation", &item, json!({})).await.data();
    }

    /// A review is of the version it was decided on, and an item without a due date can be reopened by one.
    async fn a_review_is_decided_on_a_version(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("VERIFIED", "P2").await;
        let version = crew.show(&item, "version").await["version"].clone();
        let review = json!({ "outcome": "EFFECTIVE", "expectedVersion": version });
        app.step(&crew.ada, "reviewEffectiveness", &item, review.clone()).await.data();
        let again = app.step(&crew.ada, "reviewEffectiveness", &item, review).await;
        assert_eq!(again.code(), "CONFLICT");
        let document = "# Outage\n\n## Action items\n\n- [x] Limit the queue of the edge\n";
        let done = app.mutate(&crew.ada, "importReport", json!({ "markdown": document }), "report { recommendations { nodes { id key status } } }").await;
        let done = TestItem { id: done.text("/report/recommendations/nodes/0/id"), key: done.text("/report/recommendations/nodes/0/key") };
        let root = app.user("Root", Role::Admin).await;
        app.step(&root, "verifyRecommendation", &done, json!({})).await.data();
        let failed = json!({ "outcome": "INEFFECTIVE", "note": "It filled up again." });
        let lacks = app.step(&root, "reviewEffectiveness", &done, failed.clone()).await;
        assert_eq!(lacks.problems().len(), 2, "{:?}", lacks.problems());
        let mut whole = failed;
        postmortem_tests::fixtures::merge(&mut whole, json!({ "ownerId": crew.bo.id, "dueOn": app.day(9) }));
        let reopened = app.step(&root, "reviewEffectiveness", &done, whole).await;
        assert_eq!(reopened.text("/recommendation/status"), "ACCEPTED");
    }

    /// Nothing of the end is left, everything of the commitment is.
    async fn reopening_clears_the_end_and_keeps_the_promise(app) {
        let crew = Crew::new(app).await;
        for status in ["IMPLEMENTED", "VERIFIED", "DECLINED"] {
            let item = crew.item("ACCEPTED", "P2").await;
            let promised = crew.show(&item, "originalDueOn acceptedAt dueOn owner { id }").await;
            app.advance(chrono::Duration::days(3));
            match status {
                "DECLINED" => {
                    let input = json!({ "reason": "RISK_ACCEPTED", "note": "Rare.", "riskAcceptedUntil": app.day(60) });
                    app.step(&crew.ada, "declineRecommendation", &item, input).await.data();
                }
                _ => {
                    app.step(&crew.bo, "implementRecommendation", &item, json!({})).await.data();
                }
            }
            if status == "VERIFIED" {
                app.step(&crew.ada, "verifyRecommendation", &item, json!({})).await.data();
            }
            let blank = crew.refused(&crew.ada, "reopenRecommendation", &item, json!({ "reason": "" })).await;
            assert_eq!(blank, problem("reason", "REQUIRED"));
            let moved = json!({ "reason": "It leaks.", "dueOn": app.day(90) });
            let moved = crew.refused(&crew.ada, "reopenRecommendation", &item, moved).await;
            assert_eq!(moved, problem("dueOn", "HAS_DUE_DATE"));
            app.step(&crew.ada, "reopenRecommendation", &item, json!({ "reason": "It leaks." })).await.data();
            assert_eq!(crew.show(&item, "originalDueOn acceptedAt dueOn owner { id }").await, promised);
            let end = "implementedAt completedAt verifiedAt verifiedBy { id } closureReason closureNote riskAcceptedUntil";
            let end = crew.show(&item, end).await;
            assert!(end.as_object().unwrap().values().all(Value::is_null), "{status}: {end}");
            assert_eq!(crew.show(&item, "effectivenessReviews { dueOn }").await["effectivenessReviews"], json!([]));
        }
    }

    /// Whether it helped is asked after 90 and 180 days; if it did not, the work begins again.
    async fn verified_work_is_reviewed_for_its_effect(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("IMPLEMENTED", "P2").await;
        let early = json!({ "outcome": "EFFECTIVE" });
        assert_eq!(crew.refused(&crew.ada, "reviewEffectiveness", &item, early.clone()).await, problem("id", "NOT_VERIFIED"));
        app.advance(chrono::Duration::days(2));
        let (first, second) = (app.day(90), app.day(180));
        app.step(&crew.ada, "verifyRecommendation", &item, json!({})).await.data();
        let reviews = "effectivenessReviews { dueOn outcome note reviewedBy { id } }";
        let open = |due_on| json!({ "dueOn": due_on, "outcome": null, "note": null, "reviewedBy": null });
        assert_eq!(crew.show(&item, reviews).await["effectivenessReviews"], json!([open(first), open(second)]));

        app.step(&crew.ada, "reviewEffectiveness", &item, early).await.data();
        let held = json!({ "dueOn": first, "outcome": "EFFECTIVE", "note": null, "reviewedBy": { "id": crew.ada.id } });
        assert_eq!(crew.show(&item, reviews).await["effectivenessReviews"], json!([held, open(second)]));
        assert_eq!(crew.show(&item, "status").await["status"], "VERIFIED");

        let silent = json!({ "outcome": "INEFFECTIVE" });
        assert_eq!(crew.refused(&crew.ada, "reviewEffectiveness", &item, silent).await, problem("note", "REQUIRED"));
        let failed = json!({ "outcome": "INEFFECTIVE", "note": "It happened again." });
        app.step(&crew.ada, "reviewEffectiveness", &item, failed).await.data();
        let shown = crew.show(&item, "status isOpen verifiedBy { id } effectivenessReviews { outcome note }").await;
        assert_eq!(shown["status"], "ACCEPTED");
        assert_eq!(shown["isOpen"], true);
        assert_eq!(shown["verifiedBy"], Value::Null);
        assert_eq!(
            shown["effectivenessReviews"],
            json!([{ "outcome": "EFFECTIVE", "note": null }, { "outcome": "INEFFECTIVE", "note": "It happened again." }])
        );
    }
}
