//! Brings the schema up to date, once, however many processes start together.

use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

use super::{Databases, connect};
use crate::platform::error::Error;

/// Any number, as long as nothing else locks it.
const MIGRATION_LOCK: i64 = 7_043_001;

/// Applies the steps that are missing and returns how many there were.
pub async fn migrate(databases: &Databases) -> Result<usize, Error> {
    // One connection, so that the lock and the steps share a session. Long steps are not to be cut off.
    let db = connect::open(&databases.url, 1, 0, None).await?;
    let postgres = !databases.is_sqlite();
    if postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            .await?;
    }
    let pending = Migrator::get_pending_migrations(&db).await.map(|pending| pending.len());
    let outcome = Migrator::up(&db, None).await;
    if postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
            .await?;
    }
    outcome?;
    db.close().await?;
    Ok(pending?)
}

/// Are all steps applied?
pub async fn is_current(databases: &Databases) -> Result<bool, Error> {
    let db = databases.here().await?;
    Ok(Migrator::get_pending_migrations(&db).await?.is_empty())
}
