//! A database for each test: a copy of a template that is migrated once per process.

use std::path::PathBuf;

use postmortem_api::platform::db::{self, Databases};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::postgres::URL_VARIABLE;

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The one that scales.
    Postgres,
}

/// One test's database.
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    // Removed when dropped.
    _directory: Option<TempDir>,
    name: Option<String>,
}

impl TestDatabase {
    /// A fresh, migrated, empty database.
    pub async fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::sqlite().await,
            Engine::Postgres => Self::postgres().await,
        }
    }

    /// A database without tables.
    pub async fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().expect("a temporary directory");
                Self {
                    url: format!("sqlite://{}", directory.path().join("test.db").display()),
                    _directory: Some(directory),
                    name: None,
                }
            }
            Engine::Postgres => {
                let name = unique("empty");
                administrate(&format!("CREATE DATABASE {name}")).await;
                Self {
                    url: at(&name),
                    _directory: None,
                    name: Some(name),
                }
            }
        }
    }

    /// A migrated database whose server compares and folds texts as a language does: many have been made so, and none of ours.
    pub async fn of_a_language() -> Self {
        let name = unique("language");
        administrate(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"
        ))
        .await;
        let url = at(&name);
        migrate(&url).await;
        Self {
            url,
            _directory: None,
            name: Some(name),
        }
    }

    async fn sqlite() -> Self {
        static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
        let (_, template) = TEMPLATE
            .get_or_init(|| async {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let path = directory.path().join("template.db");
                migrate(&format!("sqlite://{}", path.display())).await;
                (directory, path)
            })
            .await;
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("test.db");
        std::fs::copy(template, &path).expect("a copy of the template database");
        Self {
            url: format!("sqlite://{}", path.display()),
            _directory: Some(directory),
            name: None,
        }
    }

    async fn postgres() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = unique("template");
                administrate(&format!("CREATE DATABASE {name}")).await;
                migrate(&at(&name)).await;
                name
            })
            .await;
        let name = unique("test");
        administrate(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self {
            url: at(&name),
            _directory: None,
            name: Some(name),
        }
    }

    /// The same database for another process, which does not take it away.
    pub fn shared(&self) -> Self {
        Self {
            url: self.url.clone(),
            _directory: None,
            name: None,
        }
    }

    /// Takes the database away.
    pub async fn drop(self) {
        if let Some(name) = self.name {
            administrate(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// Makes the tables in an empty database.
pub async fn migrate(url: &str) {
    let databases = Databases::new(url, 2, 0).expect("a usable database URL");
    db::migrate(&databases).await.expect("the migrations to run");
}

#[allow(clippy::disallowed_methods, reason = "names only have to differ")]
fn unique(what: &str) -> String {
    format!("{what}_{}", uuid::Uuid::now_v7().simple())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the harness is told by its parent process where the server is"
)]
fn server() -> String {
    std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
        panic!("these tests need PostgreSQL and never skip it: run them with `make test`, or set {URL_VARIABLE} to a server of yours")
    })
}

fn at(name: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').expect("a URL that ends in a database name");
    format!("{base}/{name}")
}

async fn administrate(statement: &str) {
    let mut options = ConnectOptions::new(server());
    options.max_connections(1).sqlx_logging(false);
    let db: DatabaseConnection = Database::connect(options).await.expect("the test server to answer");
    db.execute_unprepared(statement)
        .await
        .expect("an administrative statement to run");
    db.close().await.expect("the connection to close");
}
