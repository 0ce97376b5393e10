//! The connections of one thread, with all statements prepared.

use std::cell::Cell;

use futures_util::future::join_all;
use tokio_postgres::{Client, Config, NoTls, Row, Statement, types::ToSql};

/// Several requests are sent on one connection before the first answer is back, so a few connections are enough.
pub struct Database {
    connections: Vec<Connection>,
    turn: Cell<usize>,
}

struct Connection {
    client: Client,
    statements: Vec<Statement>,
}

/// One of the prepared statements.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    Overdue,
    Report,
    FollowThrough,
    Filtered,
    Change,
}

/// In the order of [`Ask`].
const STATEMENTS: [&str; 5] = [
    super::overdue::SQL,
    super::report::SQL,
    super::follow_through::SQL,
    super::filtered::SQL,
    super::change::SQL,
];

/// Opens the connections of this thread.
pub async fn connect(url: String, connections: usize) -> Result<Database, tokio_postgres::Error> {
    let mut config: Config = url.parse()?;
    // The plans do not depend on the values, so each is made once.
    config.options("-c plan_cache_mode=force_generic_plan -c jit=off");
    let opened = join_all((0..connections).map(|_| open(&config))).await;
    Ok(Database {
        connections: opened.into_iter().collect::<Result<_, _>>()?,
        turn: Cell::new(0),
    })
}

#[allow(
    clippy::disallowed_methods,
    reason = "the driver's own task ends with its connection, and nothing depends on it afterwards"
)]
async fn open(config: &Config) -> Result<Connection, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    actix_web::rt::spawn(connection);
    let mut statements = Vec::with_capacity(STATEMENTS.len());
    for sql in STATEMENTS {
        statements.push(client.prepare(sql).await?);
    }
    Ok(Connection { client, statements })
}

impl Database {
    /// The rows of a statement.
    pub async fn ask(&self, what: Ask, values: &[&(dyn ToSql + Sync)]) -> actix_web::Result<Vec<Row>> {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let connection = &self.connections[turn % self.connections.len()];
        connection
            .client
            .query(&connection.statements[what as usize], values)
            .await
            .map_err(actix_web::error::ErrorInternalServerError)
    }
}
