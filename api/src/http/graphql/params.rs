//! The four parameters of GraphQL over HTTP: `query`, `operationName`, `variables` and `extensions`; and `documentId`, by which a
//! document may be named instead of written out.

use async_graphql::{Request, Variables};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::documents::{Incoming, Reference};
use super::query_string;
use super::refusal::Refusal;

/// Makes a request of a JSON body.
pub(super) fn from_body(body: &[u8]) -> Result<Incoming, Refusal> {
    let text = str::from_utf8(body).map_err(|_| Refusal::bad_request("The body is not UTF-8; encode it as UTF-8."))?;
    // serde_json gives up at 128 levels, which bounds the recursion on variables.
    let body = serde_json::from_str(text)
        .map_err(|_| Refusal::bad_request("The body is not JSON, or nested too deeply; send one JSON object."))?;
    match body {
        Value::Object(parameters) => from_parameters(parameters),
        Value::Array(_) => Err(Refusal::bad_request(
            "Batches are not accepted; send each operation in its own request.",
        )),
        _ => Err(Refusal::bad_request("The body must be a JSON object with a \"query\".")),
    }
}

/// Makes a request of the query string of a GET, where `variables` and `extensions` are JSON in a string.
pub(super) fn from_query_string(query: &str) -> Result<Incoming, Refusal> {
    let mut parameters = Map::new();
    for (name, value) in query_string::decode(query)? {
        let value = match name.as_str() {
            // Clients write `variables=` for "none".
            "operationName" | "variables" | "extensions" | "documentId" if value.is_empty() => Value::Null,
            "variables" | "extensions" => {
                serde_json::from_str(&value).map_err(|_| wrong_type(&name, "a JSON object"))?
            }
            _ => Value::String(value),
        };
        parameters.insert(name, value);
    }
    from_parameters(parameters)
}

/// Makes a request of the parameters.
pub fn from_parameters(mut parameters: Map<String, Value>) -> Result<Incoming, Refusal> {
    let reference = Reference::take(&mut parameters)?;
    let query = match parameters.remove("query") {
        Some(Value::String(query)) => query,
        Some(Value::Null) | None if reference.is_some() => String::new(),
        Some(Value::Null) | None => {
            return Err(Refusal::bad_request(
                "The parameter \"query\" is missing; send the text of your operation in it.",
            ));
        }
        Some(_) => return Err(wrong_type("query", "a string")),
    };
    let mut request = Request::new(query);
    request.operation_name = match parameters.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Null) | None => None,
        Some(_) => return Err(wrong_type("operationName", "a string or null")),
    };
    request.variables = object::<Variables>(&mut parameters, "variables")?;
    request.extensions = object(&mut parameters, "extensions")?;
    Ok(Incoming { request, reference })
}

fn object<T: DeserializeOwned + Default>(parameters: &mut Map<String, Value>, name: &str) -> Result<T, Refusal> {
    match parameters.remove(name) {
        Some(Value::Null) | None => Ok(T::default()),
        Some(value @ Value::Object(_)) => {
            serde_json::from_value(value).map_err(|_| wrong_type(name, "a JSON object or null"))
        }
        Some(_) => Err(wrong_type(name, "a JSON object or null")),
    }
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::bad_request(format!("The parameter \"{name}\" must be {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> String {
        from_body(body.as_bytes())
            .err()
            .map(|refusal| refusal.message)
            .unwrap_or_default()
    }

    #[test]
    fn says_which_parameter_is_wrong() {
        assert_eq!(refusal(r#"{"query":1}"#), "The parameter \"query\" must be a string.");
        assert_eq!(
            refusal(r#"{"query":"{a}","variables":[]}"#),
            "The parameter \"variables\" must be a JSON object or null."
        );
        assert!(refusal("{}").contains("missing"));
        assert!(refusal("[]").starts_with("Batches are not accepted"));
        assert!(refusal("\"x\"").starts_with("The body must be a JSON object"));
    }

    #[test]
    fn variables_nested_without_end_are_refused() {
        let deep = format!(
            r#"{{"query":"{{a}}","variables":{{"v":{}{}}}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(refusal(&deep).contains("nested too deeply"));
    }
}
