//! The test harness of Postmortem. Tests speak the product: a [`TestApp`] with users, teams and reports, asked over HTTP like
//! a client would, on SQLite and on PostgreSQL alike.
//!
//! [`on_both_databases!`] makes two tests of one body. Time is a clock that a test moves; nothing sleeps. The database of a
//! test is a copy of a migrated template and goes away with it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness fails by panicking, with a sentence"
)]

pub mod app;
pub mod calendars;
pub mod chromium;
pub mod conformance;
pub mod database;
pub mod documents;
pub mod events;
pub mod explorer;
pub mod fixtures;
pub mod github;
pub mod gitlab;
pub mod jira;
pub mod linear;
pub mod live;
pub mod many;
pub mod node;
pub mod oidc;
pub mod paging;
pub mod postgres;
pub mod processes;
pub mod prometheus;
mod python;
pub mod receiver;
pub mod redmine;
pub mod requests;
pub mod rows;
pub mod rushed;
pub mod scrape;
pub mod secrets;
pub mod served;
pub mod standard_webhooks;
pub mod tracker;
pub mod world;

pub use app::{Answer, TestApp, TestUser};
pub use database::{Engine, TestDatabase};
pub use entity::for_each_entity;
pub use processes::{get, pause, wait_until};
pub use receiver::Receiver;
pub use rows::contents_of;
pub use tracker::TestTracker;

/// Makes a test on SQLite and a test on PostgreSQL of one body, which gets the app by reference.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($app: &$crate::TestApp) $body

            #[actix_web::test]
            async fn sqlite() {
                let app = $crate::TestApp::new($crate::Engine::Sqlite).await;
                body(&app).await;
                app.finish().await;
            }

            #[actix_web::test]
            async fn postgres() {
                let app = $crate::TestApp::new($crate::Engine::Postgres).await;
                body(&app).await;
                app.finish().await;
            }
        }
    )+};
}
