//! Brings the schema up to date, once, however many processes start together.

use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

use super::{Databases, Tx, connect};
use crate::platform::error::Error;

/// Any number, as long as nothing else locks it.
const MIGRATION_LOCK: i64 = 7_043_001;

/// Applies the steps that are missing, all or none of them, and returns how many there were.
pub async fn migrate(databases: &Databases) -> Result<usize, Error> {
    // Long steps are not to be cut off.
    let db = connect::open(&databases.url, 1, 0, None, false).await?;
    // On SQLite this waits for whoever else migrates; on PostgreSQL the lock does.
    let tx = Tx::begin(&db, None).await?;
    if !databases.is_sqlite() {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            .await?;
    }
    let pending = Migrator::get_pending_migrations(&*tx).await?.len();
    Migrator::up(&*tx, None).await?;
    tx.commit().await?;
    db.close().await?;
    Ok(pending)
}

/// Are all steps applied?
pub async fn is_current(databases: &Databases) -> Result<bool, Error> {
    let db = databases.here().await?;
    migration::is_applied(&db).await.map_err(connect::unreachable)
}
