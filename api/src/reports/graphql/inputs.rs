//! What the mutations of reports take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use entity::ids::UserId;

use super::{Report, ReportEdge, TimelineEvent, TimelineEventEdge};
use crate::{
    graphql::{
        enums,
        input::{clearable, clearable_id, emptied, optional_id},
        scalars::{Date, DateTime, Markdown, Url},
    },
    incidents::graphql::CreateIncidentInput,
    platform::{
        error::{Error, Problems},
        ids::parse,
    },
    reports::{
        model::{
            inputs::{self, NewTimelineEvent, OfIncident},
            sections::{Section, Sections},
        },
        service::TimelinePatch,
    },
};

/// The impact in figures, as given. What is left out is not known.
#[derive(InputObject, Default)]
pub struct ImpactInput {
    /// How many customers noticed.
    customers_affected: Option<i64>,
    /// How many requests failed.
    requests_failed: Option<i64>,
    /// Whether data is gone for good.
    data_lost: Option<bool>,
    /// How long it was down, in seconds.
    downtime_seconds: Option<i64>,
    /// What it cost, in the smallest unit of the currency, such as cents.
    cost_minor_units: Option<i64>,
    /// The currency of the cost, ISO 4217.
    currency: Option<String>,
}

impl From<ImpactInput> for inputs::Impact {
    fn from(given: ImpactInput) -> Self {
        Self {
            customers_affected: given.customers_affected,
            requests_failed: given.requests_failed,
            data_lost: given.data_lost,
            downtime_seconds: given.downtime_seconds,
            cost_minor_units: given.cost_minor_units,
            currency: given.currency.map(|code| code.trim().to_uppercase()),
        }
    }
}

/// A participant, as given.
#[derive(InputObject)]
pub struct ParticipantInput {
    /// Who.
    user_id: ID,
    /// As what.
    role: enums::ParticipantRole,
}

/// Decodes participants.
pub(super) fn participants(given: &[ParticipantInput]) -> Result<Vec<(UserId, entity::enums::ParticipantRole)>, Error> {
    let one = |(position, part): (usize, &ParticipantInput)| {
        Ok((
            parse(&format!("participants.{position}.userId"), &part.user_id)?,
            part.role.into(),
        ))
    };
    given.iter().enumerate().map(one).collect()
}

/// A report to create.
#[derive(InputObject)]
pub struct CreateReportInput {
    /// The incident it analyses. Give either this or incident.
    incident_id: Option<ID>,
    /// The incident it analyses, to be recorded with it.
    incident: Option<CreateIncidentInput>,
    /// Its title; the incident's when left out.
    title: Option<String>,
    /// Who owes it.
    owner_id: Option<ID>,
    /// Whose it is; the incident's team when left out.
    team_id: Option<ID>,
    /// By when it is to be published; by the due policies when left out. Null: no date.
    due_on: MaybeUndefined<Date>,
    /// Who may know that it exists.
    visibility: Option<enums::Visibility>,
    /// Free labels.
    labels: Option<Vec<String>>,
    /// Who takes part. You become an AUTHOR besides.
    participants: Option<Vec<ParticipantInput>>,
    /// What happened, for everybody.
    executive_summary: Option<Markdown>,
    /// The system that failed, its goals and objectives.
    background: Option<Markdown>,
    /// Why it happened.
    root_cause_analysis: Option<Markdown>,
    /// What it did to whom.
    impact_analysis: Option<Markdown>,
    /// The impact in figures.
    impact: Option<ImpactInput>,
    /// What went well, what went poorly, where we got lucky.
    lessons_learned: Option<Markdown>,
    /// What follows from it.
    conclusion: Option<Markdown>,
}

