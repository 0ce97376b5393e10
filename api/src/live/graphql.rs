//! The subscriptions of the schema. Each is run once to begin, when it says what it wants, and once for each event.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, SimpleObject, Subscription};
use entity::{
    enums::SubjectKind,
    event,
    ids::{RecommendationId, ReportId},
};
use futures_util::{Stream, stream};

use super::{
    model::{Plan, Wanted},
    queries,
};
use crate::{
    events::graphql::Event,
    graphql::{Result, context::session},
    platform::error::Error,
    recommendations::{graphql::Recommendation, queries::RecommendationFilter},
    reports::{graphql::Report, queries::filter::ReportFilter},
};

/// Why a subscription is run this time. Whoever runs one puts it into the request.
#[derive(Clone)]
pub enum Occasion {
    /// It begins: its arguments are checked, and here goes what they mean.
    Begin(Arc<OnceLock<Plan>>),
    /// Something happened.
    Event(Arc<event::Model>),
}

/// The event that this run is for, as it is now, if the viewer may see it; none when the subscription begins.
async fn occasion(ctx: &Context<'_>, wanted: Wanted, after: Option<&str>) -> Result<Option<Arc<event::Model>>, Error> {
    match ctx.data_opt::<Occasion>() {
        Some(Occasion::Event(event)) => queries::as_it_is(session(ctx), event).await,
        Some(Occasion::Begin(plan)) => {
            let after = queries::place(session(ctx), after).await?;
            plan.set(Plan { wanted, after }).map_err(|_| {
                Error::invalid(
                    "query",
                    "SEVERAL_SUBSCRIPTIONS",
                    "A subscription has one field; send each as an operation of its own.",
                )
            })?;
            Ok(None)
        }
        None => Err(Error::internal("a subscription was run without an occasion")),
    }
}

/// A change of a recommendation.
#[derive(SimpleObject)]
pub struct RecommendationChange {
    /// What happened.
    event: Event,
    /// The recommendation as it is now, which may be after later changes too.
    recommendation: Recommendation,
}

/// A change of a report.
#[derive(SimpleObject)]
pub struct ReportChange {
    /// What happened.
    event: Event,
    /// The report as it is now, which may be after later changes too.
    report: Report,
}

/// What happens, as it happens. Each event comes once, in the order of the log, to whoever may see it at that moment.
#[derive(Default)]
pub struct LiveSubscription;

/// What happens, as it happens. Each event comes once, in the order of the log, to whoever may see it at that moment.
#[Subscription(name = "Subscription")]
impl LiveSubscription {
    /// What happens to recommendations, comments on them included, while they match a filter.
    async fn recommendation_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recommendations, as they are after the change; all when left out.")] filter: Option<
            RecommendationFilter,
        >,
        #[graphql(
            desc = "Begin with what came after this event: its id or its sequence. With what is to come when left out."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = RecommendationChange>> {
        queries::recommendations(session(ctx), filter.as_ref())?;
        let wanted = Wanted::about(SubjectKind::Recommendation);
        let mut change = None;
        if let Some(event) = occasion(ctx, wanted, after.as_deref()).await? {
            let id = RecommendationId(event.subject_id);
            let found = queries::recommendation(session(ctx), id, filter.as_ref()).await?;
            change = found.map(|row| RecommendationChange {
                event: Event(event),
                recommendation: row.into(),
            });
        }
        Ok(stream::iter(change))
    }

    /// What happens to reports, archived ones and comments on them included, while they match a filter.
    async fn report_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reports, as they are after the change; all, archived ones too, when left out.")]
        filter: Option<ReportFilter>,
        #[graphql(
            desc = "Begin with what came after this event: its id or its sequence. With what is to come when left out."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = ReportChange>> {
        queries::reports(session(ctx), filter.as_ref())?;
        let mut change = None;
        if let Some(event) = occasion(ctx, Wanted::about(SubjectKind::Report), after.as_deref()).await? {
            let found = queries::report(session(ctx), ReportId(event.subject_id), filter.as_ref()).await?;
            change = found.map(|row| ReportChange {
                event: Event(event),
                report: row.into(),
            });
        }
        Ok(stream::iter(change))
    }

    /// Everything that happens, or what is of some types.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Which types, such as recommendation.accepted, or recommendation.* for all that happens to one kind of thing; all when left out."
        )]
        types: Option<Vec<String>>,
        #[graphql(
            desc = "Begin with what came after this event: its id or its sequence. With what is to come when left out."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Event>> {
        let wanted = Wanted::of_types(types.as_deref())?;
        let event = occasion(ctx, wanted, after.as_deref()).await?;
        session(ctx).note_shown::<event::Entity>(event.as_deref().into_iter());
        Ok(stream::iter(event.map(Event)))
    }
}
