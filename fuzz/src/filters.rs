//! Filters of lists: from what a client sends to what a database is asked.
//!
//! No filter is our fault, and a filter and its opposite part a list in two: nothing is in both or in neither, also where a value is
//! missing.

use std::sync::OnceLock;

use postmortem_api::schema;
use serde_json::{Value, json};

use super::grammar::{Bytes, Grammar, List};

/// What is asked.
pub struct Question {
    /// The document.
    pub query: String,
    /// Its values.
    pub variables: Value,
}

/// The question that bytes stand for.
pub fn question(data: &[u8]) -> Question {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    let grammar = GRAMMAR.get_or_init(|| Grammar::of(&schema::sdl()));
    let mut bytes = Bytes(data);
    let List {
        name,
        filter: kind,
        has_not,
    } = bytes.one_of(&grammar.lists);
    let filter = grammar.value(&mut bytes, kind, 0);
    let with = format!("with: {name}(filter: $with, first: 3) {{ totalCount nodes {{ __typename }} }}");
    if !has_not {
        return Question {
            query: format!("query ($with: {kind}) {{ {with} }}"),
            variables: json!({ "with": filter }),
        };
    }
    let without = format!("without: {name}(filter: $without, last: 3) {{ totalCount nodes {{ __typename }} }}");
    let all = format!("all: {name}(filter: $all, first: 0) {{ totalCount }}");
    // Archived reports are in a list only when its filter says something of ids or statuses: let all three do so.
    let any = json!({ "notIn": [] });
    Question {
        query: format!("query ($with: {kind}, $without: {kind}, $all: {kind}) {{ {with} {without} {all} }}"),
        variables: json!({ "with": { "and": [filter], "id": any }, "without": { "not": filter, "id": any }, "all": { "id": any } }),
    }
}

/// Whether an answer is right, if there is one.
pub fn check(question: &Question, data: &Value) {
    let count = |name: &str| data[name]["totalCount"].as_i64();
    if let (Some(with), Some(without), Some(all)) = (count("with"), count("without"), count("all")) {
        assert_eq!(
            with + without,
            all,
            "{with} and {without} are not {all}: {}",
            question.variables
        );
    }
}
