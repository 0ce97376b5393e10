//! Fields come in the order asked for, whatever the order in which their values were there.

use async_graphql::Value;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::super::document::select;
use super::super::field_order::restore;

fn ordered(query: &str, data: serde_json::Value) -> String {
    let document = parse_query(query).unwrap();
    let operation = select(&document, None).unwrap();
    let mut data = Value::from_json(data).unwrap();
    restore(&mut data, &document, &operation.selection_set.node);
    serde_json::to_string(&data).unwrap()
}

#[test]
fn fields_aliases_lists_and_fragments() {
    let query = "query { second: b { y x } ...F a } fragment F on Query { list { ... on T { one } two } }";
    let data = json!({ "a": 1, "list": [{ "two": 2, "one": 1 }, { "two": 2 }, null], "second": { "x": 1, "y": 2 } });
    assert_eq!(
        ordered(query, data),
        r#"{"second":{"y":2,"x":1},"list":[{"one":1,"two":2},{"two":2},null],"a":1}"#
    );
}

#[test]
fn what_was_asked_for_twice_stands_where_it_was_first() {
    let data = json!({ "b": 1, "a": { "z": 1, "y": 2, "x": 3 } });
    assert_eq!(
        ordered("{ a { x } b a { y z } }", data),
        r#"{"a":{"x":3,"y":2,"z":1},"b":1}"#
    );
}

#[test]
fn nothing_is_lost() {
    assert_eq!(
        ordered("{ a }", json!({ "unknown": 1, "a": 2 })),
        r#"{"a":2,"unknown":1}"#
    );
}
