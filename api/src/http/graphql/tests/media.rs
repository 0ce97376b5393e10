//! Accept, Content-Type and the status codes that hang on them.

use actix_web::http::Method;
use serde_json::json;

use super::app::{bare, post, post_json};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

#[actix_web::test]
async fn accept_decides_the_media_type() {
    for (accept, expected) in [
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json, application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json, text/plain, */*", JSON),
        ("application/graphql-response+json, */*;q=0.1", GRAPHQL),
        ("application/graphql-response+json;q=0.1, */*", JSON),
        ("*/*, application/json;q=0", GRAPHQL),
        ("text/html, */*;q=0.8", JSON),
        ("application/json;q=oops", JSON),
        ("", JSON),
    ] {
        let answer = post("{ __typename }").with("accept", accept).send().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, expected),
            "Accept: {accept}"
        );
    }
}

#[actix_web::test]
async fn without_accept_the_answer_is_json() {
    let call = bare(Method::POST, "/graphql").with("content-type", "application/json");
    let answer = call.body(json!({ "query": "{ __typename }" }).to_string()).send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, JSON));
    assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }));
}

#[actix_web::test]
async fn an_accept_that_cannot_be_met_is_406() {
    for accept in ["text/html", "image/png, text/event-stream", "application/json;q=0"] {
        let answer = post("{ __typename }").with("accept", accept).send().await;
        assert_eq!(
            (answer.status, answer.code()),
            (406, "VALIDATION_FAILED"),
            "Accept: {accept}"
        );
    }
}

#[actix_web::test]
async fn errors_before_execution_are_400_or_200_by_media_type_and_have_no_data() {
    for query in [
        "{",
        "{ nothing }",
        "query($n: Int!) { double(number: $n) }",
        "{ double(number: \"x\") }",
    ] {
        let answer = post(query).send().await;
        assert_eq!((answer.status, answer.code()), (400, "VALIDATION_FAILED"), "{query}");
        assert!(!answer.has_data(), "{query}");

        let answer = post(query).with("accept", "application/json").send().await;
        assert_eq!((answer.status, answer.code()), (200, "VALIDATION_FAILED"), "{query}");
        assert!(!answer.has_data(), "{query}");
    }
}

#[actix_web::test]
async fn variables_of_the_wrong_type_are_found_before_execution() {
    for variables in [
        json!({ "n": "x" }),
        json!({ "n": null }),
        json!({}),
        json!({ "n": 1.5 }),
    ] {
        let query = "query($n: Int!) { double(number: $n) }";
        let answer = post_json(&json!({ "query": query, "variables": variables }))
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.code(), answer.has_data()),
            (400, "VALIDATION_FAILED", false),
            "{variables}"
        );
    }
}

#[actix_web::test]
async fn what_was_executed_is_200_with_data() {
    let answer = post("{ coded echo(text: \"a\") }").send().await;
    assert_eq!((answer.status, answer.code()), (200, "NOT_FOUND"));
    assert_eq!(answer.body["data"], json!({ "coded": null, "echo": "a" }));
    let answer = post("{ same { same { coded __typename } } }").send().await;
    assert_eq!(
        answer.body["data"],
        json!({ "same": { "same": { "coded": null, "__typename": "Query" } } })
    );
    // A null that reaches the root is still an executed operation.
    let answer = post("{ must }").send().await;
    assert_eq!(
        (answer.status, answer.code(), answer.has_data()),
        (200, "FORBIDDEN", true)
    );
}

#[actix_web::test]
async fn only_json_bodies_are_read() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=\"UTF-8\"",
    ] {
        let answer = post("{ __typename }").with("content-type", content_type).send().await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/graphql",
        "application/json; charset=iso-8859-1",
        "",
    ] {
        let answer = post("{ __typename }").with("content-type", content_type).send().await;
        assert_eq!(
            (answer.status, answer.code()),
            (415, "VALIDATION_FAILED"),
            "{content_type}"
        );
    }
    let without = bare(Method::POST, "/graphql")
        .body(r#"{"query":"{__typename}"}"#)
        .send()
        .await;
    assert_eq!(without.status, 415);
    assert_eq!(
        post("{ __typename }")
            .with("content-encoding", "gzip")
            .send()
            .await
            .status,
        415
    );
}
