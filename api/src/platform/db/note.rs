//! What is noted beside a reading, such as when something was last used.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::timeout;

use crate::platform::error::chain;

/// How long a reading may be held up.
const NOTING: Duration = Duration::from_millis(250);

/// Notes something, unless that takes long or fails: whoever reads does neither with it, as somebody else may be writing.
/// `what` begins a sentence of the log.
pub async fn in_passing<T>(what: &str, noting: impl Future<Output = Result<T, DbErr>>) {
    match timeout(NOTING, noting).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(error = %chain(&error), "{what} could not be noted"),
        Err(_) => tracing::debug!("{what} was not noted: the database is busy"),
    }
}
