//! The check that a RESTRICTED report does not exist for who takes no part in it, on every path there is.
//!
//! [`Crawl`] reads all that somebody can reach: every list and lookup of [`ROOTS`], and from there every field of every thing
//! that has an id, until nothing new turns up. What an outsider reaches must be the same, to the last count, before a secret
//! exists and after. The selections are made from the served schema, so a new field joins by itself; a new query must be given
//! a line in [`ROOTS`], and the crawl fails until it is. What leaves by another way than GraphQL (a feed, a page, a webhook)
//! joins by handing its text to [`Secret::assert_absent`].

mod crawl;
mod selection;

use serde_json::{Value, json};

pub use crawl::Crawl;

use crate::{
    TestApp, TestUser,
    fixtures::{TestItem, TestReport},
};

/// A word that stands in every text of a secret and nowhere else.
pub const MARK: &str = "vault";

/// Every query, with arguments that could tell of a secret. `""` stands for none.
pub const ROOTS: &[(&str, &[&str])] = &[
    (
        "actionItems",
        &[
            "first: 100",
            "first: 100, filter: {isOverdue: true}",
            "first: 100, filter: {isOpen: true}",
        ],
    ),
    ("calendarFeeds", &["first: 100"]),
    ("causeCategories", &[""]),
    ("duePolicies", &[""]),
    (
        "events",
        &[
            "first: 100",
            "first: 100, types: [\"recommendation.*\", \"report.*\"]",
            "first: 0",
        ],
    ),
    (
        "followThrough",
        &[
            "",
            "groupBy: TEAM",
            "groupBy: OWNER",
            "groupBy: SERVICE",
            "groupBy: SEVERITY",
            "groupBy: STATUS",
            "groupBy: CAUSE_CATEGORY",
            "groupBy: REPORT",
            "groupBy: MONTH_DUE, filter: {report: {title: {contains: \"vault\"}}}",
            "groupBy: PRIORITY, filter: {not: {rootCause: {title: {contains: \"vault\"}}}}",
            // The harness begins on 2026-03-02; the clock of these tests is later.
            "groupBy: REPORT, asOf: \"2026-03-02T09:00:00Z\"",
            "groupBy: CAUSE_CATEGORY, asOf: \"2026-03-02T09:00:00Z\", filter: {not: {label: {eq: \"vault\"}}}",
        ],
    ),
    (
        "followThroughTrend",
        &[
            "from: \"2026-01-01\", to: \"2026-12-31\", interval: MONTH",
            "from: \"2026-03-01\", to: \"2026-03-03\", interval: DAY, filter: {not: {title: {contains: \"vault\"}}}",
        ],
    ),
    (
        "incidents",
        &[
            "first: 100",
            "first: 100, filter: {hasReport: true}",
            "first: 100, filter: {hasReport: false}",
            "first: 100, filter: {requiresReport: true}",
            "first: 100, filter: {not: {requiresReport: true}}",
        ],
    ),
    (
        "recommendations",
        &[
            "first: 100",
            "last: 100, orderBy: {field: PRIORITY, direction: DESC}",
            "first: 100, filter: {title: {contains: \"vault\"}}",
            "first: 100, filter: {not: {title: {contains: \"vault\"}}}",
            "first: 100, filter: {rootCause: {title: {contains: \"vault\"}}}",
            "first: 100, filter: {not: {rootCause: {report: {title: {startsWith: \"vault\"}}}}}",
            "first: 100, filter: {report: {label: {eq: \"vault\"}}}",
            "first: 100, filter: {isOverdue: true}",
        ],
    ),
    ("recurrenceSummary", &["", "from: \"2026-01-01\""]),
    (
        "recurringCauses",
        &["first: 100", "first: 100, filter: {title: {contains: \"vault\"}}"],
    ),
    (
        "reportFunnel",
        &["", "filter: {hasReport: true}", "filter: {requiresReport: false}"],
    ),
    ("reportDocument", &["key: \"PM-1\", format: JSON", "key: \"PM-2\""]),
    (
        "reports",
        &[
            "first: 100",
            "first: 100, filter: {title: {contains: \"vault\"}}",
            "first: 100, filter: {not: {label: {eq: \"vault\"}}}",
            "first: 100, filter: {status: {in: [DRAFT, IN_REVIEW, PUBLISHED, ARCHIVED]}}",
            "first: 100, filter: {isOverdue: true}",
        ],
    ),
    (
        "rootCauses",
        &[
            "first: 100",
            "first: 100, filter: {title: {contains: \"vault\"}}",
            "first: 100, filter: {isRecurrence: true}",
            "first: 100, filter: {coverage: {eq: COMMITTED}}",
            "first: 100, filter: {report: {title: {contains: \"vault\"}}}",
        ],
    ),
    (
        "search",
        &[
            "first: 100, query: \"vault\"",
            "first: 100, query: \"vau\"",
            "first: 100, query: \"report -vault\"",
            "first: 100, query: \"door\"",
            "first: 100, query: \"cause\"",
            "first: 100, query: \"limit\"",
            "first: 100, query: \"PM-2\"",
        ],
    ),
    ("services", &["first: 100"]),
    ("teams", &["first: 100"]),
    ("trackerConnections", &["first: 100"]),
    ("users", &["first: 100"]),
    ("viewer", &[""]),
];

