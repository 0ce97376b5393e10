//! Every secret of a running service, looked for in all that it says: logs down to details, traces, answers, pages, exports, metrics and
//! the database.

use std::process::{Command, Stdio};

use postmortem_tests::{
    Engine, Receiver, TestDatabase, contents_of, oidc,
    processes::{Killed, answers_well, ask, free_address, get},
    receiver::status,
    wait_until,
};
use sea_orm::Database;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::settings_and_cli::binary;

/// Secrets that it is started with: what they are for, variable, value, and the part to look for.
const GIVEN: [(&str, &str, &str); 4] = [
    (
        "the sealing key",
        "POSTMORTEM_SEALING_KEY",
        "c2VjcmV0LW9mLXRoZS1zZWFsaW5nLWtleS0zMmJ5dGU=",
    ),
    (
        "the token of metrics",
        "POSTMORTEM_METRICS_TOKEN",
        "secret-of-the-metrics-5332",
    ),
    (
        "a header of traces",
        "POSTMORTEM_OTLP_HEADERS",
        "x-key=secret-of-the-collector-5332",
    ),
    (
        "the secret at a provider",
        "POSTMORTEM_OIDC_ISSUERS",
        r#"[{issuer="https://login.example.org",client_id="pm",client_secret="secret-at-the-provider-5332"}]"#,
    ),
];

/// What is looked for of a value: a setting of several parts hides the last.
fn core(value: &str) -> &str {
    let value = value.strip_prefix("x-key=").unwrap_or(value);
    value.split('"').rfind(|part| part.contains("secret-")).unwrap_or(value)
}

struct Machine {
    child: Killed,
    folder: TempDir,
    address: String,
    token: String,
    database: TestDatabase,
}

impl Machine {
    async fn start(engine: Engine, collector: &Receiver) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::empty(engine).await;
        let command = |args: &[&str]| {
            let mut command = Command::new(binary());
            command
                .args(args)
                .env_clear()
                .env("DATABASE_URL", &database.url)
                .envs(GIVEN.map(|(_, name, value)| (name, value)))
                .current_dir(folder.path());
            command
        };
        assert!(command(&["migrate"]).output().unwrap().status.success());
        let made = command(&["token", "--email", "ada@example.org", "--role", "admin"])
            .output()
            .unwrap();
        let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        assert!(!token.is_empty(), "{made:?}");
        let address = free_address();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command(&["serve", "--listen", &address, "--log", "debug,postmortem_api=trace"])
            .env("POSTMORTEM_OTLP_ENDPOINT", collector.url.trim_end_matches("/hook"))
            .env("OTEL_BSP_SCHEDULE_DELAY", "100")
            .env("POSTMORTEM_WEBHOOK_ALLOW_HTTP", "true")
            .env("POSTMORTEM_WEBHOOK_ALLOWED_NETWORKS", "[\"127.0.0.1/32\"]")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        let machine = Self {
            child: Killed(child),
            folder,
            address: url,
            token,
            database,
        };
        answers_well(&machine.url("/healthz")).await;
        machine
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    async fn mutate(&self, name: &str, input: Value, selection: &str) -> Value {
        let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let query = format!("mutation ($input: {kind}Input!) {{ it: {name}(input: $input) {{ {selection} }} }}");
        let answer = ask(&self.address, &self.token, &query, json!({ "input": input })).await;
        assert!(answer.get("errors").is_none(), "{name}: {answer:#}");
        answer["data"]["it"].clone()
    }

    /// A page as the admin, or as whoever shows something else.
    async fn page(&self, path: &str, credential: &str) -> String {
        let asked = oidc::client()
            .get(self.url(path))
            .header("Authorization", format!("Bearer {credential}"))
            .send();
        let answer = asked.await.expect("an answer");
        let headers = format!("{:?}", answer.headers());
        format!("{path}\n{headers}\n{}", answer.text().await.expect("a text"))
    }

