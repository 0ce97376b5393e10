//! A database from before the history was kept tells the same afterwards, as far as it knew.

use migration::{Migrator, MigratorTrait};
use postmortem_api::platform::db::Databases;
use postmortem_tests::on_both_databases;
use serde_json::{Value, json};

use super::{ask, story::Story};

/// The steps since the history was as narrow as it had been.
fn since() -> u32 {
    let steps = Migrator::migrations();
    let place = steps
        .iter()
        .position(|step| step.name().starts_with("m0011_"))
        .expect("the step");
    u32::try_from(steps.len() - place).expect("a number")
}

on_both_databases! {
    async fn figures_survive_the_upgrade(app) {
        let mut story = Story::new(app, 0xF00D).await;
        story.go_on(250, 60).await;
        let trend = format!(
            "{{ followThroughTrend(from: \"{}\", to: \"{}\", interval: MONTH) {{ at accepted implemented open overdue }} }}",
            app.day(-400),
            app.day(0)
        );
        let before = ask(app, &story.admin, &Value::Null, "TEAM", None).await;
        let trend_before = app.ask(&story.admin, &trend, json!({})).await.data().clone();
        // One connection, as the steps have when a release runs them.
        let databases = Databases::new(&app.app.settings.database_url, 1, 0).expect("a usable database URL");
        let db = databases.here().await.expect("a pool");
        Migrator::down(&db, Some(since())).await.expect("the steps to be taken back");
        Migrator::up(&db, None).await.expect("the steps to be taken again");
        assert_eq!(ask(app, &story.admin, &Value::Null, "TEAM", None).await, before);
        assert_eq!(app.ask(&story.admin, &trend, json!({})).await.data(), &trend_before);
    }
}
