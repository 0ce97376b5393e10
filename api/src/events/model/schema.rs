//! The JSON Schema of each type of event, made of the catalogue.

use serde_json::{Map, Value, json};

use super::{
    catalogue::{CATALOGUE, EventType},
    fields::{Field, Presence, Shape},
};

/// The dialect they are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The name of the file of a schema.
pub fn file_name(event: &EventType) -> String {
    format!("{}.v{}.json", event.name, event.version)
}

/// The schema of a type: of what differs from type to type. What carries an event (its id, its actor and so on) may stand beside.
pub fn schema(event: &EventType) -> Value {
    json!({
        "$schema": DIALECT,
        "$id": format!("urn:postmortem:event:{}:v{}", event.name, event.version),
        "title": format!("{}, version {}", event.name, event.version),
        "description": event.about,
        "type": "object",
        "required": ["type", "schemaVersion", "changes", "payload"],
        "properties": {
            "type": { "const": event.name },
            "schemaVersion": { "const": event.version },
            "changes": changes(event.changes),
            "payload": object(event.payload),
        },
    })
}

/// What there is, for those who look for a schema.
pub fn index() -> Value {
    let entry = |event: &EventType| {
        json!({
            "type": event.name,
            "schemaVersion": event.version,
            "description": event.about,
            "schema": format!("/events/schemas/{}", file_name(event)),
        })
    };
    json!({ "schemas": CATALOGUE.iter().map(entry).collect::<Vec<_>>() })
}

fn changes(fields: &[Field]) -> Value {
    if fields.is_empty() {
        return json!({ "description": "It has none.", "type": "array", "maxItems": 0 });
    }
    let change = |field: &Field| {
        json!({
            "description": field.about,
            "type": "object",
            "required": ["field", "from", "to"],
            "properties": {
                "field": { "const": field.name },
                "from": or_null(form(&field.shape)),
                "to": or_null(form(&field.shape)),
            },
            "additionalProperties": false,
        })
    };
    json!({
        "description": "Old and new values, field by field; null: none.",
        "type": "array",
        "items": { "oneOf": fields.iter().map(change).collect::<Vec<_>>() },
    })
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let form = form(&field.shape);
            let mut form = match field.presence {
                Presence::Always => form,
                Presence::Nullable | Presence::Sometimes => or_null(form),
            };
            form["description"] = json!(field.about);
            (field.name.to_owned(), form)
        })
        .collect();
    let required = fields.iter().filter(|field| field.presence != Presence::Sometimes);
    json!({
        "type": "object",
        "required": required.map(|field| field.name).collect::<Vec<_>>(),
        "properties": properties,
        "additionalProperties": false,
    })
}

fn form(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Day => json!({ "type": "string", "format": "date" }),
        Shape::Instant => json!({ "type": "string", "format": "date-time" }),
        Shape::Number => json!({ "type": "integer" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Id(prefix) => json!({ "type": "string", "pattern": format!("^{prefix}_[0-9a-z]{{26}}$") }),
        Shape::OneOf(values) => json!({ "enum": values() }),
        Shape::List(of) => json!({ "type": "array", "items": form(of) }),
        Shape::Object(fields) => object(fields),
    }
}

fn or_null(form: Value) -> Value {
    json!({ "anyOf": [form, { "type": "null" }] })
}
