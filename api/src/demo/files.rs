//! The form of the demo's files.

use entity::enums::{
    CauseRole, ClosureReason, EffectivenessOutcome, ParticipantRole, Priority, RecommendationKind, Role, Severity,
    Strength, TimelineEventKind, Visibility,
};
use serde::Deserialize;

use super::moment::{Day, Moment};
use crate::reports::model::inputs::Impact;

macro_rules! incident_files {
    ($($name:literal),+ $(,)?) => {
        /// The incidents, oldest first.
        pub(super) const INCIDENTS: &[&str] = &[$(include_str!(concat!("data/", $name, ".toml"))),+];
    };
}
incident_files!(
    "01-dormant-flag",
    "02-regex-cpu",
    "03-replica-wipe",
    "04-index-restart",
    "05-ledger-split",
    "06-discovery-contention",
    "07-ci-token-theft",
    "08-backbone-audit",
    "09-merchant-deletion",
    "10-unattended-upgrade",
    "11-election-stall",
    "12-quota-null",
    "13-bot-feature-file",
    "14-handheld-content",
    "15-thread-limit",
);

/// The people and places.
pub(super) const PEOPLE: &str = include_str!("data/people.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    pub users: Vec<User>,
    pub teams: Vec<Team>,
    pub services: Vec<Service>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub key: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub is_active: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Team {
    pub slug: String,
    pub name: String,
    pub members: Vec<String>,
    pub leads: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub team: String,
}

/// One incident with its report and all that came of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub key: String,
    pub follows: Follows,
    pub incident: Incident,
    pub report: Report,
    #[serde(default)]
    pub timeline: Vec<Timeline>,
    #[serde(default)]
    pub causes: Vec<Cause>,
    #[serde(default)]
    pub recommendations: Vec<Recommendation>,
}

/// The public incident that a story follows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Follows {
    pub name: String,
    pub url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Incident {
    pub title: String,
    pub severity: Severity,
    pub team: String,
    pub services: Vec<String>,
    pub started_at: Moment,
    pub detected_at: Option<Moment>,
    pub mitigated_at: Option<Moment>,
    pub resolved_at: Option<Moment>,
    #[serde(default)]
    pub external_refs: Vec<ExternalRef>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalRef {
    pub system: String,
    pub id: String,
    pub url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    pub created_at: Moment,
    pub created_by: String,
    pub title: String,
    pub owner: Option<String>,
    pub team: String,
    pub due: Option<Day>,
    pub visibility: Visibility,
    #[serde(default)]
    pub labels: Vec<String>,
    pub participants: Vec<Participant>,
    #[serde(default)]
    pub impact: ImpactFigures,
    pub executive_summary: String,
    pub background: String,
    pub root_cause_analysis: String,
    pub impact_analysis: String,
    pub lessons_learned: String,
    pub conclusion: String,
    pub steps: Vec<ReportStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Participant {
    pub user: String,
    pub role: ParticipantRole,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImpactFigures {
    customers_affected: Option<i64>,
    requests_failed: Option<i64>,
    data_lost: Option<bool>,
    downtime_seconds: Option<i64>,
    cost_minor_units: Option<i64>,
    currency: Option<String>,
}

impl From<ImpactFigures> for Impact {
    fn from(figures: ImpactFigures) -> Self {
        Self {
            customers_affected: figures.customers_affected,
            requests_failed: figures.requests_failed,
            data_lost: figures.data_lost,
            downtime_seconds: figures.downtime_seconds,
            cost_minor_units: figures.cost_minor_units,
            currency: figures.currency,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReportStep {
    pub at: Moment,
    pub by: String,
    #[serde(flatten)]
    pub what: ReportAct,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum ReportAct {
    Submit,
    Approve { comment: Option<String> },
    RequestChanges { comment: String },
    Publish,
    Reopen { reason: Option<String> },
    Archive,
    Comment { text: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timeline {
    pub at: Moment,
    pub kind: TimelineEventKind,
    pub text: String,
    pub source_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cause {
    pub key: String,
    pub title: String,
    pub description: String,
    pub role: CauseRole,
    pub category: String,
    pub parent: Option<String>,
    pub recurrence_of: Option<String>,
    pub no_action: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recommendation {
    pub key: String,
    pub title: String,
    pub description: String,
    pub causes: Vec<String>,
    pub kind: RecommendationKind,
    pub strength: Option<Strength>,
    pub priority: Priority,
    pub owner: Option<String>,
    pub team: String,
    pub due: Option<Day>,
    pub acceptance_criterion: Option<String>,
    #[serde(default)]
    pub labels: Vec<String>,
    pub created_at: Moment,
    pub created_by: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    pub at: Moment,
    pub by: String,
    #[serde(flatten)]
    pub what: Act,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EvidenceLink {
    pub url: String,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Act {
    Accept {
        owner: Option<String>,
        due: Option<Day>,
    },
    Start,
    Block {
        reason: String,
    },
    Implement {
        #[serde(default)]
        evidence: Vec<EvidenceLink>,
    },
    Verify,
    Decline {
        reason: ClosureReason,
        note: String,
        risk_accepted_until: Option<Day>,
    },
    Reopen {
        reason: String,
    },
    Due {
        due: Day,
        reason: String,
    },
    Assign {
        owner: Option<String>,
        team: Option<String>,
    },
    Review {
        outcome: EffectivenessOutcome,
        note: Option<String>,
    },
    Comment {
        text: String,
    },
}
