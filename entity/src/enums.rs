//! The closed vocabularies of the domain. Stored as text under a CHECK constraint, spelt as in the API.
//!
//! What each value means to a reader is said in the API's schema; here stands only what the code needs to know.

use std::{fmt, str::FromStr};

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use crate::columns::Blank;

macro_rules! blank_is_first {
    ($name:ident: $first:ident $($other:ident)*) => {
        impl Blank for $name {
            fn blank() -> Self {
                Self::$first
            }
        }
    };
}

macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        #[allow(missing_docs)]
        pub enum $name {
            $(#[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant),+
        }
        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The same as they are stored and shown.
            pub const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The value as it is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }
        blank_is_first!($name: $($variant)+);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text.to_ascii_uppercase().as_str() {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is not one of {}", Self::TEXTS.join(", "))),
                }
            }
        }
    };
}

text_enum!(/// As what a calendar shows due dates.
    CalendarForm { Todo = "VTODO", Event = "VEVENT" });
text_enum!(/// Whether a calendar feed shows something.
    FeedItemState { Shown = "SHOWN", Cancelled = "CANCELLED", Gone = "GONE" });
text_enum!(/// What a user may do at large.
    Role { Viewer = "VIEWER", Member = "MEMBER", Admin = "ADMIN" });
text_enum!(/// How bad an incident was; SEV1 is the worst.
    Severity { Sev1 = "SEV1", Sev2 = "SEV2", Sev3 = "SEV3", Sev4 = "SEV4", Sev5 = "SEV5" });
text_enum!(/// Where a report stands.
    ReportStatus { Draft = "DRAFT", InReview = "IN_REVIEW", Published = "PUBLISHED", Archived = "ARCHIVED" });
text_enum!(/// Who may know that a report exists.
    Visibility { Organization = "ORGANIZATION", Restricted = "RESTRICTED" });
text_enum!(/// What a person did in an incident or does for its report.
ParticipantRole {
    Author = "AUTHOR", IncidentCommander = "INCIDENT_COMMANDER", Responder = "RESPONDER",
    Reviewer = "REVIEWER", Approver = "APPROVER", Stakeholder = "STAKEHOLDER",
});
text_enum!(/// What a reviewer said.
    ApprovalDecision { Approved = "APPROVED", ChangesRequested = "CHANGES_REQUESTED" });
text_enum!(/// What a moment of the timeline was.
TimelineEventKind {
    Trigger = "TRIGGER", ImpactStart = "IMPACT_START", Detection = "DETECTION", Escalation = "ESCALATION",
    Diagnosis = "DIAGNOSIS", Mitigation = "MITIGATION", Resolution = "RESOLUTION",
    Communication = "COMMUNICATION", Other = "OTHER",
});
text_enum!(/// The part a cause played.
CauseRole {
    Trigger = "TRIGGER", Contributing = "CONTRIBUTING", DetectionGap = "DETECTION_GAP",
    ResponseGap = "RESPONSE_GAP", Latent = "LATENT",
});
text_enum!(/// Where a recommendation stands.
RecommendationStatus {
    Proposed = "PROPOSED", Accepted = "ACCEPTED", InProgress = "IN_PROGRESS", Blocked = "BLOCKED",
    Implemented = "IMPLEMENTED", Verified = "VERIFIED", Declined = "DECLINED",
});
text_enum!(/// What a recommendation is meant to do.
RecommendationKind {
    Prevent = "PREVENT", Detect = "DETECT", Mitigate = "MITIGATE", Repair = "REPAIR",
    Process = "PROCESS", Investigate = "INVESTIGATE",
});
text_enum!(/// How far a recommendation relies on people remembering; STRONG relies on them least.
    Strength { Strong = "STRONG", Intermediate = "INTERMEDIATE", Weak = "WEAK" });
text_enum!(/// How urgent a recommendation is; P0 is the most urgent.
    Priority { P0 = "P0", P1 = "P1", P2 = "P2", P3 = "P3", P4 = "P4" });
text_enum!(/// Why a recommendation was declined.
ClosureReason {
    AlternateAction = "ALTERNATE_ACTION", Duplicate = "DUPLICATE", Superseded = "SUPERSEDED",
    NoLongerApplicable = "NO_LONGER_APPLICABLE", RiskAccepted = "RISK_ACCEPTED", Rejected = "REJECTED",
});
text_enum!(/// What an effectiveness review found.
    EffectivenessOutcome { Effective = "EFFECTIVE", Ineffective = "INEFFECTIVE", Inconclusive = "INCONCLUSIVE" });
text_enum!(/// Who caused an event.
ActorKind {
    User = "USER", ServiceToken = "SERVICE_TOKEN", Tracker = "TRACKER", Scheduler = "SCHEDULER", Import = "IMPORT",
});
text_enum!(/// What an event or a comment is about.
SubjectKind {
    Incident = "INCIDENT", Report = "REPORT", TimelineEvent = "TIMELINE_EVENT", RootCause = "ROOT_CAUSE",
    Recommendation = "RECOMMENDATION", Comment = "COMMENT", User = "USER", Team = "TEAM", Service = "SERVICE",
    ApiToken = "API_TOKEN", DuePolicy = "DUE_POLICY", WebhookEndpoint = "WEBHOOK_ENDPOINT",
    TrackerConnection = "TRACKER_CONNECTION", CalendarFeed = "CALENDAR_FEED",
});
text_enum!(/// What somebody is reminded of.
ReminderKind {
    DueSoon = "DUE_SOON", Overdue = "OVERDUE", Escalated = "ESCALATED", EffectivenessDue = "EFFECTIVENESS_DUE",
    WeeklyDigest = "WEEKLY_DIGEST",
});
text_enum!(/// What a due policy is about.
    PolicyTarget { Report = "REPORT", Recommendation = "RECOMMENDATION" });
text_enum!(/// What an endpoint is sent.
    WebhookFormat { Standard = "STANDARD", Slack = "SLACK", Teams = "TEAMS", Discord = "DISCORD" });
text_enum!(/// What became of a delivery.
    DeliveryStatus { Pending = "PENDING", Succeeded = "SUCCEEDED", Failed = "FAILED", Dead = "DEAD" });
text_enum!(/// What a token for a machine may do.
TokenScope { Read = "READ", Write = "WRITE", Ingest = "INGEST", Admin = "ADMIN" });
text_enum!(/// Whose tracker it is.
    TrackerKind {
    Github = "GITHUB", Gitlab = "GITLAB", Jira = "JIRA", Linear = "LINEAR", Redmine = "REDMINE",
});
text_enum!(/// How far a recommendation and its issue agree.
SyncState {
    Pending = "PENDING", InSync = "IN_SYNC", Conflict = "CONFLICT", Failed = "FAILED", Unlinked = "UNLINKED",
});

impl RecommendationStatus {
    /// The statuses that count as committed and not finished: `isOpen`.
    pub const OPEN: &'static [Self] = &[Self::Accepted, Self::InProgress, Self::Blocked];

    /// Committed and not finished.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

impl ReportStatus {
    /// The statuses in which a report is still owed.
    pub const OPEN: &'static [Self] = &[Self::Draft, Self::InReview];

    /// Still owed.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}
