//! The table of steps: every status, every step, every role. What is expected stands here, written from the design and not
//! taken from the product.

use std::{collections::HashMap, fmt::Write};

use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::TestItem, on_both_databases};
use serde_json::{Value, json};

pub const STATUSES: [&str; 7] = [
    "PROPOSED",
    "ACCEPTED",
    "IN_PROGRESS",
    "BLOCKED",
    "IMPLEMENTED",
    "VERIFIED",
    "DECLINED",
];

/// Who asks, by what they are to the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A VIEWER, even though the item is theirs.
    ViewerAndOwner,
    /// A plain member of another team.
    Outsider,
    /// A plain member of the item's team.
    TeamMember,
    /// The item's owner, who is in no team.
    Owner,
    /// A lead of the item's team.
    Lead,
    /// The owner of the report.
    ReportOwner,
    /// Who wrote the report.
    ReportAuthor,
    /// An admin, who is nothing else.
    Admin,
}

use Who::{Admin, Lead, Outsider, Owner, ReportAuthor, ReportOwner, TeamMember, ViewerAndOwner};

const EVERYBODY: [Who; 8] = [
    ViewerAndOwner,
    Outsider,
    TeamMember,
    Owner,
    Lead,
    ReportOwner,
    ReportAuthor,
    Admin,
];

struct Row {
    step: &'static str,
    from: &'static [&'static str],
    to: &'static str,
    by: &'static [Who],
}

/// The table. A lead is a member of the team; "anyone with write access" is whoever may edit the item.
const TABLE: [Row; 7] = [
    Row {
        step: "acceptRecommendation",
        from: &["PROPOSED"],
        to: "ACCEPTED",
        by: &[Lead, ReportOwner, Admin],
    },
    Row {
        step: "startRecommendation",
        from: &["ACCEPTED", "BLOCKED"],
        to: "IN_PROGRESS",
        by: &[Owner, TeamMember, Lead],
    },
    Row {
        step: "blockRecommendation",
        from: &["ACCEPTED", "IN_PROGRESS"],
        to: "BLOCKED",
        by: &[Owner, TeamMember, Lead],
    },
    Row {
        step: "implementRecommendation",
        from: &["ACCEPTED", "IN_PROGRESS", "BLOCKED"],
        to: "IMPLEMENTED",
        by: &[Owner, TeamMember, Lead],
    },
    Row {
        step: "verifyRecommendation",
        from: &["IMPLEMENTED"],
        to: "VERIFIED",
        by: &[TeamMember, Lead, ReportOwner, ReportAuthor, Admin],
    },
    Row {
        step: "declineRecommendation",
        from: &["PROPOSED", "ACCEPTED", "IN_PROGRESS", "BLOCKED"],
        to: "DECLINED",
        by: &[Lead, ReportOwner, Admin],
    },
    Row {
        step: "reopenRecommendation",
        from: &["IMPLEMENTED", "VERIFIED", "DECLINED"],
        to: "ACCEPTED",
        by: &[Lead, ReportOwner, Admin],
    },
];

/// What is expected of one cell: who may not hears that first, wherever the item stands.
fn expected(row: &Row, status: &str, who: Who) -> String {
    if !row.by.contains(&who) {
        return "FORBIDDEN".to_owned();
    }
    if row.from.contains(&status) {
        return format!("OK {}", row.to);
    }
    let possible = TABLE.iter().filter(|row| row.from.contains(&status));
    let possible: Vec<&str> = possible.map(|row| row.step).collect();
    format!("VALIDATION_FAILED {}", possible.join(", "))
}

/// What came back, in the same words.
fn outcome(answer: &Answer) -> String {
    if answer.body.get("errors").is_none() {
        return format!("OK {}", answer.text("/recommendation/status"));
    }
    let Some((_, possible)) = answer.message().split_once("possible are ") else {
        return answer.code().to_owned();
    };
    let mut possible: Vec<&str> = possible.trim_end_matches('.').split(", ").collect();
    possible.sort_by_key(|step| TABLE.iter().position(|row| row.step == *step));
    format!("{} {}", answer.code(), possible.join(", "))
}

/// All that a step needs besides being allowed; the items have an owner and a due date, and are no P0 or P1.
fn needs(step: &str) -> Value {
    match step {
        "blockRecommendation" | "reopenRecommendation" => json!({ "reason": "It has to be." }),
        "declineRecommendation" => json!({ "reason": "REJECTED", "note": "It has to be." }),
        _ => json!({}),
    }
}

