//! Introspection may be switched off, and may not go round in circles.
//!
//! `{ __schema { types { fields { type { fields { type { fields …` multiplies the schema with itself at every turn, is
//! answered without a single await (so no time limit can stop it) and counts as a dozen fields. The rule is that of
//! graphql-js: at most two lists of members inside one another. What tools ask needs one.

use async_graphql::ServerError;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::errors::{self, code};

const MEMBER_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];
const MAX_LISTS: usize = 2;
/// What tells of the schema. The last is how gateways ask.
const TELLING: [&str; 3] = ["__schema", "__type", "_service"];

/// Refuses introspection where it is switched off, and elsewhere what is nested too far. Call it after the size with fragments spread
/// out is known to be bounded, because fragments are followed here.
pub(super) fn check(document: &ExecutableDocument, is_on: bool) -> Result<(), ServerError> {
    if !is_on && asks(document) {
        let message = "This service does not tell its schema; it is the schema.graphql of its release.";
        return Err(errors::coded(code::FORBIDDEN, message, None));
    }
    let allowed = document
        .operations
        .iter()
        .all(|(_, operation)| within(document, &operation.node.selection_set.node, None));
    if allowed {
        return Ok(());
    }
    let message =
        "Introspection is nested too deeply; ask for the members of types, not for the members of their members.";
    Err(errors::coded(code::QUERY_TOO_COMPLEX, message, None))
}

/// Does any part of the document ask for the schema? Fields of ours have none of these names.
fn asks(document: &ExecutableDocument) -> bool {
    fn anywhere(set: &SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => {
                TELLING.contains(&field.node.name.node.as_str()) || anywhere(&field.node.selection_set.node)
            }
            Selection::InlineFragment(inline) => anywhere(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => false,
        })
    }
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).any(anywhere)
}

/// `lists` is the number of member lists around this set, or nothing outside of introspection.
fn within(document: &ExecutableDocument, set: &SelectionSet, lists: Option<usize>) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            let name = field.node.name.node.as_str();
            let lists = match lists {
                Some(lists) if MEMBER_LISTS.contains(&name) => Some(lists + 1),
                None if matches!(name, "__schema" | "__type") => Some(0),
                lists => lists,
            };
            lists.is_none_or(|lists| lists <= MAX_LISTS) && within(document, &field.node.selection_set.node, lists)
        }
        Selection::InlineFragment(inline) => within(document, &inline.node.selection_set.node, lists),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .is_none_or(|fragment| within(document, &fragment.node.selection_set.node, lists)),
    })
}
