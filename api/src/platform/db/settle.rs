//! The embedded database in its one file, once nobody works on it.

use std::time::Duration;

use sea_orm::sqlx::{self, ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tracing::log::LevelFilter;

use super::Databases;
use crate::platform::error::chain;

/// How long to wait for others who read or write.
const PATIENCE: Duration = Duration::from_secs(1);

/// Moves what SQLite keeps in a second file into the database's own, for whoever copies that one alone. What others still read stays
/// where it is. At the end of a process; nothing is lost without it.
pub async fn settle(databases: &Databases) {
    let Some(file) = databases.file().filter(|file| file.exists()) else {
        return;
    };
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .busy_timeout(PATIENCE)
        .log_statements(LevelFilter::Debug);
    let settled = async {
        let mut connection = options.connect().await?;
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    if let Err(error) = settled.await {
        tracing::debug!(error = %chain(&error), file = %file.display(), "the database stays in two files");
    }
}
