//! One operation on a socket or a stream, of any kind.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use actix_web::http::StatusCode;
use async_graphql::{
    Request, Response, ServerError, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use entity::event;
use tokio::sync::Semaphore;

use super::Service;
use crate::{
    auth::Session,
    http::{
        credential::Credential,
        engine::{EntryRefused, has_nul, nul, refuse},
        graphql::{
            About, Asked, Engine, EngineAnswer, Interrupted, Refusal, Resolved, finish_response, guarded,
            is_request_error, outcome_of, read_document, response_of,
        },
        rate::Principal,
    },
    live::{
        graphql::Occasion,
        jobs::{Ended, Subscriber},
        model::{Plan, Wanted},
    },
    platform::error::Error,
};

/// What becomes of an operation, one after another.
pub(super) enum Part {
    /// A result.
    Next(Response),
    /// Errors, of what was not executed or cannot go on. Nothing follows.
    Failed(Response),
    /// All results were sent.
    Complete,
}

/// Why an operation did not begin.
pub(super) enum NotBegun {
    /// It was turned away.
    Refused(Refusal),
    /// Syntax, validation, arguments or limits.
    Invalid(Response),
}

impl NotBegun {
    pub(super) fn response(self, request_id: &str) -> Response {
        match self {
            Self::Refused(refusal) => response_of(refusal, request_id),
            Self::Invalid(response) => response,
        }
    }
}

impl From<ServerError> for NotBegun {
    fn from(error: ServerError) -> Self {
        Self::Invalid(Response::from_errors(vec![error]))
    }
}

impl From<Refusal> for NotBegun {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// An operation that has begun.
pub(super) enum Begun {
    /// Has its one result.
    Single(Box<Response>),
    /// Has results as long as things happen.
    Live(Box<Following>),
}

/// Somebody who sends operations.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) service: Service,
    pub(super) credential: Credential,
    pub(super) request_id: String,
}

impl Caller {
    /// Who that is now.
    pub(super) async fn enter(&self) -> Result<Arc<Session>, Error> {
        self.service.backend.enter(&self.credential).await
    }

    /// Why they are not signed in any more, if so. A database that does not answer is no reason.
    pub(super) async fn farewell(&self) -> Option<Response> {
        match self.enter().await {
            Err(error @ (Error::Unauthenticated(_) | Error::Forbidden(_))) => {
                Some(response_of(refuse(&error, &self.request_id), &self.request_id))
            }
            _ => None,
        }
    }

    /// Begins an operation for somebody who has just been let in, if its document was found.
    pub(super) async fn start(
        &self,
        session: Arc<Session>,
        resolved: Result<Resolved, ServerError>,
        bytes: usize,
    ) -> Result<Begun, NotBegun> {
        let (timer, mut about) = (Instant::now(), About::default());
        let begun = self.act(session, resolved, bytes, &mut about).await;
        let outcome = match &begun {
            Ok(Begun::Single(response)) => outcome_of(Ok(response)),
            Err(NotBegun::Invalid(response)) => outcome_of(Ok(response)),
            Ok(Begun::Live(_)) => outcome_of(Ok(&Response::default())),
            Err(NotBegun::Refused(refusal)) => outcome_of(Err(refusal)),
        };
        let backend = &self.service.backend;
        backend.answered(about.ended(&outcome, begun.is_ok()), timer.elapsed());
        begun
    }

    /// Keeps a document that was new, once it has run.
    async fn act(
        &self,
        session: Arc<Session>,
        resolved: Result<Resolved, ServerError>,
        bytes: usize,
        about: &mut About,
    ) -> Result<Begun, NotBegun> {
        let Resolved { request, fresh } = resolved?;
        let begun = self.perform(session, request, bytes, about).await?;
        self.service.backend.documents().keep(fresh);
        Ok(begun)
    }

    async fn perform(
        &self,
        session: Arc<Session>,
        mut request: Request,
        bytes: usize,
        about: &mut About,
    ) -> Result<Begun, NotBegun> {
        let kind = read_document(
            &mut request,
            bytes,
            &self.service.limits.document,
            self.service.backend.documents(),
        )?;
        *about = About::of(&mut request);
        let backend = &self.service.backend;
        let _turn = backend.turn().await?;
        backend.allow(&session, &self.request_id, kind == OperationType::Mutation)?;
        if kind == OperationType::Subscription {
            return self.follow(session, request).await.map(Box::new).map(Begun::Live);
        }
        let asked = Asked::of(&request);
        let databases = &backend.app.databases;
        let run = Box::pin(databases.attended(backend.run(session, &self.request_id, request)));
        match guarded(&self.service.limits, kind, &self.request_id, run).await {
            Ok(EngineAnswer::Response(mut response)) => {
                finish_response(&mut response, &self.request_id, backend.types(), &asked);
                if is_request_error(&response) {
                    return Err(NotBegun::Invalid(response));
                }
                Ok(Begun::Single(Box::new(response)))
            }
            Ok(EngineAnswer::Refused(refusal)) => Err(refusal.into()),
            Err(interrupted) => Err(self.interrupted(interrupted)),
        }
    }

    fn interrupted(&self, interrupted: Interrupted) -> NotBegun {
        match interrupted {
            Interrupted::Panicked(refusal) => refusal.into(),
            Interrupted::Late(error) => error.into(),
        }
    }

    async fn follow(&self, session: Arc<Session>, mut request: Request) -> Result<Following, NotBegun> {
        if has_nul(&request.query, &request.variables) {
            return Err(nul().into());
        }
        let asked = Asked::of(&request);
        let template = Template {
            document: request.parsed_query().ok().cloned(),
            query: request.query,
            operation_name: request.operation_name,
            variables: request.variables,
            asked,
        };
        let who = Principal::of(&session.viewer).map(Principal::uuid);
        let plan = Arc::new(OnceLock::new());
        let occasion = Occasion::Begin(plan.clone());
        if let Some(response) = self.once(session, &template, occasion).await? {
            return Err(NotBegun::Invalid(response));
        }
        let Some(Plan { wanted, after }) = plan.get().cloned() else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "VALIDATION_FAILED",
                "A subscription names its field itself and not in a fragment; write it there.",
            )
            .into());
        };
        let hub = &self.service.live.hub;
        let subscribed = hub.subscribe(after).await;
        let subscriber = subscribed.map_err(|error| refuse(&error, &self.request_id))?;
        Ok(Following {
            template,
            wanted,
            subscriber,
            turns: hub.turns_of(who),
        })
    }

    /// Runs a subscription once.
    async fn once(
        &self,
        session: Arc<Session>,
        template: &Template,
        occasion: Occasion,
    ) -> Result<Option<Response>, NotBegun> {
        let backend = &self.service.backend;
        let databases = &backend.app.databases;
        let run = databases.attended(backend.run_subscription(session, template.request(), occasion));
        let kind = OperationType::Subscription;
        match guarded(&self.service.limits, kind, &self.request_id, run).await {
            Ok(Ok(Some(mut response))) => {
                if let Some(document) = &template.document {
                    let (name, variables) = (template.operation_name.clone(), template.variables.clone());
                    backend.price(&mut response, document, name, variables);
                }
                finish_response(&mut response, &self.request_id, backend.types(), &template.asked);
                Ok(Some(response))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(refuse(&error, &self.request_id).into()),
            Err(interrupted) => Err(self.interrupted(interrupted)),
        }
    }

    /// What an event is for this caller, now; none when they may not see it or do not want it.
    async fn deliver(&self, template: &Template, event: Arc<event::Model>) -> Result<Option<Response>, NotBegun> {
        let entered = self.enter().await.map_err(EntryRefused::Unknown);
        let session = entered.map_err(|refused| refused.refusal(&self.request_id))?;
        self.once(session, template, Occasion::Event(event)).await
    }

    /// Sends on what becomes of an operation, until its end or until nobody takes it.
    pub(super) async fn carry_on(&self, begun: Begun, send: impl AsyncFn(Part) -> bool) {
        match begun {
            Begun::Single(response) => {
                if send(Part::Next(*response)).await {
                    send(Part::Complete).await;
                }
            }
            Begun::Live(mut following) => {
                let reason = loop {
                    match following.next(self).await {
                        Ok(response) => {
                            if !send(Part::Next(response)).await {
                                return;
                            }
                        }
                        Err(reason) => break reason,
                    }
                };
                send(Part::Failed(reason)).await;
            }
        }
    }
}

