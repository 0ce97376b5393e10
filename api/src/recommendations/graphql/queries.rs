//! Reads recommendations.

use async_graphql::{Context, ID, Object};
use entity::{ids::RecommendationId, recommendation};
use sea_orm::QueryFilter;

use super::{Recommendation, RecommendationConnection};
use crate::{
    auth::scope,
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
    recommendations::queries::{RecommendationFilter, RecommendationOrder, by_key, order},
};

/// Reads recommendations.
#[derive(Default)]
pub struct RecommendationQuery;

#[Object]
impl RecommendationQuery {
    /// One recommendation by id or key; null when there is none or you may not see it.
    async fn recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id. Give either this or key.")] id: Option<ID>,
        #[graphql(desc = "The short key, such as REC-40.")] key: Option<String>,
    ) -> Result<Option<Direct<Recommendation>>> {
        let found: Option<Recommendation> = match one_of(id, key)? {
            Handle::Id(id) => by_id(ctx, parse::<RecommendationId>("id", &id)?)
                .await?
                .map(Recommendation::from),
            Handle::Key(key) => one(ctx, by_key(&session(ctx).viewer, &key)).await?,
        };
        Ok(found.map(Direct))
    }

    /// Recommendations of all reports, the soonest due first unless ordered otherwise.
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
        let condition = FilterEnv::new(session(ctx)).all_of(filter.as_ref())?;
        let select = scope::recommendations(&session(ctx).viewer).filter(condition);
        let found = root_counted(
            ctx,
            select,
            order(order_by),
            page,
            kept(Some(recommendation::Column::TeamId)),
        )
        .await?;
        Ok(Direct(RecommendationConnection::new(found)))
    }
}
