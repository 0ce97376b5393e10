//! How deeply the values of arguments may nest.
//!
//! Decoding an input object calls itself once for each level, with large frames: a filter of one kilobyte that holds a filter
//! that holds a filter could end the process. So lists and objects inside one another are counted before anything is
//! decoded, wherever they stand: in the text, in a variable, in a default, or in a variable inside a value in the text.

use std::collections::HashMap;

use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};

use super::errors::{self, code};

/// Refuses a request with an argument that nests too deeply. Call it after the size of the document is known to be bounded.
pub(super) fn check(document: &ExecutableDocument, variables: &Variables, limit: usize) -> Result<(), ServerError> {
    let mut deepest = Deepest {
        variables: variables
            .iter()
            .map(|(name, value)| (name.clone(), depth(value)))
            .collect(),
        found: 0,
    };
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let default = definition
                .node
                .default_value
                .as_ref()
                .map_or(0, |value| depth(&value.node));
            let known = deepest.variables.entry(definition.node.name.node.clone()).or_default();
            *known = default.max(*known);
            deepest.found = deepest.found.max(default);
            deepest.directives(&definition.node.directives);
        }
    }
    for (_, operation) in document.operations.iter() {
        deepest.directives(&operation.node.directives);
        deepest.selections(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        deepest.directives(&fragment.node.directives);
        deepest.selections(&fragment.node.selection_set.node);
    }
    if deepest.found <= limit {
        return Ok(());
    }
    let message = format!("A value nests lists and objects more than {limit} deep; flatten it.");
    Err(errors::coded(code::QUERY_TOO_COMPLEX, message, None))
}

/// Recursion is safe: JSON ends at 128 levels and the text at 64.
fn depth(value: &Value) -> usize {
    match value {
        Value::List(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

struct Deepest {
    /// The depth of each variable's value.
    variables: HashMap<Name, usize>,
    found: usize,
}

impl Deepest {
    fn selections(&mut self, set: &SelectionSet) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        let filled = value.node.clone().into_const_with(self.stand_in());
                        self.measure(filled.unwrap_or_default());
                    }
                    self.selections(&field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
            let filled = value.node.clone().into_const_with(self.stand_in());
            self.measure(filled.unwrap_or_default());
        }
    }

    /// A list as deep as the variable's value, which may be large and need not be copied.
    fn stand_in(&self) -> impl Fn(Name) -> Result<Value, ()> {
        |name| Ok(nested(self.variables.get(&name).copied().unwrap_or(0)))
    }

    fn measure(&mut self, value: Value) {
        self.found = self.found.max(depth(&value));
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inside, _| Value::List(vec![inside]))
}
