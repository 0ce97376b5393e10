//! Which causes came back, and how those that did stood to the work already recommended against them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{IncidentId, RecommendationId, RootCauseId},
    incident, recommendation, recommendation_root_cause, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Order, Query, SelectStatement},
};

use crate::{
    auth::{Session, scope},
    events::queries::fresh::Fresh,
    follow_through::model::counts::share,
    graphql::filters::FilterEnv,
    platform::{
        clock::{end_of_day_in, start_of_day_in},
        error::Error,
        results::Weigh,
        sql,
    },
    recommendations::queries::is_open,
    root_causes::{
        model::RecurrenceKind,
        queries::{
            RootCauseFilter,
            recurrence::{chains, in_incidents, kinds},
        },
    },
};

/// A cause that came back at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurring {
    /// Its first occurrence.
    pub first: RootCauseId,
    /// How often it is known to have occurred, the first time included.
    pub occurrences: usize,
    /// In which incidents, the earliest first.
    pub incidents: Vec<IncidentId>,
    /// When the last of them began.
    pub last_occurred_at: DateTime<Utc>,
    /// How many open recommendations treat any of its occurrences.
    pub open_recommendations: usize,
    /// How many recurrences began while committed work on an earlier one was open.
    pub preventable: usize,
}

/// Recurrences of what may be seen too.
pub(super) fn recurs(session: &Session) -> Condition {
    let visible = scope::only_id(scope::root_causes(&session.viewer), root_cause::Column::Id);
    Condition::all().add(sql::among(root_cause::Column::RecurrenceOfId, visible))
}

/// The causes that came back most often, of which some occurrence matches.
pub async fn recurring(
    session: &Arc<Session>,
    filter: Option<&RootCauseFilter>,
    first: u64,
) -> Result<Vec<Recurring>, Error> {
    let mut select = in_incidents(session).filter(recurs(session));
    if let Some(filter) = filter {
        let mut matching = scope::root_causes(&session.viewer)
            .filter(FilterEnv::new(session).condition(filter)?)
            .select_only();
        let column = |column: root_cause::Column| Expr::col(column.as_column_ref());
        let chain = Func::coalesce([
            column(root_cause::Column::RecurrenceOfId),
            column(root_cause::Column::Id),
        ]);
        let of_chain = QuerySelect::query(&mut matching).expr(chain).to_owned();
        select = select.filter(root_cause::Column::RecurrenceOfId.in_subquery(of_chain));
    }
    let select = select
        .select_only()
        .column(root_cause::Column::RecurrenceOfId)
        .group_by(root_cause::Column::RecurrenceOfId)
        .order_by(Expr::val(1).count(), Order::Desc)
        .order_by(incident::Column::StartedAt.max(), Order::Desc)
        .order_by(root_cause::Column::RecurrenceOfId, Order::Asc)
        .limit(first);
    // The rest of what is asked follows from its answer, by the same scope.
    let statement = select.clone().into_query();
    let fresh = Fresh::new(session);
    let make = || async move {
        described(session, select.into_tuple().all(&session.db).await?)
            .await
            .map(All)
    };
    Ok(fresh.answer(&[&statement], make).await?.0.clone())
}

/// All that are asked for.
struct All(Vec<Recurring>);

impl Weigh for All {
    fn weight(&self) -> usize {
        let one = |one: &Recurring| size_of_val(one) + size_of_val(one.incidents.as_slice());
        self.0.iter().map(one).sum()
    }
}

/// What there is to say of the chains that begin with these.
async fn described(session: &Session, rows: Vec<RootCauseId>) -> Result<Vec<Recurring>, Error> {
    let occurrences = chains(session, &rows).await?;
    let causes: Vec<RootCauseId> = occurrences.iter().map(|occurrence| occurrence.cause).collect();
    let kinds = kinds(
        session,
        Condition::all().add(root_cause::Column::Id.is_in(causes.clone())),
    )
    .await?;
    let open = open_work(session, &causes).await?;
    let describe = |first: RootCauseId| {
        let mut chain: Vec<_> = occurrences
            .iter()
            .filter(|occurrence| occurrence.chain() == first)
            .collect();
        chain.sort_by_key(|occurrence| (occurrence.started_at, occurrence.cause));
        let mut incidents: Vec<IncidentId> = Vec::new();
        for occurrence in &chain {
            if !incidents.contains(&occurrence.incident) {
                incidents.push(occurrence.incident);
            }
        }
        let work: BTreeSet<RecommendationId> = chain
            .iter()
            .filter_map(|occurrence| open.get(&occurrence.cause))
            .flatten()
            .copied()
            .collect();
        let was_open = |cause: &RootCauseId| kinds.get(cause) == Some(&RecurrenceKind::WhileOpen);
        Some(Recurring {
            first,
            occurrences: chain.len(),
            incidents,
            last_occurred_at: chain.last()?.started_at,
            open_recommendations: work.len(),
            preventable: chain.iter().filter(|occurrence| was_open(&occurrence.cause)).count(),
        })
    };
    Ok(rows.into_iter().filter_map(describe).collect())
}

