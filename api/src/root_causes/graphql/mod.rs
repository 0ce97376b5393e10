//! Root causes in the API.

mod category;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{
    cause_category,
    ids::{ReportId, RootCauseId, TypedId},
    root_cause,
};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};

pub use category::CauseCategory;

use super::{
    loaders::{ChildrenOfCause, RecurrenceOf, RecurrencesOfCause, StatusesOn},
    model::{self, Coverage, NewRootCause, RootCausePatch},
    queries::{RootCauseFilter, RootCauseOrder, order, order_added},
    service,
};
use crate::{
    auth::scope,
    events::loaders::kept,
    graphql::{
        Result,
        ahead::lists,
        connection::connection,
        context::{loaders, session},
        cost,
        direct::{Direct, Ready},
        enums,
        filters::FilterEnv,
        input::{clearable_id, emptied, optional_id},
        loaders::{by_id, by_reference, children, required, root_counted, short_list},
        plan::listed,
        scalars::{DateTime, Markdown, Url},
    },
    platform::{error::Error, ids::parse, page::PageArgs},
    recommendations::{
        graphql::{Recommendation, RecommendationConnection},
        loaders::RecommendationsOnCause,
        queries::{RecommendationFilter, RecommendationOrder},
    },
    reports::graphql::{Report, report_now},
    search::graphql::{causes_like, cost_of_similar},
};

/// Why an incident happened, was noticed late or hurt for long.
#[derive(Clone)]
pub struct RootCause(pub Arc<root_cause::Model>);

impl From<Coverage> for enums::CauseCoverage {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::Uncovered => Self::Uncovered,
            Coverage::NoAction => Self::NoAction,
            Coverage::Proposed => Self::Proposed,
            Coverage::Committed => Self::Committed,
            Coverage::Implemented => Self::Implemented,
            Coverage::Verified => Self::Verified,
        }
    }
}

impl From<enums::CauseCoverage> for Coverage {
    fn from(coverage: enums::CauseCoverage) -> Self {
        match coverage {
            enums::CauseCoverage::Uncovered => Self::Uncovered,
            enums::CauseCoverage::NoAction => Self::NoAction,
            enums::CauseCoverage::Proposed => Self::Proposed,
            enums::CauseCoverage::Committed => Self::Committed,
            enums::CauseCoverage::Implemented => Self::Implemented,
            enums::CauseCoverage::Verified => Self::Verified,
        }
    }
}

impl From<model::RecurrenceKind> for enums::RecurrenceKind {
    fn from(kind: model::RecurrenceKind) -> Self {
        match kind {
            model::RecurrenceKind::WhileOpen => Self::WhileOpen,
            model::RecurrenceKind::AfterFix => Self::AfterFix,
            model::RecurrenceKind::AfterDeclined => Self::AfterDeclined,
            model::RecurrenceKind::Unaddressed => Self::Unaddressed,
        }
    }
}

/// Why an incident happened, was noticed late or hurt for long.
#[Object]
impl RootCause {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The report it stands in.
    async fn report(&self, ctx: &Context<'_>) -> Result<Direct<Report>> {
        Ok(Direct(Report::from(required(ctx, self.0.report_id).await?)))
    }
    /// The cause in a line.
    async fn title(&self) -> &str {
        &self.0.title
    }
    /// The cause at length; "" when the title says it all.
    async fn description(&self) -> Markdown {
        (&self.0.description).into()
    }
    /// The part it played.
    async fn role(&self) -> enums::CauseRole {
        self.0.role.into()
    }
    /// What kind of cause it is; null when nobody has said.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Direct<CauseCategory>>> {
        let category = by_reference(ctx, self.0.category_id).await?;
        Ok(category.map(|row| Direct(CauseCategory(row))))
    }
    /// The cause of the same report that this one explains: a chain of whys. Null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<RootCause>> {
        Ok(by_reference(ctx, self.0.parent_id).await?.map(RootCause))
    }
    /// The causes that explain this one.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<RootCause>> {
        let rows = short_list::<ChildrenOfCause>(ctx, self.0.id.uuid()).await?;
        Ok(rows.into_iter().map(|row| RootCause(Arc::new(row))).collect())
    }
    /// How far it is treated: the furthest that any recommendation on it has come.
    async fn coverage(&self, ctx: &Context<'_>) -> Result<enums::CauseCoverage> {
        let statuses = loaders(ctx).load_one(StatusesOn(self.0.id)).await?.unwrap_or_default();
        Ok(model::coverage(&statuses, self.0.no_action_reason.is_some()).into())
    }
    /// Why nothing is recommended against it, deliberately; null when nobody has decided that.
    async fn no_action_reason(&self) -> Option<&str> {
        self.0.no_action_reason.as_deref()
    }
    /// The recommendations that treat it, of this report and others.
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
        let list = RecommendationsOnCause { filter, order_by };
        let found = children(ctx, self.0.id.uuid(), list, page).await?;
        Ok(Direct(RecommendationConnection::new(found)))
    }
    /// The earliest known occurrence of the same cause, in an earlier incident; null for a first occurrence.
    async fn recurrence_of(&self, ctx: &Context<'_>) -> Result<Option<RootCause>> {
        Ok(by_reference(ctx, self.0.recurrence_of_id).await?.map(RootCause))
    }
    /// The later occurrences of this cause. Empty for a cause that is itself a recurrence: all hang on the first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn recurrences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<RootCauseConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let found = children(ctx, self.0.id.uuid(), RecurrencesOfCause, page).await?;
        Ok(RootCauseConnection::new(found))
    }
    /// How it stands to the work already recommended against the earlier occurrences when its incident began; null for a first
    /// occurrence.
    async fn recurrence_kind(&self, ctx: &Context<'_>) -> Result<Option<enums::RecurrenceKind>> {
        if self.0.recurrence_of_id.is_none() {
            return Ok(None);
        }
        Ok(loaders(ctx).load_one(RecurrenceOf(self.0.id)).await?.map(Into::into))
    }
    /// The causes of other reports that are most like it: other occurrences of the same cause first, then those that share words
    /// with it, of which rare ones count more; the same category counts too.
    #[graphql(complexity = "cost_of_similar(first, child_complexity)")]
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many: 0 to 100; 5 when left out.")] first: Option<i32>,
    ) -> Result<Vec<RootCause>> {
        causes_like(ctx, self.0.id, first).await
    }
    /// When it was recorded.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// Counts updates; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
    /// Where people can see it.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        Url(format!(
            "{}/root-causes/{}",
            session(ctx).app.settings.public_url,
            self.0.id
        ))
    }
}

