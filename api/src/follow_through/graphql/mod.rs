//! Follow-through in the API.

mod funnel;
mod metrics;
mod recurrence;
mod trend;

use std::collections::HashMap;

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::ids::{CauseCategoryId, ReportId, ServiceId, TeamId, UserId};
use sea_orm::prelude::Uuid;

pub use funnel::ReportFunnel;
pub(crate) use metrics::wanted;
pub use metrics::{AgeingBucket, FollowThroughMetrics};
pub use recurrence::{RecurrenceSummary, RecurringCause};
pub use trend::{TrendInterval, TrendPoint};

use super::{
    model::{counts::Counts, dimension::Dimension},
    queries::{
        funnel::funnel,
        measure::{self, Asked, GroupKey},
        past::Moment,
        recurrence::{recurring, summary},
    },
};
use crate::{
    graphql::{
        Result,
        context::{loaders, session},
        cost,
        loaders::ById,
        scalars::{Date, DateTime},
    },
    incidents::queries::IncidentFilter,
    people::graphql::{Service, Team, User},
    platform::{error::Error, page::PageArgs},
    recommendations::queries::RecommendationFilter,
    reports::graphql::Report,
    root_causes::{graphql::CauseCategory, queries::RootCauseFilter},
    schema::node::Node,
};

/// What recommendations can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "Dimension", rename_items = "SCREAMING_SNAKE_CASE")]
pub enum FollowThroughDimension {
    /// The team of the recommendation.
    Team,
    /// Its owner. For finding who needs help, never for ranking people.
    Owner,
    /// The services that its incident hit; one that hit several counts in each.
    Service,
    /// The severity of its incident.
    Severity,
    /// Its priority.
    Priority,
    /// What it is meant to do.
    Kind,
    /// Where it stands.
    Status,
    /// The categories of the root causes that it treats; one that treats several counts in each.
    CauseCategory,
    /// The report in which it was first made.
    Report,
    /// The month of its first acceptance.
    MonthAccepted,
    /// The month of its due date.
    MonthDue,
}

/// What became of some recommendations, as a whole and in groups.
pub struct FollowThrough {
    moment: Moment,
    overall: Counts,
    groups: Vec<FollowThroughGroup>,
}

/// One group.
#[derive(SimpleObject)]
pub struct FollowThroughGroup {
    /// What its members have in common, as a filter takes it: the slug of a team, service or category, the address of an owner, the key of a report, a
    /// value such as SEV1, or a month such as 2026-11. "" when they have none.
    key: String,
    /// The same for people.
    label: String,
    /// The same as an object; null when they have none, or when it is a value or a month.
    node: Option<Node>,
    /// Its metrics.
    metrics: FollowThroughMetrics,
}

/// What became of some recommendations, as a whole and in groups.
#[Object]
impl FollowThrough {
    /// All of them as one group; each counts once.
    async fn overall(&self) -> FollowThroughMetrics {
        FollowThroughMetrics(self.overall.clone())
    }
    /// By groupBy, in the order of its values, months or names, those that have none at the end; empty without it.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn groups(&self) -> &[FollowThroughGroup] {
        &self.groups
    }
    /// The moment that it is as of.
    async fn as_of(&self) -> DateTime {
        self.moment.at.into()
    }
}

/// What a group is called, and the thing that it is.
type Thing = (String, String, Node);

/// The things that are groups. One that is gone or cannot be seen is absent.
async fn things(ctx: &Context<'_>, by: Dimension, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Thing>, Error> {
    macro_rules! load {
        ($id:ident, |$row:ident| ($key:expr, $label:expr), $object:expr) => {{
            let rows = loaders(ctx).load_many(ids.into_iter().map(|id| ById($id(id)))).await?;
            rows.into_iter()
                .map(|(ById($id(id)), $row)| (id, ($key.clone(), $label.clone(), Node::from($object($row)))))
                .collect()
        }};
    }
    Ok(match by {
        Dimension::Team => load!(TeamId, |row| (row.slug, row.name), Team),
        Dimension::Owner => load!(UserId, |row| (row.email, row.name), User),
        Dimension::Service => load!(ServiceId, |row| (row.slug, row.name), Service),
        Dimension::CauseCategory => load!(CauseCategoryId, |row| (row.slug, row.name), CauseCategory),
        Dimension::Report => load!(ReportId, |row| (row.key, row.title), Report::from),
        _ => HashMap::new(),
    })
}

