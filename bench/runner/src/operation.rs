//! What is asked: five operations, in the words of each target, with values that differ from request to request.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    machine,
    options::Size,
    target::{Kind, Speech},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Operation {
    /// 50 overdue items, the soonest due first, each with owner, team, root causes and report.
    Overdue,
    /// One report with its timeline, its causes, and what was recommended against them.
    Report,
    /// How far each team has come.
    FollowThrough,
    /// The same, after a change before each call.
    FollowThroughChanged,
    /// 20 of one team's items of one priority due within some days, and how many there are.
    Filtered,
    /// A status change. With us: rules, history and event; with the others: an UPDATE.
    Change,
    /// Nothing: what HTTP costs alone. Only the floor is asked.
    Hello,
}

impl Operation {
    pub const ALL: [Self; 7] = [
        Self::Overdue,
        Self::Report,
        Self::FollowThrough,
        Self::FollowThroughChanged,
        Self::Filtered,
        Self::Change,
        Self::Hello,
    ];

    /// As the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue page of 50",
            Self::Report => "report page",
            Self::FollowThrough => "followThrough by team",
            Self::FollowThroughChanged => "followThrough by team, after a change",
            Self::Filtered => "filtered page of 20 + totalCount",
            Self::Change => "status change",
            Self::Hello => "hello, world",
        }
    }

    /// Where the floor answers it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overdue => "/overdue",
            Self::Report => "/report",
            Self::FollowThrough | Self::FollowThroughChanged => "/follow-through",
            Self::Filtered => "/filtered",
            Self::Change => "/change",
            Self::Hello => "/hello",
        }
    }

    fn document(self, speech: Speech) -> &'static str {
        match (speech, self) {
            (Speech::Tables, Self::Overdue) => include_str!("../queries/tables/overdue.graphql"),
            (Speech::Tables, Self::Report) => include_str!("../queries/tables/report.graphql"),
            (Speech::Tables, Self::FollowThrough | Self::FollowThroughChanged) => {
                include_str!("../queries/tables/follow_through.graphql")
            }
            (Speech::Tables, Self::Filtered) => include_str!("../queries/tables/filtered.graphql"),
            (Speech::Tables, Self::Change) => include_str!("../queries/tables/change.graphql"),
            (_, Self::Overdue) => include_str!("../queries/overdue.graphql"),
            (_, Self::Report) => include_str!("../queries/report.graphql"),
            (_, Self::FollowThrough | Self::FollowThroughChanged) => include_str!("../queries/follow_through.graphql"),
            (_, Self::Filtered) => include_str!("../queries/filtered.graphql"),
            (_, Self::Change | Self::Hello) => "",
        }
    }

    /// The values of some requests, the same for every target. Those of pages and changes depend on what is there, and are
    /// made elsewhere.
    pub fn values(self, size: Size) -> Vec<Value> {
        let mut values = Vec::new();
        for number in 0..size.reports().min(1_000) {
            // Spread over all, and none of the RESTRICTED reports, whose numbers end with 00.
            let mixed = number * 7_919;
            values.push(match self {
                Self::Report => {
                    let report = mixed % size.reports();
                    json!({ "key": format!("PM-{}", if report.is_multiple_of(100) { report + 1 } else { report }) })
                }
                Self::Filtered => {
                    let from = machine::today() - chrono::Days::new(mixed % 700);
                    json!({
                        "team": format!("team-{}", mixed % 40 + 1),
                        "priority": format!("P{}", number % 4 + 1),
                        "from": from,
                        "to": from + chrono::Days::new(90),
                    })
                }
                _ => return vec![json!({})],
            });
        }
        values
    }

    /// A request, as a body.
    pub fn body(self, kind: Kind, values: &Value) -> String {
        let mut values = values.clone();
        let needs_today = matches!(self, Self::Overdue | Self::FollowThrough | Self::FollowThroughChanged);
        match kind.speech() {
            Speech::Rows => {
                if needs_today {
                    values["today"] = json!(machine::today());
                }
                values.to_string()
            }
            Speech::Tables => {
                if self == Self::Overdue {
                    values["today"] = json!(machine::today());
                }
                json!({ "query": self.document(Speech::Tables), "variables": values }).to_string()
            }
            Speech::Ours => json!({ "query": self.document(Speech::Ours), "variables": values }).to_string(),
        }
    }
}

/// A change of an item's status to IN_PROGRESS or BLOCKED, as a body.
pub fn change(kind: Kind, id: &str, blocked: bool) -> String {
    let status = if blocked { "BLOCKED" } else { "IN_PROGRESS" };
    let reason = blocked.then_some("Waits for hosts.");
    match kind.speech() {
        Speech::Rows => json!({ "id": id, "status": status }).to_string(),
        Speech::Tables => json!({
            "query": Operation::Change.document(Speech::Tables),
            "variables": { "id": id, "status": status, "reason": reason },
        })
        .to_string(),
        Speech::Ours if blocked => json!({
            "query": include_str!("../queries/block.graphql"),
            "variables": { "id": id, "reason": reason },
        })
        .to_string(),
        Speech::Ours => json!({
            "query": include_str!("../queries/start.graphql"),
            "variables": { "id": id },
        })
        .to_string(),
    }
}
