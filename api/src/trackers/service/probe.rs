//! Tries a connection, and says what is wrong with it.

use entity::{ids::TrackerConnectionId, tracker_connection};
use sea_orm::EntityTrait;

use super::{open, remote::Wire};
use crate::{
    auth::{App, Session},
    platform::{
        error::Error,
        outbound::{Outbound, Reach, system_lookup},
    },
};

/// The calls of a process, to what the settings allow.
pub fn wire(app: &App) -> Result<Wire, Error> {
    let outbound = Outbound::new(Reach::of(&app.settings), system_lookup())?;
    Ok(Wire::new(outbound, app.clock.clone()))
}

/// Asks the tracker for the project. None: all is well; else a sentence. Changes nothing, here or there.
pub async fn test(session: &Session, id: TrackerConnectionId) -> Result<Option<String>, Error> {
    session.viewer.require_admin()?;
    let row = tracker_connection::Entity::find_by_id(id).one(&session.db).await?;
    let row = row.ok_or_else(|| Error::not_found("tracker connection"))?;
    let (_, tracker) = open(session, &wire(&session.app)?, &row)?;
    Ok(tracker.check().await.err().map(|failure| failure.to_string()))
}