impl CreateReportInput {
    pub(super) fn decode(self) -> Result<inputs::NewReport, Error> {
        let incident = match (self.incident_id, self.incident) {
            (Some(id), None) => OfIncident::Known(parse("incidentId", &id)?),
            (None, Some(new)) => OfIncident::New(Box::new(new.decode()?)),
            _ => {
                return Err(Error::invalid(
                    "incidentId",
                    "ID_OR_NEW",
                    "Give either incidentId or incident, and only one of them.",
                ));
            }
        };
        let text = |section: Option<Markdown>| section.map(|markdown| markdown.0).unwrap_or_default();
        Ok(inputs::NewReport {
            incident,
            title: self.title,
            owner: optional_id("ownerId", self.owner_id.as_ref())?,
            team: optional_id("teamId", self.team_id.as_ref())?,
            due_on: clearable(self.due_on).map(|day| day.map(|day| day.0)),
            visibility: self.visibility.unwrap_or(enums::Visibility::Organization).into(),
            labels: self.labels.unwrap_or_default(),
            sections: Sections {
                executive_summary: text(self.executive_summary),
                background: text(self.background),
                root_cause_analysis: text(self.root_cause_analysis),
                impact_analysis: text(self.impact_analysis),
                lessons_learned: text(self.lessons_learned),
                conclusion: text(self.conclusion),
            },
            impact: self.impact.unwrap_or_default().into(),
            participants: participants(&self.participants.unwrap_or_default())?,
        })
    }
}

/// What to change of a report. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateReportInput {
    /// Which report.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT and nothing changes.
    expected_version: Option<i64>,
    /// A new title.
    title: MaybeUndefined<String>,
    /// Another owner; null: nobody.
    owner_id: MaybeUndefined<ID>,
    /// Another team; null: none.
    team_id: MaybeUndefined<ID>,
    /// Another due date; null: none. originalDueOn keeps the first.
    due_on: MaybeUndefined<Date>,
    /// Another visibility.
    visibility: Option<enums::Visibility>,
    /// The whole new set of labels.
    labels: MaybeUndefined<Vec<String>>,
    /// What happened, for everybody.
    executive_summary: MaybeUndefined<Markdown>,
    /// The system that failed, its goals and objectives.
    background: MaybeUndefined<Markdown>,
    /// Why it happened.
    root_cause_analysis: MaybeUndefined<Markdown>,
    /// What it did to whom.
    impact_analysis: MaybeUndefined<Markdown>,
    /// The impact in figures, all of them.
    impact: MaybeUndefined<ImpactInput>,
    /// What went well, what went poorly, where we got lucky.
    lessons_learned: MaybeUndefined<Markdown>,
    /// What follows from it.
    conclusion: MaybeUndefined<Markdown>,
}

impl UpdateReportInput {
    pub(super) fn decode(self) -> Result<(entity::ids::ReportId, inputs::ReportPatch), Error> {
        let id = parse("id", &self.id)?;
        let mut problems = Problems::default();
        let owner = problems.take(clearable_id("ownerId", self.owner_id)).flatten();
        let team = problems.take(clearable_id("teamId", self.team_id)).flatten();
        problems.finish()?;
        let sections = [
            (Section::ExecutiveSummary, self.executive_summary),
            (Section::Background, self.background),
            (Section::RootCauseAnalysis, self.root_cause_analysis),
            (Section::ImpactAnalysis, self.impact_analysis),
            (Section::LessonsLearned, self.lessons_learned),
            (Section::Conclusion, self.conclusion),
        ];
        let patch = inputs::ReportPatch {
            title: emptied(self.title),
            owner,
            team,
            due_on: clearable(self.due_on).map(|day| day.map(|day| day.0)),
            visibility: self.visibility.map(Into::into),
            labels: emptied(self.labels),
            sections: sections
                .into_iter()
                .filter_map(|(section, text)| Some((section, emptied(text)?.0)))
                .collect(),
            impact: emptied(self.impact).map(Into::into),
            expected_version: self.expected_version,
        };
        Ok((id, patch))
    }
}

/// Which report to submit for review.
#[derive(InputObject)]
pub struct SubmitReportInput {
    /// Which report.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
}

/// What you decide on a report under review.
#[derive(InputObject)]
pub struct ReviewReportInput {
    /// Which report.
    pub(super) id: ID,
    /// What you decide.
    pub(super) decision: enums::ApprovalDecision,
    /// What you say about it; needed when you ask for changes.
    pub(super) comment: Option<String>,
}

