//! The input types of the schema, and values of them that bytes choose. A filter that is new joins by itself.

use std::collections::HashMap;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeKind, TypeSystemDefinition},
};
use serde_json::{Value, json};

/// How deep values go. Filters refuse a little more than this.
const DEPTH: usize = 9;

enum Input {
    Fields(Vec<(String, Type)>),
    Values(Vec<String>),
}

/// A field of `Query` that takes a filter.
pub struct List {
    /// What it is called.
    pub name: String,
    /// The type of its filter.
    pub filter: String,
    /// Whether filters of the type can be turned round.
    pub has_not: bool,
}

/// What can be asked.
pub struct Grammar {
    inputs: HashMap<String, Input>,
    /// The lists with filters.
    pub lists: Vec<List>,
}

impl Grammar {
    /// Of a schema.
    pub fn of(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("our schema is one");
        let (mut inputs, mut objects) = (HashMap::new(), HashMap::new());
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::InputObject(object) => {
                    let fields = object
                        .fields
                        .into_iter()
                        .map(|field| (field.node.name.node.to_string(), field.node.ty.node));
                    inputs.insert(name, Input::Fields(fields.collect()));
                }
                TypeKind::Enum(values) => {
                    let values = values.values.into_iter().map(|value| value.node.value.node.to_string());
                    inputs.insert(name, Input::Values(values.collect()));
                }
                TypeKind::Object(object) => {
                    objects.insert(name, object.fields);
                }
                _ => {}
            }
        }
        let counts = |name: &str| {
            objects
                .get(name)
                .is_some_and(|fields| fields.iter().any(|field| field.node.name.node == "totalCount"))
        };
        let mut lists = Vec::new();
        for field in objects.get("Query").expect("there are queries") {
            let filter = field
                .node
                .arguments
                .iter()
                .find(|argument| argument.node.name.node == "filter");
            if let Some(filter) = filter
                && counts(&named(&field.node.ty.node))
            {
                let filter = named(&filter.node.ty.node);
                let has_not = matches!(inputs.get(&filter), Some(Input::Fields(fields)) if fields.iter().any(|(name, _)| name == "not"));
                lists.push(List {
                    name: field.node.name.node.to_string(),
                    filter,
                    has_not,
                });
            }
        }
        Self { inputs, lists }
    }

    /// A value of a type.
    pub fn value(&self, bytes: &mut Bytes<'_>, name: &str, depth: usize) -> Value {
        match self.inputs.get(name) {
            Some(Input::Values(values)) => json!(bytes.one_of(values)),
            Some(Input::Fields(_)) if depth > DEPTH => json!({}),
            Some(Input::Fields(fields)) => {
                let chosen = (0..bytes.below(4)).map(|_| bytes.one_of(fields));
                let chosen: Vec<_> = chosen.collect();
                let entry = |bytes: &mut Bytes<'_>, (name, ty): &(String, Type)| {
                    (name.clone(), self.of_type(bytes, ty, depth + 1))
                };
                Value::Object(chosen.into_iter().map(|field| entry(bytes, field)).collect())
            }
            None => scalar(bytes, name),
        }
    }

    fn of_type(&self, bytes: &mut Bytes<'_>, ty: &Type, depth: usize) -> Value {
        match &ty.base {
            BaseType::Named(name) => self.value(bytes, name, depth),
            BaseType::List(item) => (0..bytes.below(4)).map(|_| self.of_type(bytes, item, depth)).collect(),
        }
    }
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => named(item),
    }
}

fn scalar(bytes: &mut Bytes<'_>, name: &str) -> Value {
    const TEXTS: [&str; 16] = [
        "",
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "a",
        "E",
        "REC-1",
        "pm-2",
        "'; DROP TABLE report; --",
        "\\%_",
        "ÄÖ",
        "\u{202e}\u{200b}",
        "$1",
        "?",
    ];
    const DAYS: [&str; 6] = [
        "1900-01-01",
        "9999-12-31",
        "2024-02-29",
        "2026-03-02",
        "2026-02-30",
        "26-1-1",
    ];
    const INSTANTS: [&str; 5] = [
        "1900-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "2025-06-01T12:00:00.123456+14:00",
        "2026-03-02T09:00:00Z",
        "now",
    ];
    const IDS: [&str; 6] = [
        "rec_00000000000000000000000000",
        "rep_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "usr_01h455vb4pex5vsknk084sn02q",
        "team_01h455vb4pex5vsknk084sn02q",
        "svc_01h455vb4pex5vsknk084sn02q",
        "x",
    ];
    match name {
        "Boolean" => json!(bytes.next() & 1 == 1),
        "Int" => json!(i32::from_le_bytes(std::array::from_fn(|_| bytes.next()))),
        "Float" => json!(f64::from(bytes.next())),
        "Date" => json!(bytes.one_of(&DAYS)),
        "DateTime" => json!(bytes.one_of(&INSTANTS)),
        "ID" => json!(bytes.one_of(&IDS)),
        _ => match bytes.below(TEXTS.len() + 2) {
            at if at < TEXTS.len() => json!(TEXTS[at]),
            at if at == TEXTS.len() => json!("x".repeat(16 * usize::from(bytes.next()))),
            _ => {
                let length = bytes.below(32);
                json!(String::from_utf8_lossy(&bytes.some(length)).replace('\0', ""))
            }
        },
    }
}

/// Bytes that choose; zeros follow the last.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    /// The next one.
    pub fn next(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.next()) % end.max(1)
    }

    /// One of several.
    pub fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    fn some(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next()).collect()
    }
}
