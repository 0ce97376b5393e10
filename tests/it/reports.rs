//! Reports: from draft to publication, and two people at once.

use entity::enums::Role;
use postmortem_tests::on_both_databases;
use serde_json::json;

on_both_databases! {
    /// The whole way of a report.
    async fn a_complete_report_is_published(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({ "dueOn": app.day(7) })).await;
        let early = app.mutate(&ada, "publishReport", json!({ "id": report.id }), "report { id }").await;
        assert_eq!(early.code(), "VALIDATION_FAILED");
        assert!(early.message().contains("submit"), "{}", early.message());
        app.publish(&ada, &report).await;
        let answer = app
            .ask(&ada, "query ($id: ID!) { report(id: $id) { status isOpen publishedAt completedAt version } }", json!({ "id": report.id }))
            .await;
        assert_eq!(answer.text("/report/status"), "PUBLISHED");
        assert_eq!(answer.at("/report/isOpen"), json!(false));
        assert_eq!(answer.at("/report/publishedAt"), answer.at("/report/completedAt"));
    }

    /// Two clients edit the same version: one wins, the other hears of it, and the winner's text stands.
    async fn two_editors_at_once(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Admin).await);
        let report = app.report(&ada, json!({})).await;
        let edit = |who: &'static str| json!({ "id": report.id, "expectedVersion": 1, "executiveSummary": format!("{who}'s text") });
        let (first, second) = at_once(
            app.mutate(&ada, "updateReport", edit("Ada"), "report { version executiveSummary }"),
            app.mutate(&bo, "updateReport", edit("Bo"), "report { version executiveSummary }"),
        )
        .await;
        let (winner, loser) = if first.body.get("errors").is_none() { (first, second) } else { (second, first) };
        assert_eq!(winner.at("/report/version"), json!(2));
        assert_eq!(loser.code(), "CONFLICT");
        assert_eq!(loser.body.pointer("/errors/0/extensions/currentVersion"), Some(&json!(2)));
        let after = app
            .ask(&ada, "query ($id: ID!) { report(id: $id) { executiveSummary revisions { nodes { number changedSections markdown } } } }", json!({ "id": report.id }))
            .await;
        assert_eq!(after.at("/report/executiveSummary"), winner.at("/report/executiveSummary"));
        assert_eq!(after.at("/report/revisions/nodes/0/number"), json!(2));
    }
}

/// Both at the same time, on one thread: every await is a place where the other goes on.
async fn at_once<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}
