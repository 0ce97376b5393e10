//! Reports as flat rows, for tables outside: each with the names of what it refers to, and without its texts.

use std::collections::HashMap;

use entity::{
    columns::Columns,
    enums::Severity,
    ids::{ReportId, TypedId},
    incident,
    read_at::ReadAt,
    report, report_label, team, user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    Select,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    auth::Session,
    platform::{
        error::Error,
        page::{self, Order, Page, PageArgs},
        sql,
    },
};

/// What is read of a report.
const READ: Columns = Columns::ALL.without(report::TEXTS);

/// One row.
pub struct FlatReport {
    /// The report; its texts are left out.
    pub row: report::Model,
    /// The name of its owner.
    pub owner_name: Option<String>,
    /// The owner's address.
    pub owner_email: Option<String>,
    /// The short name of its team.
    pub team: Option<String>,
    /// The key of its incident.
    pub incident_key: String,
    /// How bad that was.
    pub severity: Severity,
    /// When that began.
    pub started_at: DateTimeUtc,
    /// Its labels, in alphabetical order.
    pub labels: Vec<String>,
}

fn joined(select: Select<report::Entity>) -> Select<report::Entity> {
    use report::Column as C;
    let mut select = sql::narrowed(select, READ);
    let report = |column: C| Expr::col((report::Entity, column));
    let of = |alias: &'static str, column: &'static str| Expr::col((alias, column));
    let query = QuerySelect::query(&mut select);
    let owned = report(C::OwnerId).eq(of("its_owner", "id"));
    query.join_as(JoinType::LeftJoin, user::Entity, "its_owner", owned);
    let of_team = report(C::TeamId).eq(of("its_team", "id"));
    query.join_as(JoinType::LeftJoin, team::Entity, "its_team", of_team);
    let about = report(C::IncidentId).eq(of("its_incident", "id"));
    query.join_as(JoinType::InnerJoin, incident::Entity, "its_incident", about);
    query
        .expr_as(of("its_owner", "name"), "flat_owner_name")
        .expr_as(of("its_owner", "email"), "flat_owner_email")
        .expr_as(of("its_team", "slug"), "flat_team")
        .expr_as(of("its_incident", "key"), "flat_incident_key")
        .expr_as(of("its_incident", "severity"), "flat_severity")
        .expr_as(of("its_incident", "started_at"), "flat_started_at");
    select
}

fn read(row: &QueryResult) -> Result<FlatReport, DbErr> {
    Ok(FlatReport {
        row: report::Model::read_some(row, 0, READ)?,
        owner_name: row.try_get("", "flat_owner_name")?,
        owner_email: row.try_get("", "flat_owner_email")?,
        team: row.try_get("", "flat_team")?,
        incident_key: row.try_get("", "flat_incident_key")?,
        severity: row.try_get("", "flat_severity")?,
        started_at: row.try_get("", "flat_started_at")?,
        labels: Vec::new(),
    })
}

/// One page. `select` holds scope and filter.
pub async fn flat(
    db: &impl ConnectionTrait,
    session: &Session,
    select: Select<report::Entity>,
    order: Order<report::Entity>,
    args: &PageArgs,
) -> Result<Page<FlatReport>, Error> {
    let mut page = page::list(db, joined(select), order, args, read, |flat| &flat.row).await?;
    session.note_shown::<report::Entity>(page.rows.iter().map(|(_, flat)| &flat.row));
    let ids = page.rows.iter().map(|(_, flat)| flat.row.id.uuid());
    let found = report_label::Entity::find()
        .filter(report_label::Column::ReportId.is_in(ids))
        .order_by_asc(sql::in_bytes(report_label::Column::Label, db))
        .all(db)
        .await?;
    let mut labels: HashMap<ReportId, Vec<String>> = HashMap::new();
    for row in found {
        labels.entry(row.report_id).or_default().push(row.label);
    }
    for (_, flat) in &mut page.rows {
        flat.labels = labels.remove(&flat.row.id).unwrap_or_default();
    }
    Ok(page)
}
