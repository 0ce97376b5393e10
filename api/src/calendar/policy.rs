//! Who may do what with a calendar feed.

use entity::{calendar_feed, ids::UserId};

use crate::{auth::Viewer, platform::error::Error};

/// Whose a new feed is. Reading is all that it allows, so everybody may have one who signs in as a person.
pub fn owner_of_new(viewer: &Viewer) -> Result<UserId, Error> {
    viewer.id().ok_or_else(|| {
        Error::forbidden(
            "A calendar feed belongs to a person and shows what they may see; sign in as a user to make one.",
        )
    })
}

/// Only its owner gets another address: whoever has it reads what the owner may see.
pub fn may_rotate(viewer: &Viewer, feed: &calendar_feed::Model) -> Result<(), Error> {
    if viewer.is(Some(feed.owner_id)) {
        return Ok(());
    }
    Err(Error::forbidden(
        "Only its owner may give a calendar feed another address; you may revoke it.",
    ))
}