/// The open recommendations on each of these causes.
async fn open_work(
    session: &Session,
    causes: &[RootCauseId],
) -> Result<HashMap<RootCauseId, Vec<RecommendationId>>, Error> {
    use recommendation_root_cause::Column as Link;
    let open = scope::recommendations(&session.viewer).filter(is_open());
    let links = recommendation_root_cause::Entity::find()
        .filter(Link::RootCauseId.is_in(causes.iter().copied()))
        .filter(Link::RecommendationId.in_subquery(scope::only_id(open, recommendation::Column::Id)))
        .all(&session.db)
        .await?;
    let mut of_cause: HashMap<_, Vec<_>> = HashMap::new();
    for link in links {
        of_cause
            .entry(link.root_cause_id)
            .or_default()
            .push(link.recommendation_id);
    }
    Ok(of_cause)
}

/// What came of the causes of the incidents of a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Incidents that began within it, with at least one root cause.
    pub reviewed_incidents: i64,
    /// Causes of these that had occurred before.
    pub recurrences: usize,
    /// By how they stood to the earlier work.
    pub while_open: usize,
    /// The same.
    pub after_fix: usize,
    /// The same.
    pub after_declined: usize,
    /// The same.
    pub unaddressed: usize,
}

impl Weigh for Summary {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Summary {
    /// The share that could have been prevented.
    pub fn preventable_rate(&self) -> Option<f64> {
        share(self.while_open, self.recurrences)
    }
}

/// The incident began from one day to another, both included.
pub(super) fn began(session: &Session, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Condition {
    let zone = session.app.settings.time_zone;
    let mut within = Condition::all();
    if let Some(from) = from {
        within = within.add(incident::Column::StartedAt.gte(start_of_day_in(zone, from)));
    }
    if let Some(to) = to {
        within = within.add(incident::Column::StartedAt.lte(end_of_day_in(zone, to)));
    }
    within
}

/// Sums up the incidents that began from one day to another.
pub async fn summary(session: &Arc<Session>, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Summary, Error> {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Error::invalid(
            "to",
            "BEFORE_FROM",
            "The last day is before the first; exchange the two.",
        ));
    }
    summary_of(session, began(session, from, to)).await
}

/// Sums up the incidents, reports and causes for which this holds.
pub(super) async fn summary_of(session: &Arc<Session>, which: Condition) -> Result<Summary, Error> {
    let mut analysed = in_incidents(session).filter(which.clone()).select_only();
    let incidents = QuerySelect::query(&mut analysed)
        .distinct()
        .column(incident::Column::Id.as_column_ref())
        .to_owned();
    let count = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "incidents")
        .from_subquery(incidents, Alias::new("analysed"))
        .take();
    let which = which.add(recurs(session));
    let came_back = in_incidents(session).filter(which.clone()).into_query();
    let statements = [&count, &came_back];
    let make = || summed_up(session, &count, which);
    Ok(*Fresh::new(session).answer(&statements, make).await?)
}

async fn summed_up(session: &Session, count: &SelectStatement, which: Condition) -> Result<Summary, Error> {
    let row = session.db.query_one(count).await?;
    let reviewed_incidents = row
        .map(|row| row.try_get("", "incidents"))
        .transpose()?
        .unwrap_or_default();
    let of_kind = kinds(session, which).await?;
    let count = |wanted: RecurrenceKind| of_kind.values().filter(|kind| **kind == wanted).count();
    Ok(Summary {
        reviewed_incidents,
        recurrences: of_kind.len(),
        while_open: count(RecurrenceKind::WhileOpen),
        after_fix: count(RecurrenceKind::AfterFix),
        after_declined: count(RecurrenceKind::AfterDeclined),
        unaddressed: count(RecurrenceKind::Unaddressed),
    })
}
