//! Every text that a mutation takes, found in the schema: a field that is new joins by itself.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeKind, TypeSystemDefinition},
};
use postmortem_api::schema::sdl;
use serde_json::{Value, json};

/// How far inputs inside inputs are followed.
const DEPTH: usize = 3;

static SERIAL: AtomicU64 = AtomicU64::new(1);

enum Kind {
    /// Fields: name, type.
    Input(Vec<(String, Type)>),
    /// Its first value.
    Enum(String),
}

/// The input types.
pub struct Inputs(BTreeMap<String, Kind>);

/// A text of an input: where it stands, and its scalar.
pub struct Text {
    /// Names of fields, from the outside to the inside.
    pub path: Vec<String>,
    /// `String`, `Markdown` or `URL`.
    pub scalar: String,
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

impl Inputs {
    pub fn new() -> Self {
        let mut found = BTreeMap::new();
        for definition in parse_schema(sdl()).expect("a readable schema").definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let kind = match definition.node.kind {
                TypeKind::InputObject(object) => {
                    let fields = object.fields.into_iter();
                    Kind::Input(
                        fields
                            .map(|field| (field.node.name.node.to_string(), field.node.ty.node))
                            .collect(),
                    )
                }
                TypeKind::Enum(values) => Kind::Enum(values.values[0].node.value.node.to_string()),
                _ => continue,
            };
            found.insert(definition.node.name.node.to_string(), kind);
        }
        Self(found)
    }

    /// The texts of an input of this type.
    pub fn texts(&self, kind: &str) -> Vec<Text> {
        let mut found = Vec::new();
        self.collect(kind, &[], &mut found);
        found
    }

    fn collect(&self, kind: &str, path: &[String], found: &mut Vec<Text>) {
        let Some(Kind::Input(fields)) = self.0.get(kind) else {
            return;
        };
        for (name, ty) in fields {
            let path = [path, std::slice::from_ref(name)].concat();
            match named(ty) {
                scalar @ ("String" | "Markdown" | "URL") => found.push(Text {
                    scalar: scalar.to_owned(),
                    path,
                }),
                inner if path.len() < DEPTH => self.collect(inner, &path, found),
                _ => {}
            }
        }
    }

    /// An input with a text put into it; what that needs around it is made up.
    pub fn with(&self, kind: &str, input: &mut Value, path: &[String], text: &str, id: &str) {
        let Some(Kind::Input(fields)) = self.0.get(kind) else {
            panic!("{kind} is no input");
        };
        let (name, rest) = path.split_first().expect("a path");
        let (_, ty) = fields.iter().find(|(field, _)| field == name).expect("a field");
        let is_list = matches!(ty.base, BaseType::List(_));
        let place = &mut input[name.as_str()];
        if rest.is_empty() {
            *place = if is_list { json!([text]) } else { json!(text) };
            return;
        }
        if place.is_null() || *place == json!([]) {
            let made = self.least(named(ty), id);
            *place = if is_list { json!([made]) } else { made };
        }
        let inner = if is_list { &mut place[0] } else { place };
        self.with(named(ty), inner, rest, text, id);
    }

    /// The least that an input must have.
    fn least(&self, kind: &str, id: &str) -> Value {
        match self.0.get(kind) {
            Some(Kind::Enum(value)) => json!(value),
            Some(Kind::Input(fields)) => {
                let needed = fields.iter().filter(|(_, ty)| !ty.nullable);
                let value = |ty: &Type| match &ty.base {
                    BaseType::List(item) => json!([self.least(named(item), id)]),
                    BaseType::Named(name) => self.least(name, id),
                };
                Value::Object(needed.map(|(name, ty)| (name.clone(), value(ty))).collect())
            }
            None => match kind {
                "Int" => json!(1),
                "Boolean" => json!(false),
                "ID" => json!(id),
                "Date" => json!("2026-04-01"),
                "DateTime" => json!("2026-03-01T10:00:00Z"),
                "URL" => json!("https://a.example"),
                // Some texts may stand only once.
                _ => json!(format!("x{}", SERIAL.fetch_add(1, Ordering::Relaxed))),
            },
        }
    }
}
