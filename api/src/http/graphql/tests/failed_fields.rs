//! Where the nulls are after a failure, as the specification wants them.

use serde_json::{Value, json};

use super::app::post;

async fn data(query: &str) -> Value {
    let answer = post(query).send().await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    assert!(
        !answer.code().is_empty() && answer.has_data(),
        "{query}: {}",
        answer.body
    );
    answer.body["data"].clone()
}

#[actix_web::test]
async fn a_nullable_field_is_null_in_its_place() {
    assert_eq!(
        data("{ coded echo(text: \"a\") }").await,
        json!({ "coded": null, "echo": "a" })
    );
    assert_eq!(data("{ c: coded }").await, json!({ "c": null }));
    assert_eq!(
        data("{ same { same { coded } } }").await,
        json!({ "same": { "same": { "coded": null } } })
    );
}

#[actix_web::test]
async fn a_non_null_field_takes_its_parents_with_it_to_the_next_nullable_one() {
    assert_eq!(data("{ must echo(text: \"a\") }").await, json!(null));
    assert_eq!(
        data("{ maybe { must coded } coded }").await,
        json!({ "maybe": null, "coded": null })
    );
    assert_eq!(
        data("{ maybe { same { m: must __typename } } __typename }").await["maybe"],
        json!(null)
    );
    assert_eq!(data("{ same { same { must __typename } } coded }").await, json!(null));
}

#[actix_web::test]
async fn fragments_and_merged_selections_are_followed() {
    let query = "{ maybe { ...A } maybe { ... { same { coded } } } } fragment A on Query { same { ...B } } \
                 fragment B on Query { must }";
    assert_eq!(data(query).await, json!({ "maybe": null }));
    let query = "{ m: maybe { ... on Query { same { coded __typename } } } }";
    assert_eq!(
        data(query).await,
        json!({ "m": { "same": { "coded": null, "__typename": "Query" } } })
    );
}

#[actix_web::test]
async fn lists_lose_the_item_if_they_may() {
    assert_eq!(data("{ many { must } }").await, json!({ "many": [null, null, null] }));
    assert_eq!(
        data("{ many { coded } }").await,
        json!({ "many": [{ "coded": null }, null, { "coded": null }] })
    );
    assert_eq!(
        data("{ maybe { numbers __typename } coded }").await,
        json!({ "maybe": null, "coded": null })
    );
}

#[actix_web::test]
async fn the_operation_that_ran_is_the_one_that_is_followed() {
    assert_eq!(
        data("query A { maybe { must __typename } }").await,
        json!({ "maybe": null })
    );
}
