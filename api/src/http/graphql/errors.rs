//! Every error leaves with a code and a sentence.
//!
//! The product's resolvers give both. The library's own errors (syntax, validation, variables, depth, complexity) have no
//! code, and some name the library's inner workings; they are told apart here by where they arose and by how they begin.
//! What remains, an error from a resolver without a code, is a mistake of ours: the caller gets the request id, the log
//! gets the rest.

use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value};

use super::failed_fields::{self, Asked};
use super::field_order;
use super::schema_types::SchemaTypes;
use crate::schema::pricer::Price;

/// The values of `extensions.code` that this module gives; the product has more.
pub(super) mod code {
    /// A foreign page may have sent this.
    pub(crate) const FORBIDDEN: &str = "FORBIDDEN";
    /// The request is not what it should be.
    pub(crate) const VALIDATION_FAILED: &str = "VALIDATION_FAILED";
    /// The request asks for too much.
    pub(crate) const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
    /// A document was named that is not kept here; send its text.
    pub(crate) const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// No documents are kept here; send the text each time.
    pub(crate) const PERSISTED_QUERY_NOT_SUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// Only documents that the operator trusts may run.
    pub(crate) const DOCUMENT_NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
    /// A key was used for another request before.
    pub(crate) const IDEMPOTENCY_KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";
    /// The first request with this key is not answered yet.
    pub(crate) const IDEMPOTENCY_KEY_IN_USE: &str = "IDEMPOTENCY_KEY_IN_USE";
    /// The request was carried out before, and its answer is gone.
    pub(crate) const IDEMPOTENCY_ANSWER_LOST: &str = "IDEMPOTENCY_ANSWER_LOST";
    /// We have failed.
    pub(crate) const INTERNAL: &str = "INTERNAL";
}

/// For every way in which a query can be too deep.
pub(super) const TOO_DEEP: &str = "The query is nested too deeply; flatten it or split it into several requests.";

const TOO_COMPLEX: &str =
    "The query asks for too much at once; ask for smaller pages or split it into several requests.";

/// More, or longer ones, would answer a short hostile request with a long list.
const MAX_REQUEST_ERRORS: usize = 50;
const MAX_MESSAGE_CHARS: usize = 300;

/// An error with a code.
pub(super) fn coded(code: &str, message: impl Into<String>, position: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, position);
    set(&mut error, "code", code);
    error
}

/// The code of an error, if it has one.
pub(super) fn code_of(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        Value::Enum(code) => Some(code.to_string()),
        _ => None,
    }
}

/// Is one of them our own failure?
pub(super) fn is_ours(response: &Response) -> bool {
    let mut codes = response.errors.iter().filter_map(code_of);
    codes.any(|code| code == code::INTERNAL)
}

/// What the caller is told when we have failed.
pub(super) fn internal_message(request_id: &str) -> String {
    format!("Something went wrong on our side; quote request id {request_id} when you report it.")
}

/// True if nothing was executed: such an answer has no `data` entry, not even a null one.
pub fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Makes a response of the schema fit to leave: every error has a code, failed fields are null, fields come in the order asked for. The handler does this
/// for every answer; other transports call it for every response they send.
pub fn finish_response(response: &mut Response, request_id: &str, types: &SchemaTypes, asked: &Asked) {
    let before_execution = is_request_error(response);
    if before_execution {
        drop_echoes(&mut response.errors);
        response.errors.truncate(MAX_REQUEST_ERRORS);
    }
    failed_fields::make_null(response, types, asked);
    if let Some((document, operation)) = asked.operation() {
        field_order::restore(&mut response.data, document, &operation.selection_set.node);
    }
    for error in response.errors.iter_mut().filter(|error| code_of(error).is_none()) {
        if before_execution {
            reword_request_error(error);
        } else if is_argument_error(&error.message) {
            set(error, "code", code::VALIDATION_FAILED);
            tidy(&mut error.message);
        } else {
            tracing::error!(request.id = request_id, path = ?error.path, error = %error.message, "resolver error without a code");
            error.message = internal_message(request_id);
            set(error, "code", code::INTERNAL);
            set(error, "requestId", request_id);
        }
    }
}

