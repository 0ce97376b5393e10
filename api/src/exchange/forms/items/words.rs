//! The words of tools, as ours.

use entity::enums::{Priority, RecommendationKind};

/// Where an item of a table stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has decided.
    #[default]
    Proposed,
    /// Committed to.
    Accepted,
    /// Begun.
    InProgress,
    /// Something keeps it from going on.
    Blocked,
    /// Done.
    Implemented,
    /// Done, and somebody has checked it.
    Verified,
    /// Decided against.
    Declined,
}

impl Standing {
    /// As the API calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Accepted => "ACCEPTED",
            Self::InProgress => "IN_PROGRESS",
            Self::Blocked => "BLOCKED",
            Self::Implemented => "IMPLEMENTED",
            Self::Verified => "VERIFIED",
            Self::Declined => "DECLINED",
        }
    }
}

/// Words for each, without blanks and signs.
const STANDINGS: &[(Standing, &[&str])] = &[
    (
        Standing::Proposed,
        &[
            "proposed",
            "open",
            "todo",
            "tobedone",
            "new",
            "backlog",
            "planned",
            "notstarted",
            "triage",
            "ready",
            "pending",
            "reopened",
            "selectedfordevelopment",
            "no",
            "false",
            "0",
        ],
    ),
    (
        Standing::Accepted,
        &["accepted", "approved", "committed", "assigned", "scheduled"],
    ),
    (
        Standing::InProgress,
        &[
            "inprogress",
            "doing",
            "started",
            "ongoing",
            "wip",
            "inreview",
            "review",
            "active",
            "indevelopment",
            "testing",
        ],
    ),
    (
        Standing::Blocked,
        &["blocked", "onhold", "waiting", "stalled", "impeded", "paused"],
    ),
    (
        Standing::Implemented,
        &[
            "implemented",
            "done",
            "closed",
            "complete",
            "completed",
            "resolved",
            "finished",
            "fixed",
            "shipped",
            "merged",
            "yes",
            "true",
            "x",
            "1",
            "100",
        ],
    ),
    (Standing::Verified, &["verified", "validated"]),
    (
        Standing::Declined,
        &[
            "declined",
            "wontdo",
            "wontfix",
            "rejected",
            "cancelled",
            "canceled",
            "dropped",
            "obsolete",
            "notplanned",
            "abandoned",
            "duplicate",
            "closedaswontdo",
            "closedasnotplanned",
        ],
    ),
];

fn plain(cell: &str) -> String {
    cell.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

pub(super) fn standing(cell: &str) -> Option<Standing> {
    if cell.contains(['✅', '✔', '☑']) {
        return Some(Standing::Implemented);
    }
    let word = plain(cell);
    let found = STANDINGS.iter().find(|(_, words)| words.contains(&word.as_str()));
    found.map(|(standing, _)| *standing)
}

pub(super) fn priority(cell: &str) -> Option<Priority> {
    let word = plain(cell);
    let of = |words: &[&str]| {
        words
            .iter()
            .any(|known| word == *known || word.strip_prefix("p") == Some(known))
    };
    [
        (
            Priority::P0,
            &["0", "highest", "critical", "urgent", "blocker", "immediate"][..],
        ),
        (Priority::P1, &["1", "high", "major", "important"]),
        (Priority::P2, &["2", "medium", "normal", "moderate", "default"]),
        (Priority::P3, &["3", "low", "minor"]),
        (Priority::P4, &["4", "lowest", "trivial", "nicetohave"]),
    ]
    .into_iter()
    .find(|(_, words)| of(words))
    .map(|(priority, _)| priority)
}

pub(super) fn kind(cell: &str) -> Option<RecommendationKind> {
    use RecommendationKind as K;
    let word = plain(cell);
    [
        (
            K::Prevent,
            &[
                "prevent",
                "prevention",
                "preventive",
                "preventative",
                "improvement",
                "improve",
            ][..],
        ),
        (
            K::Detect,
            &["detect", "detection", "monitoring", "alerting", "observability"],
        ),
        (K::Mitigate, &["mitigate", "mitigation", "reduce"]),
        (K::Repair, &["repair", "fix", "bug", "bugfix", "corrective", "cleanup"]),
        (
            K::Process,
            &[
                "process",
                "documentation",
                "docs",
                "training",
                "policy",
                "communication",
            ],
        ),
        (
            K::Investigate,
            &["investigate", "investigation", "research", "spike", "analysis"],
        ),
    ]
    .into_iter()
    .find(|(_, words)| words.contains(&word.as_str()))
    .map(|(kind, _)| kind)
}

/// What people write into a cell that is empty.
pub(super) fn is_nothing(cell: &str) -> bool {
    cell.is_empty()
        || matches!(
            plain(cell).as_str(),
            "" | "na" | "none" | "tbd" | "tba" | "null" | "unassigned" | "unknown"
        ) && !cell.contains(['✅', '✔', '☑'])
}
