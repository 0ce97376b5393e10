//! Reads connections and links.

use chrono::{DateTime, Utc};
use entity::{enums::SyncState, ids::TrackerConnectionId, tracker_connection, tracker_link};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::model::{Connection, LEASE, POLL_INTERVAL, SAFETY};
use crate::{
    auth::{Viewer, scope},
    platform::{error::Error, page::Order, sql::reached},
};

/// The connections.
pub fn connections(viewer: &Viewer) -> Select<tracker_connection::Entity> {
    scope::tracker_connections(viewer)
}

/// The latest first.
pub fn connection_order() -> Order<tracker_connection::Entity> {
    Order::new(
        tracker_connection::Column::CreatedAt,
        tracker_connection::Column::Id,
        true,
    )
}

/// What is stored as JSON.
pub fn stored<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    serde_json::from_value(value.clone()).map_err(Error::internal)
}

/// The connection as admins described it.
pub fn described(row: &tracker_connection::Model) -> Result<Connection, Error> {
    Ok(Connection {
        kind: row.kind,
        name: row.name.clone(),
        base_url: row.base_url.clone(),
        project: row.project.clone(),
        auto_create: row.auto_create,
        is_enabled: row.is_enabled,
        includes_restricted: row.includes_restricted,
        statuses: stored(&row.status_map)?,
        people: stored(&row.user_map)?,
    })
}

/// The links that may be brought into step now. One that was not looked at yet is due at once, whatever a clock said when it was made.
pub fn due(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(tracker_link::Column::NextSyncAt.is_not_null())
        .add(
            Condition::any()
                .add(reached(tracker_link::Column::NextSyncAt, now, SAFETY))
                .add(tracker_link::Column::State.eq(SyncState::Pending)),
        )
        .add(
            Condition::any()
                .add(tracker_link::Column::LeaseUntil.is_null())
                .add(reached(tracker_link::Column::LeaseUntil, now, LEASE)),
        )
}

/// The connections for which something is due.
pub async fn due_connections(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<TrackerConnectionId>, Error> {
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from(tracker_link::Entity)
        .and_where(
            Expr::col(tracker_link::Column::ConnectionId.as_column_ref())
                .eq(Expr::col(tracker_connection::Column::Id.as_column_ref())),
        )
        .cond_where(due(now))
        .take();
    Ok(tracker_connection::Entity::find()
        .select_only()
        .column(tracker_connection::Column::Id)
        .filter(tracker_connection::Column::IsEnabled.eq(true))
        .filter(
            Condition::any()
                .add(tracker_connection::Column::PausedUntil.is_null())
                .add(tracker_connection::Column::PausedUntil.lte(now)),
        )
        .filter(
            Condition::any()
                .add(reached(tracker_connection::Column::NextPollAt, now, POLL_INTERVAL))
                .add(Expr::exists(waiting)),
        )
        .order_by_asc(tracker_connection::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}
