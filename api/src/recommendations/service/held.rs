//! Items that are about to change.

use std::sync::Arc;

use entity::{
    columns::Columns,
    enums::ParticipantRole,
    ids::{RecommendationId, TypedId},
    read_at::ReadAt,
    recommendation, report, report_participant,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr},
};

use crate::{
    auth::{Session, scope},
    platform::{
        db::{Tx, keep_and_hold},
        error::Error,
        joins::{bring_held, refers, related},
        keys::is_postgres,
        sql,
    },
    recommendations::policy::Item,
};

const REPORT: &str = "its_report";

/// What its rules look at of a report.
const OF_REPORT: Columns = Columns::ALL.without(report::TEXTS);

/// A recommendation that is about to change: locked, and known to be visible.
pub(super) struct Held {
    pub row: recommendation::Model,
    report: Arc<report::Model>,
    is_author: bool,
}

impl Held {
    pub fn item(&self) -> Item<'_> {
        Item {
            row: &self.row,
            report: &self.report,
            is_author: self.is_author,
        }
    }
}

/// Holds one item.
pub(super) async fn hold(session: &Session, tx: &Tx, id: RecommendationId) -> Result<Held, Error> {
    let mut held = hold_all(session, tx, &[id]).await?;
    held.pop().ok_or_else(|| Error::not_found("recommendation"))
}

/// Holds those of these items that are there and may be seen, by id: two who hold many do not wait for each other.
pub(super) async fn hold_all(session: &Session, tx: &Tx, ids: &[RecommendationId]) -> Result<Vec<Held>, Error> {
    use recommendation::Column as C;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut select = scope::recommendations(&session.viewer)
        .filter(sql::one_of(C::Id.into_simple_expr(), &ids, is_postgres(&**tx)))
        .order_by_asc(C::Id);
    let query = QuerySelect::query(&mut select);
    bring_held::<report::Entity>(query, REPORT, refers(C::ReportId, REPORT), OF_REPORT);
    query.expr_as(is_author(session), Alias::new("is_author"));
    let item = recommendation::Entity.table_name();
    let found = tx
        .query_all_raw(keep_and_hold(select.into_query(), REPORT, item, &**tx))
        .await?;
    let mut held = Vec::with_capacity(found.len());
    for result in &found {
        let report = recommendation::Model::WIDTH;
        held.push(Held {
            row: recommendation::Model::read_at(result, 0)?,
            report: related(result, report, OF_REPORT)?
                .ok_or_else(|| Error::internal("a recommendation without a report"))?,
            is_author: result.try_get_by_index(report + OF_REPORT.count(report::Model::WIDTH))?,
        });
    }
    session.note_shown::<recommendation::Entity>(held.iter().map(|held| &held.row));
    Ok(held)
}

/// Did the viewer write the report?
fn is_author(session: &Session) -> SimpleExpr {
    use report_participant::Column as P;
    let Some(me) = session.viewer.id() else {
        return Expr::cust("1 = 0");
    };
    let theirs = Query::select()
        .expr(Expr::cust("1"))
        .from(report_participant::Entity)
        .and_where(
            P::ReportId
                .into_simple_expr()
                .eq(recommendation::Column::ReportId.into_simple_expr()),
        )
        .and_where(P::UserId.eq(me))
        .and_where(P::Role.eq(ParticipantRole::Author))
        .take();
    Expr::exists(theirs)
}
