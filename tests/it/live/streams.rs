//! graphql-sse: a stream for each operation, and one for many.

use entity::enums::Role;
use postmortem_tests::{
    live::{EventStream, types_of},
    on_both_databases,
};
use serde_json::{Value, json};

use super::EVENTS;

const TYPENAME: &str = "{ __typename }";

on_both_databases! {
    /// What was executed, what was not, and what never ends, all come as events.
    async fn a_stream_for_each_operation(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let mut stream = EventStream::subscribe(&served, &user.token, EVENTS, json!({})).await;
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.header("content-type"), "text/event-stream; charset=utf-8");
        app.report(&user, json!({})).await;
        assert_eq!(types_of(&stream.results_until("report.created").await), ["incident.created", "report.created"]);

        let answers = [(TYPENAME, "Query"), ("mutation { __typename }", "Mutation")];
        for (query, name) in answers {
            let mut stream = EventStream::subscribe(&served, &user.token, query, json!({})).await;
            assert_eq!(stream.result().await, json!({ "data": { "__typename": name } }));
            assert_eq!(stream.event().await, Some(("complete".to_owned(), Value::Null)));
            assert_eq!(stream.event().await, None);
        }
        for query in ["{", "{ nothing }", "subscription { events(types: [\"*\"]) { id } }"] {
            let mut stream = EventStream::subscribe(&served, &user.token, query, json!({})).await;
            assert_eq!(stream.status(), 200);
            assert_eq!(stream.result().await["errors"][0]["extensions"]["code"], "VALIDATION_FAILED", "{query}");
            assert_eq!(stream.event().await, Some(("complete".to_owned(), Value::Null)));
        }
    }

    /// As GET too, but for mutations; and only for those who may.
    async fn a_stream_is_asked_for_as_anything_else(app) {
        let admin = app.user("Ada", Role::Admin).await;
        let ingests = app.machine(&admin, &["INGEST"], json!({})).await;
        let served = app.serve();
        let bearer = format!("Bearer {}", admin.token);
        let headers = [("authorization", bearer.as_str()), ("accept", "text/event-stream")];
        let mut stream = EventStream::send(&served, "GET", "?query=%7B__typename%7D", &headers, None).await;
        assert_eq!(stream.result().await["data"]["__typename"], "Query");
        let refused = EventStream::send(&served, "GET", "?query=mutation%7B__typename%7D", &headers, None).await;
        assert_eq!((refused.status(), refused.header("allow")), (405, "POST"));
        for (token, status, code) in [("nobody", 401, "UNAUTHENTICATED"), (ingests.token.as_str(), 403, "FORBIDDEN")] {
            let refused = EventStream::subscribe(&served, token, EVENTS, json!({})).await;
            assert_eq!(refused.status(), status);
            assert!(refused.text().await.contains(code));
        }
    }

    /// Reserved, opened once, and used by nobody else.
    async fn one_stream_for_many_operations(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let served = app.serve();
        let (ada_bearer, bo_bearer) = (format!("Bearer {}", ada.token), format!("Bearer {}", bo.token));
        let refused = EventStream::send(&served, "PUT", "", &[], None).await;
        assert_eq!(refused.status(), 401);
        let reserved = EventStream::send(&served, "PUT", "", &[("authorization", &ada_bearer)], None).await;
        assert_eq!(reserved.status(), 201);
        assert_eq!(reserved.header("content-type"), "text/plain; charset=utf-8");
        let token = reserved.text().await;
        let token = token.as_str();

        let opens = [("accept", "text/event-stream")];
        let mut stream = EventStream::send(&served, "GET", &format!("?token={token}"), &opens, None).await;
        assert_eq!(stream.status(), 200);
        let again = [("accept", "text/event-stream"), ("x-graphql-event-stream-token", token)];
        assert_eq!(EventStream::send(&served, "GET", "", &again, None).await.status(), 409);
        assert_eq!(EventStream::send(&served, "GET", "?token=none", &opens, None).await.status(), 404);

        let operation = |id: &str, query: &str| json!({ "query": query, "extensions": { "operationId": id } });
        let send = async |bearer: &str, body: Value| EventStream::send(&served, "POST", "", &[("authorization", bearer), ("x-graphql-event-stream-token", token)], Some(body)).await;
        assert_eq!(send(&bo_bearer, operation("1", TYPENAME)).await.status(), 404, "a stream of somebody else");
        assert_eq!(send(&ada_bearer, json!({ "query": TYPENAME })).await.status(), 400);
        assert_eq!(send(&ada_bearer, operation("1", EVENTS)).await.status(), 202);
        assert_eq!(send(&ada_bearer, operation("1", EVENTS)).await.status(), 409);
        let invalid = send(&ada_bearer, operation("2", "{ nothing }")).await;
        assert_eq!(invalid.status(), 400);
        assert!(invalid.text().await.contains("VALIDATION_FAILED"));
        app.report(&ada, json!({})).await;
        let results = stream.results_until("").await;
        assert_eq!(results[0]["id"], "1");
        assert_eq!(results[0]["payload"]["data"]["events"]["type"], "incident.created");
        assert_eq!(stream.result().await["payload"]["data"]["events"]["type"], "report.created");

        let stop = EventStream::send(&served, "DELETE", "?operationId=1", &[("authorization", bo_bearer.as_str()), ("x-graphql-event-stream-token", token)], None).await;
        assert_eq!(stop.status(), 404);
        let stop = EventStream::send(&served, "DELETE", "?operationId=1", &[("authorization", ada_bearer.as_str()), ("x-graphql-event-stream-token", token)], None).await;
        assert_eq!(stop.status(), 200);
        app.report(&ada, json!({})).await;
        assert_eq!(send(&ada_bearer, operation("1", TYPENAME)).await.status(), 202);
        assert_eq!(stream.result().await, json!({ "id": "1", "payload": { "data": { "__typename": "Query" } } }));
        assert_eq!(stream.event().await, Some(("complete".to_owned(), json!({ "id": "1" }))));

        app.close_live();
        assert_eq!(stream.event().await, None);
    }
}
