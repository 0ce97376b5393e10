//! Runs a decoded GraphQL request: finds out who asks, gives the request its session and loaders, executes.

use std::{net::IpAddr, sync::Arc, time::Instant};

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
    },
};
use async_graphql::{Request, Variables, parser::types::OperationType};
use tracing::Instrument;
use uuid::Uuid;

use super::{
    caller, cookies,
    graphql::{Engine, EngineAnswer, Refusal, SchemaTypes},
    rate::RateLimits,
};
use crate::{
    access::service::{audit, sign_in},
    auth::{App, Session},
    graphql::context::with_session,
    platform::error::{Error, chain},
    schema::{self, PostmortemSchema},
};

/// The process behind the GraphQL endpoint.
pub struct Backend {
    app: Arc<App>,
    limits: Arc<RateLimits>,
    schema: PostmortemSchema,
    types: SchemaTypes,
}

impl Backend {
    /// Puts the schema together once for all workers.
    pub fn new(app: Arc<App>, limits: Arc<RateLimits>) -> Result<Self, Error> {
        let schema = schema::build(&app.settings);
        let types = SchemaTypes::from_sdl(&schema.sdl()).map_err(Error::internal)?;
        Ok(Self {
            app,
            limits,
            schema,
            types,
        })
    }

    fn address(&self, http: &HttpRequest) -> IpAddr {
        caller::origin(http, &self.app.settings.trusted_proxies)
    }

    /// Who asks, if they may ask this now.
    async fn sign_in(
        &self,
        http: &HttpRequest,
        request_id: &str,
        request: &mut Request,
    ) -> Result<Arc<Session>, Refusal> {
        let session = match shown(http, &self.app.settings.public_url) {
            Ok(Shown::Token(token)) => sign_in::bearer(&self.app, token).await,
            Ok(Shown::Cookie(cookie)) => sign_in::cookie(&self.app, &cookie).await,
            Err(error) => Err(error),
        };
        let session = match session {
            Ok(session) => session,
            Err(error) => {
                if matches!(error, Error::Unauthenticated(_)) {
                    self.limits.failed(self.address(http))?;
                }
                return Err(refuse(&error, request_id));
            }
        };
        self.limits.count(&session.viewer)?;
        if !session.viewer.may_read() && !is_mutation(request) {
            let error =
                Error::forbidden("This token may only create incidents; read with one that has the scope READ.");
            return Err(refuse(&error, request_id));
        }
        Ok(session)
    }
}

/// The handler has parsed the document and refuses what is neither query nor mutation.
fn is_mutation(request: &mut Request) -> bool {
    request.parsed_query().is_ok_and(|document| {
        let mut operations = document.operations.iter();
        operations.all(|(_, operation)| operation.node.ty == OperationType::Mutation)
    })
}

/// What a request shows to say who sends it.
enum Shown<'a> {
    Token(&'a str),
    Cookie(String),
}

fn shown<'a>(http: &'a HttpRequest, public_url: &str) -> Result<Shown<'a>, Error> {
    let how = || {
        Error::Unauthenticated(
            "Send a token as Authorization: Bearer TOKEN; `postmortem token --email YOU` prints one. With a browser, sign in at /login."
                .to_owned(),
        )
    };
    if let Some(given) = http.headers().get(AUTHORIZATION) {
        let (scheme, token) = given
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
            return Ok(Shown::Token(token.trim()));
        }
        return Err(how());
    }
    let cookie = cookies::value(http, cookies::SESSION).ok_or_else(how)?;
    if caller::is_foreign(http.headers(), public_url) {
        return Err(Error::forbidden(
            "A page of another site sent this request with your cookie; send a token as Authorization: Bearer TOKEN instead.",
        ));
    }
    Ok(Shown::Cookie(cookie))
}

fn refuse(error: &Error, request_id: &str) -> Refusal {
    match error {
        Error::Unauthenticated(message) => Refusal::new(StatusCode::UNAUTHORIZED, error.code(), message).header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"postmortem\""),
        ),
        Error::Internal(source) => {
            tracing::error!(request.id = request_id, error = %chain(source.as_ref()), "a request failed on our side");
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                error.code(),
                "The service cannot reach its database, or whoever vouches for you; try again in a moment.",
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
    fn admit(&self, http: &HttpRequest) -> Result<(), Refusal> {
        self.limits.admit(self.address(http))
    }

    async fn execute(&self, http: &HttpRequest, request_id: &str, mut request: Request) -> EngineAnswer {
        let session = match self.sign_in(http, request_id, &mut request).await {
            Ok(session) => session,
            Err(refusal) => return EngineAnswer::Refused(refusal),
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
        let span = tracing::error_span!("graphql.execute", operation, request.id = request_id, user.id = user);
        let begun = Instant::now();
        let run = with_session(request, session.clone(), |request| self.schema.execute(request));
        let response = run.instrument(span.clone()).await;
        // An answer that could not be written down does not leave.
        if let Err(error) = audit::restricted_reads(&session).await {
            return EngineAnswer::Refused(refuse(&error, request_id));
        }
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
