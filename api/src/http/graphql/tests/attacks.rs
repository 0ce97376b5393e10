//! Documents made to hurt. Each is refused, quickly, and the process lives.

use std::time::{Duration, Instant};

use serde_json::json;

use super::app::{Answer, post, post_json};

async fn refused(what: &str, query: &str, code: &str) -> Answer {
    let started = Instant::now();
    let answer = post(query).send().await;
    assert_eq!(
        (answer.status, answer.code(), answer.has_data()),
        (400, code, false),
        "{what}: {}",
        answer.body
    );
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{what} took {:?}",
        started.elapsed()
    );
    answer
}

#[actix_web::test]
async fn aliases() {
    let aliases = |count| {
        format!(
            "{{ same {{ {} }} }}",
            (0..count).map(|n| format!("a{n}: __typename ")).collect::<String>()
        )
    };
    assert_eq!(post(&aliases(100)).send().await.status, 200);
    refused("101 aliases", &aliases(101), "QUERY_TOO_COMPLEX").await;
    refused("10,000 aliases", &aliases(10_000), "QUERY_TOO_COMPLEX").await;
    // Spread over fragments they count all the same, once each.
    let half: String = (0..51).map(|n| format!("a{n}: __typename ")).collect();
    let split = format!("{{ same {{ ...A ...B }} }} fragment A on Query {{ {half} }} fragment B on Query {{ {half} }}");
    refused("aliases in fragments", &split, "QUERY_TOO_COMPLEX").await;
}

#[actix_web::test]
async fn directives() {
    let many = format!("{{ __typename {} }}", "@skip(if: false) ".repeat(500));
    let answer = refused("directives", &many, "QUERY_TOO_COMPLEX").await;
    assert_eq!(
        answer.message(),
        "The document has more than 50 directives; split it into several requests."
    );
    refused(
        "on one field",
        &format!("{{ __typename {} }}", "@skip(if: false) ".repeat(6)),
        "QUERY_TOO_COMPLEX",
    )
    .await;
    let on_the_query = format!("query {} {{ __typename }}", "@unknown ".repeat(51));
    refused("on the operation", &on_the_query, "QUERY_TOO_COMPLEX").await;
}

#[actix_web::test]
async fn nesting() {
    for (what, query) in [
        (
            "braces",
            format!("{}__typename{}", "{same".repeat(100_000), "}".repeat(100_000)),
        ),
        ("open braces", "{same".repeat(100_000)),
        ("fields", format!("{}__typename{}", "{same".repeat(21), "}".repeat(21))),
        (
            "inline fragments",
            format!("{{{}__typename{}}}", "...{".repeat(60), "}".repeat(60)),
        ),
        (
            "lists",
            format!("{{list(items:{}{})}}", "[".repeat(500), "]".repeat(500)),
        ),
        (
            "more lists",
            format!("{{list(items:{}{})}}", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        (
            "objects",
            format!("{{list(items:{}1{})}}", "{a:".repeat(500), "}".repeat(500)),
        ),
        (
            "types",
            format!("query($a:{}Int{}){{__typename}}", "[".repeat(500), "]".repeat(500)),
        ),
        ("lists behind a trick", format!("{{list(items:[\"\"{}", "[".repeat(500))),
    ] {
        refused(what, &query, "QUERY_TOO_COMPLEX").await;
    }
    refused(
        "unclosed string",
        &format!("{{list(items:[\"\"\" \"{}", "[".repeat(500)),
        "VALIDATION_FAILED",
    )
    .await;
    // Where brackets are still let through, the parser has stack to spare; the depth of values is measured next.
    let lists = |depth| format!("{{list(items:{}{})}}", "[".repeat(depth), "]".repeat(depth));
    refused("62 lists", &lists(62), "QUERY_TOO_COMPLEX").await;
    refused("21 lists", &lists(21), "QUERY_TOO_COMPLEX").await;
    // As deep as a value may be: only its type is wrong.
    refused("20 lists", &lists(20), "VALIDATION_FAILED").await;
}

#[actix_web::test]
async fn deep_variables() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = post("")
        .body(format!(r#"{{"query":"{{__typename}}","variables":{{"a":{deep}}}}}"#))
        .send()
        .await;
    assert_eq!((answer.status, answer.code()), (400, "VALIDATION_FAILED"));
}

#[actix_web::test]
async fn fragments_that_go_in_circles() {
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { same { ...B } } fragment B on Query { ... { ...A } }",
        "{ __typename } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
    ] {
        let answer = refused("circle", query, "VALIDATION_FAILED").await;
        assert!(answer.message().contains("spreads itself"), "{}", answer.message());
    }
}

#[actix_web::test]
async fn fragments_that_double() {
    let doubling: String = (0..60)
        .map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1))
        .collect();
    refused(
        "60 levels",
        &format!("{{ ...F0 }} {doubling} fragment F60 on Query {{ __typename }}"),
        "QUERY_TOO_COMPLEX",
    )
    .await;
    let thirty: String = (0..30)
        .map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1))
        .collect();
    let answer = format!("{{ same {{ ...F0 }} }} {thirty} fragment F30 on Query {{ __typename }}");
    assert!(
        refused("30 levels", &answer, "QUERY_TOO_COMPLEX")
            .await
            .message()
            .contains("spread out")
    );
    refused(
        "unused",
        &format!("{{ __typename }} {thirty} fragment F30 on Query {{ __typename }}"),
        "QUERY_TOO_COMPLEX",
    )
    .await;
}

