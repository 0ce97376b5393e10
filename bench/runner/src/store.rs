//! A single connection to a database, for SQL that the service would not run.

use anyhow::Result;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tokio::runtime::Runtime;

pub struct Store {
    runtime: Runtime,
    connection: DatabaseConnection,
}

impl Store {
    pub fn open(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut options = ConnectOptions::new(url);
        // Settings and transactions are of a connection, so there must be no second one, not even in the place of the first: a pool
        // replaces one after half an hour, in the middle of a transaction that takes longer.
        options
            .max_connections(1)
            .min_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .sqlx_logging(false);
        let connection = runtime.block_on(Database::connect(options))?;
        Ok(Self { runtime, connection })
    }

    /// Runs statements, one after another.
    pub fn run(&self, sql: &str) -> Result<()> {
        self.runtime.block_on(self.connection.execute_unprepared(sql))?;
        Ok(())
    }

    /// The rows of a statement whose columns are all text.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let backend = self.connection.get_database_backend();
        let statement = sea_orm::Statement::from_string(backend, sql);
        let rows = self.runtime.block_on(self.connection.query_all_raw(statement))?;
        let text = |row: &sea_orm::QueryResult| {
            let columns = 0..row.column_names().len();
            columns
                .map(|column| row.try_get_by_index(column))
                .collect::<Result<Vec<String>, _>>()
        };
        Ok(rows.iter().map(text).collect::<Result<_, _>>()?)
    }

    /// Runs what needs the connection itself.
    #[cfg(test)]
    pub fn with<T>(&self, work: impl AsyncFnOnce(&DatabaseConnection) -> T) -> T {
        self.runtime.block_on(work(&self.connection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filling a database takes longer than a pool keeps a connection, and is one transaction.
    #[test]
    fn its_connection_stays() {
        let store = Store::open("sqlite::memory:").unwrap();
        let pool = store.connection.get_sqlite_connection_pool().options();
        assert_eq!(pool.get_max_connections(), 1);
        assert_eq!((pool.get_max_lifetime(), pool.get_idle_timeout()), (None, None));
    }
}