/// Tells what a request costs and what it may, when it was refused for that: `most` is the highest complexity and depth.
pub fn priced(response: &mut Response, most: (usize, usize), price: impl FnOnce() -> Option<Price>) {
    let is_complex = |error: &ServerError| error.message.starts_with("Query is too complex");
    let is_deep = |error: &ServerError| error.message.starts_with("Query is nested too deep");
    let Some(error) = response
        .errors
        .iter_mut()
        .find(|error| is_complex(error) || is_deep(error))
    else {
        return;
    };
    let Some(Price { complexity, depth }) = price() else {
        return;
    };
    let (message, name, price, limit) = if is_complex(error) {
        let message = format!(
            "The query asks for too much at once: it costs {complexity}, and may cost {}; ask for smaller pages or split it into \
             several requests.",
            most.0
        );
        (message, "complexity", complexity, most.0)
    } else {
        let message = format!(
            "The query is nested too deeply: it goes {depth} levels deep, and may go {}; flatten it or split it into several requests.",
            most.1
        );
        (message, "depth", depth, most.1)
    };
    *error = coded(code::QUERY_TOO_COMPLEX, message, error.locations.first().copied());
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set(name, price);
    extensions.set("limit", u64::try_from(limit).unwrap_or(u64::MAX));
}

/// An argument that validation has refused is refused again, in vaguer words, by the count of what the query costs.
fn drop_echoes(errors: &mut Vec<ServerError>) {
    let is_echo = |error: &ServerError| is_argument_error(&error.message);
    if errors.iter().any(|error| !is_echo(error)) {
        errors.retain(|error| !is_echo(error));
    }
}

/// Rewords an error of the library about a request that was not executed, and gives it a code.
pub(super) fn reword_request_error(error: &mut ServerError) {
    match too_complex(&error.message) {
        Some(sentence) => {
            error.message = sentence;
            set(error, "code", code::QUERY_TOO_COMPLEX);
        }
        None => {
            set(error, "code", code::VALIDATION_FAILED);
            tidy(&mut error.message);
        }
    }
}

/// Our sentence for what the library says of a query that asks for too much.
fn too_complex(message: &str) -> Option<String> {
    let begins = |prefix| message.starts_with(prefix);
    if begins("Query is too complex") {
        Some(TOO_COMPLEX.to_owned())
    } else if begins("Query is nested too deep") || begins("The recursion depth of the query") {
        Some(TOO_DEEP.to_owned())
    } else if begins("The number of directives on the field") {
        Some("The query repeats directives too often on one field; use each once.".to_owned())
    } else {
        None
    }
}

/// The code that the caller will find in the first error of an answer; none without an error.
pub(super) fn code_to_be(response: &Response) -> Option<String> {
    let first = response.errors.first()?;
    let of_library = || match is_request_error(response) {
        true if too_complex(&first.message).is_some() => code::QUERY_TOO_COMPLEX,
        true => code::VALIDATION_FAILED,
        false if is_argument_error(&first.message) => code::VALIDATION_FAILED,
        false => code::INTERNAL,
    };
    Some(code_of(first).unwrap_or_else(|| of_library().to_owned()))
}

/// Arguments are decoded field by field during execution; these are the beginnings of the library's messages about them.
fn is_argument_error(message: &str) -> bool {
    ["Failed to parse \"", "Expected input type \"", "Variable "]
        .iter()
        .any(|prefix| message.starts_with(prefix))
}

/// What the count of costs says of a variable that was left out. What validation says of variables has their names in quotes.
pub(super) fn is_missing_variable(message: &str) -> bool {
    message.starts_with("Variable ") && !message.starts_with("Variable \"")
}

/// Makes one sentence of bounded length of a library message, which may quote the caller's own names and values.
fn tidy(message: &mut String) {
    if message.starts_with("Expected input type \"")
        && let Some(quote) = message.find(", found ")
    {
        message.truncate(quote);
    }
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
        message.truncate(end);
        message.push('…');
    }
    // Single words are names that client libraries look for, such as `PersistedQueryNotFound`.
    if message.contains(' ') && !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
}

fn set(error: &mut ServerError, name: &str, value: &str) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set(name, value);
}
