//! The entities and the migrated schema say the same, on both databases.

use std::collections::{BTreeMap, BTreeSet};

use postmortem_tests::{TestApp, for_each_entity, on_both_databases};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityName, IdenStatic, Iterable, Statement};

use super::{agree, read};

/// Where the migration library notes which steps ran.
const BOOKKEEPING: &str = "seaql_migrations";

/// The index of words is each database's own: a table of words with places on PostgreSQL, a virtual table with its shadow tables
/// on SQLite. No entity could name the columns of both, and nothing reads them but `search::queries`.
const INDEX: &str = "search_index";

/// Columns that the database keeps by itself, and that nothing reads but a scope.
const OF_THE_DATABASE: &[(&str, &str)] = &[("recommendation", "report_visibility")];

/// Column by column of a table: may it be null?
type Columns = BTreeMap<String, bool>;

macro_rules! columns_of {
    ($($module:ident),+ $(,)?) => {
        BTreeMap::from([$({
            let columns = entity::$module::Column::iter();
            let name = entity::$module::Entity.table_name().to_owned();
            assert_eq!(name, stringify!($module), "the same noun names an entity's file and its table: rename one of them");
            (name, columns.map(|column| (column.as_str().to_owned(), column.def().is_null())).collect::<Columns>())
        }),+])
    };
}

/// What the entities say.
fn entities() -> BTreeMap<String, Columns> {
    for_each_entity!(columns_of)
}

/// Rows of two names and a yes or no.
async fn rows(app: &TestApp, on_sqlite: &str, on_postgres: &str) -> Vec<(String, String, bool)> {
    let db = app.app.databases.here().await.expect("a pool");
    let sql = if app.app.databases.is_sqlite() {
        on_sqlite
    } else {
        on_postgres
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db
        .query_all_raw(statement)
        .await
        .expect("the catalogue of the database");
    let row = |row: sea_orm::QueryResult| {
        let name = |index| row.try_get_by_index::<String>(index).expect("a name");
        (name(0), name(1), row.try_get_by_index(2).expect("a yes or no"))
    };
    rows.into_iter().map(row).collect()
}

/// What the migrations made.
async fn migrated(app: &TestApp) -> BTreeMap<String, Columns> {
    // An INTEGER primary key of SQLite is the number of the row, which is never null, though the catalogue says it may be.
    let sqlite = r#"
        SELECT t.name, c.name, c."notnull" = 0 AND NOT (c.pk = 1 AND upper(c.type) = 'INTEGER')
        FROM sqlite_master t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'"#;
    let postgres = "
        SELECT table_name::text, column_name::text, is_nullable = 'YES'
        FROM information_schema.columns
        WHERE table_schema = current_schema()
            AND table_name IN (SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema())";
    let mut tables = BTreeMap::<String, Columns>::new();
    for (table, column, nullable) in rows(app, sqlite, postgres).await {
        tables.entry(table).or_default().insert(column, nullable);
    }
    assert!(tables.remove(BOOKKEEPING).is_some(), "the migrations ran");
    assert!(tables.remove(INDEX).is_some(), "the index of words was made");
    tables.retain(|name, _| !name.starts_with(INDEX));
    for (table, column) in OF_THE_DATABASE {
        assert!(
            tables
                .get_mut(*table)
                .is_some_and(|columns| columns.remove(*column).is_some()),
            "{table}.{column}"
        );
    }
    tables
}

on_both_databases! {
    /// Every table has an entity, every entity a table, and both have the same columns, which may be null on both sides.
    async fn entity_columns_are_migrated_columns(app) {
        let (entities, tables) = (entities(), migrated(app).await);
        let mut wrong = Vec::new();
        let names: BTreeSet<_> = entities.keys().chain(tables.keys()).collect();
        for name in names {
            let (Some(entity), Some(table)) = (entities.get(name), tables.get(name)) else {
                wrong.push(match tables.contains_key(name) {
                    true => format!("table {name} has no entity: write entity/src/{name}.rs and list it in {}", file!()),
                    false => format!("entity {name} has no table: add a migration that makes it"),
                });
                continue;
            };
            let columns: BTreeSet<_> = entity.keys().chain(table.keys()).collect();
            for column in columns {
                match (entity.get(column), table.get(column)) {
                    (Some(_), None) => wrong.push(format!("{name}.{column} is in the entity only: add a migration for it")),
                    (None, Some(_)) => wrong.push(format!("{name}.{column} is in the database only: add it to entity/src/{name}.rs")),
                    (said, is) if said != is => wrong.push(format!(
                        "{name}.{column} may {}be null in the database: say the same in entity/src/{name}.rs (Option or not), or add a migration",
                        if is == Some(&true) { "" } else { "not " },
                    )),
                    _ => {}
                }
            }
        }
        agree("The entities are not what the migrations make.", &wrong);
    }

    /// Else the deletion of a row, and each list of what hangs on it, reads the whole other table.
    async fn every_foreign_key_has_an_index(app) {
        let sqlite = r#"
            SELECT t.name, k."from", EXISTS (
                SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) c
                WHERE i.partial = 0 AND c.seqno = 0 AND c.name = k."from")
            FROM sqlite_master t, pragma_foreign_key_list(t.name) k
            WHERE t.type = 'table' AND k.seq = 0"#;
        let postgres = "
            SELECT t.relname::text, a.attname::text, EXISTS (
                SELECT 1 FROM pg_index i
                WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indkey[0] = a.attnum)
            FROM pg_constraint k
            JOIN pg_class t ON t.oid = k.conrelid
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace";
        let keys = rows(app, sqlite, postgres).await;
        assert!(keys.len() > entities().len(), "only {} foreign keys were found: the query must be wrong", keys.len());
        let slow: Vec<_> = keys
            .into_iter()
            .filter(|(_, _, indexed)| !indexed)
            .map(|(table, column, _)| format!("{table}.{column}: add a migration with CREATE INDEX {table}_{column} ON {table} ({column})"))
            .collect();
        agree("Every foreign key needs an index that starts with it and has no condition.", &slow);
    }
}

/// The list above is by hand.
#[test]
fn every_entity_is_compared() {
    let library = read("entity/src/lib.rs");
    let modules = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let known = entities();
    let missing: Vec<_> = modules
        .filter(|module| {
            !["columns", "enums", "ids", "read_at", "tables"].contains(module) && !known.contains_key(*module)
        })
        .map(|module| format!("add {module} to the list in entity/src/tables.rs"))
        .collect();
    agree("Every entity is compared with its table.", &missing);
}
