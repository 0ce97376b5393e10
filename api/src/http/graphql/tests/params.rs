//! Malformed parameters: each a 400 with one sentence.

use serde_json::{Value, json};

use super::app::{get, post, post_json};

#[actix_web::test]
async fn bodies_that_are_no_request_are_400() {
    let bodies: [&[u8]; 9] = [
        b"",
        b"{ \"not a JSON",
        b"\"{ __typename }\"",
        b"null",
        b"[]",
        b"[{\"query\":\"{__typename}\"}]",
        b"{\"query\":\"{__typename}\"} trailing",
        b"{\"query\":\"{ echo(text: \\\"\xff\\\") }\"}",
        b"{}",
    ];
    for body in bodies {
        let answer = post("").body(body).send().await;
        let shown = String::from_utf8_lossy(body);
        assert_eq!(
            (answer.status, answer.code(), answer.has_data()),
            (400, "VALIDATION_FAILED", false),
            "{shown}"
        );
        assert!(
            answer.message().ends_with('.') && answer.message().len() > 20,
            "{shown}: {}",
            answer.message()
        );
        // The same for clients of the older media type: this is HTTP, not GraphQL.
        assert_eq!(
            post("")
                .with("accept", "application/json")
                .body(body)
                .send()
                .await
                .status,
            400,
            "{shown}"
        );
    }
    assert!(
        post("")
            .body("[]")
            .send()
            .await
            .message()
            .starts_with("Batches are not accepted")
    );
    assert!(
        post("")
            .body("{\"query\":\"\u{1F600}\"")
            .send()
            .await
            .message()
            .contains("not JSON")
    );
}

#[actix_web::test]
async fn parameters_of_the_wrong_type_are_400() {
    let wrong: [(&str, Value); 11] = [
        ("query", json!(null)),
        ("query", json!(0)),
        ("query", json!({ "a": 1 })),
        ("operationName", json!(["a"])),
        ("operationName", json!(false)),
        ("variables", json!("{}")),
        ("variables", json!([1])),
        ("variables", json!(0)),
        ("extensions", json!("x")),
        ("extensions", json!(["a"])),
        ("extensions", json!(false)),
    ];
    for (name, value) in wrong {
        let mut body = json!({ "query": "{ __typename }" });
        body[name] = value;
        let answer = post_json(&body).send().await;
        assert_eq!((answer.status, answer.code()), (400, "VALIDATION_FAILED"), "{body}");
        assert!(answer.message().contains(name), "{}", answer.message());
    }
}

#[actix_web::test]
async fn nulls_and_unknown_parameters_are_fine() {
    let body =
        json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null, "id": 1 });
    assert_eq!(post_json(&body).send().await.status, 200);
}

#[actix_web::test]
async fn malformed_query_strings_are_400() {
    for query_string in [
        "",
        "query",
        "operationName=A",
        "query={__typename}&query={echo}",
        "query=%7",
        "query=%zz",
        "query=%ff%fe",
        "query={__typename}&variables=[]",
        "query={__typename}&variables=1",
        "query={__typename}&variables={",
        "query={__typename}&extensions=x",
    ] {
        let answer = get(query_string).send().await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "VALIDATION_FAILED"),
            "?{query_string}"
        );
    }
}

#[actix_web::test]
async fn the_operation_is_chosen_by_name() {
    let query = "query A { __typename } query B { same { __typename } }";
    assert_eq!(
        post_json(&json!({ "query": query, "operationName": "B" }))
            .send()
            .await
            .status,
        200
    );
    let unknown = post_json(&json!({ "query": query, "operationName": "C" })).send().await;
    assert_eq!(
        (unknown.status, unknown.message()),
        (400, "The document has no operation named \"C\".")
    );
    let none = post(query).send().await;
    assert_eq!((none.status, none.code()), (400, "VALIDATION_FAILED"));
}
