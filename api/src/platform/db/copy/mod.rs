//! A whole database copied into an empty one, of the same kind or the other, and compared row by row.
//!
//! What is read is one moment of the source. What is written is one transaction: all of it, compared with the source, or nothing.
//! Ids, instants and the numbers of events stay as they are, so whoever follows the log goes on where they were.

mod rows;

use std::{future::Future, pin::Pin, sync::Arc};

use chrono::{DateTime, Utc};
use entity::scheduler_lease;
use migration::Steps;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    Databases, Snapshot, Turn, Tx, connect,
    lender::{Lease, Lender},
    migrate,
    reader::of_query,
    steps,
};
use crate::platform::error::Error;

/// What a copy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Each table, and how many rows it has.
    pub tables: Vec<(&'static str, u64)>,
}

impl Copied {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

/// Copies `from` into `to`. A target without tables gets them; one that holds anything but what a new schema holds is refused, and
/// so is a source that a process works on or whose schema is another one. `index` makes what only the target's kind of database
/// has, in the transaction of the copy, from the rows that are there by then.
pub async fn copy(
    from: &Databases,
    to: &Databases,
    now: DateTime<Utc>,
    index: impl AsyncFnOnce(&Tx) -> Result<(), Error>,
) -> Result<Copied, Error> {
    if let Some(file) = from.file().filter(|file| !file.exists()) {
        return Err(refused(format!("There is no database {} to copy.", file.display())));
    }
    same_schema(from, "to be copied").await?;
    let source = open(from).await?;
    let source = Snapshot::take(lease(&source).await?).await?;
    at_rest(&source, now).await?;
    let target = open(to).await?;
    if !migration::has_begun(target.pool()).await? {
        migrate(to).await?;
    }
    same_schema(to, "to copy into").await?;
    let tx = Tx::begin(lease(&target).await?, None, Arc::default(), to.rights.watch()).await?;
    tx.take_turn(Turn::Migrate).await?;
    let copied = Copied {
        tables: tables(&source, &tx).await?,
    };
    index(&tx).await?;
    tx.commit().await?;
    drop(source);
    target.pool().clone().close().await?;
    Ok(copied)
}

/// One connection without time limits: one statement may read a whole table.
async fn open(databases: &Databases) -> Result<Arc<Lender>, Error> {
    let watch = connect::Watch::unobserved(databases.meters.statements().clone());
    let pool = connect::open(&databases.url, 1, 0, watch.clone(), false).await?;
    Ok(Lender::new(pool, 1, databases.meters.exhausted(), watch))
}

async fn lease(lender: &Arc<Lender>) -> Result<Lease, Error> {
    Ok(lender.lend().await.map_err(of_query)?)
}

async fn same_schema(databases: &Databases, which: &str) -> Result<(), Error> {
    if steps(databases).await? == Steps::default() {
        return Ok(());
    }
    Err(refused(format!(
        "The schema of the database {which} is not the one of this release; bring it up to date with `postmortem migrate` of this \
         release first."
    )))
}

/// What is written while it is copied would be lost.
async fn at_rest(source: &Snapshot, now: DateTime<Utc>) -> Result<(), Error> {
    let working = scheduler_lease::Entity::find()
        .filter(scheduler_lease::Column::Until.gt(now))
        .one(&**source)
        .await?;
    if working.is_none() {
        return Ok(());
    }
    Err(refused(
        "A process works on the database to be copied, or was killed less than three minutes ago; stop all of them, and try again."
            .to_owned(),
    ))
}

/// Rows that a new schema has: they make room for those of the source.
const OF_A_NEW_SCHEMA: [&str; 4] = ["cause_category", "key_counter", "tracker_cursor", "webhook_cursor"];

/// All tables: looked at, copied, and compared.
async fn tables(source: &Snapshot, tx: &Tx) -> Result<Vec<(&'static str, u64)>, Error> {
    let mut tables = Vec::new();
    macro_rules! each {
        ($($table:ident),+ $(,)?) => {
            $(if !OF_A_NEW_SCHEMA.contains(&stringify!($table)) {
                on_heap(|| rows::is_empty::<entity::$table::Entity>(tx)).await?;
            })+
            $(if OF_A_NEW_SCHEMA.contains(&stringify!($table)) {
                on_heap(|| rows::clear::<entity::$table::Entity>(tx)).await?;
            })+
            $(tables.push((stringify!($table), on_heap(|| rows::copy::<entity::$table::Entity>(source, tx)).await?));)+
            $(on_heap(|| rows::compare::<entity::$table::Entity>(source, tx)).await?;)+
        };
    }
    entity::for_each_entity!(each);
    Ok(tables)
}

/// The work on one table, on the heap from its beginning: that on all of them is more than the stack of a thread holds.
fn on_heap<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

fn refused(sentence: String) -> Error {
    Error::invalid("to", "INVALID", sentence)
}
