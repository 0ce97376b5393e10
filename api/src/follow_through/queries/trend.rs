//! Counts by day what happened to recommendations and by how much what stood changed, from their history.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{enums::RecommendationStatus, recommendation, recommendation_version};
use sea_orm::{
    ColumnTrait, Condition, DbErr, IdenStatic, Iterable, QueryResult,
    sea_query::{Alias, Asterisk, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use crate::{
    auth::{Session, scope},
    events::queries::fresh::Fresh,
    follow_through::model::trend::{Flow, Interval, Point, Stocks, points},
    graphql::filters::FilterEnv,
    platform::{
        clock::{LAST_DAY, written},
        error::{Error, Problems},
        keys::is_postgres,
        results::Weigh,
        sql,
    },
    recommendations::queries::{RecommendationFilter, is_open},
};

/// The most points of one trend.
const MOST: usize = 1000;
const DAY: &str = "day";

/// A trend that is asked for.
pub struct Trend {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How long an interval is.
    pub interval: Interval,
}

impl Trend {
    /// The ends of its intervals, none of which begins in the future.
    fn ends(&self, today: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
        let mut problems = Problems::default();
        if self.to < self.from {
            problems.add(
                "to",
                "BEFORE_FROM",
                "The last day is before the first; exchange the two.",
            );
        }
        problems.finish()?;
        // As many days as that is little enough to list before it is refused.
        let longest = match self.interval {
            Interval::Day => 1,
            Interval::Week => 7,
            Interval::Month => 31,
        } * i64::try_from(MOST).unwrap_or(i64::MAX);
        let last = std::cmp::min(self.to, today);
        if (last - self.from).num_days() < longest {
            let ends = points(self.from, last, self.interval);
            if ends.len() <= MOST {
                return Ok(ends);
            }
        }
        Err(Error::invalid(
            "to",
            "TOO_LONG",
            format!("A trend has at most {MOST} points; ask for a shorter time or for longer intervals."),
        ))
    }
}

/// The history of all items, as rows of `recommendation`: what a filter says of that, it says of every moment.
fn history() -> SelectStatement {
    use recommendation_version::Column as C;
    let mut rows = Query::select().from(recommendation_version::Entity).take();
    for column in C::iter() {
        let called = match column {
            C::Id => continue,
            C::RecommendationId => "id",
            _ => column.as_str(),
        };
        rows.expr_as(Expr::col(column.as_column_ref()), Alias::new(called));
    }
    rows
}

fn col(column: recommendation_version::Column) -> Expr {
    Expr::col((recommendation::Entity, Alias::new(column.as_str())))
}

/// What was counted of days: as many numbers as have a name.
struct Days(Vec<(NaiveDate, [i64; 4])>);

impl Weigh for Days {
    fn weight(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}

impl Days {
    fn read(rows: &[QueryResult], names: &[&str]) -> Result<Self, DbErr> {
        let read = |row: &QueryResult| {
            let mut numbers = [0; 4];
            for (number, name) in numbers.iter_mut().zip(names) {
                *number = row.try_get("", name)?;
            }
            Ok((row.try_get("", DAY)?, numbers))
        };
        rows.iter().map(read).collect::<Result<_, DbErr>>().map(Self)
    }
}

/// The points of a trend. Empty when it begins in the future.
pub async fn trend(
    session: &Arc<Session>,
    filter: Option<&RecommendationFilter>,
    trend: &Trend,
) -> Result<Vec<Point>, Error> {
    let ends = trend.ends(session.today())?;
    let which = FilterEnv::over_time(session).all_of(filter)?;
    of(session, which, trend.from, &ends).await
}

/// The same of the items for which something holds at each moment, from a day on, at these ends.
pub(super) async fn of(
    session: &Arc<Session>,
    which: Condition,
    from: NaiveDate,
    ends: &[NaiveDate],
) -> Result<Vec<Point>, Error> {
    use recommendation_version::Column as C;
    let db = &session.db;
    let visible = scope::of_visible_report(&session.viewer, recommendation::Column::ReportId);
    let which = which.add(visible);
    let rows = |day: SimpleExpr, which_rows: Condition| {
        Query::select()
            .expr_as(day, DAY)
            .from_subquery(history(), recommendation::Entity)
            .cond_where(which.clone())
            .cond_where(which_rows)
            .add_group_by([Expr::col(Alias::new(DAY))])
            .take()
    };
    let count = |which: Condition| Func::count(Expr::col(Asterisk)).filter(which);
    let status = |status: RecommendationStatus| col(C::Status).eq(status.as_str());
    // What ended before the first day stands at no point.
    let lasts = Condition::any().add(col(C::ToOn).is_null()).add(col(C::ToOn).gte(from));

    let mut begins = rows(col(C::FromOn), lasts.clone());
    let changed = |to| Condition::all().add(col(C::IsNewStatus).eq(true)).add(status(to));
    let declined = changed(RecommendationStatus::Declined).add(col(C::AcceptedAt).is_not_null());
    begins
        .expr_as(count(is_open()), "open")
        .expr_as(count(Condition::all().add(col(C::IsAcceptance).eq(true))), "accepted")
        .expr_as(count(changed(RecommendationStatus::Implemented)), "implemented")
        .expr_as(count(declined), "declined");

    let late_on = || sql::day_after(col(C::DueOn), is_postgres(db));
    // What is due on the last day that can be written is never late; SQLite knows no day after it.
    let may_be_late = Condition::all()
        .add(col(C::DueOn).is_not_null())
        .add(col(C::DueOn).lt(Expr::cust(format!("'{}'", written(LAST_DAY)))));
    let ever_late = may_be_late.add(
        Condition::any().add(col(C::ToOn).is_null()).add(
            Condition::all()
                .add(SimpleExpr::from(col(C::ToOn)).gt(late_on()))
                .add(col(C::ToOn).gt(col(C::FromOn))),
        ),
    );
    let ended = is_open().add(col(C::ToOn).gte(from));
    let mut ends_on = rows(col(C::ToOn), ended);
    ends_on
        .expr_as(Func::count(Expr::col(Asterisk)), "open")
        .expr_as(count(ever_late.clone()), "overdue");

    let late_from: SimpleExpr = CaseStatement::new()
        .case(col(C::DueOn).lt(col(C::FromOn)), col(C::FromOn))
        .finally(late_on())
        .into();
    let mut late = rows(late_from, is_open().add(lasts).add(ever_late));
    late.expr_as(Func::count(Expr::col(Asterisk)), "overdue");

    let fresh = Fresh::new(session);
    let (begins, ends_on, late) = tokio::try_join!(
        fresh.whole(&begins, |rows| {
            Days::read(rows, &["open", "accepted", "implemented", "declined"])
        }),
        fresh.whole(&ends_on, |rows| Days::read(rows, &["open", "overdue"])),
        fresh.whole(&late, |rows| Days::read(rows, &["overdue"])),
    )?;
    let mut flows = Vec::new();
    let mut stocks: BTreeMap<NaiveDate, Stocks> = BTreeMap::new();
    for (day, [open, accepted, implemented, declined]) in &begins.0 {
        let flow = Flow {
            accepted: *accepted,
            implemented: *implemented,
            declined: *declined,
        };
        flows.push((*day, flow));
        stocks.entry(*day).or_default().open += open;
    }
    for (day, [open, overdue, ..]) in &ends_on.0 {
        let day = stocks.entry(*day).or_default();
        day.open -= open;
        day.overdue -= overdue;
    }
    for (day, [overdue, ..]) in &late.0 {
        stocks.entry(*day).or_default().overdue += overdue;
    }
    let stocks: Vec<_> = stocks.into_iter().collect();
    Ok(Point::of(from, ends, &flows, &stocks))
}
