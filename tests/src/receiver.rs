//! A receiver of webhooks that answers as it is told, on this machine.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

use chrono::{DateTime, Utc};
use postmortem_api::{
    platform::{outbound::system_lookup, secret::Secret, signature::Signed},
    webhooks::jobs::Courier,
};
use serde_json::{Value, json};

use crate::{TestApp, TestUser, fixtures::merge};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path.
    pub path: String,
    /// Its headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body as it came.
    pub body: String,
    /// The status that it was answered with; 0 until then.
    pub answered: u16,
}

impl Received {
    /// A header, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// The type of the event.
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// Checks its signature.
    pub fn verify(&self, secret: &str, now: DateTime<Utc>) -> Result<(), &'static str> {
        let signed = Signed {
            id: self.header("webhook-id"),
            timestamp: self.header("webhook-timestamp"),
            signatures: self.header("webhook-signature"),
            body: self.body.as_bytes(),
        };
        signed.verify(&Secret::new(secret.to_owned()), now)
    }
}

/// How to answer.
#[derive(Debug, Clone)]
pub struct Answering {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    is_held: bool,
}

/// With a status.
pub fn status(status: u16) -> Answering {
    Answering {
        status,
        headers: Vec::new(),
        body: String::new(),
        is_held: false,
    }
}

impl Answering {
    /// And a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// And a body.
    pub fn body(mut self, body: String) -> Self {
        self.body = body;
        self
    }

    /// But only once it is let go.
    pub fn held(mut self) -> Self {
        self.is_held = true;
        self
    }
}

struct Shared {
    state: Mutex<State>,
    released: Condvar,
}

/// What to answer to a request that came for the nth time, from 0.
type Judge = fn(&Received, usize) -> Answering;

struct State {
    judge: Option<Judge>,
    times: BTreeMap<String, usize>,
    script: VecDeque<Answering>,
    otherwise: Answering,
    received: Vec<Received>,
    at_once: usize,
    most_at_once: usize,
    is_released: bool,
}

/// A server on a port of its own.
pub struct Receiver {
    /// Where it is.
    pub url: String,
    shared: Arc<Shared>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// One that answers 204.
    pub fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let state = State {
            judge: None,
            times: BTreeMap::new(),
            script: VecDeque::new(),
            otherwise: status(204),
            received: Vec::new(),
            at_once: 0,
            most_at_once: 0,
            is_released: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            released: Condvar::new(),
        });
        let server = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.answer(stream));
            }
        });
        Self { url, shared }
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.shared.state.lock().unwrap())
    }

    /// What to answer next, one after another.
    pub fn script(&self, answers: impl IntoIterator<Item = Answering>) {
        self.state(|state| state.script.extend(answers));
    }

    /// What to answer after that.
    pub fn otherwise(&self, answer: Answering) {
        self.state(|state| state.otherwise = answer);
    }

    /// What to answer, by what came and how often that event came before.
    pub fn judge(&self, judge: Judge) {
        self.state(|state| state.judge = Some(judge));
    }

    /// Lets go of all that is held.
    pub fn release(&self) {
        self.state(|state| state.is_released = true);
        self.shared.released.notify_all();
    }

    /// All that came, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state(|state| state.received.clone())
    }

    /// The types of events that came, in order.
    pub fn types(&self) -> Vec<String> {
        self.received().iter().map(Received::event_type).collect()
    }

    /// How many came.
    pub fn count(&self) -> usize {
        self.state(|state| state.received.len())
    }

    /// How many there were at once at most.
    pub fn most_at_once(&self) -> usize {
        self.state(|state| state.most_at_once)
    }

    /// Forgets what came.
    pub fn forget(&self) {
        self.state(|state| state.received.clear());
    }
}

impl Shared {
    fn answer(&self, stream: TcpStream) {
        let Some(request) = read(&stream) else { return };
        let answer = {
            let mut state = self.state.lock().unwrap();
            let before = state.times.entry(request.header("webhook-id").to_owned()).or_default();
            let judged = *before;
            *before += 1;
            let otherwise = match state.judge {
                Some(judge) => judge(&request, judged),
                None => state.otherwise.clone(),
            };
            let answer = state.script.pop_front().unwrap_or(otherwise);
            state.received.push(Received {
                answered: answer.status,
                ..request
            });
            state.at_once += 1;
            state.most_at_once = state.most_at_once.max(state.at_once);
            while answer.is_held && !state.is_released {
                state = self.released.wait(state).unwrap();
            }
            state.at_once -= 1;
            answer
        };
        let mut head = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", answer.status);
        if answer.status != 204 {
            head.push_str(&format!("content-length: {}\r\n", answer.body.len()));
        }
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // Whoever asked may be gone.
        let _ = (&stream).write_all(format!("{head}\r\n{}", answer.body).as_bytes());
    }
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        path,
        headers,
        // What is no text is for those who look for texts in it.
        body: String::from_utf8_lossy(&body).into_owned(),
        answered: 0,
    })
}

/// An endpoint of a test.
#[derive(Debug, Clone)]
pub struct TestEndpoint {
    /// Its id.
    pub id: String,
    /// What its deliveries are signed with.
    pub secret: String,
}

impl TestApp {
    /// What sends webhooks, without chance.
    pub fn courier(&self) -> Courier {
        let courier = Courier::with(self.app.clone(), system_lookup(), Arc::new(|| 0.0));
        courier.expect("what sends webhooks")
    }

    /// Sends all that is due.
    pub async fn send_webhooks(&self) {
        self.courier().run_once().await.expect("webhooks to be sent");
    }

    /// An endpoint at a receiver. `more` adds to the input.
    pub async fn endpoint(&self, admin: &TestUser, receiver: &Receiver, more: Value) -> TestEndpoint {
        let mut input = json!({ "url": receiver.url });
        merge(&mut input, more);
        let made = self
            .mutate(admin, "createWebhookEndpoint", input, "secret webhookEndpoint { id }")
            .await;
        TestEndpoint {
            id: made.text("/webhookEndpoint/id"),
            secret: made.text("/secret"),
        }
    }

    /// What an admin sees of an endpoint.
    pub async fn shown_endpoint(&self, admin: &TestUser, endpoint: &TestEndpoint, selection: &str) -> Value {
        let query = format!("query ($id: ID!) {{ it: node(id: $id) {{ ... on WebhookEndpoint {{ {selection} }} }} }}");
        self.ask(admin, &query, json!({ "id": endpoint.id })).await.at("/it")
    }

    /// Its deliveries, the latest first.
    pub async fn deliveries(&self, admin: &TestUser, endpoint: &TestEndpoint) -> Vec<Value> {
        let selection = "deliveries(first: 100) { nodes { id status nextAttemptAt event { id type } attempts { at statusCode error responseSnippet } } }";
        let shown = self.shown_endpoint(admin, endpoint, selection).await;
        shown["deliveries"]["nodes"].as_array().expect("deliveries").clone()
    }
}
