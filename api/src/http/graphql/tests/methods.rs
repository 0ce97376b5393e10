//! GET, POST, the others; cookies; refusals by the engine.

use actix_web::http::Method;

use super::app::{bare, get, post};

#[actix_web::test]
async fn get_runs_queries() {
    let answer = get("query=%7B+echo%28text%3A+%22%C3%A4+b%22%29+%7D").send().await;
    assert_eq!(
        (answer.status, answer.body["data"]["echo"].as_str()),
        (200, Some("ä b"))
    );
    let answer = get("query=query+A($n:Int!){double(number:$n)}&operationName=A&variables={\"n\":4}&extensions=")
        .send()
        .await;
    assert_eq!((answer.status, answer.body["data"]["double"].as_i64()), (200, Some(8)));
}

#[actix_web::test]
async fn get_does_not_run_mutations() {
    let answer = get("query=mutation{save}").send().await;
    assert_eq!(
        (answer.status, answer.header("allow"), answer.code()),
        (405, "POST", "VALIDATION_FAILED")
    );
    // The operation that is asked for decides, not its neighbours.
    let both = "query=query+Read{__typename}+mutation+Write{save}";
    assert_eq!(get(&format!("{both}&operationName=Write")).send().await.status, 405);
    assert_eq!(get(&format!("{both}&operationName=Read")).send().await.status, 200);
}

#[actix_web::test]
async fn other_methods_are_told_what_is_allowed() {
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = bare(method, "/graphql?query=x").send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
    }
}

#[actix_web::test]
async fn a_get_with_cookies_must_show_that_no_foreign_page_sent_it() {
    let answer = get("query={__typename}").with("cookie", "session=1").send().await;
    assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"));
    for proof in [
        "graphql-require-preflight",
        "apollo-require-preflight",
        "x-apollo-operation-name",
    ] {
        let answer = get("query={__typename}")
            .with("cookie", "session=1")
            .with(proof, "1")
            .send()
            .await;
        assert_eq!(answer.status, 200, "{proof}");
    }
    let answer = get("query={__typename}")
        .with("cookie", "a=1")
        .with("authorization", "Bearer good")
        .send()
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        post("{ __typename }").with("cookie", "session=1").send().await.status,
        200
    );
}

#[actix_web::test]
async fn the_engine_can_refuse() {
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = post("{ __typename }")
            .with("accept", accept)
            .with("authorization", "Bearer bad")
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.code(), answer.has_data()),
            (401, "UNAUTHENTICATED", false)
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(answer.header("content-type").starts_with(accept));
    }
}

#[actix_web::test]
async fn answers_are_not_cached_and_carry_the_headers_of_resolvers() {
    let answer = post("{ header }").send().await;
    assert_eq!(
        (answer.header("cache-control"), answer.header("x-content-type-options")),
        ("no-store", "nosniff")
    );
    assert_eq!((answer.header("vary"), answer.header("x-cost")), ("accept", "7"));
}
