//! What to select of each type of the served schema, so that nothing is left out.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition},
};

/// Objects inside objects that have no id of their own are followed this far.
const DEPTH: usize = 5;

/// The types of the schema.
pub(super) struct Types(BTreeMap<String, TypeDefinition>);

fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}

impl Types {
    /// Of an SDL.
    pub(super) fn new(sdl: &str) -> Self {
        let definitions = parse_schema(sdl).expect("a readable schema").definitions.into_iter();
        let named = definitions.filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            _ => None,
        });
        Self(named.collect())
    }

    /// The fields of an object or interface; none of a scalar, an enum or a union.
    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(object)) => object.fields.iter().map(|field| &field.node).collect(),
            Some(TypeKind::Interface(interface)) => interface.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// Has it a global id, by which the crawl comes back to it?
    fn is_node(&self, name: &str) -> bool {
        let implements = match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(object)) => &object.implements,
            Some(TypeKind::Interface(interface)) => &interface.implements,
            _ => return false,
        };
        name == "Node" || implements.iter().any(|interface| interface.node == "Node")
    }

    /// One field with all that it holds; none of a field that cannot be asked without an argument.
    fn field(&self, field: &FieldDefinition, depth: usize) -> Option<String> {
        let needs = field
            .arguments
            .iter()
            .any(|argument| !argument.node.ty.node.nullable && argument.node.default_value.is_none());
        if needs {
            return None;
        }
        let pages = field
            .arguments
            .iter()
            .any(|argument| argument.node.name.node == "first");
        let arguments = if pages { "(first: 100)" } else { "" };
        let inside = self.inside(base(&field.ty.node), depth)?;
        Some(format!("{}{arguments}{inside}", field.name.node))
    }

    /// The selection set of a type: "" of a scalar, id and type of what has an id, everything of what has none.
    pub(super) fn inside(&self, name: &str, depth: usize) -> Option<String> {
        match self.0.get(name).map(|definition| &definition.kind) {
            None | Some(TypeKind::Scalar | TypeKind::Enum(_)) => Some(String::new()),
            Some(_) if self.is_node(name) => Some(" { __typename id }".to_owned()),
            Some(_) if depth == 0 => None,
            Some(_) => Some(self.all(name, depth - 1)),
        }
    }

    /// Every field of an object.
    pub(super) fn all(&self, name: &str, depth: usize) -> String {
        let fields = self
            .fields(name)
            .into_iter()
            .filter_map(|field| self.field(field, depth));
        format!(" {{ __typename {} }}", fields.collect::<Vec<_>>().join(" "))
    }

    /// A query for everything that one thing with an id says.
    pub(super) fn node(&self, name: &str) -> String {
        format!(
            "query ($id: ID!) {{ it: node(id: $id) {{ ... on {name}{} }} }}",
            self.all(name, DEPTH)
        )
    }

    /// A query for a root field with these arguments.
    pub(super) fn root(&self, field: &str, arguments: &str) -> String {
        let definition = self
            .fields("Query")
            .into_iter()
            .find(|definition| definition.name.node == field);
        let definition =
            definition.unwrap_or_else(|| panic!("there is no query {field} any more: take it out of ROOTS"));
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!("({arguments})")
        };
        let inside = self.inside(base(&definition.ty.node), DEPTH).unwrap_or_default();
        format!("{{ it: {field}{arguments}{inside} }}")
    }
}
