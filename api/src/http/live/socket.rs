//! GraphQL over WebSocket, with the subprotocol `graphql-transport-ws`.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::SEC_WEBSOCKET_PROTOCOL},
    web::Payload,
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, error::Elapsed, interval_at, timeout},
};

use super::{
    QUEUE, Service, WRITE_TIME, closed,
    messages::{self, Message},
    operation::{Caller, NotBegun, Part},
    seats::Seat,
};
use crate::{
    http::{
        credential::Credential,
        engine::EntryRefused,
        graphql::{Engine, Incoming, Refusal, response_of},
    },
    platform::{
        background::{self, Bound},
        error::Error,
    },
};

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// A close frame has room for so many bytes of text.
const MAX_REASON: usize = 123;
/// A client that lets so many pings pass unanswered is gone.
const MAX_UNANSWERED: u32 = 3;

/// How a socket ends: with a code and a reason, or because the client is gone.
type Close = Option<CloseReason>;

fn close(code: u16, reason: &str) -> Close {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    Some(CloseReason {
        code: CloseCode::from(code),
        description: Some(reason[..end].to_owned()),
    })
}

/// Answers the handshake, and serves the socket beside it.
pub(super) fn open(
    service: Service,
    http: &HttpRequest,
    payload: Payload,
    request_id: &str,
) -> Result<HttpResponse, Refusal> {
    let no_handshake = |_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_FAILED",
            format!("This is no WebSocket handshake; connect with a WebSocket client and the subprotocol {PROTOCOL}."),
        )
    };
    let (response, session, messages) =
        actix_ws::handle_with_protocols(http, payload, &[PROTOCOL]).map_err(no_handshake)?;
    let agreed = response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let most = service.limits.body_bytes;
    let messages = messages
        .max_frame_size(most)
        .aggregate_continuations()
        .max_continuation_size(most);
    let (outbox, inbox) = mpsc::channel(QUEUE);
    let socket = Socket {
        shown: Credential::shown(http, &service.backend.app.settings.public_url),
        address: service.backend.address(http),
        caller: None,
        operations: HashMap::new(),
        serial: 0,
        unanswered: 0,
        request_id: request_id.to_owned(),
        service,
        session,
        outbox,
    };
    background::spawn_here(socket.serve(messages, inbox, agreed));
    Ok(response)
}

/// A message of an operation, on its way to the client.
struct Outgoing {
    id: String,
    serial: u64,
    text: String,
    is_last: bool,
}

struct Socket {
    service: Service,
    session: actix_ws::Session,
    /// What the handshake showed.
    shown: Result<Credential, Error>,
    address: IpAddr,
    request_id: String,
    /// Who it is, once that is known, and the seat that they hold.
    caller: Option<(Caller, Option<Seat>)>,
    /// What runs, by the client's id. The number keeps apart two that had the same id one after the other.
    operations: HashMap<String, (u64, Bound)>,
    serial: u64,
    outbox: mpsc::Sender<Outgoing>,
    /// How many pings there were since something came.
    unanswered: u32,
}

impl Socket {
    async fn serve(mut self, messages: AggregatedMessageStream, inbox: mpsc::Receiver<Outgoing>, agreed: bool) {
        let reason = if agreed {
            self.talk(messages, inbox).await
        } else {
            close(4406, "Subprotocol not acceptable; offer graphql-transport-ws.")
        };
        self.operations.clear();
        tracing::debug!(request.id = self.request_id, reason = ?reason, "a socket ends");
        if let Some(reason) = reason {
            // Whoever does not take it is gone.
            let _ = timeout(WRITE_TIME, self.session.close(Some(reason))).await;
        }
    }

