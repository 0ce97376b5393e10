//! Recommendations in the API.

mod inputs;
mod mutations;
mod parts;
mod queries;
mod related;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{
    ids::{RecommendationId, TypedId},
    recommendation,
};

pub use inputs::*;
pub use mutations::RecommendationMutation;
pub use parts::*;
pub use queries::RecommendationQuery;

use super::loaders::{DueChanges, EffectivenessReviews, EvidenceOf, Labels};
use crate::{
    comments::{
        graphql::{Comment, CommentConnection},
        loaders::CommentsOfRecommendation,
    },
    events::{graphql::EventConnection, loaders::EventsOfSubject},
    graphql::{
        Result,
        ahead::lists,
        connection::connection,
        context::session,
        cost,
        direct::{Direct, Ready},
        enums,
        loaders::{by_id, by_reference, children, required, short_list},
        scalars::{Date, DateTime, Markdown, Url},
    },
    incidents::graphql::Incident,
    people::graphql::{Team, User},
    platform::{error::Error, loaded::Loaded, page::PageArgs},
    policies::graphql::DuePolicy,
    reports::{
        graphql::{Finding, Report},
        model::findings::{RecommendationFacts, of_recommendation},
    },
    root_causes::{
        graphql::{RootCause, RootCauseConnection},
        loaders::CausesOfRecommendation,
    },
    trackers::{graphql::TrackerLink, loaders::LinksOfRecommendation},
};

/// One committed (or proposed) piece of work that treats one or more root causes, in this report or others.
#[derive(Clone)]
pub struct Recommendation {
    pub(crate) row: Arc<recommendation::Model>,
    pub(crate) owner: Loaded<entity::user::Model>,
    pub(crate) team: Loaded<entity::team::Model>,
    pub(crate) incident: Loaded<entity::incident::Model>,
    pub(crate) report: Loaded<entity::report::Model>,
}

impl From<Arc<recommendation::Model>> for Recommendation {
    fn from(row: Arc<recommendation::Model>) -> Self {
        Self {
            row,
            owner: Loaded::Unknown,
            team: Loaded::Unknown,
            incident: Loaded::Unknown,
            report: Loaded::Unknown,
        }
    }
}

impl Recommendation {
    fn is_overdue_on(&self, today: chrono::NaiveDate) -> bool {
        self.row.status.is_open() && self.row.due_on.is_some_and(|due| due < today)
    }
}

connection!(
    Recommendation,
    RecommendationConnection,
    RecommendationEdge,
    "One page of recommendations.",
    "A recommendation in a list."
);

impl Ready for Recommendation {
    const WAITS: &'static [&'static str] = &["labels"];

    fn brought(&self, field: &str) -> bool {
        match field {
            "owner" => self.owner.is_known(),
            "team" => self.team.is_known(),
            "incident" => self.incident.is_known(),
            "report" => self.report.is_known(),
            _ => false,
        }
    }

    lists!(|this| this.row.id.uuid(); {
        "rootCauses": CausesOfRecommendation => RootCause,
        "comments": CommentsOfRecommendation => Comment,
    });
}

