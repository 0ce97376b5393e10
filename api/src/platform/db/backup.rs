//! A copy of the embedded database in one file, whole, made while it is in use.
//!
//! The copy is what one moment held: writers go on, and what they write meanwhile is not in it. It has a name of its own until
//! it is complete and on the disk, so that a file with the wanted name is always a whole backup.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tracing::log::LevelFilter;

use super::Databases;
use crate::platform::error::Error;

/// Writes the database into a new file, that only its owner may read, and returns its size in bytes. Refuses PostgreSQL, which
/// has tools of its own, and a file that exists.
pub async fn backup(databases: &Databases, to: &Path) -> Result<u64, Error> {
    let source = embedded(databases, "backed up with `pg_dump --format=custom --file=FILE URL`")?;
    if !source.exists() {
        return Err(refused(format!("There is no database {} to copy.", source.display())));
    }
    if to.exists() {
        return Err(refused(format!("{} exists; name a new file.", to.display())));
    }
    let part = beside(to, "part");
    // What an earlier attempt left.
    let _ = fs::remove_file(&part);
    private(&part).map_err(|problem| unwritable(&part, &problem))?;
    let copied = copy(databases, &part).await;
    if let Err(error) = copied {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    put_in_place(&part, to).map_err(|problem| unwritable(to, &problem))?;
    let size = fs::metadata(to).map_err(Error::internal)?.len();
    Ok(size)
}

async fn copy(databases: &Databases, part: &Path) -> Result<(), Error> {
    let name = text(part)?;
    let vacuum = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
    databases.reader().await?.execute_raw(vacuum).await?;
    check(part).await
}

/// Is it a whole database of ours? Reads it from end to end and changes nothing.
pub(super) async fn check(file: &Path) -> Result<(), Error> {
    let damaged = || {
        refused(format!(
            "{} is no whole backup of Postmortem; take another one.",
            file.display()
        ))
    };
    let db = look_into(file).await.map_err(|_| damaged())?;
    let problems = db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check"))
        .await
        .map_err(|_| damaged())?;
    let is_whole = problems.len() == 1
        && problems
            .first()
            .and_then(|row| row.try_get_by_index::<String>(0).ok())
            .is_some_and(|word| word == "ok");
    let has_schema = migration::has_begun(&db).await.map_err(|_| damaged())?;
    db.close().await?;
    if is_whole && has_schema { Ok(()) } else { Err(damaged()) }
}

/// Opens a file that stays as it is.
async fn look_into(file: &Path) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", text(file)?));
    options.max_connections(1).sqlx_logging_level(LevelFilter::Debug);
    Ok(Database::connect(options).await?)
}

/// The file of an embedded database, or a refusal that says with what PostgreSQL is to be treated.
pub(super) fn embedded(databases: &Databases, otherwise: &str) -> Result<PathBuf, Error> {
    databases.file().ok_or_else(|| {
        refused(format!(
            "Only an embedded database is one file; PostgreSQL is {otherwise}."
        ))
    })
}

/// A file beside another, with one more word at the end of its name.
pub(super) fn beside(file: &Path, word: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    PathBuf::from(name)
}

/// Makes an empty file that nobody else may read: a database holds secrets.
pub(super) fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Gives a complete file its name, once it is on the disk.
pub(super) fn put_in_place(part: &Path, to: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

fn text(file: &Path) -> Result<&str, Error> {
    file.to_str()
        .filter(|name| !name.contains(['?', '%', '#']))
        .ok_or_else(|| {
            refused(format!(
                "The name {} has characters that a database cannot have; name another file.",
                file.display()
            ))
        })
}

pub(super) fn refused(sentence: String) -> Error {
    Error::invalid("file", "INVALID", sentence)
}

pub(super) fn unwritable(file: &Path, problem: &io::Error) -> Error {
    refused(format!("{} cannot be written: {problem}.", file.display()))
}