#[actix_web::test]
async fn fragments_that_chain() {
    // Measured from its far end, each fragment of the chain is shallow; together they are not.
    let names: String = (0..90).rev().map(|n| format!("...F{n} ")).collect();
    let chain: String = (0..90)
        .map(|n| format!("fragment F{n} on Query {{ same {{ ...F{} }} }} ", n + 1))
        .collect();
    let query = format!("{{ {names} }} {chain} fragment F90 on Query {{ __typename }}");
    refused("chain", &query, "QUERY_TOO_COMPLEX").await;
}

#[actix_web::test]
async fn too_many_of_anything() {
    let fields: String = (0..51).map(|_| "__typename ").collect();
    refused("root fields", &format!("{{ {fields} }}"), "QUERY_TOO_COMPLEX").await;
    refused(
        "in a fragment",
        &format!("{{ ...A }} fragment A on Query {{ {fields} }}"),
        "QUERY_TOO_COMPLEX",
    )
    .await;
    let operations: String = (0..21).map(|n| format!("query Q{n} {{ __typename }} ")).collect();
    refused("operations", &operations, "QUERY_TOO_COMPLEX").await;
    let fragments: String = (0..101)
        .map(|n| format!("fragment F{n} on Query {{ __typename }} "))
        .collect();
    refused(
        "fragments",
        &format!("{{ __typename }} {fragments}"),
        "QUERY_TOO_COMPLEX",
    )
    .await;
    refused(
        "tokens",
        &format!("{{ same {{ {} }} }}", "__typename ".repeat(10_000)),
        "QUERY_TOO_COMPLEX",
    )
    .await;
    refused(
        "complexity",
        &format!("{{ same {{ {} }} }}", "same { same { __typename } } ".repeat(200)),
        "QUERY_TOO_COMPLEX",
    )
    .await;
}

#[actix_web::test]
async fn a_large_variable_named_often() {
    let query = format!("query($a: String!) {{ list(items: [{}]) }}", "$a ".repeat(1000));
    let body = |length: usize| json!({ "query": query, "variables": { "a": "x".repeat(length) } });
    assert_eq!(post_json(&body(10)).send().await.status, 200);
    let answer = post_json(&body(1_000_000)).send().await;
    assert_eq!((answer.status, answer.code()), (400, "QUERY_TOO_COMPLEX"));
}

#[actix_web::test]
async fn introspection_is_open_but_not_without_end() {
    let graphiql = include_str!("introspection.graphql");
    let answer = post(graphiql).send().await;
    assert_eq!(
        (answer.status, answer.body["errors"].is_null()),
        (200, true),
        "{}",
        answer.body["errors"]
    );
    for circle in [
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "{ __type(name: \"Query\") { ...T } } fragment T on __Type { fields { type { ...U } } } \
         fragment U on __Type { interfaces { possibleTypes { name } } }",
    ] {
        refused("introspection", circle, "QUERY_TOO_COMPLEX").await;
    }
}
