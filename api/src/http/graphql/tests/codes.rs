//! Every error has a code, a sentence, and nothing of ours in it.

use serde_json::json;

use super::app::{post, post_json};

#[actix_web::test]
async fn built_in_errors_are_mapped_to_codes() {
    for (query, code) in [
        ("{ a(", "VALIDATION_FAILED"),
        ("", "VALIDATION_FAILED"),
        ("fragment A on Query { same { __typename } }", "VALIDATION_FAILED"),
        ("{ __typename } { __typename }", "VALIDATION_FAILED"),
        ("query A { __typename } query A { __typename }", "VALIDATION_FAILED"),
        ("{ ech }", "VALIDATION_FAILED"),
        ("{ echo }", "VALIDATION_FAILED"),
        ("{ echo(text: 1) }", "VALIDATION_FAILED"),
        ("{ echo(txt: \"a\") }", "VALIDATION_FAILED"),
        ("{ same }", "VALIDATION_FAILED"),
        ("{ same @unknown { __typename } }", "VALIDATION_FAILED"),
        ("{ same @skip { __typename } }", "VALIDATION_FAILED"),
        ("query($a: Nothing) { __typename }", "VALIDATION_FAILED"),
        ("query($a: Int) { __typename }", "VALIDATION_FAILED"),
        ("{ double(number: $a) }", "VALIDATION_FAILED"),
        ("{ ...Missing }", "VALIDATION_FAILED"),
        ("{ letters(text: \"four\") }", "VALIDATION_FAILED"),
        ("{ double(number: 99999999999) }", "VALIDATION_FAILED"),
        ("subscription { anything }", "VALIDATION_FAILED"),
        ("{ __type(name: 1) { name } }", "VALIDATION_FAILED"),
    ] {
        let answer = post(query).send().await;
        for error in answer.body["errors"].as_array().unwrap() {
            assert_eq!(error["extensions"]["code"], code, "{query}: {error}");
            let message = error["message"].as_str().unwrap();
            assert!(message.ends_with('.') && !message.contains('\n'), "{query}: {message}");
            assert!(
                !message.contains("::") && !message.contains("did you mean"),
                "{query}: {message}"
            );
        }
    }
}

#[actix_web::test]
async fn a_syntax_error_says_where() {
    let answer = post("{\n  echo(text: )\n}").send().await;
    assert_eq!(answer.message(), "The query has a syntax error at line 2, column 14.");
    assert_eq!(
        answer.body["errors"][0]["locations"],
        json!([{ "line": 2, "column": 14 }])
    );
}

#[actix_web::test]
async fn a_resolver_error_without_a_code_is_ours_and_says_nothing() {
    let answer = post("{ uncoded fine: __typename }")
        .with("x-request-id", "req-7")
        .send()
        .await;
    assert_eq!((answer.status, answer.code()), (200, "INTERNAL"));
    assert_eq!(
        answer.body["errors"],
        json!([{
            "message": "Something went wrong on our side; quote request id req-7 when you report it.",
            "locations": [{ "line": 1, "column": 3 }],
            "path": ["uncoded"],
            "extensions": { "code": "INTERNAL", "requestId": "req-7" },
        }])
    );
    assert_eq!(answer.body["data"], json!({ "uncoded": null, "fine": "Query" }));
}

#[actix_web::test]
async fn a_panic_is_an_answer() {
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = post("{ panics }")
            .with("accept", accept)
            .with("x-request-id", "req-8")
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.code(), answer.has_data()),
            (500, "INTERNAL", false)
        );
        assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "req-8");
        assert!(answer.message().contains("req-8") && !answer.message().contains("disco"));
    }
}

#[actix_web::test]
async fn a_coded_error_is_left_alone() {
    let answer = post("{ coded }").send().await;
    assert_eq!(answer.message(), "There is no such report; check the key.");
    assert_eq!(answer.body["errors"][0]["extensions"], json!({ "code": "NOT_FOUND" }));
}

#[actix_web::test]
async fn a_thousand_unknown_fields_are_not_a_thousand_errors() {
    let fields: String = (0..1000).map(|n| format!("x{n} ")).collect();
    let answer = post(&format!("{{ same {{ {fields} }} }}")).send().await;
    assert_eq!(answer.status, 400);
    assert!(answer.body["errors"].as_array().unwrap().len() <= 50);
}

#[actix_web::test]
async fn messages_do_not_repeat_long_values_or_names() {
    let list = "1 ".repeat(2000);
    let answer = post(&format!(
        "{{ list(items: [[{list}]]) letters(text: \"{}\") }}",
        "x".repeat(2000)
    ))
    .send()
    .await;
    assert!(answer.message().len() < 400, "{}", answer.message());
    let answer = post(&format!("{{ {} }}", "x".repeat(100_000))).send().await;
    assert!(
        answer.message().len() < 400 && answer.message().ends_with("…."),
        "{}",
        answer.message()
    );
    // A number that fits the literal but not the type is found only when it is executed.
    let answer = post_json(&json!({
        "query": "query($a: [String!]!) { list(items: $a) double(number: 99999999999) }",
        "variables": { "a": ["a"] },
    }));
    let answer = answer.send().await;
    assert_eq!((answer.status, answer.code()), (200, "VALIDATION_FAILED"));
}
