//! Reports that become RESTRICTED, and that are so no longer.

use postmortem_tests::on_both_databases;
use serde_json::{Value, json};

use super::linked;

on_both_databases! {
    /// The links of its items say so at once, both times.
    async fn a_report_is_hidden_and_shown_again(app) {
        let linked = linked(app).await;
        let ada = &linked.ada;
        let report = app.report(ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(ada, &report, json!({})).await;
        let item = app.item(ada, &[&cause], json!({ "title": "The vault" })).await;
        app.accept(ada, &item, ada, app.day(9)).await;
        app.keep_trackers().await;
        assert_eq!(app.links(ada, &item.id).await[0]["state"], "IN_SYNC");
        let show = async |visibility: &str| {
            let input = json!({ "id": report.id, "visibility": visibility });
            app.mutate(ada, "updateReport", input, "report { id }").await.data();
            app.keep_trackers().await;
            app.links(ada, &item.id).await[0].clone()
        };
        linked.tracker.forget();
        let link = show("RESTRICTED").await;
        assert!(link["state"] == "FAILED" && link["lastError"].as_str().unwrap().contains("RESTRICTED"), "{link}");
        assert_eq!(linked.tracker.calls().len(), 0);
        let link = show("ORGANIZATION").await;
        assert_eq!((&link["state"], &link["lastError"]), (&json!("IN_SYNC"), &Value::Null));
    }
}
