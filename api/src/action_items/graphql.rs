//! Action items in the API: the interface that reports and recommendations share.

#![allow(
    clippy::duplicated_attributes,
    reason = "the fields of an interface are attributes that repeat their keys"
)]

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface, Object, OutputType, registry::Registry};

use super::{
    loaders::{ItemCountOf, ItemsOf},
    queries::{ActionItemFilter, ActionItems, Reference},
};
use entity::ids::UserId;

use crate::{
    graphql::{
        Result,
        connection::{Counter, connection},
        context::{loaders, session},
        cost,
        direct::{Direct, Ready},
        loaders::ById,
        scalars::{Date, DateTime, Url},
    },
    incidents::graphql::Incident,
    people::graphql::{Team, User},
    platform::{
        error::Error,
        page::{Page, PageArgs},
    },
    recommendations::graphql::Recommendation,
    reports::graphql::Report,
    root_causes::graphql::RootCauseConnection,
};

/// Anything somebody owes by a date: a report to be published, or a recommendation to be carried out.
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id."),
    field(
        name = "key",
        ty = "String",
        desc = "The short, unique key that people say aloud, such as PM-12 or REC-40."
    ),
    field(name = "title", ty = "String", desc = "What it is, in a line."),
    field(
        name = "owner",
        ty = "Option<Direct<User>>",
        desc = "Who owes it; null: nobody has taken it."
    ),
    field(
        name = "team",
        ty = "Option<Direct<Team>>",
        desc = "The team it belongs to; null: none."
    ),
    field(name = "due_on", ty = "Option<Date>", desc = "By when; null when nobody has said."),
    field(
        name = "original_due_on",
        ty = "Option<Date>",
        desc = "The first due date ever committed to; never changes. Null when there never was one."
    ),
    field(name = "is_open", ty = "bool", desc = "Whether it is committed and not finished."),
    field(
        name = "is_overdue",
        ty = "bool",
        desc = "Whether it is open and was due before today in the organisation's time zone."
    ),
    field(name = "days_overdue", ty = "i32", desc = "Days since it was due; 0 unless overdue."),
    field(
        name = "completed_at",
        ty = "Option<DateTime>",
        desc = "When it was finished or declined; null until then."
    ),
    field(name = "incident", ty = "Direct<Incident>", desc = "The incident it comes from."),
    field(
        name = "root_causes",
        ty = "Direct<RootCauseConnection>",
        desc = "The root causes it analyses or treats, as far as you may see them.",
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "Take this many from the start: 0 to 100; 20 when left out."
        ),
        arg(name = "after", ty = "Option<String>", desc = "Only what comes after this cursor."),
        arg(name = "last", ty = "Option<i32>", desc = "Take this many from the end: 0 to 100."),
        arg(name = "before", ty = "Option<String>", desc = "Only what comes before this cursor.")
    ),
    field(name = "created_at", ty = "DateTime", desc = "When it was created."),
    field(name = "updated_at", ty = "DateTime", desc = "When it was last changed."),
    field(
        name = "version",
        ty = "i64",
        desc = "Counts updates; send it back as expectedVersion."
    ),
    field(name = "url", ty = "Url", desc = "Where people can see it.")
)]
pub enum ActionItem {
    /// A report to be published.
    Report(Report),
    /// A recommendation to be carried out.
    Recommendation(Recommendation),
}

connection!(
    ActionItem,
    ActionItemConnection,
    ActionItemEdge,
    "One page of action items.",
    "An action item in a list."
);

impl Ready for ActionItem {
    const WAITS: &'static [&'static str] = &[];
}

/// Registers that every action item is a node. The derive macro has no word for an interface that implements another.
pub struct ActionItemIsNode;

impl OutputType for ActionItemIsNode {
    fn type_name() -> std::borrow::Cow<'static, str> {
        ActionItem::type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        let name = ActionItem::create_type_info(registry);
        registry.add_implements(&name, "Node");
        name
    }
    async fn resolve(
        &self,
        _: &async_graphql::ContextSelectionSet<'_>,
        _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
    ) -> async_graphql::ServerResult<async_graphql::Value> {
        Ok(async_graphql::Value::Null)
    }
}

