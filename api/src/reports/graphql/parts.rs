//! What a report is made of, in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{report, report_approval, report_participant, report_revision, timeline_event};

use super::Report;
use crate::{
    graphql::{
        Result,
        connection::connection,
        direct::{Direct, Ready},
        enums,
        loaders::{by_reference, required},
        plan::listed,
        scalars::{DateTime, Markdown, Url},
    },
    people::graphql::User,
    reports::model::findings,
    schema::node::{Node, node_of_finding},
};

/// What an incident cost, in figures.
#[derive(SimpleObject)]
pub struct Impact {
    /// How many customers noticed; null: not known.
    customers_affected: Option<i64>,
    /// How many requests failed; null: not known.
    requests_failed: Option<i64>,
    /// Whether data is gone for good; null: not known.
    data_lost: Option<bool>,
    /// How long it was down, in seconds; null: not known.
    downtime_seconds: Option<i64>,
    /// What it cost, in the smallest unit of the currency, such as cents; null: not known.
    cost_minor_units: Option<i64>,
    /// The currency of the cost, ISO 4217; null without a cost.
    currency: Option<String>,
}

impl Impact {
    pub(super) fn of(row: &report::Model) -> Self {
        Self {
            customers_affected: row.customers_affected,
            requests_failed: row.requests_failed,
            data_lost: row.data_lost,
            downtime_seconds: row.downtime_seconds,
            cost_minor_units: row.cost_minor_units,
            currency: row.currency.clone(),
        }
    }
}

/// One person's part in a report.
pub struct Participant(pub report_participant::Model);

/// One person's part in a report.
#[Object]
impl Participant {
    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        Ok(User(required(ctx, self.0.user_id).await?))
    }
    /// What they did in the incident, or do for the report.
    async fn role(&self) -> enums::ParticipantRole {
        self.0.role.into()
    }
}

/// What a reviewer decided on the text under review.
pub struct Approval(pub report_approval::Model);

/// What a reviewer decided on the text under review.
#[Object]
impl Approval {
    /// The reviewer.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        Ok(User(required(ctx, self.0.user_id).await?))
    }
    /// What they decided.
    async fn decision(&self) -> enums::ApprovalDecision {
        self.0.decision.into()
    }
    /// What they said about it; null when they said nothing.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }
    /// When they decided.
    async fn decided_at(&self) -> DateTime {
        self.0.decided_at.into()
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "findings::Level")]
pub enum FindingLevel {
    /// Blocks publishing.
    #[graphql(name = "ERROR")]
    Error,
    /// Informs.
    #[graphql(name = "WARNING")]
    Warning,
}

/// One thing that keeps a report from being complete, blameless and actionable.
pub struct Finding(pub findings::Finding);

/// One thing that keeps a report from being complete, blameless and actionable.
#[Object]
impl Finding {
    /// How much it weighs.
    async fn level(&self) -> FindingLevel {
        self.0.level.into()
    }
    /// A stable code, such as CAUSE_UNCOVERED.
    async fn code(&self) -> &str {
        self.0.code
    }
    /// A sentence that says what to do.
    async fn message(&self) -> &str {
        &self.0.message
    }
    /// The root cause or recommendation it is about; null when it is about the report as a whole.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match self.0.subject {
            Some(subject) => Ok(node_of_finding(ctx, subject).await?),
            None => Ok(None),
        }
    }
    /// The field of the report it is about; null when it is about none in particular.
    async fn section(&self) -> Option<&str> {
        self.0.section
    }
}

/// The text of a report after one update.
#[derive(Clone)]
pub struct Revision(pub Arc<report_revision::Model>);

/// The text of a report after one update.
#[Object]
impl Revision {
    /// 1, 2, 3 … within the report.
    async fn number(&self) -> i64 {
        self.0.number
    }
    /// Who made the update; null for an import or a command.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.author_id).await?.map(User))
    }
    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// The fields of the report that the update changed.
    async fn changed_sections(&self) -> Vec<String> {
        serde_json::from_value(self.0.changed_sections.clone()).unwrap_or_default()
    }
    /// The whole report as it was after the update.
    async fn markdown(&self) -> &str {
        &self.0.markdown
    }
}

connection!(
    Revision,
    RevisionConnection,
    RevisionEdge,
    "One page of revisions.",
    "A revision in a list."
);

impl Ready for Revision {
    const WAITS: &'static [&'static str] = &[];
}
listed!(Revision, entity::report_revision::Entity);

/// One moment of a report's timeline.
#[derive(Clone)]
pub struct TimelineEvent(pub Arc<timeline_event::Model>);

/// One moment of a report's timeline.
#[Object]
impl TimelineEvent {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The report it belongs to.
    async fn report(&self, ctx: &Context<'_>) -> Result<Direct<Report>> {
        Ok(Direct(Report::from(required(ctx, self.0.report_id).await?)))
    }
    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at.into()
    }
    /// What kind of moment it was.
    async fn kind(&self) -> enums::TimelineEventKind {
        self.0.kind.into()
    }
    /// What happened.
    async fn description(&self) -> Markdown {
        (&self.0.description).into()
    }
    /// Where that is known from: a log, a chat, a graph; null when nobody has said.
    async fn source_url(&self) -> Option<Url> {
        self.0.source_url.clone().map(Url)
    }
}

connection!(
    TimelineEvent,
    TimelineEventConnection,
    TimelineEventEdge,
    "One page of timeline entries.",
    "A timeline entry in a list."
);

impl Ready for TimelineEvent {
    const WAITS: &'static [&'static str] = &[];
}
listed!(TimelineEvent, entity::timeline_event::Entity, timeline_event[Id, ReportId] {
    "id": [Id],
    "report": [ReportId],
    "occurredAt": [OccurredAt],
    "kind": [Kind],
    "description": [Description],
    "sourceUrl": [SourceUrl],
});
