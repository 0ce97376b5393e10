//! The fields of an object come in the order in which they were asked for.
//!
//! So says the specification (7.1, "Serialized map ordering"). The schema library inserts each field when its value is
//! there, so the order of two fields that wait for a database changes from one request to the next: answers could not be
//! compared or cached as text. It is put right before the response leaves.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Value};

/// The keys that a selection asks for, in order, each with the keys below it. Fragments are spread out: the document's
/// limits have bounded how much that is.
#[derive(Debug, Default)]
struct Layout(IndexMap<Name, Layout>);

impl Layout {
    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.clone();
                    self.0
                        .entry(key)
                        .or_default()
                        .add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.add(document, &inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(item)),
            // As it nearly always is.
            Value::Object(fields) if self.0.keys().eq(fields.keys()) => {
                for (layout, value) in self.0.values().zip(fields.values_mut()) {
                    layout.apply(value);
                }
            }
            Value::Object(fields) => {
                if !self.is_order_of(fields) {
                    let mut ordered = IndexMap::with_capacity(fields.len());
                    for key in self.0.keys() {
                        if let Some((key, value)) = fields.swap_remove_entry(key) {
                            ordered.insert(key, value);
                        }
                    }
                    ordered.extend(std::mem::take(fields));
                    *fields = ordered;
                }
                for (key, value) in fields.iter_mut() {
                    if let Some(layout) = self.0.get(key) {
                        layout.apply(value);
                    }
                }
            }
            _ => {}
        }
    }

    fn is_order_of(&self, fields: &IndexMap<Name, Value>) -> bool {
        let mut places = fields.keys().map(|key| self.0.get_index_of(key).unwrap_or(usize::MAX));
        let mut last = places.next().unwrap_or_default();
        places.all(|place| std::mem::replace(&mut last, place) <= place)
    }
}

/// Orders the fields of an answer's data as its operation asks for them.
pub(super) fn restore(data: &mut Value, document: &ExecutableDocument, operation: &SelectionSet) {
    let mut layout = Layout::default();
    layout.add(document, operation);
    layout.apply(data);
}
