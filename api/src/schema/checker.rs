//! Whether a document is valid, without anything being run: for documents that are kept, before anybody sends them.

use std::sync::Arc;

use async_graphql::{
    Request, Response, ServerError, Value, async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
    parser::types::ExecutableDocument,
};
use futures_util::FutureExt;

use super::{PostmortemSchema, limited};
use crate::platform::settings::Settings;

/// The schema, which only looks.
pub struct Checker(PostmortemSchema);

impl Checker {
    /// With the limits of the service.
    pub fn new(settings: &Settings) -> Self {
        Self(limited(settings).extension(NothingRuns).finish())
    }

    /// What the schema says against an operation of a document. Variables count as left out.
    pub fn errors(&self, document: ExecutableDocument, operation: Option<&str>) -> Vec<ServerError> {
        let mut request = Request::new("");
        request.operation_name = operation.map(str::to_owned);
        request.set_parsed_query(document);
        // Validation waits for nothing.
        let checked = self.0.execute(request).now_or_never();
        checked.map(|response| response.errors).unwrap_or_default()
    }
}

/// In place of execution.
pub(super) struct NothingRuns;

impl ExtensionFactory for NothingRuns {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for NothingRuns {
    async fn execute(
        &self,
        _context: &ExtensionContext<'_>,
        _operation: Option<&str>,
        _next: NextExecute<'_>,
    ) -> Response {
        Response::new(Value::Null)
    }
}
