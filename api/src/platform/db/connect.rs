//! Opens a pool with the settings that each engine needs.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr,
    sqlx::{
        self, ConnectOptions as _, Connection, SqliteConnection,
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};
use tracing::log::LevelFilter;
use url::Url;

use super::{Observer, backup, doubt::Doubt, meters::StatementMeters, reach};
use crate::platform::{error::Error, telemetry};

/// How long a writer of another process may hold the SQLite file before we give up.
const SQLITE_BUSY_MS: u64 = 10_000;

/// How long to wait for a connection. A request has longer than this, so that it can still say what is wrong.
pub(super) const ACQUIRE: Duration = Duration::from_secs(3);

/// How long nobody needs a connection before it is closed.
const IDLE: Duration = Duration::from_secs(600);

/// Statements that take longer are logged.
const SLOW: Duration = Duration::from_secs(1);

/// The file of an embedded database.
pub(super) fn file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

/// Refuses a URL that no pool could be opened for, with a sentence.
pub(super) fn check(url: &str) -> Result<(), String> {
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        // The library's own words about a URL that it cannot read quote all of it.
        return Url::parse(url).map(|_| ()).map_err(|_| {
            "this is no postgres:// address; write the characters / ? # and % of a password as %2F, %3F, %23 and %25"
                .to_owned()
        });
    }
    match url.strip_prefix("sqlite:") {
        Some(path) if path.contains(":memory:") || path.contains("mode=memory") => Err(
            "an in-memory SQLite database is private to one connection; name a file, such as sqlite://postmortem.db"
                .to_owned(),
        ),
        Some(path) if !path.trim_start_matches('/').is_empty() => Ok(()),
        _ => Err("expected sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE".to_owned()),
    }
}

/// Who is told of statements, and who tells of connections. Every pool owns it, so it owns no pool.
pub(super) struct Watch {
    pub meters: StatementMeters,
    pub observer: Option<Observer>,
    pub doubt: Doubt,
}

impl Watch {
    /// Of connections that serve nobody's requests.
    pub fn unobserved(meters: StatementMeters) -> Arc<Self> {
        Arc::new(Self {
            meters,
            observer: None,
            doubt: Doubt::default(),
        })
    }

    /// Tells of one.
    pub fn ran(&self, sql: &str, took: Duration, failed: bool) {
        self.meters.ran(took, failed);
        telemetry::statement(sql, took, failed);
        if let Some(observer) = &self.observer {
            observer(sql);
        }
    }
}

pub(super) async fn open(
    url: &str,
    connections: u32,
    statement_timeout_ms: u64,
    watch: Arc<Watch>,
    lazily: bool,
) -> Result<DatabaseConnection, Error> {
    let opened = if url.starts_with("sqlite:") {
        open_sqlite(url, connections, lazily).await
    } else {
        open_postgres(url, connections, statement_timeout_ms, watch.doubt.clone(), lazily).await
    };
    let mut pool = match opened {
        Ok(pool) => pool,
        Err(error) => return Err(reach::explained(url, &error).await),
    };
    pool.set_metric_callback(move |info| watch.ran(&info.statement.sql, info.elapsed, info.failed));
    Ok(pool)
}

/// Not by [`Database::connect`], which asks the file for a version: the first to want a connection would find that one still on its
/// way back, and open another.
async fn open_sqlite(url: &str, connections: u32, lazily: bool) -> Result<DatabaseConnection, DbErr> {
    let refused = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    let options = SqliteConnectOptions::from_str(url)
        .map_err(refused)?
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(SQLITE_BUSY_MS))
        .pragma("journal_mode", "WAL")
        .pragma("synchronous", "NORMAL")
        .log_statements(LevelFilter::Debug)
        .log_slow_statements(LevelFilter::Warn, SLOW);
    // It holds secrets, and SQLite would let everybody read a new file. One that is there stays as it is; whatever else goes wrong here
    // goes wrong again when it is opened.
    let _ = backup::private(options.get_filename());
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(IDLE)
        // There is no network that could have failed.
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_outside(connection)));
    Ok(if lazily {
        pool.connect_lazy_with(options).into()
    } else {
        pool.connect_with(options).await.map_err(refused)?.into()
    })
}

async fn open_postgres(
    url: &str,
    connections: u32,
    statement_timeout_ms: u64,
    doubt: Doubt,
    lazily: bool,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .connect_lazy(lazily)
        .idle_timeout(IDLE)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging_level(LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW);
    options.map_sqlx_postgres_opts(move |postgres| {
        postgres.application_name("postmortem").options([
            // One plan per prepared statement: planning a wide join anew costs more than running it.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            // Memory for the rows of a joined table is prepared for as many as a whole list might need, megabytes of it, at each start of
            // a statement that reads one page.
            ("enable_memoize", "off".to_owned()),
            ("statement_timeout", statement_timeout_ms.to_string()),
            // A dropped request rolls back at its connection's next use; until then its locks must not live for ever.
            (
                "idle_in_transaction_session_timeout",
                (2 * statement_timeout_ms).to_string(),
            ),
        ])
    });
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let doubt = doubt.clone();
        pool.after_release(move |_, _| {
            let is_kept = !doubt.is_raised();
            Box::pin(async move { Ok(is_kept) })
        })
    });
    Database::connect(options).await
}

/// Is nothing left of the transactions that a connection had? SQLite ends some by itself, such as when the disk is full. Then rolling
/// back fails, and the library takes the next transaction for one inside of that: what it commits is not committed, and what it rolls
/// back goes on and locks everybody else out. So such a connection is closed.
async fn is_outside(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may be on its way.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
