//! Which field has which type, read once from the schema's own SDL.
//!
//! The schema library knows this and keeps it to itself; [`super::failed_fields`] needs it.

use std::collections::HashMap;

use async_graphql::parser::types::{OperationType, SchemaDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{Error as ParseError, parse_schema};

/// The fields of every object and interface type, and the names of the root types.
#[derive(Debug, Clone)]
pub struct SchemaTypes {
    query: String,
    mutation: String,
    subscription: String,
    fields: HashMap<String, HashMap<String, Type>>,
}

impl SchemaTypes {
    /// Reads the SDL that `Schema::sdl()` returns. Do it once, at start.
    pub fn from_sdl(sdl: &str) -> Result<Self, ParseError> {
        let mut types = Self {
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
            fields: HashMap::new(),
        };
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => types.name_roots(schema.node),
                TypeSystemDefinition::Type(definition) => {
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => {
                            continue;
                        }
                    };
                    let fields = fields
                        .into_iter()
                        .map(|field| (field.node.name.node.to_string(), field.node.ty.node));
                    types
                        .fields
                        .entry(definition.node.name.node.to_string())
                        .or_default()
                        .extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(types)
    }

    fn name_roots(&mut self, schema: SchemaDefinition) {
        let roots = [
            (&mut self.query, schema.query),
            (&mut self.mutation, schema.mutation),
            (&mut self.subscription, schema.subscription),
        ];
        for (root, name) in roots {
            if let Some(name) = name {
                *root = name.node.to_string();
            }
        }
    }

    pub(super) fn root(&self, operation: OperationType) -> &str {
        match operation {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        }
    }

    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&Type> {
        self.fields.get(parent)?.get(name)
    }
}
