//! Brings the schema up to date, once, however many processes start together.

use std::sync::Arc;

use migration::{Migrator, MigratorTrait};

use super::{Databases, Turn, Tx, connect, doubt::Doubt};
use crate::platform::error::Error;

/// Applies the steps that are missing, all or none of them, and returns how many there were.
pub async fn migrate(databases: &Databases) -> Result<usize, Error> {
    // Long steps are not to be cut off.
    let watch = Arc::new(connect::Watch {
        meters: databases.meters.statements().clone(),
        observer: None,
        doubt: Doubt::default(),
    };
    let db = connect::open(&databases.url, 1, 0, watch, false).await?;
    let tx = Tx::begin(&db, None, Arc::default()).await?;
    tx.take_turn(Turn::Migrate).await?;
    let pending = Migrator::get_pending_migrations(&*tx).await?.len();
    Migrator::up(&*tx, None).await?;
    tx.commit().await?;
    db.close().await?;
    Ok(pending)
}

/// The steps that are not applied yet, oldest first.
pub async fn missing_steps(databases: &Databases) -> Result<Vec<String>, Error> {
    let db = databases.here().await?;
    migration::missing(&db).await.map_err(connect::unreachable)
}

/// Are all steps applied?
pub async fn is_current(databases: &Databases) -> Result<bool, Error> {
    Ok(missing_steps(databases).await?.is_empty())
}
