//! A failed field is null, and where null is not allowed, its parent is.
//!
//! So says the specification (6.4.4, "Handling execution errors"). Since 7.1 the schema library instead leaves the failed
//! field out of its object, whether it is nullable or not, and makes null of an object all of whose fields failed. Client
//! caches complain about a field that is not there, and typed clients read properties of what cannot be undefined. The
//! errors say where they arose, so this is put right before the response leaves, first the missing nulls, then their way
//! up to the next nullable parent. Responses without errors are not looked at.

use std::sync::Arc;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, PathSegment, Request, Response, Value};

use super::document::select;
use super::documents::Known;
use super::schema_types::SchemaTypes;

/// What was asked; kept because the request itself is used up by its execution.
#[derive(Debug, Clone)]
pub struct Asked {
    known: Option<Arc<Known>>,
    operation_name: Option<String>,
}

impl Asked {
    /// Remembers the document of a request.
    pub fn of(request: &Request) -> Self {
        Self {
            known: Known::of(request).cloned(),
            operation_name: request.operation_name.clone(),
        }
    }

    /// The document, and the operation of it that was executed.
    pub(super) fn operation(&self) -> Option<(&ExecutableDocument, &OperationDefinition)> {
        let document = &self.known.as_ref()?.document;
        Some((document, select(document, self.operation_name.as_deref()).ok()?))
    }
}

/// Puts nulls where the specification wants them.
pub(super) fn make_null(response: &mut Response, types: &SchemaTypes, asked: &Asked) {
    let Response { data, errors, .. } = response;
    let paths = || {
        errors
            .iter()
            .map(|error| error.path.as_slice())
            .filter(|path| !path.is_empty())
    };
    if paths().next().is_none() {
        return;
    }
    let Some((document, operation)) = asked.operation() else {
        return;
    };
    let root = (types.root(operation.ty), &operation.selection_set.node);
    for path in paths() {
        restore(data, path);
    }
    for path in paths() {
        let nullable = nullable_along(document, types, root, path);
        // A list that failed in one item is null as a whole already, above the end of the path.
        let mut length = existing(data, path);
        while length > 0 && !nullable.get(length).copied().unwrap_or(true) {
            length -= 1;
        }
        if let Some(place) = path.get(..length).and_then(|path| place_of(data, path)) {
            *place = Value::Null;
        }
    }
}

/// Makes the failed field exist, and with it the objects around it that were dropped for being empty.
fn restore(data: &mut Value, path: &[PathSegment]) {
    let mut place = data;
    for segment in path {
        if *place == Value::Null && matches!(segment, PathSegment::Field(_)) {
            *place = Value::Object(Default::default());
        }
        let next = match (place, segment) {
            (Value::Object(fields), PathSegment::Field(name)) => fields.entry(Name::new(name)).or_insert(Value::Null),
            (Value::List(items), PathSegment::Index(index)) => match items.get_mut(*index) {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
        place = next;
    }
}

fn place_of<'a>(data: &'a mut Value, path: &[PathSegment]) -> Option<&'a mut Value> {
    path.iter().try_fold(data, |place, segment| match (place, segment) {
        (Value::Object(fields), PathSegment::Field(name)) => fields.get_mut(name.as_str()),
        (Value::List(items), PathSegment::Index(index)) => items.get_mut(*index),
        _ => None,
    })
}

/// How much of the path leads to something.
fn existing(data: &mut Value, path: &[PathSegment]) -> usize {
    (0..=path.len())
        .rev()
        .find(|length| place_of(data, &path[..*length]).is_some())
        .unwrap_or_default()
}

/// For each place along the path, `data` itself included, whether it may be null. What the SDL does not know, such as
/// introspection, counts as nullable.
fn nullable_along(
    document: &ExecutableDocument,
    types: &SchemaTypes,
    root: (&str, &SelectionSet),
    path: &[PathSegment],
) -> Vec<bool> {
    let mut nullable = vec![true];
    let mut sets = vec![(root.0.to_owned(), root.1)];
    let mut current: Option<&Type> = None;
    for segment in path {
        current = match segment {
            PathSegment::Index(_) => match current.map(|list| &list.base) {
                Some(BaseType::List(item)) => Some(item),
                _ => None,
            },
            PathSegment::Field(key) => {
                let mut found = Vec::new();
                for (parent, set) in &sets {
                    collect(document, parent, set, key, &mut found);
                }
                let ty = found
                    .iter()
                    .find_map(|(parent, field)| types.field(parent, &field.name.node));
                let inner = ty.map(|ty| named(ty).to_owned()).unwrap_or_default();
                sets = found
                    .iter()
                    .map(|(_, field)| (inner.clone(), &field.selection_set.node))
                    .collect();
                ty
            }
        };
        nullable.push(current.is_none_or(|ty| ty.nullable));
    }
    nullable
}

/// All fields that answer to a key in a selection set, through its fragments, each with the type it was selected on.
fn collect<'a>(
    document: &'a ExecutableDocument,
    parent: &str,
    set: &'a SelectionSet,
    key: &str,
    found: &mut Vec<(String, &'a Field)>,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if field.node.response_key().node == key => {
                found.push((parent.to_owned(), &field.node));
            }
            Selection::Field(_) => {}
            Selection::InlineFragment(inline) => {
                let on = inline
                    .node
                    .type_condition
                    .as_ref()
                    .map_or(parent, |condition| &condition.node.on.node);
                collect(document, on, &inline.node.selection_set.node, key, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    let on = &fragment.node.type_condition.node.on.node;
                    collect(document, on, &fragment.node.selection_set.node, key, found);
                }
            }
        }
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}