/// Which report to publish.
#[derive(InputObject)]
pub struct PublishReportInput {
    /// Which report.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Why an admin publishes although ERROR findings stand; kept in the event.
    pub(super) override_reason: Option<String>,
}

/// Which report to take back to DRAFT.
#[derive(InputObject)]
pub struct ReopenReportInput {
    /// Which report.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Why; kept in the event.
    pub(super) reason: Option<String>,
}

/// Which report to put away.
#[derive(InputObject)]
pub struct ArchiveReportInput {
    /// Which report.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
}

/// Who takes part in a report.
#[derive(InputObject)]
pub struct SetParticipantsInput {
    /// Which report.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// The whole new set.
    pub(super) participants: Vec<ParticipantInput>,
}

/// A moment to add to a timeline.
#[derive(InputObject)]
pub struct AddTimelineEventInput {
    /// To which report.
    pub(super) report_id: ID,
    /// When it happened.
    occurred_at: DateTime,
    /// What kind of moment it was.
    kind: Option<enums::TimelineEventKind>,
    /// What happened.
    description: Markdown,
    /// Where that is known from.
    source_url: Option<Url>,
}

impl AddTimelineEventInput {
    pub(super) fn decode(self) -> NewTimelineEvent {
        NewTimelineEvent {
            occurred_at: self.occurred_at.0,
            kind: self.kind.unwrap_or(enums::TimelineEventKind::Other).into(),
            description: self.description.0,
            source_url: self.source_url.map(|url| url.0),
        }
    }
}

/// What to change of a moment. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateTimelineEventInput {
    /// Which entry.
    pub(super) id: ID,
    /// When it really happened.
    occurred_at: Option<DateTime>,
    /// What kind of moment it was.
    kind: Option<enums::TimelineEventKind>,
    /// What happened.
    description: Option<Markdown>,
    /// Where that is known from; null: not said.
    source_url: MaybeUndefined<Url>,
}

impl UpdateTimelineEventInput {
    pub(super) fn decode(self) -> TimelinePatch {
        TimelinePatch {
            occurred_at: self.occurred_at.map(|at| at.0),
            kind: self.kind.map(Into::into),
            description: self.description.map(|text| text.0),
            source_url: clearable(self.source_url).map(|url| url.map(|url| url.0)),
        }
    }
}

/// Which moment to remove.
#[derive(InputObject)]
pub struct RemoveTimelineEventInput {
    /// Which entry.
    pub(super) id: ID,
}

/// The report that was created.
#[derive(SimpleObject)]
pub struct CreateReportPayload {
    /// The report.
    pub(super) report: Report,
    /// The same in the list of reports.
    pub(super) report_edge: ReportEdge,
}

macro_rules! report_payload {
    ($($name:ident),+) => {$(
        /// The report as it is now.
        #[derive(SimpleObject)]
        pub struct $name {
            /// The report.
            pub(super) report: Report,
        }
    )+};
}
report_payload!(
    UpdateReportPayload,
    SubmitReportPayload,
    ReviewReportPayload,
    PublishReportPayload,
    ReopenReportPayload,
    ArchiveReportPayload,
    SetParticipantsPayload
);

/// The moment that was added.
#[derive(SimpleObject)]
pub struct AddTimelineEventPayload {
    /// The entry.
    pub(super) timeline_event: TimelineEvent,
    /// The same in the report's timeline.
    pub(super) timeline_event_edge: TimelineEventEdge,
}

/// The moment as it is now.
#[derive(SimpleObject)]
pub struct UpdateTimelineEventPayload {
    /// The entry.
    pub(super) timeline_event: TimelineEvent,
}

/// What is left after a moment was removed.
#[derive(SimpleObject)]
pub struct RemoveTimelineEventPayload {
    /// The id of the entry that is gone.
    pub(super) removed_id: ID,
    /// The report it belonged to.
    pub(super) report: Report,
}
