//! What waits: events for those who follow the log, webhooks, and links with trackers.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::{
    enums::SyncState, event, ids::TrackerConnectionId, tracker_connection, tracker_cursor, tracker_link,
    webhook_cursor, webhook_delivery,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, FunctionCall, Query, SelectStatement, SimpleExpr},
};

use crate::{
    auth::Session,
    metrics::model::{Queue, Queues, TrackerFigures},
    platform::{error::Error, keys::is_postgres, sql},
    trackers::queries::due,
};

const OLDEST: &str = "oldest";

/// What waits now.
pub(super) async fn queues(session: &Session) -> Result<Queues, Error> {
    let (trackers, links) = trackers(session).await?;
    Ok(Queues {
        waiting: vec![
            unread(
                session,
                "webhook_events",
                cursor(webhook_cursor::Entity, webhook_cursor::Column::Sequence),
            )
            .await?,
            unread(
                session,
                "tracker_events",
                cursor(tracker_cursor::Entity, tracker_cursor::Column::Sequence),
            )
            .await?,
            deliveries(session).await?,
        ],
        trackers,
        links,
    })
}

fn cursor<E: EntityTrait>(of: E, column: E::Column) -> SelectStatement {
    Query::select().column(column.as_column_ref()).from(of).take()
}

/// The earliest of some instants, as text that `read_micros` reads.
fn earliest(session: &Session, column: impl ColumnTrait, which: Condition) -> SimpleExpr {
    let first: FunctionCall = Func::min(Expr::col(column.as_column_ref())).filter(which);
    sql::micros(first.into(), is_postgres(&session.db)).cast_as("text")
}

/// How long it is since then.
fn seconds_since(row: &QueryResult, now: DateTime<Utc>) -> Result<f64, DbErr> {
    let oldest: Option<String> = row.try_get("", OLDEST)?;
    let Some(oldest) = oldest else { return Ok(0.0) };
    let micros = sql::read_micros(&oldest).ok_or_else(|| DbErr::Type(format!("{oldest:?} is no instant")))?;
    let waited = Ord::max(now.timestamp_micros().saturating_sub(micros), 0);
    #[allow(clippy::cast_precision_loss, reason = "a wait in microseconds is far below 2⁵²")]
    Ok(waited as f64 / 1_000_000.0)
}

/// How many of these wait, and how long the first of them has.
async fn waiting<E: EntityTrait>(
    session: &Session,
    name: &'static str,
    of: E,
    since: E::Column,
    which: SimpleExpr,
) -> Result<Queue, Error> {
    let select = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "waiting")
        .expr_as(earliest(session, since, Condition::all()), OLDEST)
        .from(of)
        .and_where(which)
        .take();
    let row = session.db.query_one(&select).await?;
    let row = row.ok_or_else(|| Error::internal("a count without a row"))?;
    Ok(Queue {
        name,
        waiting: row.try_get("", "waiting")?,
        oldest_seconds: seconds_since(&row, session.now())?,
    })
}

/// Events that somebody who follows the log has not looked at yet.
async fn unread(session: &Session, name: &'static str, cursor: SelectStatement) -> Result<Queue, Error> {
    let after = Expr::SubQuery(None, Box::new(cursor.into()));
    let later = Expr::col(event::Column::Sequence.as_column_ref()).gt(after);
    waiting(session, name, event::Entity, event::Column::OccurredAt, later).await
}

/// Webhooks that have not arrived yet and are not given up.
async fn deliveries(session: &Session) -> Result<Queue, Error> {
    use webhook_delivery::{Column, Entity};
    let which = Column::NextAttemptAt.is_not_null();
    waiting(session, "webhook_deliveries", Entity, Column::CreatedAt, which).await
}

/// Enabled connections, and the links of all in each state.
async fn trackers(session: &Session) -> Result<(Vec<TrackerFigures>, Vec<(SyncState, i64)>), Error> {
    let connections = tracker_connection::Entity::find()
        .filter(tracker_connection::Column::IsEnabled.eq(true))
        .all(&session.db)
        .await?;
    let select = Query::select()
        .expr_as(
            Expr::col(tracker_link::Column::ConnectionId.as_column_ref()),
            "connection",
        )
        .expr_as(Expr::col(tracker_link::Column::State.as_column_ref()), "link_state")
        .expr_as(Func::count(Expr::col(Asterisk)), "links")
        .expr_as(
            earliest(session, tracker_link::Column::NextSyncAt, due(session.now())),
            OLDEST,
        )
        .from(tracker_link::Entity)
        .add_group_by([Expr::col(Alias::new("connection")), Expr::col(Alias::new("link_state"))])
        .take();
    let mut states: BTreeMap<SyncState, i64> = SyncState::ALL.iter().map(|state| (*state, 0)).collect();
    let mut lags: HashMap<TrackerConnectionId, f64> = HashMap::new();
    for row in session.db.query_all(&select).await? {
        let state: String = row.try_get("", "link_state")?;
        let links: i64 = row.try_get("", "links")?;
        *states.entry(state.parse().map_err(DbErr::Type)?).or_default() += links;
        let lag = lags.entry(row.try_get("", "connection")?).or_default();
        *lag = f64::max(*lag, seconds_since(&row, session.now())?);
    }
    let connections = connections.into_iter().map(|connection| TrackerFigures {
        lag_seconds: lags.get(&connection.id).copied().unwrap_or_default(),
        name: connection.name,
        failures: connection.failures,
    });
    Ok((connections.collect(), states.into_iter().collect()))
}
