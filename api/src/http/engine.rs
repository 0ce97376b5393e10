//! Runs a decoded GraphQL request: finds out who asks, gives the request its session and loaders, executes.

use std::{
    net::IpAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{HeaderValue, WWW_AUTHENTICATE},
    },
};
use async_graphql::{
    Request, Response, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use futures_util::StreamExt;
use tracing::Instrument;

use super::{
    caller,
    credential::Credential,
    graphql::{
        About, Documents, Engine, EngineAnswer, Execution, Known, Once, Refusal, SchemaTypes, is_request_error,
        outcome_of, priced,
    },
    overload::{Gate, Turn},
    rate::{Principal, RateLimits},
    request_ids,
    schemas::Schemas,
};
use crate::{
    access::service::{audit, sign_in},
    auth::{App, Session, Sight},
    graphql::context::with_session,
    idempotency::{
        model::Answer,
        service::{Asked, Standing, claim},
    },
    live::graphql::Occasion,
    platform::{
        db::Reader,
        error::{Error, chain},
        meters::Operation,
        telemetry,
    },
    schema::PostmortemSchema,
};

/// What a run under an idempotency key is given beyond its time.
const GRACE: Duration = Duration::from_secs(5);

/// The process behind the GraphQL endpoint.
pub struct Backend {
    pub(super) app: Arc<App>,
    pub(super) limits: Arc<RateLimits>,
    schemas: Schemas,
    gate: Arc<Gate>,
    types: SchemaTypes,
    documents: Documents,
}

impl Backend {
    /// Puts the schema together once for all workers.
    pub fn new(app: Arc<App>, limits: Arc<RateLimits>, gate: Arc<Gate>, documents: Documents) -> Result<Self, Error> {
        let schemas = Schemas::new(app.clone());
        let types = SchemaTypes::from_sdl(&schemas.checking().sdl()).map_err(Error::internal)?;
        Ok(Self {
            app,
            limits,
            gate,
            schemas,
            types,
            documents,
        })
    }

    pub(super) fn address(&self, http: &HttpRequest) -> IpAddr {
        caller::origin(http, &self.app.settings.trusted_proxies)
    }

    /// The session of whoever showed this, as they are now.
    pub(super) async fn enter(&self, credential: &Credential) -> Result<Arc<Session>, Error> {
        let entering = async {
            let db = self.app.databases.reader().await?;
            self.enter_with(db, credential, Sight::Now).await
        };
        self.app.within_a_request(entering).await
    }

    async fn enter_with(&self, db: Reader, credential: &Credential, sight: Sight) -> Result<Arc<Session>, Error> {
        match credential {
            Credential::Token(token) => sign_in::bearer(&self.app, db, token, sight).await,
            Credential::Cookie(cookie) => sign_in::cookie(&self.app, db, cookie, sight).await,
        }
    }

    /// The same for whoever has not been let in yet: failures are counted.
    pub(super) async fn let_in(&self, address: IpAddr, credential: &Credential) -> Result<Arc<Session>, EntryRefused> {
        let entered = self.enter(credential).await;
        self.counted(address, entered)
    }

    async fn let_in_with(
        &self,
        db: Reader,
        address: IpAddr,
        credential: &Credential,
        sight: Sight,
    ) -> Result<Arc<Session>, EntryRefused> {
        let entered = self.enter_with(db, credential, sight).await;
        self.counted(address, entered)
    }

    fn counted(&self, address: IpAddr, entered: Result<Arc<Session>, Error>) -> Result<Arc<Session>, EntryRefused> {
        if let Err(Error::Unauthenticated(_)) = &entered {
            self.limits.failed(address).map_err(EntryRefused::Limited)?;
        }
        entered.map_err(EntryRefused::Unknown)
    }

    /// Counts an operation, and refuses it to whoever may not run one of its kind.
    pub(super) fn allow(&self, session: &Session, request_id: &str, is_mutation: bool) -> Result<(), Refusal> {
        self.limits.count(&session.viewer)?;
        if !session.viewer.may_read() && !is_mutation {
            let error =
                Error::forbidden("This token may only create incidents; read with one that has the scope READ.");
            return Err(refuse(&error, request_id));
        }
        Ok(())
    }

    /// Who asks for something to read by another way than GraphQL, if they may now.
    pub(super) async fn enter_reading(&self, http: &HttpRequest, request_id: &str) -> Result<Arc<Session>, Refusal> {
        self.admit(http)?;
        let db = self.reader(request_id).await?;
        let session = self.who(db, http, request_id, Sight::Now).await?;
        self.allow(&session, request_id, false)?;
        Ok(session)
    }

    /// Who asks, by what the request shows.
    async fn who(
        &self,
        db: Reader,
        http: &HttpRequest,
        request_id: &str,
        sight: Sight,
    ) -> Result<Arc<Session>, Refusal> {
        let address = self.address(http);
        let session = match Credential::shown(http, &self.app.settings.public_url) {
            Ok(credential) => self.let_in_with(db, address, &credential, sight).await,
            Err(error @ Error::Unauthenticated(_)) => Err(match self.limits.failed(address) {
                Err(limited) => EntryRefused::Limited(limited),
                Ok(()) => EntryRefused::Unknown(error),
            }),
            Err(error) => Err(EntryRefused::Unknown(error)),
        };
        session.map_err(|refused| refused.refusal(request_id))
    }

    async fn reader(&self, request_id: &str) -> Result<Reader, Refusal> {
        let reader = self.app.databases.reader().await;
        reader.map_err(|error| refuse(&error, request_id))
    }

    /// Who asks, if they may ask this now. For a query the session keeps a connection until it is dropped.
    async fn sign_in(
        &self,
        http: &HttpRequest,
        request_id: &str,
        request: &mut Request,
    ) -> Result<Arc<Session>, Refusal> {
        let is_mutation = is_mutation(request);
        let db = self.reader(request_id).await?;
        let (db, sight) = if is_mutation {
            (db, Sight::Now)
        } else {
            (db.keeping(), Sight::Lately)
        };
        let session = self.who(db, http, request_id, sight).await?;
        self.allow(&session, request_id, is_mutation)?;
        Ok(session)
    }

    /// Runs a query or a mutation for somebody.
    pub(super) async fn run(&self, session: Arc<Session>, request_id: &str, request: Request) -> EngineAnswer {
        let known = Known::of(&request).cloned();
        if let Some(known) = known.as_ref().filter(|known| is_checked(known, &request)) {
            let repetition = known.repeat(&request);
            let answer = self
                .run_in(self.schemas.quick(), session.clone(), request_id, request)
                .await;
            if !matches!(&answer, EngineAnswer::Response(response) if response.is_err()) {
                return answer;
            }
            // Whether it is the values that are wrong, only a whole check tells.
            return self.run_whole(session, request_id, repetition).await;
        }
        let answer = self.run_whole(session, request_id, request).await;
        if let (Some(known), EngineAnswer::Response(response)) = (known, &answer)
            && !is_request_error(response)
        {
            known.found_valid();
        }
        answer
    }

    /// Runs a request after a whole check.
    async fn run_whole(&self, session: Arc<Session>, request_id: &str, request: Request) -> EngineAnswer {
        let known = Known::of(&request).cloned();
        let (name, variables) = (request.operation_name.clone(), request.variables.clone());
        let mut answer = self.run_in(self.schemas.checking(), session, request_id, request).await;
        if let (EngineAnswer::Response(response), Some(known)) = (&mut answer, known) {
            self.price(response, &known.document, name, variables);
        }
        answer
    }

    /// Tells whoever asked for too much what it costs.
    pub(super) fn price(
        &self,
        response: &mut Response,
        document: &ExecutableDocument,
        name: Option<String>,
        variables: Variables,
    ) {
        let most = (self.app.settings.query_complexity, self.app.settings.query_depth);
        priced(response, most, || {
            self.schemas.pricer().price(document.clone(), name, variables)
        });
    }

    /// Takes the key of a mutation that is to be run once; or what was answered to it before.
    async fn once(&self, session: &Arc<Session>, request_id: &str, once: &Once) -> Result<Option<Answer>, Refusal> {
        let Some(principal) = Principal::of(&session.viewer) else {
            return Ok(None);
        };
        let asked = Asked {
            principal: principal.uuid(),
            key: &once.key,
            request_hash: &once.request_hash,
        };
        // Whatever has not ended by then was stopped, or its process is dead.
        let lease = Duration::from_millis(self.app.settings.request_timeout_ms) + GRACE;
        let standing = claim(session, asked, lease).await;
        match standing.map_err(|error| refuse(&error, request_id))? {
            Standing::Yours(claim) => {
                once.begun(claim);
                Ok(None)
            }
            Standing::Answered(answer) => Ok(Some(answer)),
            Standing::OtherRequest => Err(Once::reused()),
            Standing::Running => Err(Once::in_use()),
            Standing::AnswerLost => Err(Once::answer_lost()),
        }
    }

    /// Runs a query that we have written. It may cost what it costs.
    pub(super) async fn run_own(&self, session: Arc<Session>, request_id: &str, request: Request) -> EngineAnswer {
        self.run_in(self.schemas.own(), session, request_id, request).await
    }

    async fn run_in(
        &self,
        schema: &PostmortemSchema,
        session: Arc<Session>,
        request_id: &str,
        mut request: Request,
    ) -> EngineAnswer {
        if has_nul(&request.query, &request.variables) {
            return EngineAnswer::Refused(nul());
        }
        let about = About::of(&mut request);
        let user = session.viewer.id().map(|id| id.to_string()).unwrap_or_default();
        let span = tracing::error_span!(
            "graphql.execute",
            "graphql.operation.type" = about.kind,
            "graphql.operation.name" = about.name.as_deref().unwrap_or_default(),
            "graphql.response.code" = tracing::field::Empty,
            request.id = request_id,
            user.id = user
        );
        telemetry::name(&span, about.title());
        let begun = Instant::now();
        // It is large, and handed through many hands.
        let run = with_session(request, session.clone(), |request| Box::pin(schema.execute(request)));
        let response = run.instrument(span.clone()).await;
        // An answer that could not be written down does not leave.
        if let Err(error) = audit::restricted_reads(&session).await {
            return EngineAnswer::Refused(refuse(&error, request_id));
        }
        span.record("graphql.response.code", outcome_of(Ok(&response)));
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

    /// Runs a subscription once: to begin it, or for an event. None: it has nothing to say.
    pub(super) async fn run_subscription(
        &self,
        session: Arc<Session>,
        request: Request,
        occasion: Occasion,
    ) -> Result<Option<Response>, Error> {
        let request = request.data(occasion);
        let run = with_session(request, session.clone(), |request| async {
            self.schemas.checking().execute_stream(request).next().await
        });
        let response = run.await;
        audit::restricted_reads(&session).await?;
        Ok(response)
    }
}

/// Why somebody was not let in.
pub(super) enum EntryRefused {
    Limited(Refusal),
    Unknown(Error),
}

impl EntryRefused {
    pub(super) fn refusal(self, request_id: &str) -> Refusal {
        match self {
            Self::Limited(refusal) => refusal,
            Self::Unknown(error) => refuse(&error, request_id),
        }
    }
}

/// Was the document found valid before, and can it do no harm to run it once more? An object among the values may have fields
/// that only a check would find.
fn is_checked(known: &Known, request: &Request) -> bool {
    fn is_flat(value: &async_graphql::Value) -> bool {
        match value {
            async_graphql::Value::Object(_) => false,
            async_graphql::Value::List(values) => values.iter().all(is_flat),
            _ => true,
        }
    }
    known.is_valid() && known.is_query() && request.variables.values().all(is_flat)
}

/// The handler has parsed the document and refuses what is neither query nor mutation.
fn is_mutation(request: &mut Request) -> bool {
    request.parsed_query().is_ok_and(|document| {
        let mut operations = document.operations.iter();
        operations.all(|(_, operation)| operation.node.ty == OperationType::Mutation)
    })
}

pub(super) fn refuse(error: &Error, request_id: &str) -> Refusal {
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
pub(super) fn has_nul(query: &str, variables: &Variables) -> bool {
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

pub(super) fn nul() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "VALIDATION_FAILED",
        "Remove the NUL character (\\u0000) from the request.",
    )
}

impl Engine for Backend {
    fn admit(&self, http: &HttpRequest) -> Result<(), Refusal> {
        self.limits.admit(self.address(http))
    }

    async fn turn(&self) -> Result<Turn, Refusal> {
        self.gate.enter().await
    }

    async fn execute(
        &self,
        http: &HttpRequest,
        request_id: &str,
        mut request: Request,
        once: Option<&Once>,
    ) -> Execution {
        let work = pin!(async {
            let refused = |refusal| Execution::Now(EngineAnswer::Refused(refusal));
            let session = match self.sign_in(http, request_id, &mut request).await {
                Ok(session) => session,
                Err(refusal) => return refused(refusal),
            };
            if let Some(once) = once {
                match self.once(&session, request_id, once).await {
                    Ok(None) => {}
                    Ok(Some(answer)) => return Execution::Before(answer),
                    Err(refusal) => return refused(refusal),
                }
            }
            Execution::Now(self.run(session, request_id, request).await)
        });
        self.app.databases.attended(work).await
    }

    fn answered(&self, operation: Operation<'_>, took: Duration) {
        self.app.meters.graphql.answered(operation, took);
    }

    fn types(&self) -> &SchemaTypes {
        &self.types
    }

    fn documents(&self) -> &Documents {
        &self.documents
    }

    fn fresh_request_id(&self) -> String {
        request_ids::fresh(&self.app.ids)
    }
}
