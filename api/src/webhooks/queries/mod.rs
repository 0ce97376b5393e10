//! Reads endpoints and deliveries, and what is told of events.

mod about;
mod told;

use chrono::{DateTime, Utc};
use entity::{
    enums::DeliveryStatus,
    event,
    ids::{TeamId, WebhookEndpointId},
    team, webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr},
};

pub use about::{Candidate, candidates};
pub use told::{anybody, told};

use super::model::{Endpoint, retry::LEASE};
use crate::{
    auth::{Viewer, scope},
    platform::{error::Error, page::Order, sql::reached},
};

/// The endpoints, as an admin sees them.
pub fn endpoints(viewer: &Viewer) -> Result<Select<webhook_endpoint::Entity>, Error> {
    viewer.require_admin()?;
    Ok(scope::webhook_endpoints(viewer))
}

/// The latest first.
pub fn endpoint_order() -> Order<webhook_endpoint::Entity> {
    Order::new(webhook_endpoint::Column::CreatedAt, webhook_endpoint::Column::Id, true)
}

/// The latest first.
pub fn delivery_order() -> Order<webhook_delivery::Entity> {
    Order::new(webhook_delivery::Column::CreatedAt, webhook_delivery::Column::Id, true)
}

/// The deliveries that a worker may take now. One that was never tried is due at once, whatever a clock said when it was queued.
pub fn due(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(webhook_delivery::Column::NextAttemptAt.is_not_null())
        .add(
            Condition::any()
                .add(webhook_delivery::Column::NextAttemptAt.lte(now))
                .add(webhook_delivery::Column::Status.eq(DeliveryStatus::Pending)),
        )
        .add(
            Condition::any()
                .add(webhook_delivery::Column::LeaseUntil.is_null())
                .add(reached(webhook_delivery::Column::LeaseUntil, now, LEASE)),
        )
}

/// Only the first waiting delivery about each thing: what happened to it next waits until that has arrived or is given up.
pub fn first_of_its_subject() -> SimpleExpr {
    let earlier = Alias::new("earlier");
    let of = |column: webhook_delivery::Column| Expr::col((earlier.clone(), column));
    let same = |column: webhook_delivery::Column| of(column).eq(Expr::col(column.as_column_ref()));
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from_as(webhook_delivery::Entity, earlier.clone())
        .and_where(same(webhook_delivery::Column::EndpointId))
        .and_where(same(webhook_delivery::Column::SubjectId))
        .and_where(of(webhook_delivery::Column::NextAttemptAt).is_not_null())
        .and_where(
            of(webhook_delivery::Column::EventSequence)
                .lt(Expr::col(webhook_delivery::Column::EventSequence.as_column_ref())),
        )
        .take();
    Expr::exists(waiting).not()
}

/// The endpoints for which something is due.
pub async fn due_endpoints(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<WebhookEndpointId>, Error> {
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from(webhook_delivery::Entity)
        .and_where(
            Expr::col(webhook_delivery::Column::EndpointId.as_column_ref())
                .eq(Expr::col(webhook_endpoint::Column::Id.as_column_ref())),
        )
        .cond_where(due(now))
        .take();
    Ok(webhook_endpoint::Entity::find()
        .select_only()
        .column(webhook_endpoint::Column::Id)
        .filter(webhook_endpoint::Column::IsEnabled.eq(true))
        .filter(
            Condition::any()
                .add(webhook_endpoint::Column::PausedUntil.is_null())
                .add(webhook_endpoint::Column::PausedUntil.lte(now)),
        )
        .filter(Expr::exists(waiting))
        .order_by_asc(webhook_endpoint::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// The endpoint as admins described it.
pub fn described(row: &webhook_endpoint::Model) -> Result<Endpoint, Error> {
    fn list<T: serde::de::DeserializeOwned>(stored: &serde_json::Value) -> Result<Vec<T>, Error> {
        serde_json::from_value(stored.clone()).map_err(Error::internal)
    }
    Ok(Endpoint {
        url: row.url.clone(),
        description: row.description.clone(),
        event_types: list(&row.event_types)?,
        teams: list(&row.team_ids)?,
        severities: list(&row.severities)?,
        format: row.format,
        includes_restricted: row.includes_restricted,
        is_enabled: row.is_enabled,
    })
}

/// Which of these teams there are.
pub async fn known_teams(db: &impl ConnectionTrait, named: &[TeamId]) -> Result<Vec<TeamId>, Error> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    Ok(team::Entity::find()
        .select_only()
        .column(team::Column::Id)
        .filter(team::Column::Id.is_in(named.iter().copied()))
        .into_tuple()
        .all(db)
        .await?)
}

/// The events that an endpoint's deliveries since a moment are about start with this number.
pub async fn first_since(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Option<i64>, Error> {
    Ok(event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::OccurredAt.gte(since))
        .order_by_asc(event::Column::Sequence)
        .into_tuple::<i64>()
        .one(db)
        .await?)
}