connection!(
    RootCause,
    RootCauseConnection,
    RootCauseEdge,
    "One page of root causes.",
    "A root cause in a list."
);

impl Ready for RootCause {
    const WAITS: &'static [&'static str] = &["coverage", "recurrenceKind"];

    lists!(|this| this.0.id.uuid(); {
        "recommendations": RecommendationsOnCause::default() => Recommendation,
        "recurrences": RecurrencesOfCause => RootCause,
    });
}
listed!(RootCause, root_cause::Entity, root_cause[Id, ReportId] {
    "id": [Id],
    "report": [ReportId],
    "title": [Title],
    "description": [Description],
    "role": [Role],
    "category": [CategoryId],
    "parent": [ParentId],
    "children": [Id],
    "coverage": [Id, NoActionReason],
    "noActionReason": [NoActionReason],
    "recommendations": [Id],
    "recurrenceOf": [RecurrenceOfId],
    "recurrences": [Id],
    "recurrenceKind": [Id, RecurrenceOfId],
    "createdAt": [CreatedAt],
    "version": [Version],
    "url": [Id],
});

/// Reads root causes.
#[derive(Default)]
pub struct RootCauseQuery;

#[Object]
impl RootCauseQuery {
    /// One root cause; null when there is none or you may not see it.
    async fn root_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id.")] id: ID,
    ) -> Result<Option<RootCause>> {
        Ok(by_id(ctx, parse::<RootCauseId>("id", &id)?).await?.map(RootCause))
    }

    /// Root causes of all reports, the latest first unless ordered otherwise.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn root_causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which root causes; all when left out.")] filter: Option<RootCauseFilter>,
        #[graphql(desc = "In which order; the latest recorded first when left out.")] order_by: Option<RootCauseOrder>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<RootCauseConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let condition = FilterEnv::new(session(ctx)).all_of(filter.as_ref())?;
        let select = scope::root_causes(&session(ctx).viewer).filter(condition);
        Ok(RootCauseConnection::new(
            root_counted(ctx, select, order(order_by), page, kept(None)).await?,
        ))
    }

    /// The taxonomy of causes, wider categories before those in them.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn cause_categories(&self, ctx: &Context<'_>) -> Result<Vec<CauseCategory>> {
        let all = cause_category::Entity::find().order_by_asc(cause_category::Column::Position);
        let rows = all.all(&session(ctx).db).await.map_err(Error::from)?;
        Ok(rows.into_iter().map(|row| CauseCategory(Arc::new(row))).collect())
    }
}

/// A root cause to add.
#[derive(InputObject)]
pub struct AddRootCauseInput {
    /// To which report.
    report_id: ID,
    /// The cause in a line.
    title: String,
    /// The cause at length.
    description: Option<Markdown>,
    /// The part it played.
    role: enums::CauseRole,
    /// What kind of cause it is.
    category_id: Option<ID>,
    /// The cause of the same report that it explains.
    parent_id: Option<ID>,
    /// An earlier occurrence of the same cause, in another incident.
    recurrence_of_id: Option<ID>,
}

/// What to change of a root cause. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateRootCauseInput {
    /// Which cause.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// A new title.
    title: MaybeUndefined<String>,
    /// A new description.
    description: MaybeUndefined<Markdown>,
    /// Another part.
    role: Option<enums::CauseRole>,
    /// Another category; null: none.
    category_id: MaybeUndefined<ID>,
    /// Another cause that it explains; null: none.
    parent_id: MaybeUndefined<ID>,
    /// True: takes back the recorded reason for doing nothing.
    clear_no_action_reason: Option<bool>,
}

