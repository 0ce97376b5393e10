//! The things tests are about, made through the API by a user.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, TestUser};

/// A team.
#[derive(Debug, Clone)]
pub struct TestTeam {
    /// Its id.
    pub id: String,
    /// Its short name.
    pub slug: String,
}

/// A report with its incident.
#[derive(Debug, Clone)]
pub struct TestReport {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// The incident's id.
    pub incident: String,
}

/// A recommendation.
#[derive(Debug, Clone)]
pub struct TestItem {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
}

impl TestApp {
    /// A team with members and, among them, leads.
    pub async fn team(&self, admin: &TestUser, members: &[&TestUser], leads: &[&TestUser]) -> TestTeam {
        let slug = format!("team-{}", self.serial());
        let is_lead = |user: &TestUser| leads.iter().any(|lead| lead.id == user.id);
        let all: Vec<Value> = members
            .iter()
            .chain(
                leads
                    .iter()
                    .filter(|lead| !members.iter().any(|member| member.id == lead.id)),
            )
            .map(|user| json!({ "userId": user.id, "isLead": is_lead(user) }))
            .collect();
        let input = json!({ "slug": slug, "name": slug, "members": all });
        let id = self
            .mutate(admin, "createTeam", input, "team { id }")
            .await
            .text("/team/id");
        TestTeam { id, slug }
    }

    /// A DRAFT on a new incident that began yesterday. `more` adds to the input or overrides it.
    pub async fn report(&self, user: &TestUser, more: Value) -> TestReport {
        let number = self.serial();
        let started_at =
            (postmortem_api::platform::clock::Clock::now(&self.clock) - chrono::Duration::days(1)).to_rfc3339();
        let mut input = json!({
            "incident": { "title": format!("Incident {number}"), "severity": "SEV2", "startedAt": started_at },
            "title": format!("Report {number}"),
        });
        merge(&mut input, more);
        let answer = self
            .mutate(user, "createReport", input, "report { id key incident { id } }")
            .await;
        TestReport {
            id: answer.text("/report/id"),
            key: answer.text("/report/key"),
            incident: answer.text("/report/incident/id"),
        }
    }

    /// A root cause of a report. Returns its id.
    pub async fn cause(&self, user: &TestUser, report: &TestReport, more: Value) -> String {
        let mut input =
            json!({ "reportId": report.id, "title": format!("Cause {}", self.serial()), "role": "CONTRIBUTING" });
        merge(&mut input, more);
        self.mutate(user, "addRootCause", input, "rootCause { id }")
            .await
            .text("/rootCause/id")
    }

    /// A PROPOSED recommendation on causes.
    pub async fn item(&self, user: &TestUser, causes: &[&str], more: Value) -> TestItem {
        let mut input = json!({
            "rootCauseIds": causes,
            "title": format!("Limit the number of retries {}", self.serial()),
            "kind": "PREVENT",
            "priority": "P2",
        });
        merge(&mut input, more);
        let answer = self
            .mutate(user, "createRecommendation", input, "recommendation { id key }")
            .await;
        TestItem {
            id: answer.text("/recommendation/id"),
            key: answer.text("/recommendation/key"),
        }
    }

    /// Accepts a recommendation for somebody until a day.
    pub async fn accept(&self, decider: &TestUser, item: &TestItem, owner: &TestUser, due: NaiveDate) {
        let input = json!({ "id": item.id, "ownerId": owner.id, "dueOn": due });
        self.mutate(decider, "acceptRecommendation", input, "recommendation { id }")
            .await
            .data();
    }

    /// What a user sees of a report, an incident, a root cause or a recommendation; null when it does not exist for them.
    pub async fn show(&self, user: &TestUser, what: &str, id: &str, selection: &str) -> Value {
        let query = format!("query ($id: ID!) {{ it: {what}(id: $id) {{ {selection} }} }}");
        self.ask(user, &query, json!({ "id": id })).await.at("/it")
    }

