//! The rows of one table, whichever it is.

use std::{pin::pin, str::FromStr};

use futures_util::TryStreamExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DbErr, EntityTrait, IdenStatic, IntoActiveModel,
    Iterable, ModelTrait, Order, PrimaryKeyToColumn, PrimaryKeyTrait, QueryFilter, QueryOrder, Select, Statement,
    Value,
    sea_query::{Expr, SimpleExpr},
};

use super::refused;
use crate::platform::{
    db::{Snapshot, Tx},
    error::Error,
    keys::is_postgres,
    sql,
};

/// The values that one statement may have; both databases take more.
const VALUES: usize = 20_000;
/// The most rows that one statement writes.
const ROWS: usize = 500;

/// References of a table to itself, whose target may be stored after them.
fn references_to_itself<E: EntityTrait>() -> Vec<E::Column> {
    let names: &[&str] = match E::default().table_name() {
        "cause_category" => &["parent_id"],
        "root_cause" => &["parent_id", "recurrence_of_id"],
        _ => &[],
    };
    names.iter().filter_map(|name| E::Column::from_str(name).ok()).collect()
}

/// Refuses a table that has rows.
pub(super) async fn is_empty<E: EntityTrait>(tx: &Tx) -> Result<(), Error> {
    match E::find().one(&**tx).await? {
        None => Ok(()),
        Some(_) => Err(refused(format!(
            "The database to copy into is not empty: {} has rows; name a new one.",
            E::default().table_name()
        ))),
    }
}

/// Removes all rows.
pub(super) async fn clear<E: EntityTrait>(tx: &Tx) -> Result<(), Error> {
    E::delete_many().exec(&**tx).await?;
    Ok(())
}

/// Copies all rows, and gives their number.
pub(super) async fn copy<E>(source: &Snapshot, tx: &Tx) -> Result<u64, Error>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
    E::ActiveModel: Send,
{
    let at_a_time = (VALUES / E::Column::iter().count()).clamp(1, ROWS);
    let to_itself = references_to_itself::<E>();
    let (mut copied, mut batch, mut later) = (0, Vec::with_capacity(at_a_time), Vec::new());
    {
        let mut rows = pin!(ordered::<E>(&**source).stream(&**source).await?);
        while let Some(row) = rows.try_next().await? {
            let mut active = row.clone().into_active_model();
            for column in &to_itself {
                if !matches!(row.get(*column), Value::Uuid(None)) {
                    later.push((keys_of::<E>(&row), *column, row.get(*column)));
                    active.set(*column, Value::Uuid(None));
                }
            }
            batch.push(active);
            copied += 1;
            if batch.len() == at_a_time {
                insert::<E>(tx, std::mem::take(&mut batch)).await?;
            }
        }
    }
    insert::<E>(tx, batch).await?;
    for (keys, column, target) in later {
        let mut update = E::update_many().col_expr(column, Expr::val(target));
        for (key, value) in keys {
            update = update.filter(key.eq(value));
        }
        update.exec(&**tx).await?;
    }
    go_on_counting::<E>(tx).await?;
    Ok(copied)
}

async fn insert<E>(tx: &Tx, rows: Vec<E::ActiveModel>) -> Result<(), Error>
where
    E: EntityTrait,
    E::ActiveModel: Send,
{
    if rows.is_empty() {
        return Ok(());
    }
    let stored = E::insert_many(rows).exec_without_returning(&**tx).await;
    stored.map_err(|source| {
        Error::internal(NotStored {
            table: E::default().table_name().to_owned(),
            source,
        })
    })?;
    Ok(())
}

/// Why a row did not arrive.
#[derive(Debug, thiserror::Error)]
#[error("rows of {table} cannot be stored in the other database; nothing was copied")]
struct NotStored {
    table: String,
    source: DbErr,
}

fn keys_of<E: EntityTrait>(row: &E::Model) -> Vec<(E::Column, Value)> {
    let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    keys.map(|column| (column, row.get(column))).collect()
}

/// PostgreSQL numbers new rows by a sequence that knows nothing of rows that came with a number. SQLite looks at the rows.
async fn go_on_counting<E: EntityTrait>(tx: &Tx) -> Result<(), Error> {
    if !E::PrimaryKey::auto_increment() || !is_postgres(&**tx) {
        return Ok(());
    }
    let (entity, mut keys) = (E::default(), E::PrimaryKey::iter());
    let Some(key) = keys.next().map(PrimaryKeyToColumn::into_column) else {
        return Ok(());
    };
    let (table, key) = (entity.table_name(), key.as_str());
    let sql = format!(
        "SELECT setval(pg_get_serial_sequence('{table}', '{key}'), (SELECT COALESCE(MAX({key}), 0) + 1 FROM {table}), false)"
    );
    tx.execute_raw(Statement::from_string(tx.get_database_backend(), sql))
        .await?;
    Ok(())
}

/// Reads both side by side, in the order of their keys. The first row that differs, or is on one side only, is an error.
pub(super) async fn compare<E>(source: &Snapshot, tx: &Tx) -> Result<(), Error>
where
    E: EntityTrait,
    E::Model: PartialEq + Send + Sync,
{
    let mut before = pin!(ordered::<E>(&**source).stream(&**source).await?);
    let mut after = pin!(ordered::<E>(&**tx).stream(&**tx).await?);
    let mut number = 0_u64;
    loop {
        number += 1;
        match (before.try_next().await?, after.try_next().await?) {
            (None, None) => return Ok(()),
            (Some(before), Some(after)) if before == after => {}
            _ => {
                return Err(Error::internal(format!(
                    "row {number} of {} is not what it was; nothing was copied",
                    E::default().table_name()
                )));
            }
        }
    }
}

/// All rows by their keys, in an order that does not depend on a language: bytes of texts, as SQLite has it.
fn ordered<E: EntityTrait>(db: &impl ConnectionTrait) -> Select<E> {
    let mut select = E::find();
    for key in E::PrimaryKey::iter() {
        let column = key.into_column();
        let by: SimpleExpr = Expr::col(column.as_column_ref());
        let is_text = matches!(column.def().get_column_type(), ColumnType::Text | ColumnType::String(_));
        let by = if is_text { sql::in_bytes(by, db) } else { by };
        select = select.order_by(by, Order::Asc);
    }
    select
}