    /// Asks it to stop, and gives its log.
    fn stop(&mut self) -> String {
        assert!(self.child.stop().unwrap().success());
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Makes each kind of secret that the service gives out or is given: what it is, and what it is.
async fn made(machine: &Machine, receiver: &Receiver) -> Vec<(&'static str, String)> {
    let mut secrets = vec![("the token of a user", machine.token.clone())];
    let token = machine
        .mutate("createApiToken", json!({ "name": "CI", "scopes": ["READ"] }), "token")
        .await;
    secrets.push(("the token of a machine", text(&token["token"])));
    let endpoint = machine
        .mutate(
            "createWebhookEndpoint",
            json!({ "url": receiver.url }),
            "secret webhookEndpoint { id }",
        )
        .await;
    secrets.push(("the secret of an endpoint", text(&endpoint["secret"])));
    let rotated = machine
        .mutate(
            "rotateWebhookSecret",
            json!({ "id": endpoint["webhookEndpoint"]["id"] }),
            "secret",
        )
        .await;
    secrets.push(("the new secret of an endpoint", text(&rotated["secret"])));
    // It is called, and does not answer.
    let new = json!({
        "kind": "GITHUB", "name": "Widgets", "baseUrl": "http://127.0.0.1:9", "project": "octo/widgets", "autoCreate": true,
        "token": "secret-of-the-tracker-5332", "inboundSecret": "secret-of-its-notices-5332",
    });
    let connection = machine
        .mutate("createTrackerConnection", new, "trackerConnection { id }")
        .await;
    secrets.push(("the token at a tracker", "secret-of-the-tracker-5332".to_owned()));
    secrets.push((
        "the secret of a tracker's notices",
        "secret-of-its-notices-5332".to_owned(),
    ));
    let patch = json!({ "id": connection["trackerConnection"]["id"], "token": "another-of-the-tracker-5332" });
    machine
        .mutate("updateTrackerConnection", patch, "trackerConnection { id }")
        .await;
    secrets.push(("another token at a tracker", "another-of-the-tracker-5332".to_owned()));
    let feed = machine.mutate("createCalendarFeed", json!({}), "url").await;
    let address = text(&feed["url"]);
    let last = address.rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned();
    // Whoever reads it shows it in the path.
    assert_eq!(
        get(&machine.url(&format!("/calendar/{last}.ics"))).await.unwrap().0,
        200
    );
    secrets.push(("the address of a calendar", last));
    let entered = oidc::client()
        .post(machine.url("/login"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("token={}", machine.token))
        .send()
        .await
        .unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (_, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    secrets.push(("the cookie of a browser", value.to_owned()));
    secrets.extend(GIVEN.map(|(what, _, value)| (what, core(value).to_owned())));
    secrets
}

/// All that it says afterwards, to an admin and to nobody.
async fn answers(machine: &Machine) -> Vec<String> {
    let mut said = Vec::new();
    for query in [
        "{ apiTokens(first: 100) { nodes { id name scopes createdAt lastUsedAt } } }",
        "{ webhookEndpoints(first: 100) { nodes { id url description publicKey disabledReason filter deliveries(first: 100) { nodes { attempts { error responseSnippet } } } } } }",
        "{ trackerConnections(first: 100) { nodes { id name baseUrl inboundUrl lastError } } }",
        "{ calendarFeeds(first: 100) { nodes { id } } }",
        "{ events(first: 100) { nodes { id type payload changes { field before after } } } }",
        "{ viewer { user { id email } } }",
        "mutation { createWebhookEndpoint(input: {url: \"http://127.0.0.1:9\", eventTypes: [\"nothing\"]}) { secret } }",
        "{ nothing }",
    ] {
        said.push(
            ask(&machine.address, &machine.token, query, json!({}))
                .await
                .to_string(),
        );
    }
    let metrics = core(GIVEN[1].2);
    for path in [
        "/",
        "/recommendations",
        "/login",
        "/graphiql",
        "/export/recommendations.csv",
        "/export/reports.ndjson",
        "/export/reports/PM-1.json",
        "/.well-known/jwks.json",
        "/events/schemas",
        "/healthz",
        "/readyz",
        "/nowhere",
    ] {
        said.push(machine.page(path, &machine.token).await);
        // Something that looks like a secret and is none is not repeated either.
        said.push(machine.page(path, "pm_secret-that-is-wrong-5332").await);
    }
    said.push(machine.page("/metrics", metrics).await);
    said.push(machine.page("/metrics", "secret-that-is-wrong-5332").await);
    said
}

async fn nothing_says_a_secret(engine: Engine) {
    let (collector, receiver) = (Receiver::new(), Receiver::new());
    // What fails is written down, and tried again.
    receiver.script([status(500), status(410)]);
    let mut machine = Machine::start(engine, &collector).await;
    let mut secrets = made(&machine, &receiver).await;
    let incident = json!({ "title": "Lamps", "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z" });
    machine
        .mutate("createReport", json!({ "incident": incident }), "report { id }")
        .await;
    wait_until(async || receiver.count() > 0).await;
    let said = answers(&machine).await;
    wait_until(async || {
        collector
            .received()
            .iter()
            .any(|call| call.body.contains("http.request"))
    })
    .await;
    let stored = {
        let db = Database::connect(&machine.database.url).await.expect("the database");
        let stored = format!("{:?}", contents_of(&db).await);
        db.close().await.expect("the connection to close");
        stored
    };
    let log = machine.stop();
    assert!(
        log.lines().count() > 50 && log.contains("graphql.execute"),
        "hardly a log: {log}"
    );
    assert!(stored.contains("ada@example.org"), "hardly a database: {stored}");
    assert!(
        !stored.contains("PRIVATE KEY"),
        "the key of the issuer stands in the clear"
    );
    secrets.push(("what looks like a secret", "secret-that-is-wrong-5332".to_owned()));
    let traces: String = collector.received().iter().map(|call| call.body.as_str()).collect();
    let told: String = receiver
        .received()
        .iter()
        .map(|request| format!("{request:?}"))
        .collect();
    let mut places = vec![
        ("the log", log),
        ("traces", traces),
        ("what is told by webhooks", told),
        ("the database", stored),
    ];
    places.extend(said.into_iter().map(|text| ("an answer", text)));
    for (what, secret) in &secrets {
        assert!(secret.len() >= 16, "{what} is short: {secret}");
        for (place, text) in &places {
            if let Some(at) = text.find(secret.as_str()) {
                let around: String = text[..at]
                    .chars()
                    .rev()
                    .take(200)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect();
                panic!("{place} says {what}, after: {around}");
            }
        }
    }
    machine.database.drop().await;
}

#[actix_web::test]
async fn nothing_says_a_secret_on_sqlite() {
    nothing_says_a_secret(Engine::Sqlite).await;
}

#[actix_web::test]
async fn nothing_says_a_secret_on_postgres() {
    nothing_says_a_secret(Engine::Postgres).await;
}

/// Whatever holds a setting shows none of them to whoever writes it into a log.
#[test]
fn settings_show_themselves_to_nobody() {
    use postmortem_api::platform::{
        secret::Secret,
        settings::{Flags, Settings},
    };
    let url = || "postgres://ada:s3cret@db.example.org/postmortem".to_owned();
    let settings = Settings {
        database_url: url(),
        metrics_token: Some(Secret::new("s3cret".to_owned())),
        ..Settings::default()
    };
    let flags = Flags {
        database_url: Some(url()),
        ..Flags::default()
    };
    for shown in [format!("{settings:?}"), format!("{settings:#?}"), format!("{flags:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
