//! From events to deliveries.

use entity::{webhook_cursor, webhook_endpoint};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::enqueue;
use crate::{
    auth::Session,
    events::queries::{events_after, last_sequence},
    platform::{db::Hold, error::Error},
    webhooks::{
        model::Endpoint,
        queries::{candidates, described},
    },
};

/// Events of one transaction.
const BATCH: u64 = 500;

/// Makes the deliveries of the events after the cursor. True when there may be more.
///
/// The events are read before the endpoints are: whoever created an endpoint had committed it before any event that is numbered
/// later could be read, so an endpoint misses nothing that happens after its creation.
pub async fn fan_out(session: &Session) -> Result<bool, Error> {
    let cursor = webhook_cursor::Entity::find().one(&session.db).await?;
    let last = last_sequence(&session.db).await?;
    if cursor.is_some_and(|cursor| cursor.sequence >= last) {
        return Ok(false);
    }
    let tx = session.begin().await?;
    let Some(cursor) = webhook_cursor::Entity::find().hold_if_free().one(&*tx).await? else {
        return Ok(false);
    };
    let events = events_after(&*tx, cursor.sequence, BATCH).await?;
    let Some(reached) = events.last().map(|event| event.sequence) else {
        // Dropped, it would let go of its lock only later.
        tx.commit().await?;
        return Ok(false);
    };
    let may_be_more = u64::try_from(events.len()).is_ok_and(|found| found == BATCH);
    let rows = webhook_endpoint::Entity::find()
        .filter(webhook_endpoint::Column::IsEnabled.eq(true))
        .keep()
        .all(&*tx)
        .await?;
    if !rows.is_empty() {
        let endpoints: Vec<Endpoint> = rows.iter().map(described).collect::<Result<_, _>>()?;
        let found = candidates(&*tx, events).await?;
        let mut wanted = Vec::new();
        for candidate in &found {
            let event = &candidate.event;
            let told = rows
                .iter()
                .zip(&endpoints)
                .filter(|(row, endpoint)| row.from_sequence < event.sequence && candidate.is_for(row, endpoint));
            wanted.extend(told.map(|(row, _)| (row.id, event)));
        }
        enqueue(session, &tx, wanted).await?;
    }
    let mut cursor = cursor.into_active_model();
    cursor.sequence = Set(reached);
    cursor.update(&*tx).await?;
    tx.commit().await?;
    Ok(may_be_more)
}
