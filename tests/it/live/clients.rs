//! The reference clients of both protocols, from npm, against a process that serves.

use entity::enums::Role;
use postmortem_tests::{live::reference_clients, on_both_databases};
use serde_json::json;

on_both_databases! {
    /// They understand us, over sockets and over streams of both kinds.
    async fn the_reference_clients_understand_us(app) {
        let user = app.user("Ada", Role::Member).await;
        let received = reference_clients(&app.serve(), &user).await;
        let event = json!({ "data": { "events": { "type": "report.created" } } });
        for transport in ["socket", "stream", "single"] {
            let received = &received[transport];
            assert_eq!(received["answer"], json!({ "results": [{ "data": { "__typename": "Query" } }] }), "{transport}");
            assert_eq!(received["event"], event, "{transport}");
        }
        assert_eq!(received["socket"]["invalid"], json!({ "error": ["VALIDATION_FAILED"] }));
        let errors = &received["stream"]["invalid"]["results"][0]["errors"];
        assert_eq!(errors[0]["extensions"]["code"], "VALIDATION_FAILED", "{received}");
        assert_eq!(received["forbidden"], 4403);
    }
}
