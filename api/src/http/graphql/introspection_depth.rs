//! Introspection may not go round in circles.
//!
//! `{ __schema { types { fields { type { fields { type { fields …` multiplies the schema with itself at every turn, is
//! answered without a single await (so no time limit can stop it) and counts as a dozen fields. The rule is that of
//! graphql-js: at most two lists of members inside one another. What tools ask needs one.

use async_graphql::ServerError;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::errors::{self, code};

const MEMBER_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];
const MAX_LISTS: usize = 2;

/// Refuses introspection that is nested too far. Call it after the size with fragments spread out is known to be
/// bounded, because fragments are followed here.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
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
