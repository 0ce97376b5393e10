//! Widens the closed set of a column, in a table that has landed.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

/// Allows one more value in a column made by `columns::one_of`. Starts from what the database says, so that one migration after
/// another may add its value, whatever else has been added to the table meanwhile.
///
/// PostgreSQL gives the column another CHECK. SQLite cannot, so the table is made anew with its rows and indexes. Nothing may
/// refer to it.
pub(crate) async fn allow(manager: &SchemaManager<'_>, table: &str, column: &str, value: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let name = format!("{table}_{column}_check");
        let sql = format!(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND conname = '{name}'"
        );
        let check = only(&texts(manager, sql).await?, table)?;
        let wider = widened(&check, "ARRAY[", "]", &format!("'{value}'::text"))?;
        return execute(
            manager,
            &[
                format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} {wider}"),
            ],
        )
        .await;
    }
    let of = |kind: &str| {
        format!("SELECT sql FROM sqlite_master WHERE type = '{kind}' AND tbl_name = '{table}' AND sql IS NOT NULL")
    };
    let made = only(&texts(manager, of("table")).await?, table)?;
    let indexes = texts(manager, of("index")).await?;
    let set = format!("CHECK (\"{column}\" IN (");
    let wider = widened(&made, &set, ")", &format!("'{value}'"))?;
    let wider = wider.replacen(&format!("\"{table}\""), &format!("\"{table}_wider\""), 1);
    let mut steps = vec![
        wider,
        format!("INSERT INTO {table}_wider SELECT * FROM {table}"),
        format!("DROP TABLE {table}"),
        format!("ALTER TABLE {table}_wider RENAME TO {table}"),
    ];
    steps.extend(indexes);
    execute(manager, &steps).await
}

/// `text` with one more value at the end of the list that begins after `before`.
fn widened(text: &str, before: &str, end: &str, value: &str) -> Result<String, DbErr> {
    let unknown = || DbErr::Migration(format!("no list of values in {text:?}"));
    let start = text.find(before).map(|at| at + before.len()).ok_or_else(unknown)?;
    let length = text.get(start..).and_then(|rest| rest.find(end)).ok_or_else(unknown)?;
    let (list, rest) = text.split_at(start + length);
    Ok(format!("{list}, {value}{rest}"))
}

fn only(found: &[String], table: &str) -> Result<String, DbErr> {
    match found {
        [one] => Ok(one.clone()),
        _ => Err(DbErr::Migration(format!("{} definitions of {table}", found.len()))),
    }
}

async fn texts(manager: &SchemaManager<'_>, sql: String) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    let rows = manager.get_connection().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn execute(manager: &SchemaManager<'_>, steps: &[String]) -> Result<(), DbErr> {
    for step in steps {
        manager.get_connection().execute_unprepared(step).await?;
    }
    Ok(())
}