async fn shown(
    ctx: &Context<'_>,
    by: Dimension,
    counted: Vec<(GroupKey, Counts)>,
) -> Result<Vec<FollowThroughGroup>, Error> {
    let ids = counted.iter().filter_map(|(key, _)| match key {
        GroupKey::Thing(id) => Some(*id),
        _ => None,
    });
    let mut things = things(ctx, by, ids.collect()).await?;
    let group = |(key, counts)| {
        let none = || (String::new(), by.none_label().to_owned(), None);
        let (key, label, node) = match key {
            GroupKey::Text(text) => (text.clone(), text, None),
            GroupKey::Thing(id) => things
                .remove(&id)
                .map_or_else(none, |(key, label, node)| (key, label, Some(node))),
            GroupKey::None => none(),
        };
        FollowThroughGroup {
            key,
            label,
            node,
            metrics: FollowThroughMetrics(counts),
        }
    };
    let mut groups: Vec<FollowThroughGroup> = counted.into_iter().map(group).collect();
    groups.sort_by_cached_key(|group| {
        let place = (group.key.is_empty(), by.place(&group.key));
        (place, group.label.to_lowercase(), group.key.clone())
    });
    Ok(groups)
}

/// What groups cost: there may be as many as there are owners or reports.
fn cost_of_groups(by: Option<FollowThroughDimension>, child: usize) -> usize {
    let pages = match by {
        Some(FollowThroughDimension::Report) => 20,
        Some(FollowThroughDimension::Owner) => 5,
        _ => 1,
    };
    child.saturating_mul(pages).saturating_add(50)
}

/// Reads follow-through.
#[derive(Default)]
pub struct FollowThroughQuery;

#[Object]
impl FollowThroughQuery {
    /// What became of recommendations: docs/metrics.md. As of a past moment it is what the same question said then, but that
    /// people, teams, services and categories, and what you may see, are as they are now.
    #[graphql(complexity = "cost_of_groups(group_by, child_complexity)")]
    async fn follow_through(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recommendations, as of that moment; all when left out.")] filter: Option<
            RecommendationFilter,
        >,
        #[graphql(desc = "In which groups; none when left out.")] group_by: Option<FollowThroughDimension>,
        #[graphql(desc = "As of which moment, which must be over; now when left out.")] as_of: Option<DateTime>,
    ) -> Result<FollowThrough> {
        let session = session(ctx);
        let moment = Moment::new(session, as_of.map(|at| at.0))?;
        let asked = Asked::new(session, moment, filter.as_ref())?;
        let look = ctx.look_ahead();
        let of_all = metrics::wants(&look.field("overall"));
        let of_groups = metrics::wants(&look.field("groups").field("metrics"));
        let (overall, groups) = match group_by.map(Dimension::from) {
            Some(by) if look.field("groups").exists() => {
                let (overall, groups) = measure::both(&asked, by, of_all, of_groups).await?;
                (overall, shown(ctx, by, groups).await?)
            }
            _ => (measure::overall(&asked, of_all).await?, Vec::new()),
        };
        Ok(FollowThrough {
            moment,
            overall,
            groups,
        })
    }

    /// What flowed within intervals of days, weeks or months, and what stood at the end of each. What a filter says of a
    /// recommendation itself holds of each moment; what it says of its report, incident, root causes and labels holds of now.
    #[graphql(complexity = "100 + child_complexity")]
    async fn follow_through_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recommendations; all when left out. Not by isOverdue.")] filter: Option<
            RecommendationFilter,
        >,
        #[graphql(desc = "The first day of the first interval.")] from: Date,
        #[graphql(desc = "The last day of the last interval. Intervals that begin in the future are left out.")]
        to: Date,
        #[graphql(desc = "How long an interval is. At most 1,000 of them.")] interval: TrendInterval,
    ) -> Result<Vec<TrendPoint>> {
        Ok(trend::shown(session(ctx), filter.as_ref(), (from.0, to.0), interval).await?)
    }

    /// The causes that came back, those that did most often first.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn recurring_causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Causes of which some occurrence matches; all when left out.")] filter: Option<
            RootCauseFilter,
        >,
        #[graphql(desc = "This many: 0 to 100; 20 when left out.")] first: Option<i32>,
    ) -> Result<Vec<RecurringCause>> {
        let page = PageArgs::new(first, None, None, None)?;
        let found = recurring(session(ctx), filter.as_ref(), page.limit).await?;
        Ok(found.into_iter().map(RecurringCause).collect())
    }

    /// How the causes of the incidents of a time stood to what was known before.
    #[graphql(complexity = "50 + child_complexity")]
    async fn recurrence_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Incidents that began on this day or later; all when left out.")] from: Option<Date>,
        #[graphql(desc = "Incidents that began on this day or earlier; all when left out.")] to: Option<Date>,
    ) -> Result<RecurrenceSummary> {
        let found = summary(session(ctx), from.map(|day| day.0), to.map(|day| day.0)).await?;
        Ok(RecurrenceSummary(found))
    }

    /// How many incidents came how far on the way to a published report.
    #[graphql(complexity = "50 + child_complexity")]
    async fn report_funnel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which incidents; all when left out.")] filter: Option<IncidentFilter>,
    ) -> Result<ReportFunnel> {
        let look = ctx.look_ahead();
        let with_times = look.field("medianDaysToPublish").exists() || look.field("p90DaysToPublish").exists();
        Ok(ReportFunnel(funnel(session(ctx), filter.as_ref(), with_times).await?))
    }
}
