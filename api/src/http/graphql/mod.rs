//! GraphQL over HTTP: how a request becomes an answer, and what is turned away at the door.
//!
//! One request is one operation. It arrives as `GET /graphql?query=…` (queries only) or as `POST /graphql` with a JSON
//! body, and takes this road, each step in the file of its name:
//!
//! 1. `request_id`: the caller's `x-request-id` when it is sane, else a fresh one; `http::request_ids` puts it on every answer.
//! 2. `accept`: which of the two GraphQL media types the answer will have, because status codes depend on it.
//! 3. `csrf`: a page on another site must not be able to send requests with our visitor's cookies.
//! 4. `body` or `query_string`: the bytes, up to a limit; `params` makes the four GraphQL parameters of them.
//! 5. `documents`: the text of the document, when the request only names it.
//! 6. `document`: `token_scan` looks at the text before the parser may recurse on it, the parser reads it once, and
//!    `document_limits`, `introspection` and `input_depth` measure it before anything is executed.
//! 7. `once`: whether a mutation is one that was sent before; and [`Engine::turn`], without which nothing is worked on.
//! 8. [`Engine::execute`]: the product's own part (who is asking, loaders, the schema), within a time limit and with
//!    panics caught.
//! 9. `errors`: every error leaves with `extensions.code` and a sentence a caller can act on; `failed_fields` puts
//!    null where a field failed, `field_order` puts fields where they were asked for; `respond` writes it all.
//!
//! **Status codes.** What fails before GraphQL begins (method, media type, size, JSON) is a [`Refusal`] with its own status.
//! What fails before execution (syntax, validation, variables, limits) is 400 for `application/graphql-response+json` and
//! 200 for `application/json`, whose older clients read the body only on 200; neither has a `data` entry. What was executed
//! is 200 with `data`, errors or not. A panic is 500.
//!
//! **Not here:** who may do what (the engine and the services), depth and complexity (the schema builder; only their
//! errors are reworded here), sockets and event streams (`http::live`). Those must pass every document through [`read_document`] all
//! the same: the parser alone can be made to overflow the stack by a request of one kilobyte.
//!
//! The page at `/graphiql` is [`explorer()`].

mod about;
mod accept;
pub(super) mod body;
mod csrf;
mod document;
mod document_limits;
mod documents;
mod engine;
mod errors;
mod explorer;
mod failed_fields;
mod field_order;
mod handler;
mod input_depth;
mod introspection;
mod limits;
mod once;
mod params;
pub(super) mod query_string;
mod refusal;
mod request_id;
mod respond;
mod schema_types;
mod token_scan;

#[cfg(test)]
mod tests;

pub use self::about::{About, outcome_of};
pub use self::document::{check_document, read_document};
pub use self::document_limits::DocumentLimits;
pub use self::documents::{Documents, Incoming, Known, Resolved, Trusted};
pub use self::engine::{Engine, EngineAnswer, Execution};
pub use self::errors::{finish_response, is_request_error, priced};
pub use self::explorer::explorer;
pub use self::failed_fields::Asked;
pub use self::handler::{Interrupted, decode, graphql, guarded};
pub use self::limits::HttpLimits;
pub use self::once::{IDEMPOTENCY_KEY, Once};
pub use self::params::from_parameters;
pub use self::refusal::Refusal;
pub use self::request_id::{REQUEST_ID, sent_by_caller};
pub use self::respond::{payload, respond_in_json, response_of};
pub use self::schema_types::SchemaTypes;
