//! The seam between HTTP and the product.

use std::{future::Future, time::Duration};

use actix_web::{HttpRequest, http::header::HeaderMap};
use async_graphql::{Request, Response};

use super::{Documents, Once, Refusal, SchemaTypes, request_id::sent_by_caller};
use crate::{http::overload::Turn, idempotency::model::Answer, platform::meters::Operation};

/// What runs a decoded request.
///
/// The product implements this: it authenticates by the headers, attaches the viewer and the per-request loaders, and
/// executes the schema. The request comes with its document already parsed and measured.
pub trait Engine: 'static {
    /// Looks at a request before anything of it is read, for what depends on the caller's address only.
    fn admit(&self, http: &HttpRequest) -> Result<(), Refusal>;

    /// Waits until a request may be worked on, or refuses it when too many wait. It is worked on until the turn is dropped.
    fn turn(&self) -> impl Future<Output = Result<Turn, Refusal>>;

    /// Runs one operation. The handler bounds its time and survives its panics. One that is to be run once is given its claim, or
    /// answered as before.
    fn execute(
        &self,
        http: &HttpRequest,
        request_id: &str,
        request: Request,
        once: Option<&Once>,
    ) -> impl Future<Output = Execution>;

    /// Is told of every operation once its answer is known.
    fn answered(&self, operation: Operation<'_>, took: Duration);

    /// The types of the schema, read once at start.
    fn types(&self) -> &SchemaTypes;

    /// The documents that may be named instead of written out.
    fn documents(&self) -> &Documents;

    /// A new request id, for callers that sent none. It is asked of the engine because randomness has one place in the
    /// product, which is not here.
    fn fresh_request_id(&self) -> String;

    /// The id of a request: its caller's own when it is sane, else a new one.
    fn request_id(&self, headers: &HeaderMap) -> String {
        let sent = sent_by_caller(headers).map(str::to_owned);
        sent.unwrap_or_else(|| self.fresh_request_id())
    }
}

/// When an operation was executed.
#[derive(Debug)]
pub enum Execution {
    /// Now.
    Now(EngineAnswer),
    /// Before, under the same key, and this was the answer.
    Before(Answer),
}

/// How the engine answers.
#[derive(Debug)]
pub enum EngineAnswer {
    /// The operation was run, or refused by the schema's validation.
    Response(Response),
    /// The request was turned away before the schema saw it, for example 401 with `WWW-Authenticate`.
    Refused(Refusal),
}
