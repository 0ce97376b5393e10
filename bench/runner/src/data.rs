//! The databases, filled: made by the service's own migrations, then by SQL inside the database.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{
    cluster::Cluster,
    dialect::Dialect,
    options::{Engine, Options, Size},
    store::Store,
};

/// In the order in which they run; the one that differs is chosen below.
const BEFORE_SEARCH: [&str; 5] = [
    include_str!("../data/people.sql"),
    include_str!("../data/reports.sql"),
    include_str!("../data/items.sql"),
    include_str!("../data/history.sql"),
    include_str!("../data/search.sql"),
];
const FINISH: &str = include_str!("../data/finish.sql");

/// The figures that PostGraphile is given as a view, since it has no others by team.
const VIEW: &str = include_str!("../data/view.sql");

/// Foreign keys hold by construction; to check two million of them takes longer than to write the rows.
const BEFORE: [(Engine, &str); 2] = [
    (
        Engine::Postgres,
        "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';",
    ),
    (
        Engine::Sqlite,
        "PRAGMA journal_mode = OFF; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1000000;",
    ),
];

/// A database that is there and filled.
pub struct Database {
    /// As the service takes it.
    pub url: String,
}

/// The database of this size; filled unless it is kept and has been.
#[allow(clippy::print_stderr, reason = "this takes minutes, and somebody waits")]
pub fn prepared(options: &Options, home: &Path, cluster: Option<&Cluster>, size: Size) -> Result<Database> {
    let engine = cluster.map_or(Engine::Sqlite, |_| Engine::Postgres);
    let name = size.name().to_lowercase();
    let kept = home.join(format!("{}-{name}.filled", engine.name().to_lowercase()));
    let wanted = fingerprint(engine);
    let url = match cluster {
        Some(cluster) => cluster.url(&format!("bench_{name}")),
        None => format!("sqlite://{}", home.join(format!("{name}.db")).display()),
    };
    let is_filled = fs::read_to_string(&kept).is_ok_and(|found| found == wanted);
    if !is_filled {
        eprintln!("Filling {} with data of size {} …", engine.name(), size.name());
        let _ = fs::remove_file(&kept);
        match cluster {
            Some(cluster) => cluster.recreate(&format!("bench_{name}"))?,
            None => {
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(home.join(format!("{name}.db{end}")));
                }
            }
        }
    }
    migrate(options, &url)?;
    if !is_filled {
        fill(engine, &url, size.reports())?;
        fs::write(&kept, wanted)?;
    }
    Ok(Database { url })
}

/// Also brings a kept database up to date with the service that is measured.
fn migrate(options: &Options, url: &str) -> Result<()> {
    let mut command = Command::new(&options.service);
    command.args(["migrate", "--database-url", url]);
    let output = command
        .output()
        .with_context(|| format!("could not run {}", options.service.display()))?;
    ensure!(
        output.status.success(),
        "migrate failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn fill(engine: Engine, url: &str, reports: u64) -> Result<()> {
    let store = Store::open(url)?;
    let dialect = Dialect {
        engine,
        reports,
        today: crate::machine::today()
            .signed_duration_since(chrono::NaiveDate::default())
            .num_days(),
    };
    for (of, sql) in BEFORE {
        if of == engine {
            store.run(sql)?;
        }
    }
    store.run("BEGIN")?;
    for part in parts(engine) {
        store.run(&dialect.expand(part)?)?;
    }
    store.run("COMMIT")?;
    match engine {
        Engine::Postgres => {
            store.run(VIEW)?;
            store.run("VACUUM (ANALYZE)")?;
            store.run("CHECKPOINT")
        }
        Engine::Sqlite => store.run("ANALYZE; PRAGMA journal_mode = WAL;"),
    }
}

fn parts(engine: Engine) -> Vec<&'static str> {
    let search = match engine {
        Engine::Postgres => include_str!("../data/search.postgres.sql"),
        Engine::Sqlite => include_str!("../data/search.sqlite.sql"),
    };
    BEFORE_SEARCH.into_iter().chain([search, FINISH]).collect()
}

/// Of all that decides what is in the tables, so that a kept database is filled anew when that changes.
fn fingerprint(engine: Engine) -> String {
    let mut hasher = DefaultHasher::new();
    (parts(engine), VIEW, include_str!("dialect.rs")).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use entity::{enums::SubjectKind, ids::ReportId};
    use migration::{Migrator, MigratorTrait};
    use postmortem_api::search::model::index::{Document, Subject};
    use postmortem_tests::TestDatabase;

    use super::*;

    /// A few reports in SQLite: the SQL is right for the tables of today, and what it says of words is what the service would.
    #[test]
    fn what_is_searched_is_as_the_service_stores_it() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("few.db").display());
        {
            let store = Store::open(&url).unwrap();
            store
                .with(async |connection| Migrator::up(connection, None).await)
                .unwrap();
        }
        fill(Engine::Sqlite, &url, 20).unwrap();
        let store = Store::open(&url).unwrap();
        let rows = store.rows(
            "SELECT subject_kind, coalesce(key, ''), title, body, title_words, (
                SELECT coalesce(group_concat(term, ' '), '') FROM (
                    SELECT term FROM search_term WHERE document_number = number ORDER BY term)
            ) FROM search_document",
        );
        let rows = rows.unwrap();
        assert_eq!(rows.len(), 20 + 60 + 200);
        for row in rows {
            let kind = match row[0].as_str() {
                "REPORT" => SubjectKind::Report,
                "ROOT_CAUSE" => SubjectKind::RootCause,
                _ => SubjectKind::Recommendation,
            };
            let report = ReportId(sea_orm::prelude::Uuid::nil());
            let document = Document {
                kind,
                id: Subject::Report(report).uuid(),
                report,
                key: Some(row[1].clone()).filter(|key| !key.is_empty()),
                title: row[2].clone(),
                body: row[3].clone(),
            };
            let indexed = document.indexed();
            assert_eq!(indexed.title_words, row[4]);
            let mut terms = indexed.terms;
            terms.sort();
            assert_eq!(terms.join(" "), row[5]);
            assert_eq!(
                indexed.stems, indexed.words,
                "a word that is not its own stem: {}",
                row[3]
            );
        }
    }

    /// On PostgreSQL, too, where no trigger runs while a database is filled: the item knows who may see its report.
    #[test]
    fn items_of_what_is_hidden_are_hidden() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = runtime.block_on(TestDatabase::new(match engine {
                Engine::Sqlite => postmortem_tests::Engine::Sqlite,
                Engine::Postgres => postmortem_tests::Engine::Postgres,
            }));
            fill(engine, &database.url, 100).unwrap();
            let store = Store::open(&database.url).unwrap();
            let rows = store.rows(
                "SELECT report.visibility, report_visibility, CAST(count(*) AS text) FROM recommendation
                JOIN report ON report.id = report_id GROUP BY report.visibility, report_visibility ORDER BY 1",
            );
            let hidden = [
                ["ORGANIZATION", "ORGANIZATION", "990"],
                ["RESTRICTED", "RESTRICTED", "10"],
            ];
            assert_eq!(rows.unwrap(), hidden, "{}", engine.name());
            drop(store);
            runtime.block_on(database.drop());
        }
    }
}
