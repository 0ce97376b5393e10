//! Counts the root causes that stand in the reports of what is asked about, and those of them that are covered.

use std::{collections::HashMap, sync::Arc};

use entity::{enums::RecommendationStatus, ids::ReportId, recommendation, recommendation_root_cause, root_cause};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, JoinType, Query, SelectStatement},
};

use super::measure::{Asked, GroupKey, add_key, read_key};
use crate::{
    auth::{Session, Viewer, scope},
    follow_through::model::dimension::Dimension,
    platform::{error::Error, results::Weigh},
};

const KEY: &str = "group_key";
const PLACES: &str = "places";
const REPORTS: &str = "reports";
const TREATED: &str = "treated";

/// All causes that may be seen, with those joined that some recommendation treats which is not declined.
fn causes(viewer: &Viewer) -> SelectStatement {
    use recommendation_root_cause::Column as Link;
    let on =
        Expr::col(recommendation::Column::Id.as_column_ref()).eq(Expr::col(Link::RecommendationId.as_column_ref()));
    let treated = Query::select()
        .distinct()
        .column(Link::RootCauseId.as_column_ref())
        .from(recommendation_root_cause::Entity)
        .join(JoinType::InnerJoin, recommendation::Entity, on)
        .and_where(recommendation::Column::Status.ne(RecommendationStatus::Declined))
        .cond_where(scope::of_visible_item(viewer))
        .take();
    let mut all = root_cause::Entity::find()
        .filter(scope::of_visible_report(viewer, root_cause::Column::ReportId))
        .select_only();
    let on = Expr::col((Alias::new(TREATED), Alias::new("root_cause_id")))
        .eq(Expr::col(root_cause::Column::Id.as_column_ref()));
    let mut select = QuerySelect::query(&mut all).to_owned();
    select.join_subquery(JoinType::LeftJoin, treated, Alias::new(TREATED), on);
    let covered = Condition::any()
        .add(root_cause::Column::NoActionReason.is_not_null())
        .add(Expr::col((Alias::new(TREATED), Alias::new("root_cause_id"))).is_not_null());
    select
        .expr_as(Func::count(Expr::col(Asterisk)), "total")
        .expr_as(Func::count(Expr::col(Asterisk)).filter(covered), "covered");
    select
}

fn read(row: &QueryResult) -> Result<(i64, i64), DbErr> {
    Ok((row.try_get("", "total")?, row.try_get("", "covered")?))
}

/// How many there are, and how many are covered.
struct Pair((i64, i64));

impl Weigh for Pair {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

/// The same by group.
#[derive(Default)]
pub(super) struct Groups(pub(super) HashMap<GroupKey, (i64, i64)>);

impl Weigh for Groups {
    fn weight(&self) -> usize {
        // Keys that are texts are short.
        self.0.len() * (size_of::<(GroupKey, (i64, i64))>() + 32)
    }
}

/// How many there are, and how many are covered. Asked about everything, also those of reports that recommend nothing.
pub(super) async fn overall(asked: &Asked) -> Result<(i64, i64), Error> {
    let mut select = causes(&asked.session.viewer);
    if !asked.is_all {
        let mut places = asked.items();
        places.column(recommendation::Column::ReportId.as_column_ref());
        select.and_where(root_cause::Column::ReportId.in_subquery(places));
    }
    let one = |rows: &[QueryResult]| Ok(Pair(rows.first().map(read).transpose()?.unwrap_or_default()));
    Ok(asked.fresh.whole(&asked.moment.ask(select), one).await?.0)
}

/// The same by group. Grouped by category, a cause counts in its own only.
pub(super) async fn groups(asked: &Asked, by: Dimension) -> Result<Arc<Groups>, Error> {
    let of = |table: &'static str, column: &'static str| Expr::col((Alias::new(table), Alias::new(column)));
    let mut places = asked.items();
    places.distinct();
    add_key(asked, &mut places, by);
    places.column(recommendation::Column::ReportId.as_column_ref());
    // A report has a few causes, and may be the place of many groups: it is summed up once.
    let mut reports = causes(&asked.session.viewer);
    reports.column(root_cause::Column::ReportId.as_column_ref());
    reports.add_group_by([Expr::col(root_cause::Column::ReportId.as_column_ref())]);
    let mut on = Condition::all().add(of(PLACES, "report_id").eq(of(REPORTS, "report_id")));
    if by == Dimension::CauseCategory {
        reports.column(root_cause::Column::CategoryId.as_column_ref());
        reports.add_group_by([Expr::col(root_cause::Column::CategoryId.as_column_ref())]);
        let both_none = of(PLACES, KEY).is_null().and(of(REPORTS, "category_id").is_null());
        on = on.add(of(PLACES, KEY).eq(of(REPORTS, "category_id")).or(both_none));
    }
    let sum = |column: &'static str| Func::sum(of(REPORTS, column)).cast_as("bigint");
    let select = Query::select()
        .expr_as(of(PLACES, KEY), KEY)
        .expr_as(sum("total"), "total")
        .expr_as(sum("covered"), "covered")
        .from_subquery(places, Alias::new(PLACES))
        .join_subquery(JoinType::InnerJoin, reports, Alias::new(REPORTS), on)
        .add_group_by([of(PLACES, KEY)])
        .take();
    let pair = |row: &QueryResult| Ok((read_key(row, by)?, read(row)?));
    let all = |rows: &[QueryResult]| Ok(Groups(rows.iter().map(pair).collect::<Result<_, DbErr>>()?));
    asked.fresh.whole(&asked.moment.ask(select), all).await
}

/// The same for each of these reports, of now.
pub async fn of_reports(session: &Session, reports: &[ReportId]) -> Result<HashMap<ReportId, (i64, i64)>, Error> {
    let report = || root_cause::Column::ReportId;
    let mut select = causes(&session.viewer);
    select
        .expr_as(Expr::col(report().as_column_ref()), KEY)
        .and_where(report().is_in(reports.iter().copied()))
        .add_group_by([Expr::col(report().as_column_ref())]);
    let rows = session.db.query_all(&select).await?;
    let pair = |row: &QueryResult| Ok((row.try_get("", KEY)?, read(row)?));
    Ok(rows.iter().map(pair).collect::<Result<_, DbErr>>()?)
}
