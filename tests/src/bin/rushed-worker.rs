//! `rushed-worker DATABASE_URL BEGAN`: what `postmortem worker` does, with a clock that runs faster, for [`postmortem_tests::rushed`].
#![allow(clippy::panic, clippy::expect_used, reason = "a part of the harness")]

use std::sync::Arc;

use postmortem_api::{auth::App, jobs, platform::db::Databases};
use postmortem_tests::{app::settings, rushed::RushedClock};

#[actix_web::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database_url, began] = arguments.as_slice() else {
        panic!("usage: rushed-worker DATABASE_URL BEGAN")
    };
    let began = began.parse().expect("an instant");
    let settings = settings(database_url).check().expect("usable settings");
    let databases = Databases::new(&settings.database_url, settings.database_connections, 60_000);
    let databases = databases.expect("a usable database URL");
    let clock = Arc::new(RushedClock::new(began));
    let app = App::start(settings, clock, databases).await.expect("the app to start");
    let _work = jobs::start(app).expect("the work to start");
    // Whoever started this ends it.
    std::future::pending::<()>().await;
}