/// One committed (or proposed) piece of work that treats one or more root causes, in this report or others.
#[Object]
impl Recommendation {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }
    /// The short, unique key that people say aloud, such as REC-40.
    pub async fn key(&self) -> &str {
        &self.row.key
    }
    /// What to do, in a line.
    pub async fn title(&self) -> &str {
        &self.row.title
    }
    /// What to do, at length; "" when the title says it all.
    async fn description(&self) -> Markdown {
        (&self.row.description).into()
    }
    /// Where it stands.
    async fn status(&self) -> enums::RecommendationStatus {
        self.row.status.into()
    }
    /// What it is meant to do.
    async fn kind(&self) -> enums::RecommendationKind {
        self.row.kind.into()
    }
    /// How far it relies on people remembering; null when nobody has said.
    async fn strength(&self) -> Option<enums::Strength> {
        self.row.strength.map(Into::into)
    }
    /// How urgent it is.
    async fn priority(&self) -> enums::Priority {
        self.row.priority.into()
    }
    /// Who does it; null: nobody has taken it.
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
    /// Free labels, in alphabetical order.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn labels(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let labels = short_list::<Labels>(ctx, self.row.id.uuid()).await?;
        Ok(labels.into_iter().map(|row| row.label).collect())
    }
    /// By when it is to be done; null until somebody has said.
    pub async fn due_on(&self) -> Option<Date> {
        self.row.due_on.map(Into::into)
    }
    /// Which policy set dueOn; null when a person did, and without a due date.
    async fn due_policy(&self, ctx: &Context<'_>) -> Result<Option<DuePolicy>> {
        Ok(by_reference(ctx, self.row.due_policy_id).await?.map(DuePolicy))
    }
    /// The first due date that was committed to; never changes. Null until the first acceptance.
    pub async fn original_due_on(&self) -> Option<Date> {
        self.row.original_due_on.map(Into::into)
    }
    /// Every move of the due date, in order of time.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn due_changes(&self, ctx: &Context<'_>) -> Result<Vec<DueChange>> {
        Ok(short_list::<DueChanges>(ctx, self.row.id.uuid())
            .await?
            .into_iter()
            .map(DueChange)
            .collect())
    }
    /// Whether it is committed and not finished: ACCEPTED, IN_PROGRESS or BLOCKED.
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
    /// The end state that somebody else can check; null when nobody has said.
    async fn acceptance_criterion(&self) -> Option<&str> {
        self.row.acceptance_criterion.as_deref()
    }
    /// Links that show it done, or the ticket it is tracked in.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        Ok(short_list::<EvidenceOf>(ctx, self.row.id.uuid())
            .await?
            .into_iter()
            .map(Evidence)
            .collect())
    }
    /// Why it cannot go on; null unless BLOCKED.
    async fn blocked_reason(&self) -> Option<&str> {
        self.row.blocked_reason.as_deref()
    }
    /// When it was first accepted; null until then. A reopening keeps it.
    async fn accepted_at(&self) -> Option<DateTime> {
        self.row.accepted_at.map(Into::into)
    }
    /// When its owner said that it is done; null until then, and again after a reopening.
    async fn implemented_at(&self) -> Option<DateTime> {
        self.row.implemented_at.map(Into::into)
    }
    /// When it was implemented or declined; null while it is neither.
    pub async fn completed_at(&self) -> Option<DateTime> {
        self.row.completed_at.map(Into::into)
    }
    /// When somebody else confirmed that it is done; null until then.
    async fn verified_at(&self) -> Option<DateTime> {
        self.row.verified_at.map(Into::into)
    }
    /// Who confirmed it, never the owner; null until verified.
    async fn verified_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.row.verified_by_id).await?.map(User))
    }
    /// Why it was declined; null unless DECLINED.
    async fn closure_reason(&self) -> Option<enums::ClosureReason> {
        self.row.closure_reason.map(Into::into)
    }
    /// Why it was declined, in words; null unless DECLINED.
    async fn closure_note(&self) -> Option<&str> {
        self.row.closure_note.as_deref()
    }
    /// Until when the risk is accepted; null unless closureReason is RISK_ACCEPTED.
    async fn risk_accepted_until(&self) -> Option<Date> {
        self.row.risk_accepted_until.map(Into::into)
    }
    /// Whether it helped: the reviews planned at its verification, and those held.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn effectiveness_reviews(&self, ctx: &Context<'_>) -> Result<Vec<EffectivenessReview>> {
        let rows = short_list::<EffectivenessReviews>(ctx, self.row.id.uuid()).await?;
        Ok(rows.into_iter().map(EffectivenessReview).collect())
    }
    /// The report in which it was first recommended.
    async fn report(&self, ctx: &Context<'_>) -> Result<Direct<Report>> {
        let report = match &self.report {
            Loaded::Known(Some(report)) => report.clone(),
            _ => required(ctx, self.row.report_id).await?,
        };
        Ok(Direct(Report::from(report)))
    }
    /// The incident of that report.
    pub async fn incident(&self, ctx: &Context<'_>) -> Result<Direct<Incident>> {
        if let Loaded::Known(Some(incident)) = &self.incident {
            return Ok(Direct(Incident(incident.clone())));
        }
        let report = required(ctx, self.row.report_id).await?;
        Ok(Direct(Incident(required(ctx, report.incident_id).await?)))
    }
    /// The causes it treats, as far as you may see them.
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
        let found = children(ctx, self.row.id.uuid(), CausesOfRecommendation, page).await?;
        Ok(Direct(RootCauseConnection::new(found)))
    }
    /// The issues that it is linked to, also those that it was, the first one first.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn tracker_links(&self, ctx: &Context<'_>) -> Result<Vec<TrackerLink>> {
        let links = short_list::<LinksOfRecommendation>(ctx, self.row.id.uuid()).await?;
        Ok(links.into_iter().map(|link| TrackerLink(Arc::new(link))).collect())
    }
    /// What keeps it from being clear and checkable.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn findings(&self) -> Vec<Finding> {
        let facts = RecommendationFacts {
            id: self.row.id,
            title: self.row.title.clone(),
            status: self.row.status,
            has_criterion: self.row.acceptance_criterion.is_some(),
        };
        of_recommendation(&facts).into_iter().map(Finding).collect()
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
        let found = children(ctx, self.row.id.uuid(), CommentsOfRecommendation, page).await?;
        Ok(CommentConnection::new(found))
    }
    /// What happened to it, the latest first.
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
            children(ctx, self.row.id.uuid(), EventsOfSubject, page).await?,
        ))
    }
    /// When it was recommended.
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
            "{}/recommendations/{}",
            session(ctx).app.settings.public_url,
            self.row.key
        ))
    }
}

/// The recommendation as it is now.
pub(crate) async fn recommendation_now(ctx: &Context<'_>, id: RecommendationId) -> Result<Recommendation, Error> {
    by_id(ctx, id)
        .await?
        .map(Recommendation::from)
        .ok_or_else(|| Error::not_found("recommendation"))
}
