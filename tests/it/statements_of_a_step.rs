//! What a step of an item costs in SQL statements: on PostgreSQL each of them is a trip.

use entity::enums::Role;
use postmortem_tests::on_both_databases;
use sea_orm::DbBackend;
use serde_json::{Value, json};

on_both_databases! {
    async fn a_step_is_read_stored_and_told(app) {
        let admin = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Member).await;
        let report = app.report(&bo, json!({})).await;
        let cause = app.cause(&bo, &report, json!({})).await;
        let item = app.item(&bo, &[&cause], json!({})).await;
        app.accept(&admin, &item, &bo, "2026-12-01".parse().unwrap()).await;

        app.forget_statements();
        app.step(&bo, "startRecommendation", &item, json!({})).await.data();
        let statements = app.statements();
        // The item with its report, what it becomes with its history, and the event with who acts. SQLite is no trip away, and is asked
        // for each by itself.
        let most = match app.db().await.get_database_backend() {
            DbBackend::Postgres => 3,
            _ => 6,
        };
        assert_eq!(statements.len(), most, "{statements:#?}");
        let told = app.show(&bo, "recommendation", &item.id, "history(first: 10) { nodes { type } }").await;
        let told: Vec<_> = told.pointer("/history/nodes").and_then(Value::as_array).into_iter().flatten().collect();
        assert_eq!(told.len(), 3, "recommended, accepted, started: {told:?}");
    }
}
