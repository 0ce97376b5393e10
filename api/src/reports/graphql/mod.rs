//! Reports in the API.

mod inputs;
mod mutations;
mod parts;
mod queries;
pub mod related;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{
    ids::{ReportId, TypedId},
    report,
};

pub use inputs::*;
pub use mutations::ReportMutation;
pub use parts::*;
pub use queries::ReportQuery;

use super::{
    loaders::{Approvals, DocumentOf, FindingsOf, Labels, Participants, RevisionsOfReport, TimelineOfReport},
    model::document::Document,
};
use crate::{
    comments::{
        graphql::{Comment, CommentConnection},
        loaders::CommentsOfReport,
    },
    events::{graphql::EventConnection, loaders::EventsOfReport},
    follow_through::{
        graphql::{FollowThroughMetrics, wanted},
        loaders::OfReport,
    },
    graphql::{
        Result,
        ahead::lists,
        connection::connection,
        context::{loaders, session},
        cost,
        direct::{Direct, Ready},
        enums,
        loaders::{by_reference, children, required, short_list},
        scalars::{Date, DateTime, Markdown, Url},
    },
    incidents::graphql::Incident,
    people::graphql::{Team, User},
    platform::{error::Error, loaded::Loaded, markdown, page::PageArgs},
    policies::graphql::DuePolicy,
    recommendations::{
        graphql::{Recommendation, RecommendationConnection},
        loaders::RecommendationsOfReport,
        queries::{RecommendationFilter, RecommendationOrder},
    },
    root_causes::{
        graphql::{RootCause, RootCauseConnection},
        loaders::CausesOfReport,
    },
    search::graphql::{SimilarReport, cost_of_similar, reports_like},
};

/// The analysis of one incident: an action item until it is PUBLISHED or ARCHIVED.
#[derive(Clone)]
pub struct Report {
    pub(crate) row: Arc<report::Model>,
    pub(crate) owner: Loaded<entity::user::Model>,
    pub(crate) team: Loaded<entity::team::Model>,
    pub(crate) incident: Loaded<entity::incident::Model>,
}

impl From<Arc<report::Model>> for Report {
    fn from(row: Arc<report::Model>) -> Self {
        Self {
            row,
            owner: Loaded::Unknown,
            team: Loaded::Unknown,
            incident: Loaded::Unknown,
        }
    }
}

impl Report {
    fn is_overdue_on(&self, today: chrono::NaiveDate) -> bool {
        self.row.status.is_open() && self.row.due_on.is_some_and(|due| due < today)
    }

    async fn document(&self, ctx: &Context<'_>) -> Result<Arc<Document>, Error> {
        let document = loaders(ctx).load_one(DocumentOf(self.row.id)).await?;
        document.ok_or_else(|| Error::not_found("report"))
    }
}

connection!(
    Report,
    ReportConnection,
    ReportEdge,
    "One page of reports.",
    "A report in a list."
);

impl Ready for Report {
    const WAITS: &'static [&'static str] = &["labels", "markdown", "html"];

    fn brought(&self, field: &str) -> bool {
        match field {
            "owner" => self.owner.is_known(),
            "team" => self.team.is_known(),
            "incident" => self.incident.is_known(),
            _ => false,
        }
    }

    lists!(|this| this.row.id.uuid(); {
        "timeline": TimelineOfReport => TimelineEvent,
        "rootCauses": CausesOfReport => RootCause,
        "recommendations": RecommendationsOfReport::default() => Recommendation,
        "comments": CommentsOfReport => Comment,
        "revisions": RevisionsOfReport => Revision,
    });
}

