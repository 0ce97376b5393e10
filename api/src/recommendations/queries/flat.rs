//! Recommendations as flat rows, for tables outside: each with the names of what it refers to, and without its long text.

use std::collections::HashMap;

use entity::{
    columns::Columns,
    enums::Severity,
    ids::{RecommendationId, TypedId},
    incident,
    read_at::ReadAt,
    recommendation, recommendation_label, recommendation_root_cause, report, root_cause, team, user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    Select,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    auth::{Session, scope},
    platform::{
        error::Error,
        page::{self, Order, Page, PageArgs},
        sql,
    },
};

/// What is read of an item.
const READ: Columns = Columns::ALL.without(entity::columns!(recommendation: Description));

/// One row.
pub struct FlatRecommendation {
    /// The item; its description is left out.
    pub row: recommendation::Model,
    /// The name of its owner.
    pub owner_name: Option<String>,
    /// The owner's address.
    pub owner_email: Option<String>,
    /// The short name of its team.
    pub team: Option<String>,
    /// The key of its report.
    pub report_key: String,
    /// The key of that report's incident.
    pub incident_key: String,
    /// How bad that was.
    pub severity: Severity,
    /// The titles of the causes that it treats and the viewer may see, in alphabetical order.
    pub root_causes: Vec<String>,
    /// Its labels, in alphabetical order.
    pub labels: Vec<String>,
}

fn joined(select: Select<recommendation::Entity>) -> Select<recommendation::Entity> {
    let mut select = sql::narrowed(select, READ);
    let item = |column: recommendation::Column| Expr::col((recommendation::Entity, column));
    let of = |alias: &'static str, column: &'static str| Expr::col((alias, column));
    let query = QuerySelect::query(&mut select);
    let owned = item(recommendation::Column::OwnerId).eq(of("its_owner", "id"));
    query.join_as(JoinType::LeftJoin, user::Entity, "its_owner", owned);
    let of_team = item(recommendation::Column::TeamId).eq(of("its_team", "id"));
    query.join_as(JoinType::LeftJoin, team::Entity, "its_team", of_team);
    let home = item(recommendation::Column::ReportId).eq(of("home", "id"));
    query.join_as(JoinType::InnerJoin, report::Entity, "home", home);
    let about = of("home", "incident_id").eq(of("its_incident", "id"));
    query.join_as(JoinType::InnerJoin, incident::Entity, "its_incident", about);
    query
        .expr_as(of("its_owner", "name"), "flat_owner_name")
        .expr_as(of("its_owner", "email"), "flat_owner_email")
        .expr_as(of("its_team", "slug"), "flat_team")
        .expr_as(of("home", "key"), "flat_report_key")
        .expr_as(of("its_incident", "key"), "flat_incident_key")
        .expr_as(of("its_incident", "severity"), "flat_severity");
    select
}

fn read(row: &QueryResult) -> Result<FlatRecommendation, DbErr> {
    Ok(FlatRecommendation {
        row: recommendation::Model::read_some(row, 0, READ)?,
        owner_name: row.try_get("", "flat_owner_name")?,
        owner_email: row.try_get("", "flat_owner_email")?,
        team: row.try_get("", "flat_team")?,
        report_key: row.try_get("", "flat_report_key")?,
        incident_key: row.try_get("", "flat_incident_key")?,
        severity: row.try_get("", "flat_severity")?,
        root_causes: Vec::new(),
        labels: Vec::new(),
    })
}

/// One page. `select` holds scope and filter.
pub async fn flat(
    db: &impl ConnectionTrait,
    session: &Session,
    select: Select<recommendation::Entity>,
    order: Order<recommendation::Entity>,
    args: &PageArgs,
) -> Result<Page<FlatRecommendation>, Error> {
    let mut page = page::list(db, joined(select), order, args, read, |flat| &flat.row).await?;
    session.note_shown::<recommendation::Entity>(page.rows.iter().map(|(_, flat)| &flat.row));
    let ids: Vec<Uuid> = page.rows.iter().map(|(_, flat)| flat.row.id.uuid()).collect();
    let (mut causes, mut labels) = (causes(db, session, &ids).await?, labels(db, &ids).await?);
    for (_, flat) in &mut page.rows {
        flat.root_causes = causes.remove(&flat.row.id).unwrap_or_default();
        flat.labels = labels.remove(&flat.row.id).unwrap_or_default();
    }
    Ok(page)
}

type Texts = HashMap<RecommendationId, Vec<String>>;

async fn causes(db: &impl ConnectionTrait, session: &Session, ids: &[Uuid]) -> Result<Texts, Error> {
    use recommendation_root_cause::Column as Link;
    if ids.is_empty() {
        return Ok(Texts::new());
    }
    let cause = |column: root_cause::Column| Expr::col((root_cause::Entity, column));
    let link = |column: Link| Expr::col((recommendation_root_cause::Entity, column));
    let select = Query::select()
        .expr_as(link(Link::RecommendationId), "item")
        .expr_as(cause(root_cause::Column::Title), "title")
        .from(recommendation_root_cause::Entity)
        .inner_join(
            root_cause::Entity,
            link(Link::RootCauseId).eq(cause(root_cause::Column::Id)),
        )
        .cond_where(scope::treatments(&session.viewer))
        .and_where(link(Link::RecommendationId).is_in(ids.iter().copied()))
        .take();
    let mut texts = Texts::new();
    for row in db.query_all(&select).await? {
        let item: RecommendationId = row.try_get("", "item")?;
        texts.entry(item).or_default().push(row.try_get("", "title")?);
    }
    texts.values_mut().for_each(|titles| titles.sort_unstable());
    Ok(texts)
}

async fn labels(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Texts, Error> {
    use recommendation_label::Column as C;
    let rows = recommendation_label::Entity::find()
        .filter(C::RecommendationId.is_in(ids.iter().copied()))
        .order_by_asc(sql::in_bytes(C::Label, db))
        .all(db)
        .await?;
    let mut texts = Texts::new();
    for row in rows {
        texts.entry(row.recommendation_id).or_default().push(row.label);
    }
    Ok(texts)
}
