//! The GraphQL queries of the page: what the root selector finds are rows that have the columns.

use actix_web::http::StatusCode;
use entity::enums::Role;
use postmortem_tests::on_both_databases;
use serde_json::{Value, json};

use super::{quoted, snippets};

/// What Infinity makes of an answer: rows, of a list or of one object.
fn rows(answer: &Value, selector: &str) -> Vec<Value> {
    let pointer = format!("/{}", selector.replace('.', "/"));
    match answer.pointer(&pointer) {
        Some(Value::Array(rows)) => rows.clone(),
        Some(row @ Value::Object(_)) => vec![row.clone()],
        other => panic!("{selector} finds {other:?}"),
    }
}

/// The value of a column. What hangs on nothing is nothing.
fn column<'a>(row: &'a Value, selector: &str) -> Option<&'a Value> {
    selector.split('.').try_fold(row, |value, part| match value {
        Value::Null => Some(value),
        value => value.get(part),
    })
}

on_both_databases! {
    /// Asked with a token as the page says, on the demo as it will be in the year of the page.
    async fn queries_need_no_code(app) {
        let admin = crate::demo::load(app).await;
        assert_eq!(app.user("Rita", Role::Viewer).await.name, "Rita");
        let token = app.machine(&admin, &["READ"], json!({})).await.token;
        let all = snippets("graphql");
        assert!(all.len() > 10);
        for snippet in &all {
            let said = quoted(&snippet.after);
            assert!(snippet.after.starts_with("Root `data.") && said.len() > 1, "say root and columns after\n{}", snippet.text);
            let (root, columns) = (said[0], &said[1..]);
            let answer = app.post(Some(&token), json!({ "query": snippet.text })).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            answer.data();
            let rows = rows(&answer.body, root);
            assert!(!rows.is_empty(), "{root} has no rows for\n{}", snippet.text);
            for name in columns {
                for row in &rows {
                    let value = column(row, name).unwrap_or_else(|| panic!("{root} has no column {name}: {row}"));
                    assert!(!value.is_object() && !value.is_array(), "{name} is not flat: {value}");
                }
                let is_empty = rows.iter().all(|row| column(row, name).is_some_and(Value::is_null));
                assert!(!is_empty, "{name} is null in every row of\n{}", snippet.text);
            }
        }
    }
}
