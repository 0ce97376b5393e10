//! Runs a decoded GraphQL request: finds out who asks, gives the request its session and loaders, executes.

use std::{sync::Arc, time::Instant};

use actix_web::http::{
    StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use async_graphql::{Request, Variables};
use tracing::Instrument;
use uuid::Uuid;

use super::graphql::{Engine, EngineAnswer, Refusal, SchemaTypes};
use crate::{
    auth::App,
    graphql::context::with_session,
    platform::error::{Error, chain},
    schema::{self, PostmortemSchema},
};

/// The process behind the GraphQL endpoint.
pub struct Backend {
    app: Arc<App>,
    schema: PostmortemSchema,
    types: SchemaTypes,
}

impl Backend {
    /// Puts the schema together once for all workers.
    pub fn new(app: Arc<App>) -> Result<Self, Error> {
        let schema = schema::build(&app.settings);
        let types = SchemaTypes::from_sdl(&schema.sdl()).map_err(Error::internal)?;
        Ok(Self { app, schema, types })
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = given.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        return Ok(token.trim());
    }
    Err(Error::Unauthenticated(
        "Send a token as Authorization: Bearer TOKEN; `postmortem token --email YOU` prints one.".to_owned(),
    ))
}

fn refuse(error: &Error) -> Refusal {
    match error {
        Error::Unauthenticated(message) => Refusal::new(StatusCode::UNAUTHORIZED, error.code(), message).header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"postmortem\""),
        ),
        Error::Internal(source) => {
            tracing::error!(error = %chain(source.as_ref()), "a sign-in failed on our side");
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                error.code(),
                "The service cannot reach its database; try again in a moment.",
            )
        }
        other => Refusal::new(StatusCode::FORBIDDEN, other.code(), other.to_string()),
    }
}

/// PostgreSQL text holds no NUL, and no text of ours needs one.
fn has_nul(query: &str, variables: &Variables) -> bool {
    fn within(value: &async_graphql::Value) -> bool {
        match value {
            async_graphql::Value::String(text) => text.contains('\0'),
            async_graphql::Value::List(values) => values.iter().any(within),
            async_graphql::Value::Object(fields) => fields.values().any(within),
            _ => false,
        }
    }
    query.contains('\0') || query.contains("\\u0000") || variables.values().any(within)
}

impl Engine for Backend {
    async fn execute(&self, headers: &HeaderMap, request_id: &str, request: Request) -> EngineAnswer {
        let session = match bearer(headers) {
            Ok(token) => self.app.sign_in(token).await,
            Err(error) => Err(error),
        };
        let session = match session {
            Ok(session) => session,
            Err(error) => return EngineAnswer::Refused(refuse(&error)),
        };
        if has_nul(&request.query, &request.variables) {
            return EngineAnswer::Refused(Refusal::new(
                StatusCode::BAD_REQUEST,
                "VALIDATION_FAILED",
                "Remove the NUL character (\\u0000) from the request.",
            ));
        }
        let operation = request.operation_name.clone().unwrap_or_default();
        let user = session.viewer.id().map(|id| id.to_string()).unwrap_or_default();
        let span = tracing::info_span!("graphql.execute", operation, request.id = request_id, user.id = user);
        let begun = Instant::now();
        let run = with_session(request, session, |request| self.schema.execute(request));
        let response = run.instrument(span.clone()).await;
        // Never the query or its variables: they hold what people wrote.
        span.in_scope(|| {
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(
                duration_ms,
                errors = response.errors.len(),
                "answered a GraphQL request"
            );
        });
        EngineAnswer::Response(response)
    }

    fn types(&self) -> &SchemaTypes {
        &self.types
    }

    fn fresh_request_id(&self) -> String {
        self.app.ids.mint::<Uuid>().simple().to_string()
    }
}
