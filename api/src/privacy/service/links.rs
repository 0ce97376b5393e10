//! Issues of trackers. What both sides had agreed on holds the old title; without more, the tracker's would be taken over again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{enums::SyncState, tracker_link};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::texts::holding;
use crate::{
    auth::Session,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
    privacy::model::Former,
    trackers::model::{Choice, Field, Side, Values},
};

/// Forgets what was agreed on about fields that name somebody, and settles that ours count: the tracker is told at the next look.
pub(super) async fn erase(session: &Session, former: &Former) -> Result<(), Error> {
    let named = holding::<tracker_link::Entity>(former, &[tracker_link::Column::Base, tracker_link::Column::Settled]);
    let links = tracker_link::Entity::find().filter(named).all(&session.db).await?;
    for link in links {
        let tx = session.begin().await?;
        let held = tracker_link::Entity::find_by_id(link.id).hold().one(&*tx).await?;
        if let Some(link) = held {
            in_link(&tx, former, link, session.now()).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn in_link(tx: &Tx, former: &Former, link: tracker_link::Model, now: DateTime<Utc>) -> Result<(), Error> {
    let mut base: Values = serde_json::from_value(link.base.clone()).map_err(Error::internal)?;
    let settled = former.json(&link.settled).unwrap_or_else(|| link.settled.clone());
    let mut settled: BTreeMap<Field, Choice> = serde_json::from_value(settled).map_err(Error::internal)?;
    let agreed = base.len();
    base.retain(|field, value| {
        let is_clean = former.json(value).is_none();
        if !is_clean {
            let ours = Choice {
                side: Side::Postmortem,
                between: None,
            };
            settled.insert(*field, ours);
        }
        is_clean
    });
    let (is_named, is_linked) = (base.len() < agreed, link.state != SyncState::Unlinked);
    let (wanted, mut row) = (link.wanted, link.into_active_model());
    row.base = Set(json!(base));
    row.settled = Set(json!(settled));
    if is_named && is_linked {
        row.must_read = Set(true);
        row.wanted = Set(wanted + 1);
        row.next_sync_at = Set(Some(now));
    }
    row.update(&**tx).await?;
    Ok(())
}