/// A subscription, to be run for every event.
struct Template {
    document: Option<ExecutableDocument>,
    query: String,
    operation_name: Option<String>,
    variables: Variables,
    asked: Asked,
}

impl Template {
    fn request(&self) -> Request {
        let mut request = Request::new(self.query.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        if let Some(document) = &self.document {
            request.set_parsed_query(document.clone());
        }
        request
    }
}

/// A subscription that has begun.
pub(super) struct Following {
    template: Template,
    wanted: Wanted,
    subscriber: Subscriber,
    /// Of all that this caller subscribes to.
    turns: Arc<Semaphore>,
}

impl Following {
    /// The next result, or why there are no more.
    async fn next(&mut self, caller: &Caller) -> Result<Response, Response> {
        loop {
            // For one event, and while nothing is waited for but the database: whoever takes nothing keeps no turn.
            let turn = if self.subscriber.is_behind() {
                self.turns.acquire().await.ok()
            } else {
                None
            };
            let event = match turn {
                Some(_) => self.subscriber.stored().await,
                None => self.subscriber.next().await.map(Some),
            };
            let Some(event) = event.map_err(|ended| caller.why(ended))? else {
                continue;
            };
            if !self.wanted.admits(&event.event_type, event.subject_kind) {
                continue;
            }
            match caller.deliver(&self.template, event).await {
                Ok(Some(response)) => return Ok(response),
                Ok(None) => {}
                Err(reason) => return Err(reason.response(&caller.request_id)),
            }
        }
    }
}

impl Caller {
    fn why(&self, ended: Ended) -> Response {
        let refusal = match ended {
            Ended::Behind(place) => Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                format!(
                    "You take events more slowly than they happen; subscribe again with after: \"{place}\" to go on from there."
                ),
            ),
            Ended::Stopped(place) => Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "INTERNAL",
                format!("Live updates were interrupted; subscribe again with after: \"{place}\" to go on from there."),
            ),
            Ended::Failed(error) => refuse(&error, &self.request_id),
        };
        response_of(refusal, &self.request_id)
    }
}
