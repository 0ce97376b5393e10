//! The messages of `graphql-transport-ws`, as PROTOCOL.md of graphql-ws has them.

use serde_json::{Map, Value, json};

use super::operation::Part;
use crate::http::graphql::{Incoming, from_parameters, payload};

/// What a client says.
pub(super) enum Message {
    /// Who it is.
    Init(Map<String, Value>),
    Ping(Option<Value>),
    Pong,
    /// An operation.
    Subscribe {
        id: String,
        incoming: Box<Incoming>,
    },
    /// It has heard enough of an operation.
    Complete {
        id: String,
    },
}

fn text(message: &mut Map<String, Value>, name: &str) -> Option<String> {
    match message.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A payload that may be left out.
fn optional(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, String> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err("The payload must be a JSON object.".to_owned()),
    }
}

/// Reads a message, or says what is wrong with it.
pub(super) fn read(text_of: &str) -> Result<Message, String> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text_of) else {
        return Err("A message is a JSON object.".to_owned());
    };
    let kind = text(&mut message, "type").ok_or("A message has a type.")?;
    match kind.as_str() {
        "connection_init" => Ok(Message::Init(optional(&mut message)?.unwrap_or_default())),
        "ping" => Ok(Message::Ping(optional(&mut message)?.map(Value::Object))),
        "pong" => optional(&mut message).map(|_| Message::Pong),
        "complete" => {
            let id = text(&mut message, "id").ok_or("A complete message has an id.")?;
            Ok(Message::Complete { id })
        }
        "subscribe" => {
            let id = text(&mut message, "id").ok_or("A subscribe message has an id.")?;
            let parameters = optional(&mut message)?.ok_or("A subscribe message has a payload.")?;
            let incoming = from_parameters(parameters).map_err(|refusal| refusal.message)?;
            Ok(Message::Subscribe {
                id,
                incoming: Box::new(incoming),
            })
        }
        _ => Err("A client sends no message of this type.".to_owned()),
    }
}

pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// The answer to a ping.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// What becomes of an operation, as a message.
pub(super) fn write(id: &str, part: &Part) -> serde_json::Result<String> {
    let id = serde_json::to_string(id)?;
    Ok(match part {
        Part::Next(response) => format!(r#"{{"id":{id},"type":"next","payload":{}}}"#, payload(response)?),
        Part::Failed(response) => {
            let errors = serde_json::to_string(&response.errors)?;
            format!(r#"{{"id":{id},"type":"error","payload":{errors}}}"#)
        }
        Part::Complete => format!(r#"{{"id":{id},"type":"complete"}}"#),
    })
}
