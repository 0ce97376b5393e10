//! A report with all that is recorded of it, in a form that has a version. `docs/schema/report.v1.json` describes it for others.
//!
//! Not in it: comments, revisions and the event log. Those tell how a report came about, and are not part of what it says.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    enums::{
        ApprovalDecision, CauseRole, ClosureReason, EffectivenessOutcome, ParticipantRole, Priority,
        RecommendationKind, RecommendationStatus, ReportStatus, Severity, Strength, TimelineEventKind, Visibility,
    },
    ids::{IncidentId, RecommendationId, ReportId, RootCauseId, TimelineEventId},
};
use serde::{Deserialize, Serialize};

use crate::reports::model::{inputs::Impact, sections::Sections};

/// What the form is called in documents.
pub const SCHEMA: &str = "postmortem/report";
/// The newest version of the form, which is written; older ones are read.
pub const VERSION: u64 = 1;

macro_rules! parts {
    ($($(#[doc = $help:literal])+ $name:ident { $($(#[doc = $what:literal])* $field:ident: $type:ty,)+ })+) => {
        $(
            $(#[doc = $help])+
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct $name {
                $($(#[doc = $what])* pub $field: $type,)+
            }
        )+
    };
}

parts! {
    /// One report.
    Record {
        /// [`SCHEMA`]
        schema: String,
        /// [`VERSION`]
        version: u64,
        /// What the report analyses.
        incident: IncidentRecord,
        /// The report itself.
        report: ReportRecord,
        /// What happened when, in order.
        timeline: Vec<MomentRecord>,
        /// Why, in the order in which they were added.
        root_causes: Vec<CauseRecord>,
        /// What follows, in the order in which they were made.
        recommendations: Vec<ItemRecord>,
    }

    /// Somebody. Their address says who it is; the name is for readers.
    Person {
        /// As it was when the document was made.
        name: String,
        /// In lower case.
        email: String,
    }

    /// A team or a service. Its short name says which.
    Named {
        /// The short name.
        slug: String,
        /// As it was when the document was made.
        name: String,
    }

    /// The incident.
    IncidentRecord {
        /// Such as inc_01k…
        id: IncidentId,
        /// INC-7
        key: String,
        /// What happened.
        title: String,
        /// How bad.
        severity: Severity,
        /// Whose.
        team: Option<Named>,
        /// It began.
        started_at: DateTime<Utc>,
        /// It was noticed.
        detected_at: Option<DateTime<Utc>>,
        /// Its impact was ended or lessened.
        mitigated_at: Option<DateTime<Utc>>,
        /// It was over.
        resolved_at: Option<DateTime<Utc>>,
        /// What it hit.
        services: Vec<Named>,
        /// Its names elsewhere.
        external_refs: Vec<ReferenceRecord>,
        /// Who recorded it; none: an import or a machine.
        created_by: Option<Person>,
        /// When it was recorded.
        created_at: DateTime<Utc>,
        /// When it was changed last.
        updated_at: DateTime<Utc>,
    }

    /// The name of an incident in another system.
    ReferenceRecord {
        /// Such as pagerduty.
        system: String,
        /// Its id there.
        id: String,
        /// Where it can be seen.
        url: Option<String>,
    }

    /// The report without what stands under it.
    ReportRecord {
        /// Such as rep_01k…
        id: ReportId,
        /// PM-12
        key: String,
        /// Its title.
        title: String,
        /// Where it stands.
        status: ReportStatus,
        /// Who may know of it.
        visibility: Visibility,
        /// Who owes it.
        owner: Option<Person>,
        /// Whose it is.
        team: Option<Named>,
        /// By when.
        due_on: Option<NaiveDate>,
        /// The first due date there was.
        original_due_on: Option<NaiveDate>,
        /// When it was finished.
        published_at: Option<DateTime<Utc>>,
        /// In alphabetical order.
        labels: Vec<String>,
        /// Who took part.
        participants: Vec<ParticipantRecord>,
        /// What reviewers said last.
        approvals: Vec<ApprovalRecord>,
        /// The figures.
        impact: Impact,
        /// The texts, in Markdown.
        sections: Sections,
        /// Who created it.
        created_by: Option<Person>,
        /// When.
        created_at: DateTime<Utc>,
        /// When it was changed last.
        updated_at: DateTime<Utc>,
    }

    /// Somebody's part.
    ParticipantRecord {
        /// Who.
        user: Person,
        /// As what.
        role: ParticipantRole,
    }

    /// What a reviewer said.
    ApprovalRecord {
        /// Who.
        user: Person,
        /// What.
        decision: ApprovalDecision,
        /// Why.
        comment: Option<String>,
        /// When.
        decided_at: DateTime<Utc>,
    }

    /// A moment of the timeline.
    MomentRecord {
        /// Such as tle_01k…
        id: TimelineEventId,
        /// When.
        occurred_at: DateTime<Utc>,
        /// What kind of moment.
        kind: TimelineEventKind,
        /// What happened, in Markdown.
        description: String,
        /// Where that is known from.
        source_url: Option<String>,
    }

    /// A root cause.
    CauseRecord {
        /// Such as rc_01k…
        id: RootCauseId,
        /// Its title.
        title: String,
        /// In Markdown.
        description: String,
        /// The part it played.
        role: CauseRole,
        /// The short name of its category.
        category: Option<String>,
        /// The cause of this report that it explains.
        parent: Option<RootCauseId>,
        /// Why nothing is recommended.
        no_action_reason: Option<String>,
        /// The first occurrence, in an earlier report.
        recurrence_of: Option<CauseLink>,
        /// Later occurrences, in other reports.
        recurrences: Vec<CauseLink>,
        /// Recommendations of other reports that treat it too.
        treated_elsewhere: Vec<ItemLink>,
        /// Who added it.
        created_by: Option<Person>,
        /// When.
        created_at: DateTime<Utc>,
        /// When it was changed last.
        updated_at: DateTime<Utc>,
    }

    /// A cause, also of another report. The id says which; the rest is for readers.
    CauseLink {
        /// Which.
        id: RootCauseId,
        /// The key of its report.
        report: String,
        /// Its title.
        title: String,
    }

    /// A recommendation of another report. The id says which; the rest is for readers.
    ItemLink {
        /// Which.
        id: RecommendationId,
        /// REC-40
        key: String,
        /// Its title.
        title: String,
    }

    /// A recommendation.
    ItemRecord {
        /// Such as rec_01k…
        id: RecommendationId,
        /// REC-40
        key: String,
        /// Its title.
        title: String,
        /// In Markdown.
        description: String,
        /// Where it stands.
        status: RecommendationStatus,
        /// What it is meant to do.
        kind: RecommendationKind,
        /// How far it relies on people remembering.
        strength: Option<Strength>,
        /// How urgent.
        priority: Priority,
        /// Who does it.
        owner: Option<Person>,
        /// Whose it is.
        team: Option<Named>,
        /// By when.
        due_on: Option<NaiveDate>,
        /// The first date that was committed to.
        original_due_on: Option<NaiveDate>,
        /// How often the date was moved since.
        due_moves: i64,
        /// How it is checked, in Markdown.
        acceptance_criterion: Option<String>,
        /// In alphabetical order.
        labels: Vec<String>,
        /// The causes it treats.
        treats: Vec<CauseLink>,
        /// Links that show it done.
        evidence: Vec<EvidenceRecord>,
        /// How its due date moved.
        due_changes: Vec<DueChangeRecord>,
        /// Whether it helped: planned and held reviews.
        effectiveness_reviews: Vec<EffectivenessRecord>,
        /// Issues of trackers that are kept in step with it.
        issues: Vec<IssueRecord>,
        /// Set exactly while BLOCKED.
        blocked_reason: Option<String>,
        /// The first acceptance.
        accepted_at: Option<DateTime<Utc>>,
        /// When it was done.
        implemented_at: Option<DateTime<Utc>>,
        /// When it was done or declined.
        completed_at: Option<DateTime<Utc>>,
        /// When somebody else had checked it.
        verified_at: Option<DateTime<Utc>>,
        /// Who that was.
        verified_by: Option<Person>,
        /// Set exactly while DECLINED.
        closure_reason: Option<ClosureReason>,
        /// What was said of that.
        closure_note: Option<String>,
        /// Set exactly when the risk is accepted.
        risk_accepted_until: Option<NaiveDate>,
        /// Who recommended it.
        created_by: Option<Person>,
        /// When.
        created_at: DateTime<Utc>,
        /// When it was changed last.
        updated_at: DateTime<Utc>,
    }

    /// A link that shows something done.
    EvidenceRecord {
        /// Where.
        url: String,
        /// What it shows.
        note: Option<String>,
        /// Who added it.
        added_by: Option<Person>,
        /// When.
        added_at: DateTime<Utc>,
    }

    /// A move of a due date.
    DueChangeRecord {
        /// From here.
        from_on: Option<NaiveDate>,
        /// To here.
        to_on: Option<NaiveDate>,
        /// Why.
        reason: String,
        /// Who moved it.
        changed_by: Option<Person>,
        /// When.
        changed_at: DateTime<Utc>,
    }

    /// A review of whether a recommendation helped.
    EffectivenessRecord {
        /// When it is to be held.
        due_on: NaiveDate,
        /// What it found; none until held.
        outcome: Option<EffectivenessOutcome>,
        /// What was said.
        note: Option<String>,
        /// Who held it.
        reviewed_by: Option<Person>,
        /// When.
        reviewed_at: Option<DateTime<Utc>>,
    }

    /// An issue of a tracker.
    IssueRecord {
        /// What the connection is called.
        tracker: String,
        /// What people call it, such as #12.
        key: Option<String>,
        /// Where it is.
        url: Option<String>,
    }
}

impl Record {
    /// The document as JSON, for programs.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}
