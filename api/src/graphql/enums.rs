//! The enums of the contract: what each value means to a reader. Their stored twins are in the entity crate.

use async_graphql::Enum;
use entity::enums as stored;

use super::filters::{enum_filter, stored_enum_filter};

/// How bad an incident was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::Severity")]
pub enum Severity {
    /// The worst: most users, or data, are affected.
    #[graphql(name = "SEV1")]
    Sev1,
    /// Many users, or an important function, are affected.
    #[graphql(name = "SEV2")]
    Sev2,
    /// Some users, or a lesser function, are affected.
    #[graphql(name = "SEV3")]
    Sev3,
    /// Few users notice.
    #[graphql(name = "SEV4")]
    Sev4,
    /// Nobody outside noticed: a near miss.
    #[graphql(name = "SEV5")]
    Sev5,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::ReportStatus")]
pub enum ReportStatus {
    /// Being written, or not begun.
    #[graphql(name = "DRAFT")]
    Draft,
    /// Submitted for review.
    #[graphql(name = "IN_REVIEW")]
    InReview,
    /// Finished; what it was due for is done.
    #[graphql(name = "PUBLISHED")]
    Published,
    /// Put away: left out of lists unless asked for.
    #[graphql(name = "ARCHIVED")]
    Archived,
}

/// Who may know that a report exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::Visibility")]
pub enum Visibility {
    /// Everybody who may sign in.
    #[graphql(name = "ORGANIZATION")]
    Organization,
    /// Participants, the owner and admins only; to everybody else it does not exist.
    #[graphql(name = "RESTRICTED")]
    Restricted,
}

/// What a person did in the incident, or does for the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::ParticipantRole")]
pub enum ParticipantRole {
    /// Writes the report.
    #[graphql(name = "AUTHOR")]
    Author,
    /// Led the response.
    #[graphql(name = "INCIDENT_COMMANDER")]
    IncidentCommander,
    /// Took part in the response.
    #[graphql(name = "RESPONDER")]
    Responder,
    /// Reviews the report.
    #[graphql(name = "REVIEWER")]
    Reviewer,
    /// Approves the report.
    #[graphql(name = "APPROVER")]
    Approver,
    /// Has an interest in the outcome, and may approve for those affected.
    #[graphql(name = "STAKEHOLDER")]
    Stakeholder,
}

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::ApprovalDecision")]
pub enum ApprovalDecision {
    /// The report may be published.
    #[graphql(name = "APPROVED")]
    Approved,
    /// Something must change first.
    #[graphql(name = "CHANGES_REQUESTED")]
    ChangesRequested,
}

/// What a moment of the timeline was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::TimelineEventKind")]
pub enum TimelineEventKind {
    /// What set it off.
    #[graphql(name = "TRIGGER")]
    Trigger,
    /// Users began to be affected.
    #[graphql(name = "IMPACT_START")]
    ImpactStart,
    /// It was noticed.
    #[graphql(name = "DETECTION")]
    Detection,
    /// More people were called.
    #[graphql(name = "ESCALATION")]
    Escalation,
    /// Something was understood.
    #[graphql(name = "DIAGNOSIS")]
    Diagnosis,
    /// The impact was ended or lessened.
    #[graphql(name = "MITIGATION")]
    Mitigation,
    /// It was over.
    #[graphql(name = "RESOLUTION")]
    Resolution,
    /// Somebody was told.
    #[graphql(name = "COMMUNICATION")]
    Communication,
    /// Anything else worth keeping.
    #[graphql(name = "OTHER")]
    Other,
}

/// The part a cause played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::CauseRole")]
pub enum CauseRole {
    /// Set the incident off.
    #[graphql(name = "TRIGGER")]
    Trigger,
    /// Made it possible or worse.
    #[graphql(name = "CONTRIBUTING")]
    Contributing,
    /// Made it be noticed late.
    #[graphql(name = "DETECTION_GAP")]
    DetectionGap,
    /// Made it last longer.
    #[graphql(name = "RESPONSE_GAP")]
    ResponseGap,
    /// Had been there all along, waiting.
    #[graphql(name = "LATENT")]
    Latent,
}

/// How far a root cause is treated: the furthest that any recommendation on it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum CauseCoverage {
    /// No recommendation that is not declined, and no recorded reason.
    #[graphql(name = "UNCOVERED")]
    Uncovered,
    /// Deliberately nothing: a reason is recorded.
    #[graphql(name = "NO_ACTION")]
    NoAction,
    /// Something is proposed, nothing committed.
    #[graphql(name = "PROPOSED")]
    Proposed,
    /// Something is accepted, in progress or blocked.
    #[graphql(name = "COMMITTED")]
    Committed,
    /// Something is implemented.
    #[graphql(name = "IMPLEMENTED")]
    Implemented,
    /// Something is implemented, and somebody else has checked it.
    #[graphql(name = "VERIFIED")]
    Verified,
}

/// How a root cause that came back stands to the work already recommended against it when the later incident began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum RecurrenceKind {
    /// A committed recommendation was still open: it could have been prevented.
    #[graphql(name = "WHILE_OPEN")]
    WhileOpen,
    /// Nothing was open, and some had been implemented: the fix did not hold.
    #[graphql(name = "AFTER_FIX")]
    AfterFix,
    /// The work had been declined or the risk accepted.
    #[graphql(name = "AFTER_DECLINED")]
    AfterDeclined,
    /// Nothing had ever been committed.
    #[graphql(name = "UNADDRESSED")]
    Unaddressed,
}

