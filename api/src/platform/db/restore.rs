//! A backup put in the place of the embedded database.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::scheduler_lease;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait, Statement,
    sqlx::sqlite::SqliteConnectOptions,
};
use tracing::log::LevelFilter;

use super::{
    Databases,
    backup::{beside, check, embedded, private, put_in_place, refused, unwritable},
};
use crate::platform::error::Error;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The database.
    pub file: PathBuf,
    /// Where what was there before is kept.
    pub kept: Option<PathBuf>,
}

/// Puts a backup where the database is. A database that is there is moved aside if `replace` is said, and never while a process
/// uses it. Nothing changes unless the backup is whole.
pub async fn restore(databases: &Databases, from: &Path, replace: bool, now: DateTime<Utc>) -> Result<Restored, Error> {
    let file = embedded(databases, "restored with `pg_restore --dbname=URL FILE`")?;
    if !from.exists() {
        return Err(refused(format!("There is no file {}.", from.display())));
    }
    if journal(from).exists() {
        return Err(refused(format!(
            "{} is a database in use and no backup; make one of it with `postmortem backup`.",
            from.display()
        )));
    }
    check(from).await?;
    let present = file.exists();
    if present && !replace {
        return Err(refused(format!(
            "{} exists; say --replace to move it aside.",
            file.display()
        )));
    }
    if !present && journal(&file).exists() {
        return Err(refused(format!(
            "{} is left of a database that is gone; move it away first.",
            journal(&file).display()
        )));
    }
    // Copied before anything is moved: a full disk leaves all as it was.
    let part = beside(&file, "part");
    let _ = fs::remove_file(&part);
    copy(from, &part).map_err(|problem| {
        let _ = fs::remove_file(&part);
        unwritable(&part, &problem)
    })?;
    // A backup that was made while a process worked says so for three minutes more.
    nobody_works_on(&part).await.inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })?;
    let kept = if present {
        Some(set_aside(&file, now).await.inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })?)
    } else {
        None
    };
    put_in_place(&part, &file).map_err(|problem| unwritable(&file, &problem))?;
    Ok(Restored { file, kept })
}

fn copy(from: &Path, part: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut private(part)?)?;
    Ok(())
}

async fn nobody_works_on(file: &Path) -> Result<(), Error> {
    let db = open(file, |sqlite| sqlite).await?;
    // One of an early schema has no such table.
    let leases = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'scheduler_lease'";
    let leases = Statement::from_string(DbBackend::Sqlite, leases);
    if db.query_one_raw(leases).await?.is_some() {
        scheduler_lease::Entity::delete_many().exec(&db).await?;
    }
    Ok(db.close().await?)
}

/// Opens a database for one who is alone with it.
async fn open(
    file: &Path,
    change: impl Fn(SqliteConnectOptions) -> SqliteConnectOptions + Send + Sync + 'static,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rw", file.display()));
    options.max_connections(1).sqlx_logging_level(LevelFilter::Debug);
    options.map_sqlx_sqlite_opts(change);
    Database::connect(options).await
}

/// Where SQLite keeps what is not yet in the file itself.
fn journal(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Moves a database that nobody uses to another name. All of it is in one file by then.
async fn set_aside(file: &Path, now: DateTime<Utc>) -> Result<PathBuf, Error> {
    let kept = beside(file, &format!("before-{}", now.format("%Y%m%dT%H%M%SZ")));
    if kept.exists() {
        return Err(refused(format!("{} exists; wait a second.", kept.display())));
    }
    let in_use = || {
        refused(format!(
            "{} is in use, or is no database; stop the processes that serve from it first.",
            file.display()
        ))
    };
    // This way of keeping a journal needs the file for itself: it fails while any other process has it open.
    let alone = |sqlite: SqliteConnectOptions| {
        sqlite
            .busy_timeout(Duration::ZERO)
            .pragma("locking_mode", "EXCLUSIVE")
            .pragma("journal_mode", "DELETE")
    };
    let db = open(file, alone).await.map_err(|_| in_use())?;
    db.close().await.map_err(|_| in_use())?;
    if journal(file).exists() {
        return Err(in_use());
    }
    fs::rename(file, &kept).map_err(|problem| unwritable(&kept, &problem))?;
    Ok(kept)
}
