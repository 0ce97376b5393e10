//! The tables as they were: each under its own name, made of its history. What a statement says of the tables it then says of
//! that moment. People, teams, services and categories are as they are now, and so is who may see what.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    incident_service_version, incident_version, recommendation_label_version, recommendation_root_cause_version,
    recommendation_version, report_label_version, report_version, root_cause_version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, Iterable,
    sea_query::{Alias, CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, WithClause},
};

use crate::{
    auth::{Session, scope},
    platform::error::Error,
};

/// The moment that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Its day in the organisation's time zone, which decides what is overdue.
    pub today: NaiveDate,
    /// Is it asked of the history? Now is asked of the tables themselves.
    pub is_past: bool,
}

impl Moment {
    /// Now, or an instant that is over.
    pub fn new(session: &Session, as_of: Option<DateTime<Utc>>) -> Result<Self, Error> {
        let now = session.now();
        if as_of.is_some_and(|at| at > now) {
            return Err(Error::invalid(
                "asOf",
                "IN_FUTURE",
                "Nobody knows the future; leave asOf out, or give a moment that is over.",
            ));
        }
        let at = as_of.unwrap_or(now);
        Ok(Self {
            at,
            today: session.day(at),
            is_past: as_of.is_some(),
        })
    }

    /// Asks a statement of this moment.
    pub fn ask(&self, mut select: SelectStatement) -> SelectStatement {
        if self.is_past {
            select.with_cte(tables(self.at));
        }
        select
    }
}

fn valid<C: ColumnTrait>(from: C, to: C, at: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(from.lte(at))
        .add(Condition::any().add(to.is_null()).add(to.gt(at)))
}

/// The rows of one history at a moment, as rows of the table whose history it is.
fn rows<E: EntityTrait>(id: Option<E::Column>, [from, to]: [E::Column; 2], at: DateTime<Utc>) -> SelectStatement {
    let mut rows = Query::select().from(E::default()).take();
    for column in E::Column::iter() {
        let is_id = id.is_some_and(|id| id.as_str() == column.as_str());
        let called = if is_id { "id" } else { column.as_str() };
        // A history may have an id of its own, which is not that of the thing.
        if is_id || called != "id" {
            rows.expr_as(Expr::col(column.as_column_ref()), Alias::new(called));
        }
    }
    rows.cond_where(valid(from, to, at));
    rows
}

/// Rows under the name of a table.
fn table(name: &'static str, rows: SelectStatement) -> CommonTableExpression {
    CommonTableExpression::new()
        .table_name(Alias::new(name))
        .query(rows)
        .materialized(false)
        .to_owned()
}

macro_rules! table {
    ($history:ident as $name:literal, $at:expr) => {{
        use $history::Column as C;
        table($name, rows::<$history::Entity>(None, [C::ValidFrom, C::ValidTo], $at))
    }};
    ($history:ident as $name:literal, $id:ident, $at:expr) => {{
        use $history::Column as C;
        table(
            $name,
            rows::<$history::Entity>(Some(C::$id), [C::ValidFrom, C::ValidTo], $at),
        )
    }};
}

/// The recommendations, each with who may see its report now.
fn recommendations(at: DateTime<Utc>) -> CommonTableExpression {
    use recommendation_version::{Column as C, Entity};
    let mut rows = rows::<Entity>(Some(C::RecommendationId), [C::ValidFrom, C::ValidTo], at);
    let visibility = scope::report_visibility(C::ReportId);
    rows.expr_as(visibility, Alias::new(scope::REPORT_VISIBILITY));
    table("recommendation", rows)
}

/// The due policies that were in force, as those in force now are told from others.
fn policies(at: DateTime<Utc>) -> CommonTableExpression {
    const ALL: &str = "due_policy_of_all_time";
    let column = |name: &'static str| Expr::col((Alias::new(ALL), Alias::new(name)));
    let rows = Query::select()
        .expr(column("id"))
        .expr(column("applies_to"))
        .expr_as(Expr::cust("NULL"), "valid_to")
        .from(Alias::new(ALL))
        .and_where(column("valid_from").lte(at))
        .and_where(column("valid_to").is_null().or(column("valid_to").gt(at)))
        .take();
    table("due_policy", rows)
}

fn tables(at: DateTime<Utc>) -> WithClause {
    let mut all = WithClause::new();
    for one in [
        recommendations(at),
        table!(report_version as "report", ReportId, at),
        table!(incident_version as "incident", IncidentId, at),
        table!(root_cause_version as "root_cause", RootCauseId, at),
        table!(recommendation_root_cause_version as "recommendation_root_cause", at),
        table!(recommendation_label_version as "recommendation_label", at),
        table!(report_label_version as "report_label", at),
        table!(incident_service_version as "incident_service", at),
    ] {
        all.cte(one);
    }
    all.cte(policies(at));
    all
}