    async fn talk(&mut self, mut messages: AggregatedMessageStream, mut inbox: mpsc::Receiver<Outgoing>) -> Close {
        let settings = &self.service.backend.app.settings;
        let patience = Duration::from_millis(settings.live_init_timeout_ms);
        let mut patience = interval_at(Instant::now() + patience, patience);
        let every = self.service.keep_alive();
        let mut keep_alive = interval_at(Instant::now() + every, every);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut closing = self.service.live.closing.subscribe();
        loop {
            let went_on = tokio::select! {
                () = closed(&mut closing) => return close(1001, "The service stops; connect again."),
                message = messages.next() => self.hear(message).await,
                Some(outgoing) = inbox.recv() => self.pass_on(outgoing).await,
                _ = patience.tick(), if self.caller.is_none() => return close(4408, "Connection initialisation timeout"),
                _ = keep_alive.tick() => self.keep_alive().await,
            };
            if let Err(reason) = went_on {
                return reason;
            }
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Close> {
        let sent = timeout(WRITE_TIME, self.session.text(text)).await;
        self.taken(sent)
    }

    /// A client of which nothing is heard, not even the answer to a ping, is gone.
    async fn keep_alive(&mut self) -> Result<(), Close> {
        if self.unanswered >= MAX_UNANSWERED {
            return Err(close(1008, "You answer no ping; connect again."));
        }
        self.unanswered += 1;
        if let Some((caller, _)) = &self.caller
            && let Some(farewell) = caller.farewell().await
        {
            return Err(self.part_with(farewell).await);
        }
        let sent = timeout(WRITE_TIME, self.session.ping(b"")).await;
        self.taken(sent)
    }

    /// A client that takes nothing would hold up all that this task looks after.
    fn taken(&self, sent: Result<Result<(), actix_ws::Closed>, Elapsed>) -> Result<(), Close> {
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => {
                tracing::info!(request.id = self.request_id, "a socket takes no messages and is closed");
                Err(close(1008, "You take no messages; connect again."))
            }
        }
    }

    /// Tells every operation why there is no more, before the socket is closed.
    async fn part_with(&mut self, farewell: async_graphql::Response) -> Close {
        let reason = farewell.errors.first().map(|error| error.message.clone());
        let part = Part::Failed(farewell);
        for id in std::mem::take(&mut self.operations).into_keys() {
            if let Ok(text) = messages::write(&id, &part)
                && let Err(reason) = self.send(text).await
            {
                return reason;
            }
        }
        close(4403, &format!("Forbidden: {}", reason.unwrap_or_default()))
    }

    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), Close> {
        self.unanswered = 0;
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => match messages::read(&text) {
                Ok(message) => self.obey(message, text.len()).await,
                Err(wrong) => Err(close(4400, &format!("Invalid message: {wrong}"))),
            },
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                let sent = timeout(WRITE_TIME, self.session.pong(&bytes)).await;
                self.taken(sent)
            }
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) => Err(close(1000, "")),
            Some(Ok(AggregatedMessage::Binary(_))) => Err(close(4400, "Invalid message: send text.")),
            Some(Err(ProtocolError::Overflow)) => Err(close(1009, "The message is too large.")),
            Some(Err(_)) => Err(close(1002, "This is no WebSocket frame.")),
            None => Err(None),
        }
    }

    async fn obey(&mut self, message: Message, bytes: usize) -> Result<(), Close> {
        match message {
            Message::Init(_) if self.caller.is_some() => Err(close(4429, "Too many initialisation requests")),
            Message::Init(payload) => self.init(&payload).await,
            Message::Ping(payload) => self.send(messages::pong(payload)).await,
            Message::Pong => Ok(()),
            Message::Complete { id } => {
                self.operations.remove(&id);
                Ok(())
            }
            Message::Subscribe { id, incoming } => {
                let Some((caller, _)) = &self.caller else {
                    return Err(close(4401, "Unauthorized"));
                };
                if self.operations.contains_key(&id) {
                    return Err(close(4409, &format!("Subscriber for {id} already exists")));
                }
                let caller = caller.clone();
                self.start(caller, id, *incoming, bytes).await
            }
        }
    }

    /// Takes who it is from the message, or else from the handshake.
    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        let given = |name: &str| payload.get(name).and_then(Value::as_str);
        let bearer = given("Authorization").or_else(|| given("authorization"));
        let credential = match (bearer, given("token")) {
            (Some(bearer), _) => Credential::of_bearer(bearer),
            (None, Some(token)) => Ok(Credential::Token(token.to_owned())),
            (None, None) => self.shown.clone(),
        };
        let forbidden = |message: &str| close(4403, &format!("Forbidden: {message}"));
        let credential = credential.map_err(|error| forbidden(&error.to_string()))?;
        let backend = &self.service.backend;
        let session = match backend.let_in(self.address, &credential).await {
            Ok(session) => session,
            Err(EntryRefused::Unknown(Error::Internal(_))) => {
                return Err(close(
                    1011,
                    "The service cannot see who you are; connect again in a moment.",
                ));
            }
            Err(refused) => return Err(forbidden(&refused.refusal(&self.request_id).message)),
        };
        let seat = self.service.take_seat(&session.viewer);
        let seat = seat.map_err(|refusal| close(4429, &refusal.message))?;
        let caller = Caller {
            service: self.service.clone(),
            credential,
            request_id: self.request_id.clone(),
        };
        self.caller = Some((caller, seat));
        self.send(messages::ACK.to_owned()).await
    }

    async fn start(&mut self, mut caller: Caller, id: String, incoming: Incoming, bytes: usize) -> Result<(), Close> {
        let most = self.service.backend.app.settings.live_operations;
        if self.operations.len() >= most {
            let refusal = Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                format!("{most} operations run on this socket; complete one first."),
            );
            let failed = Part::Failed(response_of(refusal, &self.request_id));
            return match messages::write(&id, &failed) {
                Ok(text) => self.send(text).await,
                Err(_) => Err(close(1011, "Something went wrong on our side; connect again.")),
            };
        }
        caller.request_id = self.service.backend.fresh_request_id();
        self.serial += 1;
        let (serial, outbox) = (self.serial, self.outbox.clone());
        let operation = run(caller, id.clone(), serial, incoming, bytes, outbox);
        self.operations
            .insert(id, (serial, background::spawn_here(operation).into()));
        Ok(())
    }

    /// What a client has completed, it hears nothing more of.
    async fn pass_on(&mut self, outgoing: Outgoing) -> Result<(), Close> {
        let runs = self.operations.get(&outgoing.id);
        if runs.is_none_or(|(serial, _)| *serial != outgoing.serial) {
            return Ok(());
        }
        if outgoing.is_last {
            self.operations.remove(&outgoing.id);
        }
        self.send(outgoing.text).await
    }
}

/// Runs one operation and puts what becomes of it into the outbox.
async fn run(
    caller: Caller,
    id: String,
    serial: u64,
    incoming: Incoming,
    bytes: usize,
    outbox: mpsc::Sender<Outgoing>,
) {
    let send = async |part: Part| {
        let Ok(text) = messages::write(&id, &part) else {
            return false;
        };
        let outgoing = Outgoing {
            id: id.clone(),
            serial,
            text,
            is_last: !matches!(part, Part::Next(_)),
        };
        outbox.send(outgoing).await.is_ok()
    };
    let begun = match caller.enter().await {
        Ok(session) => {
            let resolved = caller.service.backend.documents().resolve(incoming);
            caller.start(session, resolved, bytes).await
        }
        Err(error) => Err(NotBegun::Refused(
            EntryRefused::Unknown(error).refusal(&caller.request_id),
        )),
    };
    match begun {
        Ok(begun) => caller.carry_on(begun, send).await,
        Err(not_begun) => {
            send(Part::Failed(not_begun.response(&caller.request_id))).await;
        }
    }
}
