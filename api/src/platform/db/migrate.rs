//! Brings the schema up to date, once, however many processes start together; and says whether this release can work on it.

use migration::{Migrator, MigratorTrait, Steps};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::{Databases, Turn, connect, reach};
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
    let begun = begin(&db).await;
    let tx = begun.map_err(|error| reach::failed(&databases.url, &error))?;
    Turn::Migrate.take(&tx).await?;
    let Steps { missing, unknown } = migration::steps(&tx).await?;
    if !missing.is_empty() {
        if let Some(step) = unknown.first() {
            return Err(Error::invalid(
                "database_url",
                "INVALID",
                format!(
                    "The database has the step {step}, which this release does not know, and lacks steps that it does; it is of another line of releases."
                ),
            ));
        }
        Migrator::up(&tx, None).await?;
    }
    tx.commit().await?;
    db.close().await?;
    Ok(missing.len())
}

/// A transaction of the library's, since its steps run in no other.
#[allow(
    clippy::disallowed_methods,
    reason = "the one sanctioned place for changes of the schema"
)]
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await
}

/// How its steps differ from those of this release.
pub async fn steps(databases: &Databases) -> Result<Steps, Error> {
    let db = databases.reader().await?.keeping();
    match migration::steps(&db).await {
        Ok(steps) => Ok(steps),
        Err(error) => Err(reach::explained(&databases.url, &error).await),
    }
}

/// Can this release work on it?
pub async fn schema(databases: &Databases) -> Result<Schema, Error> {
    let Steps { missing, unknown } = steps(databases).await?;
    if unknown.iter().any(|step| migration::contracts(step)) {
        return Ok(Schema::Beyond);
    }
    Ok(match missing.is_empty() {
        true => Schema::Usable,
        false => Schema::Behind,
    })
}
