//! Why the database is out of reach, for whoever starts the service: which one, what to look at, and what the engine says, once.
//!
//! None of it names the address of a server, which may hold a password.

use std::{str::FromStr, time::Duration};

use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr,
    sqlx::{self, ConnectOptions as _, postgres::PgConnectOptions},
};
use tokio::time::timeout;

use super::connect::file;
use crate::platform::error::Error;

/// How long it is tried to find out more.
const TRY: Duration = Duration::from_secs(1);

/// What SQLite calls a file that another process holds: SQLITE_BUSY and SQLITE_LOCKED.
const HELD: [u32; 2] = [5, 6];

/// What it calls a file that is not, or no longer, a database: SQLITE_CORRUPT and SQLITE_NOTADB.
const BROKEN: [u32; 2] = [11, 26];

/// What the library was told.
fn told(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(told))
        | DbErr::Query(RuntimeErr::SqlxError(told))
        | DbErr::Exec(RuntimeErr::SqlxError(told)) => Some(told.as_ref()),
        _ => None,
    }
}

/// Was there no connection in time?
fn is_late(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
        || matches!(told(error), Some(sqlx::Error::PoolTimedOut))
}

/// The words of the engine or the system themselves, which each level of the library repeats.
fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refused) => refused.message().to_owned(),
        sqlx::Error::Io(problem) => problem.to_string(),
        other => other.to_string(),
    }
}

fn cause(error: &DbErr) -> String {
    match told(error) {
        _ if is_late(error) => "it gave no connection in time".to_owned(),
        Some(told) => words(told),
        None => error.to_string(),
    }
}

/// What SQLite calls it, without the details.
fn result_code(error: &DbErr) -> Option<u32> {
    let sqlx::Error::Database(refused) = told(error)? else {
        return None;
    };
    let code: u32 = refused.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn of_server(why: &str) -> String {
    format!("the database cannot be reached; check database_url and that the server runs: {why}")
}

fn sentence(url: &str, error: &DbErr) -> String {
    let why = cause(error);
    let Some(file) = file(url) else {
        return of_server(&why);
    };
    let file = file.display();
    match result_code(error) {
        _ if is_late(error) => {
            format!("{file} could not be opened in time; look whether another process holds it, or the disk is slow")
        }
        Some(code) if BROKEN.contains(&code) => {
            format!(
                "{file} is no database, or a damaged one; name another file in database_url, or restore a backup: {why}"
            )
        }
        Some(code) if HELD.contains(&code) => {
            format!("{file} is held by another process; wait until it is done, or stop it: {why}")
        }
        _ => format!("{file} cannot be opened or written; check the folder and its rights: {why}"),
    }
}

/// Says so of the database at an address.
pub(super) fn failed(url: &str, error: &DbErr) -> Error {
    Error::internal(sentence(url, error))
}

/// The same at a start, when there is time to find out more. While a server refuses connections the pool tries again until its time is
/// over, and then it does not say what it met.
pub(super) async fn explained(url: &str, error: &DbErr) -> Error {
    if file(url).is_none()
        && is_late(error)
        && let Some(why) = tried(url).await
    {
        return Error::internal(of_server(&why));
    }
    failed(url, error)
}

/// What a server says to one connection.
async fn tried(url: &str) -> Option<String> {
    // The text of an error about the address would quote it.
    let options = PgConnectOptions::from_str(url).ok()?;
    let connected = timeout(TRY, options.connect()).await.ok()?;
    connected.err().map(|error| words(&error))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

    use super::sentence;

    #[test]
    fn each_cause_is_told_once_and_no_address() {
        let io = std::io::Error::other("Connection refused");
        let refused = DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::Io(io).into()));
        let late = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let server = "postgres://ada:s3cret@db/x";
        for (url, error, said) in [
            (
                server,
                &refused,
                "the database cannot be reached; check database_url and that the server runs: Connection refused",
            ),
            (
                server,
                &late,
                "the database cannot be reached; check database_url and that the server runs: it gave no connection in time",
            ),
            (
                "sqlite://data/x.db?mode=rwc",
                &refused,
                "data/x.db cannot be opened or written; check the folder and its rights: Connection refused",
            ),
            (
                "sqlite://data/x.db?mode=rwc",
                &late,
                "data/x.db could not be opened in time; look whether another process holds it, or the disk is slow",
            ),
        ] {
            assert_eq!(sentence(url, error), said);
        }
    }
}