/// Which root cause to remove.
#[derive(InputObject)]
pub struct RemoveRootCauseInput {
    /// Which cause.
    id: ID,
}

/// Why nothing is recommended against a root cause.
#[derive(InputObject)]
pub struct RecordNoActionInput {
    /// Which cause.
    root_cause_id: ID,
    /// Why.
    reason: String,
}

/// Which earlier occurrence a root cause is the recurrence of.
#[derive(InputObject)]
pub struct LinkRecurrenceInput {
    /// Which cause.
    root_cause_id: ID,
    /// The earlier occurrence; null unlinks.
    recurrence_of_id: Option<ID>,
}

/// The root cause that was added.
#[derive(SimpleObject)]
pub struct AddRootCausePayload {
    /// The cause.
    root_cause: RootCause,
    /// The same in the report's list.
    root_cause_edge: RootCauseEdge,
}

macro_rules! root_cause_payload {
    ($($name:ident),+) => {$(
        /// The root cause as it is now.
        #[derive(SimpleObject)]
        pub struct $name {
            /// The cause.
            root_cause: RootCause,
        }
    )+};
}
root_cause_payload!(UpdateRootCausePayload, RecordNoActionPayload, LinkRecurrencePayload);

/// What is left after a root cause was removed.
#[derive(SimpleObject)]
pub struct RemoveRootCausePayload {
    /// The id of the cause that is gone.
    removed_id: ID,
    /// The report it stood in.
    report: Report,
}

/// Changes root causes.
#[derive(Default)]
pub struct RootCauseMutation;

async fn now(ctx: &Context<'_>, id: RootCauseId) -> Result<RootCause> {
    Ok(RootCause(required(ctx, id).await?))
}

#[Object]
impl RootCauseMutation {
    /// Adds a root cause to a report: whoever may edit the report, in DRAFT and IN_REVIEW.
    async fn add_root_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AddRootCauseInput,
    ) -> Result<AddRootCausePayload> {
        let new = NewRootCause {
            report: parse::<ReportId>("reportId", &input.report_id)?,
            title: input.title,
            description: input.description.map(|text| text.0).unwrap_or_default(),
            role: input.role.into(),
            category: optional_id("categoryId", input.category_id.as_ref())?,
            parent: optional_id("parentId", input.parent_id.as_ref())?,
            recurrence_of: optional_id("recurrenceOfId", input.recurrence_of_id.as_ref())?,
        };
        let root_cause = now(ctx, service::add(session(ctx), new).await?).await?;
        let cursor = order_added().cursor(&root_cause.0);
        Ok(AddRootCausePayload {
            root_cause_edge: RootCauseEdge {
                cursor,
                node: root_cause.clone(),
            },
            root_cause,
        })
    }

    /// Changes a root cause: whoever may edit the report, in DRAFT and IN_REVIEW.
    async fn update_root_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateRootCauseInput,
    ) -> Result<UpdateRootCausePayload> {
        let id = parse::<RootCauseId>("id", &input.id)?;
        let patch = RootCausePatch {
            title: emptied(input.title),
            description: emptied(input.description).map(|text| text.0),
            role: input.role.map(Into::into),
            category: clearable_id("categoryId", input.category_id)?,
            parent: clearable_id("parentId", input.parent_id)?,
            clear_no_action: input.clear_no_action_reason.unwrap_or_default(),
            expected_version: input.expected_version,
        };
        service::update(session(ctx), id, patch).await?;
        Ok(UpdateRootCausePayload {
            root_cause: now(ctx, id).await?,
        })
    }

    /// Removes a root cause that nothing treats and nothing recurs from. Its text stays in the history.
    async fn remove_root_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RemoveRootCauseInput,
    ) -> Result<RemoveRootCausePayload> {
        let id = parse::<RootCauseId>("id", &input.id)?;
        let report = service::remove(session(ctx), id).await?;
        Ok(RemoveRootCausePayload {
            removed_id: input.id,
            report: report_now(ctx, report).await?,
        })
    }

    /// Records why nothing is recommended against a root cause, deliberately.
    async fn record_no_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RecordNoActionInput,
    ) -> Result<RecordNoActionPayload> {
        let id = parse::<RootCauseId>("rootCauseId", &input.root_cause_id)?;
        service::record_no_action(session(ctx), id, &input.reason).await?;
        Ok(RecordNoActionPayload {
            root_cause: now(ctx, id).await?,
        })
    }

    /// Says that a root cause is the recurrence of one in an earlier incident, or takes that back.
    async fn link_recurrence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: LinkRecurrenceInput,
    ) -> Result<LinkRecurrencePayload> {
        let id = parse::<RootCauseId>("rootCauseId", &input.root_cause_id)?;
        let earlier = optional_id("recurrenceOfId", input.recurrence_of_id.as_ref())?;
        service::link_recurrence(session(ctx), id, earlier).await?;
        Ok(LinkRecurrencePayload {
            root_cause: now(ctx, id).await?,
        })
    }
}