    /// Takes a step of a recommendation. `more` adds to the input.
    pub async fn step(&self, user: &TestUser, mutation: &str, item: &TestItem, more: Value) -> Answer {
        let mut input = json!({ "id": item.id });
        merge(&mut input, more);
        self.mutate(user, mutation, input, "recommendation { status version }")
            .await
    }

    /// Brings a PROPOSED recommendation with an owner and a due date to a status: who decides, who does it, who checks it.
    pub async fn bring(&self, [decider, doer, checker]: [&TestUser; 3], item: &TestItem, status: &str) {
        let (accept, start) = ("acceptRecommendation", "startRecommendation");
        let (implement, verify) = ("implementRecommendation", "verifyRecommendation");
        let plain = json!({});
        let reason = json!({ "reason": "It waits for a supplier." });
        let decline = json!({ "reason": "REJECTED", "note": "It costs more than it saves." });
        let steps = match status {
            "PROPOSED" => vec![],
            "ACCEPTED" => vec![(decider, accept, plain)],
            "IN_PROGRESS" => vec![(decider, accept, plain.clone()), (doer, start, plain)],
            "BLOCKED" => vec![(decider, accept, plain), (doer, "blockRecommendation", reason)],
            "IMPLEMENTED" => vec![(decider, accept, plain.clone()), (doer, implement, plain)],
            "VERIFIED" => vec![
                (decider, accept, plain.clone()),
                (doer, implement, plain.clone()),
                (checker, verify, plain),
            ],
            "DECLINED" => vec![(decider, "declineRecommendation", decline)],
            other => panic!("{other} is not a status of a recommendation"),
        };
        for (user, mutation, more) in steps {
            self.step(user, mutation, item, more).await.data();
        }
    }

    /// Writes everything that publishing needs into a report: sections, timeline, a cause and a recommendation on it.
    pub async fn complete(&self, user: &TestUser, report: &TestReport) -> TestItem {
        let input = json!({
            "id": report.id,
            "executiveSummary": "It broke.",
            "background": "A system.",
            "rootCauseAnalysis": "A retry storm.",
            "impactAnalysis": "Some requests failed.",
            "lessonsLearned": "Retries multiply.",
            "conclusion": "Limit them.",
        });
        self.mutate(user, "updateReport", input, "report { id }").await.data();
        let at = postmortem_api::platform::clock::Clock::now(&self.clock) - chrono::Duration::days(1);
        for (minutes, kind) in [(0, "TRIGGER"), (5, "DETECTION"), (30, "RESOLUTION")] {
            let occurred_at = (at + chrono::Duration::minutes(minutes)).to_rfc3339();
            let input =
                json!({ "reportId": report.id, "occurredAt": occurred_at, "kind": kind, "description": "A moment." });
            self.mutate(user, "addTimelineEvent", input, "timelineEvent { id }")
                .await
                .data();
        }
        let cause = self.cause(user, report, json!({})).await;
        self.item(user, &[&cause], json!({ "acceptanceCriterion": "A test shows it." }))
            .await
    }

    /// Completes, submits and publishes a report.
    pub async fn publish(&self, user: &TestUser, report: &TestReport) -> TestItem {
        let item = self.complete(user, report).await;
        self.mutate(user, "submitReport", json!({ "id": report.id }), "report { id }")
            .await
            .data();
        self.mutate(user, "publishReport", json!({ "id": report.id }), "report { id }")
            .await
            .data();
        item
    }
}

/// An id like the first, which names nothing: its kind with the rest of another's.
pub fn unknown_id(like: &str, other: &str) -> String {
    let kind = like.split_once('_').map_or(like, |(kind, _)| kind);
    let rest = other.split_once('_').map_or(other, |(_, rest)| rest);
    format!("{kind}_{rest}")
}

/// Lays the fields of one object over another.
pub fn merge(base: &mut Value, more: Value) {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
}
