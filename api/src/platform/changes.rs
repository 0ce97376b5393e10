//! What an update changed: field by field, the old value and the new. Becomes `Event.changes`.

use serde::Serialize;
use serde_json::{Value, json};

/// The fields of one update that really differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes(Vec<Value>);

impl Changes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a field when its values differ. Names are spelt as in the API.
    pub fn field<T: Serialize + PartialEq>(mut self, name: &str, from: &T, to: &T) -> Self {
        if from != to {
            self.0.push(json!({ "field": name, "from": from, "to": to }));
        }
        self
    }

    /// Notes the first value of a field, at creation.
    pub fn created<T: Serialize>(mut self, name: &str, to: &T) -> Self {
        let to = json!(to);
        if !to.is_null() && to != json!([]) && to != json!("") {
            self.0.push(json!({ "field": name, "from": null, "to": to }));
        }
        self
    }

    /// Did nothing differ?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the fields that differ.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter_map(|change| change.get("field").and_then(Value::as_str))
    }

    /// As it is stored.
    pub fn into_json(self) -> Value {
        Value::Array(self.0)
    }
}
