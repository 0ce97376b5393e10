//! Reads reports.

use async_graphql::{Context, ID, Object};
use entity::ids::ReportId;

use super::{Report, ReportConnection};
use crate::{
    events::loaders::kept,
    graphql::{
        Result,
        context::session,
        cost,
        direct::Direct,
        filters::FilterEnv,
        loaders::{by_id, one, root_counted},
    },
    incidents::graphql::{Handle, one_of},
    platform::{ids::parse, page::PageArgs},
    reports::queries::filter::{ReportFilter, ReportOrder, by_key, listed, order},
};

/// Reads reports.
#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// One report by id or key; null when there is none or you may not see it.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id. Give either this or key.")] id: Option<ID>,
        #[graphql(desc = "The short key, such as PM-12.")] key: Option<String>,
    ) -> Result<Option<Direct<Report>>> {
        let found: Option<Report> = match one_of(id, key)? {
            Handle::Id(id) => by_id(ctx, parse::<ReportId>("id", &id)?).await?.map(Report::from),
            Handle::Key(key) => one(ctx, by_key(&session(ctx).viewer, &key)).await?,
        };
        Ok(found.map(Direct))
    }

    /// Reports, the latest first unless ordered otherwise. Archived ones only when the filter asks about status, id or key.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reports; all that are not archived when left out.")] filter: Option<ReportFilter>,
        #[graphql(desc = "In which order; the latest created first when left out.")] order_by: Option<ReportOrder>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Direct<ReportConnection>> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let select = listed(&FilterEnv::new(session(ctx)), filter.as_ref())?;
        let found = root_counted(ctx, select, order(order_by), page, kept(None)).await?;
        Ok(Direct(ReportConnection::new(found)))
    }
}
