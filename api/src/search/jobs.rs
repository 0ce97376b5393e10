//! Indexes what was there before the search was, or before words took a new form.

use sea_orm::prelude::Uuid;

use super::{
    queries::missing::{KINDS, next},
    service::catch_up,
};
use crate::{
    auth::Session,
    platform::error::{Error, chain},
};

/// Indexes everything that has no document of today's form, some at a time. Returns how many there were.
pub async fn index_missing(session: &Session) -> Result<usize, Error> {
    let mut indexed = 0;
    for kind in KINDS {
        let mut after = Uuid::nil();
        loop {
            let batch = next(&session.db, kind, after).await?;
            let Some(last) = batch.last() else { break };
            after = last.uuid();
            // Each by itself: one that fails does not keep the others, and nobody who writes has to wait for more than one.
            for subject in batch {
                match catch_up(session, subject).await {
                    Ok(()) => indexed += 1,
                    Err(error) => {
                        tracing::error!(error = %chain(&error), "something could not be indexed and will be tried again");
                    }
                }
            }
        }
    }
    Ok(indexed)
}