/// Where a recommendation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::RecommendationStatus")]
pub enum RecommendationStatus {
    /// Recommended; nobody has committed to it.
    #[graphql(name = "PROPOSED")]
    Proposed,
    /// Committed: it has an owner and a due date.
    #[graphql(name = "ACCEPTED")]
    Accepted,
    /// Being worked on.
    #[graphql(name = "IN_PROGRESS")]
    InProgress,
    /// Cannot go on; see blockedReason.
    #[graphql(name = "BLOCKED")]
    Blocked,
    /// Done, says its owner.
    #[graphql(name = "IMPLEMENTED")]
    Implemented,
    /// Done, says somebody other than its owner.
    #[graphql(name = "VERIFIED")]
    Verified,
    /// Will not be done; see closureReason.
    #[graphql(name = "DECLINED")]
    Declined,
}

/// What a recommendation is meant to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::RecommendationKind")]
pub enum RecommendationKind {
    /// Keep it from happening again.
    #[graphql(name = "PREVENT")]
    Prevent,
    /// Notice it sooner.
    #[graphql(name = "DETECT")]
    Detect,
    /// Make it hurt less.
    #[graphql(name = "MITIGATE")]
    Mitigate,
    /// Mend what was damaged.
    #[graphql(name = "REPAIR")]
    Repair,
    /// Change how people work.
    #[graphql(name = "PROCESS")]
    Process,
    /// Find out more.
    #[graphql(name = "INVESTIGATE")]
    Investigate,
}

/// How far a measure relies on people remembering (the action hierarchy of the US Department of Veterans Affairs' National Center for Patient Safety).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::Strength")]
pub enum Strength {
    /// Forcing functions, removal of the hazard, automation.
    #[graphql(name = "STRONG")]
    Strong,
    /// Checklists, redundancy, decision aids.
    #[graphql(name = "INTERMEDIATE")]
    Intermediate,
    /// Training, reminders, new rules.
    #[graphql(name = "WEAK")]
    Weak,
}

/// How urgent a recommendation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::Priority")]
pub enum Priority {
    /// Now; leave other work for it.
    #[graphql(name = "P0")]
    P0,
    /// Next.
    #[graphql(name = "P1")]
    P1,
    /// Soon.
    #[graphql(name = "P2")]
    P2,
    /// When there is room.
    #[graphql(name = "P3")]
    P3,
    /// Nice to have.
    #[graphql(name = "P4")]
    P4,
}

/// Why a recommendation was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::ClosureReason")]
pub enum ClosureReason {
    /// Something else treats the cause.
    #[graphql(name = "ALTERNATE_ACTION")]
    AlternateAction,
    /// The same is recommended elsewhere.
    #[graphql(name = "DUPLICATE")]
    Duplicate,
    /// A later recommendation replaces it.
    #[graphql(name = "SUPERSEDED")]
    Superseded,
    /// What it was for is gone.
    #[graphql(name = "NO_LONGER_APPLICABLE")]
    NoLongerApplicable,
    /// The risk is accepted until a date.
    #[graphql(name = "RISK_ACCEPTED")]
    RiskAccepted,
    /// It is not wanted.
    #[graphql(name = "REJECTED")]
    Rejected,
}

/// What an effectiveness review found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::EffectivenessOutcome")]
pub enum EffectivenessOutcome {
    /// It helped.
    #[graphql(name = "EFFECTIVE")]
    Effective,
    /// It did not help; the recommendation is open again.
    #[graphql(name = "INEFFECTIVE")]
    Ineffective,
    /// One cannot tell yet.
    #[graphql(name = "INCONCLUSIVE")]
    Inconclusive,
}

/// What a user may do at large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::Role")]
pub enum Role {
    /// Reads.
    #[graphql(name = "VIEWER")]
    Viewer,
    /// Also creates incidents and reports, and edits what they own, wrote or their team owns.
    #[graphql(name = "MEMBER")]
    Member,
    /// Also manages people and services, and sees RESTRICTED reports.
    #[graphql(name = "ADMIN")]
    Admin,
}

/// Who caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::ActorKind")]
pub enum ActorKind {
    /// A person.
    #[graphql(name = "USER")]
    User,
    /// A machine with a token.
    #[graphql(name = "SERVICE_TOKEN")]
    ServiceToken,
    /// A connected issue tracker.
    #[graphql(name = "TRACKER")]
    Tracker,
    /// Time passing.
    #[graphql(name = "SCHEDULER")]
    Scheduler,
    /// An import on the machine itself.
    #[graphql(name = "IMPORT")]
    Import,
}

stored_enum_filter!(
    SeverityFilter,
    Severity,
    stored::Severity,
    "Compares a severity. All given comparators must hold."
);
stored_enum_filter!(
    ReportStatusFilter,
    ReportStatus,
    stored::ReportStatus,
    "Compares a report status. All given comparators must hold."
);
stored_enum_filter!(
    CauseRoleFilter,
    CauseRole,
    stored::CauseRole,
    "Compares a cause role. All given comparators must hold."
);
enum_filter!(
    CauseCoverageFilter,
    CauseCoverage,
    crate::root_causes::model::Coverage,
    "Compares a cause coverage. All given comparators must hold."
);
stored_enum_filter!(
    RecommendationStatusFilter,
    RecommendationStatus,
    stored::RecommendationStatus,
    "Compares a recommendation status. All given comparators must hold."
);
stored_enum_filter!(
    RecommendationKindFilter,
    RecommendationKind,
    stored::RecommendationKind,
    "Compares a recommendation kind. All given comparators must hold."
);
stored_enum_filter!(
    PriorityFilter,
    Priority,
    stored::Priority,
    "Compares a priority. All given comparators must hold."
);

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum OrderDirection {
    /// From the smallest or earliest.
    #[graphql(name = "ASC")]
    Asc,
    /// From the largest or latest.
    #[graphql(name = "DESC")]
    Desc,
}
