//! Reports by where they stand.

use std::collections::BTreeMap;

use entity::{
    enums::{ReportStatus, Severity},
    incident, report,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, QuerySelect,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, JoinType},
};

use crate::{
    auth::{Session, scope},
    metrics::model::Reports,
    platform::error::Error,
    reports::queries::filter::is_overdue,
};

/// Those that the session may see, by status and severity.
pub(super) async fn reports(session: &Session) -> Result<Vec<Reports>, Error> {
    let mut all = scope::reports(&session.viewer).select_only();
    let on = Expr::col(incident::Column::Id.as_column_ref()).eq(Expr::col(report::Column::IncidentId.as_column_ref()));
    let count = || Func::count(Expr::col(Asterisk));
    let select = QuerySelect::query(&mut all)
        .join(JoinType::InnerJoin, incident::Entity, on)
        .expr_as(Expr::col(report::Column::Status.as_column_ref()), "report_status")
        .expr_as(
            Expr::col(incident::Column::Severity.as_column_ref()),
            "incident_severity",
        )
        .expr_as(count(), "reports")
        .expr_as(count().filter(is_overdue(session.today())), "overdue")
        .add_group_by([
            Expr::col(Alias::new("report_status")),
            Expr::col(Alias::new("incident_severity")),
        ])
        .to_owned();
    let mut found = Vec::new();
    for row in session.db.query_all(&select).await? {
        let (status, severity): (String, String) =
            (row.try_get("", "report_status")?, row.try_get("", "incident_severity")?);
        found.push(Reports {
            status: status.parse().map_err(DbErr::Type)?,
            severity: severity.parse::<Severity>().map_err(DbErr::Type)?,
            reports: row.try_get("", "reports")?,
            overdue: row.try_get("", "overdue")?,
        });
    }
    Ok(found)
}

/// The same by status alone; 0 of a status that none has.
pub(super) async fn totals(session: &Session) -> Result<Vec<(ReportStatus, i64)>, Error> {
    let mut totals: BTreeMap<ReportStatus, i64> = ReportStatus::ALL.iter().map(|status| (*status, 0)).collect();
    for row in reports(session).await? {
        *totals.entry(row.status).or_default() += row.reports;
    }
    Ok(totals.into_iter().collect())
}
