//! Traces of a running service, as a collector receives them.

use std::process::{Command, Stdio};

use postmortem_tests::{
    Receiver, get, oidc,
    processes::{Killed, answers_well, free_address},
    wait_until,
};
use serde_json::json;
use tempfile::TempDir;

use crate::settings_and_cli::binary;

/// The id of a trace that begins elsewhere.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SECRET: &str = "s3cret-of-the-collector";

/// A service with an empty database.
struct Machine {
    child: Killed,
    folder: TempDir,
    address: String,
    token: String,
}

impl Machine {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = |args: &[&str]| {
            let mut command = Command::new(binary());
            command.args(args).env_clear().current_dir(folder.path());
            command
        };
        let made = command(&["token", "--email", "ada@example.org", "--role", "admin"])
            .output()
            .unwrap();
        let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        let address = free_address();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command(&["serve", "--listen", &address])
            .envs(environment.iter().copied())
            .env("OTEL_BSP_SCHEDULE_DELAY", "100")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let machine = Self {
            child: Killed(child),
            folder,
            address,
            token,
        };
        answers_well(&machine.url("/healthz")).await;
        machine
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks a named query with a value that must stay here, as a part of a trace.
    async fn ask(&self) -> u16 {
        let query = "query Board($title: String!) { reports(filter: {title: {contains: $title}}) { totalCount } }";
        let body = json!({ "query": query, "variables": { "title": "a private thought" } });
        let sent = oidc::client()
            .post(self.url("/graphql"))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
            .body(body.to_string())
            .send();
        sent.await.unwrap().status().as_u16()
    }

    /// Asks it to stop, and tells what it has logged.
    fn stop(mut self) -> (Option<i32>, String) {
        let code = self.child.stop().unwrap().code();
        (code, std::fs::read_to_string(self.folder.path().join("log")).unwrap())
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// Where a collector is, without the path that comes after.
fn base(collector: &Receiver) -> String {
    collector.url.trim_end_matches("/hook").to_owned()
}

#[actix_web::test]
async fn a_collector_receives_requests_operations_and_statements() {
    let collector = Receiver::new();
    let machine = Machine::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &base(&collector)),
        ("POSTMORTEM_OTLP_HEADERS", &format!("x-key={SECRET}")),
        ("POSTMORTEM_OTLP_SERVICE_NAME", "postmortem-under-test"),
    ])
    .await;
    assert_eq!(machine.ask().await, 200);
    wait_until(async || {
        collector
            .received()
            .iter()
            .any(|call| call.body.contains("query Board"))
    })
    .await;
    // What is not sent yet is sent at the end.
    assert_eq!(get(&machine.url("/livez-nowhere")).await.unwrap().0, 404);
    let (token, (code, log)) = (machine.token.clone(), machine.stop());
    assert_eq!(code, Some(0));
    let calls = collector.received();
    let all: String = calls.iter().map(|call| call.body.as_str()).collect();
    for call in &calls {
        assert_eq!((call.path.as_str(), call.header("x-key")), ("/v1/traces", SECRET));
        assert_eq!(call.header("content-type"), "application/x-protobuf");
    }
    for part in [
        "postmortem-under-test",
        "POST /graphql",
        "query Board",
        "SELECT",
        "db.query.text",
        "GET none",
    ] {
        assert!(all.contains(part), "no span tells of {part:?}");
    }
    for secret in ["a private thought", &token, SECRET, "livez-nowhere"] {
        assert!(!all.contains(secret), "a span holds {secret:?}");
    }
    assert!(!log.contains(SECRET), "{log}");
}

/// Bytes are no text: the id of a trace is looked for where it was sent to.
#[actix_web::test]
async fn a_request_stays_in_its_trace() {
    let collector = Collector::new();
    let machine = Machine::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)]).await;
    machine.ask().await;
    let trace: Vec<u8> = (0..TRACE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&TRACE[at..at + 2], 16).unwrap())
        .collect();
    wait_until(async || contains(&collector.bytes(), b"query Board")).await;
    assert!(
        contains(&collector.bytes(), &trace),
        "the trace of the request was not continued"
    );
    assert_eq!(machine.stop().0, Some(0));
}

#[actix_web::test]
async fn nothing_is_sent_that_nobody_asked_for() {
    let collector = Receiver::new();
    let off = Machine::start(&[]).await;
    assert_eq!(off.ask().await, 200);
    assert_eq!(off.stop().0, Some(0));
    let endpoint = base(&collector);
    let none = Machine::start(&[
        ("POSTMORTEM_OTLP_ENDPOINT", &endpoint),
        ("POSTMORTEM_OTLP_SAMPLE_RATIO", "0"),
    ])
    .await;
    // Without a trace of its own: with one that is sampled it would be traced.
    assert_eq!(get(&none.url("/readyz")).await.unwrap().0, 200);
    assert_eq!(none.stop().0, Some(0));
    assert_eq!(collector.count(), 0);
}

/// How long some requests take.
async fn requests(machine: &Machine) -> std::time::Duration {
    let begun = std::time::Instant::now();
    for _ in 0..40 {
        assert_eq!(machine.ask().await, 200);
    }
    begun.elapsed()
}

/// Neither one that refuses nor one that never answers is waited for: one call to it takes five seconds.
#[actix_web::test]
async fn a_collector_that_is_gone_holds_up_nothing() {
    let plain = Machine::start(&[]).await;
    let usual = requests(&plain).await;
    drop(plain);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    for endpoint in ["http://127.0.0.1:1", silent.as_str()] {
        let machine = Machine::start(&[("POSTMORTEM_OTLP_ENDPOINT", endpoint)]).await;
        let took = requests(&machine).await;
        // The machine may be busy; 40 calls that were waited for would be minutes.
        assert!(
            took < usual * 4 + std::time::Duration::from_secs(10),
            "{endpoint}: {took:?} instead of {usual:?}"
        );
        let (stopping, (code, _)) = (std::time::Instant::now(), machine.stop());
        assert_eq!(code, Some(0));
        assert!(
            stopping.elapsed().as_secs() < 40,
            "it took {:?} to stop",
            stopping.elapsed()
        );
    }
}

/// A collector that keeps bytes as they come.
struct Collector {
    url: String,
    bytes: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
}

impl Collector {
    fn new() -> Self {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bytes = std::sync::Arc::<std::sync::Mutex<Vec<u8>>>::default();
        let kept = bytes.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(300)));
                let mut buffer = [0; 65_536];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    kept.lock().unwrap().extend(&buffer[..read]);
                }
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { url, bytes }
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }
}