/// Queries that look one thing up by a handle, or that are refused to whoever is no admin.
pub const LOOKUPS: &[&str] = &[
    "apiTokens",
    "incident",
    "node",
    "nodes",
    "recommendation",
    "report",
    "rootCause",
    "webhookEndpoints",
];

/// A RESTRICTED report with all that can stand under one, tied to public things in every way that leaves those as they are.
pub struct Secret {
    /// The report.
    pub report: TestReport,
    /// A cause, which is a recurrence of the public one.
    pub cause: String,
    /// Treats the secret and the public cause.
    pub item: TestItem,
    /// All global ids under it that are known here.
    pub ids: Vec<String>,
}

impl Secret {
    /// On an incident that everybody knows, owned by `owner`, with `insider` as a participant; it treats a public cause.
    pub async fn new(app: &TestApp, owner: &TestUser, insider: &TestUser, incident: &str, public_cause: &str) -> Self {
        let input = json!({
            "incidentId": incident, "title": "Vault opened", "visibility": "RESTRICTED", "ownerId": owner.id,
            "labels": [MARK], "dueOn": app.day(-3), "executiveSummary": "The vault stood open.",
            "participants": [{ "userId": insider.id, "role": "RESPONDER" }],
        });
        let made = app
            .mutate(owner, "createReport", input, "report { id key incident { id } }")
            .await;
        let report = TestReport {
            id: made.text("/report/id"),
            key: made.text("/report/key"),
            incident: made.text("/report/incident/id"),
        };
        let cause = app.cause(owner, &report, json!({ "title": "Vault hinge" })).await;
        let link = json!({ "rootCauseId": cause, "recurrenceOfId": public_cause });
        app.mutate(owner, "linkRecurrence", link, "rootCause { id }")
            .await
            .data();
        let more =
            json!({ "title": "Change the vault lock", "ownerId": owner.id, "dueOn": app.day(-1), "labels": [MARK] });
        let item = app.item(owner, &[&cause, public_cause], more).await;
        app.step(owner, "acceptRecommendation", &item, json!({})).await.data();
        let start = json!({ "url": "https://vault.example/1", "note": "Vault key" });
        app.step(owner, "implementRecommendation", &item, json!({ "evidence": [start] }))
            .await
            .data();
        app.step(
            owner,
            "reopenRecommendation",
            &item,
            json!({ "reason": "The vault is open again." }),
        )
        .await
        .data();
        let moment =
            json!({ "reportId": report.id, "occurredAt": "2026-03-01T10:00:00Z", "description": "Vault rang." });
        let moment = app
            .mutate(owner, "addTimelineEvent", moment, "timelineEvent { id }")
            .await
            .text("/timelineEvent/id");
        let mut ids = vec![report.id.clone(), cause.clone(), item.id.clone(), moment];
        for subject in [&report.id, &item.id] {
            let talk = json!({ "subjectId": subject, "body": "Vault talk." });
            ids.push(
                app.mutate(owner, "addComment", talk, "comment { id }")
                    .await
                    .text("/comment/id"),
            );
        }
        let events = app
            .show(owner, "report", &report.id, "history(first: 100) { nodes { id } }")
            .await;
        let events = events["history"]["nodes"].as_array().expect("events").clone();
        ids.extend(
            events
                .iter()
                .filter_map(|event| event["id"].as_str().map(str::to_owned)),
        );
        Self {
            report,
            cause,
            item,
            ids,
        }
    }

    /// Fails when a text that went to an outsider tells of the secret.
    #[track_caller]
    pub fn assert_absent(&self, what: &str, text: &str) {
        if let Some(line) = text.lines().find(|line| line.to_lowercase().contains(MARK)) {
            panic!("{what} tells of the secret: {line}");
        }
        for id in &self.ids {
            assert!(!text.contains(id.as_str()), "{what} names {id}");
        }
        for key in [&self.report.key, &self.item.key] {
            assert!(!text.contains(&format!("\"{key}\"")), "{what} names {key}");
        }
    }

    /// Everything that an insider can change of it, one after another.
    pub fn changes(&self) -> Vec<(&'static str, Value)> {
        let (report, item) = (&self.report.id, &self.item.id);
        vec![
            (
                "updateReport",
                json!({ "id": report, "title": "Vault closed", "conclusion": "The vault is closed." }),
            ),
            (
                "addRootCause",
                json!({ "reportId": report, "title": "Vault alarm", "role": "DETECTION_GAP" }),
            ),
            (
                "recordNoAction",
                json!({ "rootCauseId": self.cause, "reason": "The vault is gone." }),
            ),
            ("startRecommendation", json!({ "id": item })),
            (
                "changeDueDate",
                json!({ "id": item, "dueOn": "2026-01-01", "reason": "The vault waits." }),
            ),
            (
                "blockRecommendation",
                json!({ "id": item, "reason": "The vault key is lost." }),
            ),
            ("submitReport", json!({ "id": report })),
            ("archiveReport", json!({ "id": report })),
        ]
    }
}
