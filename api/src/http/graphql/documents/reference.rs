//! How a request names its document.

use serde_json::{Map, Value};

use super::super::refusal::Refusal;

/// What a request calls its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Reference {
    /// `documentId`.
    Id(String),
    /// `extensions.persistedQuery.sha256Hash`, or a `documentId` that begins with `sha256:`. Some clients put other names there.
    Hash(String),
}

impl Reference {
    /// Takes it out of the parameters.
    pub(in super::super) fn take(parameters: &mut Map<String, Value>) -> Result<Option<Self>, Refusal> {
        let of_extensions = match parameters.get("extensions") {
            Some(Value::Object(extensions)) => extensions.get("persistedQuery"),
            _ => None,
        };
        let hash = of_extensions.map(persisted_query).transpose()?;
        match (parameters.remove("documentId"), hash) {
            (None | Some(Value::Null), hash) => Ok(hash.map(Self::Hash)),
            (Some(Value::String(id)), None) if !id.is_empty() => Ok(Some(match id.strip_prefix("sha256:") {
                Some(hash) => Self::Hash(normal(hash)),
                None => Self::Id(id),
            })),
            (Some(_), None) => Err(Refusal::bad_request("The parameter \"documentId\" must be a string.")),
            (Some(_), Some(_)) => Err(Refusal::bad_request(
                "A request names its document once; send documentId or extensions.persistedQuery.",
            )),
        }
    }
}

fn persisted_query(value: &Value) -> Result<String, Refusal> {
    let hash = value.get("sha256Hash").and_then(Value::as_str);
    match (value.get("version"), hash) {
        (Some(version), Some(hash)) if version.as_u64() == Some(1) && !hash.is_empty() => Ok(normal(hash)),
        _ => Err(Refusal::bad_request(
            "The extension persistedQuery must be {\"version\": 1, \"sha256Hash\": \"…\"}.",
        )),
    }
}

/// Hexadecimal digits are written in lower case or in upper case.
fn normal(hash: &str) -> String {
    if is_sha256(hash) {
        hash.to_ascii_lowercase()
    } else {
        hash.to_owned()
    }
}

/// Can this be a SHA-256?
pub(super) fn is_sha256(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}
