//! graphql-transport-ws, by the words of its protocol: npm's `graphql-ws` as a client, and `ws` for what that never does.

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, conformance::script, on_both_databases};
use serde_json::{Value, json};

on_both_databases! {
    async fn the_protocol_is_kept(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { live_init_timeout_ms: 2_000, ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let said = script("sockets.mjs", &[&served.to_string(), &user.token]).await;

        for (what, code) in [
            ("noProtocol", 4406),
            ("beforeInit", 4401),
            ("initTwice", 4429),
            ("initTwiceAtOnce", 4429),
            ("noInit", 4408),
            ("unknownType", 4400),
            ("ofTheServer", 4400),
            ("noType", 4400),
            ("noJson", 4400),
            ("binary", 4400),
            ("noId", 4400),
            ("noPayload", 4400),
            ("noQuery", 4400),
            ("wrongVariables", 4400),
            ("wrongExtensions", 4400),
            ("sameId", 4409),
            ("stranger", 4403),
        ] {
            assert_eq!(said[what]["code"], code, "{what}: {:#}", said[what]);
            let reason = said[what]["reason"].as_str().unwrap_or_default();
            assert!(!reason.is_empty() && reason.len() <= 123, "{what}: {reason}");
        }
        assert_eq!(said["noInit"]["reason"], "Connection initialisation timeout");
        assert_eq!(said["sameId"]["reason"], "Subscriber for 1 already exists");
        // A client that was offered nothing it knows does not go on, and neither do we.
        let other = &said["otherProtocol"];
        assert!(other["code"] == 4406 || other["refused"].is_string(), "{other:#}");

        let ack = json!({ "type": "connection_ack" });
        let next = |id: &str| json!({ "id": id, "type": "next", "payload": { "data": { "__typename": "Query" } } });
        let complete = |id: &str| json!({ "id": id, "type": "complete" });
        assert_eq!(said["oneOfTwo"], json!({ "protocol": "graphql-transport-ws", "heard": [ack] }));
        let both = json!([ack, next("1"), complete("1")]);
        assert_eq!(said["subscribeWithoutWaiting"]["heard"], both);
        assert_eq!(said["sameIdLater"]["heard"], json!([ack, next("1"), complete("1"), next("1"), complete("1")]));
        assert_eq!(said["sameIdAfterComplete"]["heard"], both);
        assert_eq!(said["completeNothing"]["heard"], json!([ack, { "type": "pong" }]));
        let pongs = json!([{ "type": "pong" }, ack, { "type": "pong", "payload": { "at": 1 } }, { "type": "pong" }]);
        assert_eq!(said["pings"]["heard"], pongs);

        // What is not valid ends its operation, and not the socket.
        let heard = &said["invalid"]["heard"];
        assert_eq!(error_codes(&heard[1]), ["VALIDATION_FAILED"], "{heard:#}");
        assert_eq!((&heard[2], &heard[3]), (&next("1"), &complete("1")));
        assert_eq!(error_codes(&said["syntax"]["heard"][1]), ["VALIDATION_FAILED"]);

        let right = json!({ "results": [{ "data": { "__typename": "Query" } }] });
        let wrong = json!({ "results": [], "errors": ["VALIDATION_FAILED"] });
        assert_eq!(said["together"], json!([right, wrong, wrong, right, right]));
        assert_eq!(said["alive"], true);
    }
}

fn error_codes(message: &Value) -> Vec<&str> {
    assert_eq!(message["type"], "error", "{message:#}");
    let errors = message["payload"].as_array().expect("a list of errors");
    errors
        .iter()
        .filter_map(|error| error["extensions"]["code"].as_str())
        .collect()
}