/// One page of everybody's action items.
async fn all_items(
    ctx: &Context<'_>,
    filter: Option<ActionItemFilter>,
    page: PageArgs,
) -> Result<ActionItemConnection> {
    let session = session(ctx).clone();
    let found = ActionItems::new(&session, filter.as_ref(), None)?
        .page(&session.db, &page)
        .await?;
    let items = load(ctx, found).await?;
    let counter = Counter::new(|| async move {
        ActionItems::new(&session, filter.as_ref(), None)?
            .count(&session.db)
            .await
    });
    Ok(ActionItemConnection::new((items, counter)))
}

/// One page of what somebody owes.
pub async fn items_of(
    ctx: &Context<'_>,
    owner: UserId,
    filter: Option<ActionItemFilter>,
    page: PageArgs,
) -> Result<ActionItemConnection> {
    let loaders = loaders(ctx).clone();
    let found = loaders
        .load_one(ItemsOf {
            owner,
            filter: filter.clone(),
            page,
        })
        .await?;
    let items = load(ctx, found.unwrap_or_else(Page::empty)).await?;
    let key = ItemCountOf { owner, filter };
    let counter = Counter::new(|| async move { Ok(loaders.load_one(key).await?.unwrap_or(0)) });
    Ok(ActionItemConnection::new((items, counter)))
}

async fn load(ctx: &Context<'_>, page: Page<Reference>) -> Result<Page<ActionItem>, Error> {
    let mut reports = Vec::new();
    let mut recommendations = Vec::new();
    for (_, reference) in &page.rows {
        match reference {
            Reference::Report(id) => reports.push(ById(*id)),
            Reference::Recommendation(id) => recommendations.push(ById(*id)),
        }
    }
    let reports: HashMap<_, _> = loaders(ctx).load_many(reports).await?;
    let recommendations: HashMap<_, _> = loaders(ctx).load_many(recommendations).await?;
    let find = |reference| match reference {
        Reference::Report(id) => reports
            .get(&ById(id))
            .cloned()
            .map(|row| ActionItem::Report(row.into())),
        Reference::Recommendation(id) => recommendations
            .get(&ById(id))
            .cloned()
            .map(|row| ActionItem::Recommendation(row.into())),
    };
    let rows = page
        .rows
        .into_iter()
        .filter_map(|(cursor, reference)| Some((cursor, find(reference)?)))
        .collect();
    Ok(Page {
        rows,
        has_next: page.has_next,
        has_previous: page.has_previous,
    })
}

/// You, as the service knows you.
pub struct Viewer;

/// You, as the service knows you.
#[Object]
impl Viewer {
    /// Your user; null for a machine.
    async fn user(&self, ctx: &Context<'_>) -> Option<User> {
        session(ctx)
            .viewer
            .user
            .clone()
            .map(|row| User(std::sync::Arc::new(row)))
    }
    /// Your reports and recommendations, the soonest due first; without `isOpen` in the filter also what is finished. Empty for a
    /// machine.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn action_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ActionItemFilter>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Result<ActionItemConnection> {
        let page = PageArgs::new(first, after.as_deref(), None, None)?;
        match session(ctx).viewer.id() {
            Some(me) => items_of(ctx, me, filter, page).await,
            None => Ok(ActionItemConnection::new((Page::empty(), Counter::Known(0)))),
        }
    }
}

/// Reads action items.
#[derive(Default)]
pub struct ActionItemQuery;

#[Object]
impl ActionItemQuery {
    /// You, as the service knows you.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// Reports and recommendations together, the soonest due first; those without a due date last.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn action_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ActionItemFilter>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Result<ActionItemConnection> {
        let page = PageArgs::new(first, after.as_deref(), None, None)?;
        all_items(ctx, filter, page).await
    }
}
