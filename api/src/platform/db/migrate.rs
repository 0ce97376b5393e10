//! Brings the schema up to date, once, however many processes start together; and says whether this release can work on it.

use std::sync::Arc;

use migration::{Migrator, MigratorTrait};

use super::{Databases, Turn, Tx, connect, reader};
use crate::platform::error::Error;

/// What a database's schema is to this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// What this release needs is there. Steps of a later release that only add to it may have been applied too: its processes
    /// start while ours still run.
    Usable,
    /// Steps of this release are missing.
    Behind,
    /// A later release has taken away what this one needs.
    Beyond,
}

impl Schema {
    /// What is wrong with it, and what to do; none when nothing is.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Usable => None,
            Self::Behind => Some("the database schema is not up to date; run `postmortem migrate` first"),
            Self::Beyond => Some(
                "the database schema is that of a later release, which this one cannot work on; run that release, or restore a backup of before",
            ),
        }
    }
}

/// Applies the steps that are missing, all or none of them, and returns how many there were.
pub async fn migrate(databases: &Databases) -> Result<usize, Error> {
    // Long steps are not to be cut off.
    let watch = connect::Watch::unobserved(databases.meters.statements().clone());
    let db = connect::open(&databases.url, 1, 0, watch, false).await?;
    let tx = Tx::begin(&db, None, None, Arc::default(), databases.rights.watch()).await?;
    tx.take_turn(Turn::Migrate).await?;
    let (pending, unknown) = (migration::missing(&*tx).await?.len(), migration::unknown(&*tx).await?);
    if pending > 0 {
        if let Some(step) = unknown.first() {
            return Err(Error::invalid(
                "database_url",
                "INVALID",
                format!(
                    "The database has the step {step}, which this release does not know, and lacks steps that it does; it is of another line of releases."
                ),
            ));
        }
        Migrator::up(&*tx, None).await?;
    }
    tx.commit().await?;
    db.close().await?;
    Ok(pending)
}

/// The steps that are not applied yet, oldest first.
pub async fn missing_steps(databases: &Databases) -> Result<Vec<String>, Error> {
    let lender = databases.lender().await?;
    let _turn = lender.make_room().await.map_err(reader::of_query)?;
    migration::missing(lender.pool()).await.map_err(connect::unreachable)
}

/// The steps of later releases that are applied, oldest first.
pub async fn unknown_steps(databases: &Databases) -> Result<Vec<String>, Error> {
    let lender = databases.lender().await?;
    let _turn = lender.make_room().await.map_err(reader::of_query)?;
    migration::unknown(lender.pool()).await.map_err(connect::unreachable)
}

/// Can this release work on it?
pub async fn schema(databases: &Databases) -> Result<Schema, Error> {
    if unknown_steps(databases)
        .await?
        .iter()
        .any(|step| migration::contracts(step))
    {
        return Ok(Schema::Beyond);
    }
    Ok(match missing_steps(databases).await?.is_empty() {
        true => Schema::Usable,
        false => Schema::Behind,
    })
}
