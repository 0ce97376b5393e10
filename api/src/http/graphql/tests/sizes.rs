//! Bytes and time.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::json;

use super::super::HttpLimits;
use super::app::{bare, get, post, post_json};

#[actix_web::test]
async fn a_body_of_ten_megabytes_is_413() {
    let body = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(10_000_000) } });
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = post_json(&body).with("accept", accept).send().await;
        assert_eq!((answer.status, answer.code()), (413, "VALIDATION_FAILED"));
        assert!(answer.message().contains("1048576 bytes"));
    }
}

#[actix_web::test]
async fn the_last_byte_within_the_limit_counts() {
    let body = json!({ "query": "{ __typename }" }).to_string();
    let limits = |body_bytes| HttpLimits {
        body_bytes,
        ..HttpLimits::default()
    };
    assert_eq!(
        post("")
            .body(body.clone())
            .limits(limits(body.len()))
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        post("")
            .body(body.clone())
            .limits(limits(body.len() - 1))
            .send()
            .await
            .status,
        413
    );
}

#[actix_web::test]
async fn a_false_content_length_does_not_help() {
    let body = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(2_000_000) } }).to_string();
    assert_eq!(
        post("").body(body).with("content-length", "10").send().await.status,
        413
    );
    assert_eq!(
        post("{ __typename }")
            .with("content-length", "99999999")
            .send()
            .await
            .status,
        413
    );
}

#[actix_web::test]
async fn a_long_query_string_is_414() {
    let answer = get(&format!(
        "query={{__typename}}&extensions={{\"x\":\"{}\"}}",
        "y".repeat(17_000)
    ))
    .send()
    .await;
    assert_eq!((answer.status, answer.code()), (414, "VALIDATION_FAILED"));
    // It is about GET only.
    let long = bare(Method::POST, &format!("/graphql?{}", "y".repeat(17_000)));
    assert_eq!(long.body("{}").send().await.status, 415);
}

#[actix_web::test]
async fn an_operation_that_takes_too_long_is_stopped() {
    let limits = HttpLimits {
        time: Duration::from_millis(50),
        ..HttpLimits::default()
    };
    let answer = post("{ slow }").limits(limits.clone()).send().await;
    assert_eq!(
        (answer.status, answer.code(), answer.has_data()),
        (400, "QUERY_TOO_COMPLEX", false)
    );
    assert_eq!(
        answer.message(),
        "The operation took longer than 0.05 s; ask for smaller pages or fewer fields."
    );
    let answer = post("mutation { saveSlowly }").limits(limits.clone()).send().await;
    assert!(answer.message().contains("look whether the change was saved"));
    let answer = post("{ slow }")
        .with("accept", "application/json")
        .limits(limits)
        .send()
        .await;
    assert_eq!((answer.status, answer.code()), (200, "QUERY_TOO_COMPLEX"));
}