/// The analysis of one incident: an action item until it is PUBLISHED or ARCHIVED.
#[Object]
impl Report {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }
    /// The short, unique key that people say aloud, such as PM-12.
    pub async fn key(&self) -> &str {
        &self.row.key
    }
    /// The title.
    pub async fn title(&self) -> &str {
        &self.row.title
    }
    /// Where it stands.
    async fn status(&self) -> enums::ReportStatus {
        self.row.status.into()
    }
    /// Who may know that it exists.
    async fn visibility(&self) -> enums::Visibility {
        self.row.visibility.into()
    }
    /// Who owes it; null: nobody has taken it.
    pub async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Direct<User>>> {
        let owner = match &self.owner {
            Loaded::Known(owner) => owner.clone(),
            Loaded::Unknown => by_reference(ctx, self.row.owner_id).await?,
        };
        Ok(owner.map(|row| Direct(User(row))))
    }
    /// The team it belongs to; null: none.
    pub async fn team(&self, ctx: &Context<'_>) -> Result<Option<Direct<Team>>> {
        let team = match &self.team {
            Loaded::Known(team) => team.clone(),
            Loaded::Unknown => by_reference(ctx, self.row.team_id).await?,
        };
        Ok(team.map(|row| Direct(Team(row))))
    }
    /// By when it is to be published; null when nobody has said.
    pub async fn due_on(&self) -> Option<Date> {
        self.row.due_on.map(Into::into)
    }
    /// Which policy set dueOn; null when a person did, and without a due date.
    async fn due_policy(&self, ctx: &Context<'_>) -> Result<Option<DuePolicy>> {
        Ok(by_reference(ctx, self.row.due_policy_id).await?.map(DuePolicy))
    }
    /// The first due date it ever had; never changes. Null when it never had one.
    pub async fn original_due_on(&self) -> Option<Date> {
        self.row.original_due_on.map(Into::into)
    }
    /// Whether it is still owed: DRAFT or IN_REVIEW.
    pub async fn is_open(&self) -> bool {
        self.row.status.is_open()
    }
    /// Whether it is open and was due before today in the organisation's time zone.
    pub async fn is_overdue(&self, ctx: &Context<'_>) -> bool {
        self.is_overdue_on(session(ctx).today())
    }
    /// Days since it was due; 0 unless overdue.
    pub async fn days_overdue(&self, ctx: &Context<'_>) -> i32 {
        let today = session(ctx).today();
        match self.row.due_on {
            Some(due) if self.is_overdue_on(today) => i32::try_from((today - due).num_days()).unwrap_or(i32::MAX),
            _ => 0,
        }
    }
    /// When it was published; null until then. The same as publishedAt.
    pub async fn completed_at(&self) -> Option<DateTime> {
        self.row.published_at.map(Into::into)
    }
    /// When it was published; null until then, and again after a reopening.
    async fn published_at(&self) -> Option<DateTime> {
        self.row.published_at.map(Into::into)
    }
    /// The incident it analyses.
    pub async fn incident(&self, ctx: &Context<'_>) -> Result<Direct<Incident>> {
        if let Loaded::Known(Some(row)) = &self.incident {
            return Ok(Direct(Incident(row.clone())));
        }
        Ok(Direct(Incident(required(ctx, self.row.incident_id).await?)))
    }
    /// Free labels, in alphabetical order.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn labels(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let labels = short_list::<Labels>(ctx, self.row.id.uuid()).await?;
        Ok(labels.into_iter().map(|row| row.label).collect())
    }

    /// What happened, for everybody; "" until written, as all sections.
    async fn executive_summary(&self) -> Markdown {
        (&self.row.executive_summary).into()
    }
    /// The system that failed, its goals and objectives; "" until written.
    async fn background(&self) -> Markdown {
        (&self.row.background).into()
    }
    /// What happened when, in order of time.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Direct<TimelineEventConnection>> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let found = children(ctx, self.row.id.uuid(), TimelineOfReport, page).await?;
        Ok(Direct(TimelineEventConnection::new(found)))
    }
    /// Why it happened; "" until written.
    async fn root_cause_analysis(&self) -> Markdown {
        (&self.row.root_cause_analysis).into()
    }
    /// The root causes as records, in the order they were added.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    pub async fn root_causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Direct<RootCauseConnection>> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let found = children(ctx, self.row.id.uuid(), CausesOfReport, page).await?;
        Ok(Direct(RootCauseConnection::new(found)))
    }
    /// What it did to whom; "" until written.
    async fn impact_analysis(&self) -> Markdown {
        (&self.row.impact_analysis).into()
    }
    /// The impact in figures.
    async fn impact(&self) -> Impact {
        Impact::of(&self.row)
    }
    /// The recommendations that were first made here.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recommendations; all when left out.")] filter: Option<RecommendationFilter>,
        #[graphql(desc = "In which order; the soonest due first when left out.")] order_by: Option<RecommendationOrder>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Direct<RecommendationConnection>> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let list = RecommendationsOfReport { filter, order_by };
        let found = children(ctx, self.row.id.uuid(), list, page).await?;
        Ok(Direct(RecommendationConnection::new(found)))
    }
    /// What went well, what went poorly, where we got lucky; "" until written.
    async fn lessons_learned(&self) -> Markdown {
        (&self.row.lessons_learned).into()
    }
    /// What follows from it; "" until written.
    async fn conclusion(&self) -> Markdown {
        (&self.row.conclusion).into()
    }

    /// Who took part, and as what.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn participants(&self, ctx: &Context<'_>) -> Result<Vec<Participant>> {
        let rows = short_list::<Participants>(ctx, self.row.id.uuid()).await?;
        Ok(rows.into_iter().map(Participant).collect())
    }
    /// The latest decision of each reviewer on the text under review.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<Approval>> {
        let rows = short_list::<Approvals>(ctx, self.row.id.uuid()).await?;
        Ok(rows.into_iter().map(Approval).collect())
    }
    /// What the report still lacks, errors first. An ERROR blocks publishing.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn findings(&self, ctx: &Context<'_>) -> Result<Vec<Finding>> {
        let findings = loaders(ctx)
            .load_one(FindingsOf(self.row.id))
            .await?
            .unwrap_or_default();
        Ok(findings.iter().cloned().map(Finding).collect())
    }
    /// What became of the recommendations that were first made in it, as of now, and how far its root causes are covered.
    async fn follow_through(&self, ctx: &Context<'_>) -> Result<FollowThroughMetrics> {
        let key = OfReport {
            report: self.row.id,
            wants: wanted(ctx),
        };
        let counts = loaders(ctx).load_one(key).await?;
        Ok(FollowThroughMetrics(counts.unwrap_or_default()))
    }
    /// What people said about it, in order of time.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<CommentConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(CommentConnection::new(
            children(ctx, self.row.id.uuid(), CommentsOfReport, page).await?,
        ))
    }
    /// What happened to it and to all that stands under it, the latest first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<EventConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(EventConnection::new(
            children(ctx, self.row.id.uuid(), EventsOfReport, page).await?,
        ))
    }
    /// Its text after each update, the latest first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<RevisionConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(RevisionConnection::new(
            children(ctx, self.row.id.uuid(), RevisionsOfReport, page).await?,
        ))
    }
    /// The other reports that are most like it, the most alike first: by their causes, their words, and the services that were hit.
    #[graphql(complexity = "cost_of_similar(first, child_complexity)")]
    async fn similar_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many: 0 to 100; 5 when left out.")] first: Option<i32>,
    ) -> Result<Vec<SimilarReport>> {
        reports_like(ctx, self.row.id, first).await
    }
    /// The whole report as one document.
    #[graphql(complexity = 20)]
    async fn markdown(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.document(ctx).await?.to_markdown())
    }
    /// The whole report as one document, as sanitised HTML.
    #[graphql(complexity = 50)]
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        let document = self.document(ctx).await?;
        // Rendering a long report takes milliseconds that the worker's other requests should not wait for.
        let html = tokio::task::spawn_blocking(move || markdown::to_html(&document.to_markdown())).await;
        Ok(html.map_err(Error::internal)?)
    }
    /// When it was created.
    pub async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
    /// When it was last changed.
    pub async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
    /// Counts updates; send it back as expectedVersion to detect a lost update.
    pub async fn version(&self) -> i64 {
        self.row.version
    }
    /// Where people can see it.
    pub async fn url(&self, ctx: &Context<'_>) -> Url {
        Url(format!(
            "{}/reports/{}",
            session(ctx).app.settings.public_url,
            self.row.key
        ))
    }
}

/// The report as it is now.
pub(crate) async fn report_now(ctx: &Context<'_>, id: ReportId) -> Result<Report, Error> {
    let row = crate::graphql::loaders::by_id(ctx, id).await?;
    row.map(Report::from).ok_or_else(|| Error::not_found("report"))
}