/// Everybody, the cause that items are made for, and the items that are ready in some status.
struct Stage<'a> {
    app: &'a TestApp,
    people: Vec<TestUser>,
    cause: String,
    team: String,
    ready: HashMap<(&'static str, bool), TestItem>,
}

impl<'a> Stage<'a> {
    async fn set(app: &'a TestApp) -> Self {
        let mut people = Vec::new();
        for who in EVERYBODY {
            let role = match who {
                ViewerAndOwner => Role::Viewer,
                Admin => Role::Admin,
                _ => Role::Member,
            };
            people.push(app.user(&format!("{who:?}"), role).await);
        }
        let user = |who: Who| &people[who as usize];
        let team = app.team(user(Admin), &[user(TeamMember)], &[user(Lead)]).await.id;
        app.team(user(Admin), &[user(Outsider)], &[]).await;
        let report = app
            .report(user(ReportAuthor), json!({ "ownerId": user(ReportOwner).id }))
            .await;
        let cause = app.cause(user(ReportAuthor), &report, json!({})).await;
        Self {
            app,
            people,
            cause,
            team,
            ready: HashMap::new(),
        }
    }

    fn user(&self, who: Who) -> &TestUser {
        &self.people[who as usize]
    }

    /// An item in a status; the same one until a step was taken with it.
    async fn item(&mut self, status: &'static str, of_viewer: bool) -> TestItem {
        if let Some(item) = self.ready.get(&(status, of_viewer)) {
            return item.clone();
        }
        let owner = self.user(if of_viewer { ViewerAndOwner } else { Owner });
        let more = json!({ "ownerId": owner.id, "teamId": self.team, "dueOn": self.app.day(30) });
        let item = self.app.item(self.user(Admin), &[&self.cause], more).await;
        let lead = self.user(Lead);
        self.app.bring([lead, lead, self.user(Admin)], &item, status).await;
        self.ready.insert((status, of_viewer), item.clone());
        item
    }

    /// Takes one step, and says where it led otherwise than expected.
    async fn cell(&mut self, status: &'static str, row: &Row, who: Who) -> Option<String> {
        let item = self.item(status, who == ViewerAndOwner).await;
        let answer = self.app.step(self.user(who), row.step, &item, needs(row.step)).await;
        if answer.body.get("errors").is_none() {
            self.ready.remove(&(status, who == ViewerAndOwner));
        }
        let (expected, found) = (expected(row, status, who), outcome(&answer));
        let cell = format!("{status:<12} {:<24} {who:?}", row.step);
        (expected != found).then(|| format!("{cell:<55} expected {expected}\n{:<55} got      {found}", ""))
    }
}

/// Takes every step from every status as everybody.
async fn walk(app: &TestApp) {
    let mut stage = Stage::set(app).await;
    let (mut cells, mut differences) = (0, String::new());
    for status in STATUSES {
        for row in &TABLE {
            for who in EVERYBODY {
                cells += 1;
                if let Some(difference) = stage.cell(status, row, who).await {
                    writeln!(differences, "{difference}").unwrap();
                }
            }
        }
    }
    assert_eq!(cells, 392);
    assert!(
        differences.is_empty(),
        "the steps differ from the table of the design:\n{differences}"
    );
    // Those whose steps were refused stand where they stood.
    let query = "query ($id: ID!) { recommendation(id: $id) { status } }";
    for ((status, _), item) in &stage.ready {
        let answer = app.ask(stage.user(Admin), query, json!({ "id": item.id })).await;
        assert_eq!(answer.text("/recommendation/status"), *status, "{}", item.key);
    }
}

on_both_databases! {
    /// 7 statuses × 7 steps × 8 roles.
    async fn every_step_from_every_status_by_everybody(app) {
        walk(app).await;
    }

    /// Who sees the item and may not take the step is told whom to ask.
    async fn a_refusal_names_who_may(app) {
        let mut stage = Stage::set(app).await;
        for (status, step, named) in [
            ("PROPOSED", "acceptRecommendation", "a lead of the team"),
            ("ACCEPTED", "startRecommendation", "the owner of REC-"),
            ("IMPLEMENTED", "verifyRecommendation", "members of its team"),
        ] {
            let item = stage.item(status, false).await;
            let answer = app.step(stage.user(Outsider), step, &item, json!({})).await;
            assert_eq!(answer.code(), "FORBIDDEN");
            assert!(answer.message().contains(named), "{}", answer.message());
        }
        let item = stage.item("IMPLEMENTED", false).await;
        let answer = app.step(stage.user(Owner), "verifyRecommendation", &item, json!({})).await;
        assert!(answer.message().contains("its owner cannot verify it"), "{}", answer.message());
    }
}
