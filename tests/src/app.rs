//! A whole service for one test, asked over HTTP.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use actix_web::{App as Actix, http::StatusCode, test};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    enums::{ActorKind, Role},
    ids::UserId,
    user,
};
use postmortem_api::{
    access::service::sign_in,
    auth::{App, Session, Sight, Viewer},
    http::server::Service,
    people::service::{NewUser, create_user},
    platform::{
        clock::{Clock, ManualClock},
        db::Databases,
        secret::Secret,
        settings::Settings,
    },
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::database::{Engine, TestDatabase};

/// A service with a clock that stands at 2026-03-02 09:00 UTC, a Monday, until it is moved.
pub struct TestApp {
    /// The process under test.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: ManualClock,
    /// Which database it runs on.
    pub engine: Engine,
    pub(crate) service: Service,
    database: TestDatabase,
    statements: Arc<Mutex<Vec<String>>>,
    serial: AtomicU64,
}

/// Somebody who signs in.
#[derive(Debug, Clone)]
pub struct TestUser {
    /// Their id, as in the API.
    pub id: String,
    /// The same, typed.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// A token that is good for a thousand years of moved clocks.
    pub token: String,
}

/// What came back over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The JSON body.
    pub body: Value,
}

impl Answer {
    /// The data of an answer without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(
            self.body.get("errors").is_none(),
            "expected no errors, got {:#}",
            self.body
        );
        &self.body["data"]
    }

    /// Whether there are no errors.
    pub fn is_ok(&self) -> bool {
        self.body.get("data").is_some() && self.body.get("errors").is_none()
    }

    /// A value of the data, by a JSON pointer such as `/report/key`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.data()
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer} in {:#}", self.body))
            .clone()
    }

    /// A string of the data.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .as_str()
            .unwrap_or_else(|| panic!("no string at {pointer} in {:#}", self.body))
            .to_owned()
    }

    /// The code of the first error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.body
            .pointer("/errors/0/extensions/code")
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("expected a coded error, got {:#}", self.body))
    }

    /// The message of the first error.
    #[track_caller]
    pub fn message(&self) -> &str {
        self.body
            .pointer("/errors/0/message")
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("expected an error, got {:#}", self.body))
    }

    /// The problem codes of a VALIDATION_FAILED, with their paths.
    pub fn problems(&self) -> Vec<(String, String)> {
        let fields = self
            .body
            .pointer("/errors/0/extensions/fields")
            .and_then(Value::as_array)
            .cloned();
        let text = |field: &Value, name: &str| field[name].as_str().unwrap_or_default().to_owned();
        fields
            .unwrap_or_default()
            .iter()
            .map(|field| (text(field, "path"), text(field, "code")))
            .collect()
    }
}

/// The instant at which a test begins.
pub fn beginning() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().expect("an instant")
}

/// The settings of tests.
pub fn settings(database_url: &str) -> Settings {
    Settings {
        database_url: database_url.to_owned(),
        public_url: "http://postmortem.example".to_owned(),
        request_timeout_ms: 60_000,
        // A test asks often, and its clock stands still.
        requests_per_minute: 0,
        requests_per_minute_per_address: 0,
        failed_sign_ins_per_minute: 0,
        metrics_token: Some(Secret::new(crate::scrape::METRICS_TOKEN.to_owned())),
        // Receivers of tests are on this machine.
        sealing_key: Some(Secret::new(format!("{}=", "A".repeat(43)))),
        webhook_allow_http: true,
        webhook_allowed_networks: vec!["127.0.0.1/32".parse().expect("a network")],
        ..Settings::default()
    }
}

fn reads_who_asks(sql: &str) -> bool {
    sql.contains(r#"AS "membership" ON"#)
}

/// The databases, and the statements that they are sent.
fn observed(settings: &Settings) -> (Databases, Arc<Mutex<Vec<String>>>) {
    let statements: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = statements.clone();
    let databases = Databases::new(&settings.database_url, settings.database_connections, 60_000)
        .expect("a usable database URL")
        .observed(Arc::new(move |sql| seen.lock().unwrap().push(sql.to_owned())));
    (databases, statements)
}

impl TestApp {
    /// A service over an empty database.
    pub async fn new(engine: Engine) -> Self {
        Self::with_settings(engine, |settings| settings).await
    }

    /// The same with other settings.
    pub async fn with_settings(engine: Engine, change: impl FnOnce(Settings) -> Settings) -> Self {
        Self::over(engine, TestDatabase::new(engine).await, change).await
    }

    /// A service over a database that is there, and migrated.
    pub async fn on(engine: Engine, database: TestDatabase) -> Self {
        Self::over(engine, database, |settings| settings).await
    }

    async fn over(engine: Engine, database: TestDatabase, change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = change(settings(&database.url)).check().expect("usable settings");
        let (databases, statements) = observed(&settings);
        let clock = ManualClock::new(beginning());
        let app = App::start(settings, Arc::new(clock.clone()), databases)
            .await
            .expect("the app to start");
        let service = Service::new(app.clone()).expect("the schema to build");
        Self {
            app,
            clock,
            engine,
            service,
            database,
            statements,
            serial: AtomicU64::new(1),
        }
    }

    /// Another process on the same database, with the same settings and clock.
    pub async fn another_process(&self) -> Self {
        self.another_process_with(|settings| settings).await
    }

    /// The same with other settings.
    pub async fn another_process_with(&self, change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = change(self.app.settings.clone());
        let (databases, statements) = observed(&settings);
        let app = App::start(settings, Arc::new(self.clock.clone()), databases)
            .await
            .expect("the app to start");
        Self {
            service: Service::new(app.clone()).expect("the schema to build"),
            app,
            clock: self.clock.clone(),
            engine: self.engine,
            database: self.database.shared(),
            statements,
            // Far from those of the first.
            serial: AtomicU64::new(1_000_000),
        }
    }

    /// Takes the database away, once it is known that all events are as receivers were promised.
    pub async fn finish(self) {
        self.check_events().await;
        self.database.drop().await;
    }

    /// 1, 2, 3 …: what keeps names apart.
    pub fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The day it is, plus some.
    pub fn day(&self, plus: i64) -> NaiveDate {
        (self.clock.now() + Duration::days(plus)).date_naive()
    }

    /// What runs for a command on the machine: may do everything.
    pub async fn operator(&self) -> Arc<Session> {
        self.app
            .session(Viewer::operator(ActorKind::Scheduler))
            .await
            .expect("a session")
    }

    /// What runs for a user.
    pub async fn session(&self, user: &TestUser) -> Arc<Session> {
        let db = self.app.databases.reader().await.expect("a reader");
        sign_in::bearer(&self.app, db, &user.token, Sight::Now)
            .await
            .expect("the user to sign in")
    }

    /// A new user.
    pub async fn user(&self, name: &str, role: Role) -> TestUser {
        let operator = self.operator().await;
        let handle = name.to_lowercase().replace(' ', ".");
        let email = format!("{handle}.{}@example.org", self.serial());
        let new = NewUser {
            email,
            name: name.to_owned(),
            role,
        };
        let user_id = create_user(&operator, new).await.expect("the user to be created");
        self.signed_in(user_id).await
    }

    /// A user that is there, signed in.
    pub async fn signed_in(&self, user_id: UserId) -> TestUser {
        let row = user::Entity::find_by_id(user_id)
            .one(&self.operator().await.db)
            .await
            .expect("a read")
            .expect("the user");
        let ttl = Duration::days(365_000);
        let token = self.app.issuer.sign(&row, self.clock.now(), ttl).expect("a token");
        TestUser {
            id: user_id.to_string(),
            user_id,
            name: row.name,
            email: row.email,
            token,
        }
    }

    /// Asks as a user.
    pub async fn ask(&self, user: &TestUser, query: &str, variables: Value) -> Answer {
        self.post(Some(&user.token), json!({ "query": query, "variables": variables }))
            .await
    }

    /// A mutation `name` with one input, asking for `selection` of its payload. The payload is the data of the answer.
    pub async fn mutate(&self, user: &TestUser, name: &str, input: Value, selection: &str) -> Answer {
        let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let query = format!("mutation ($input: {kind}Input!) {{ payload: {name}(input: $input) {{ {selection} }} }}");
        let mut answer = self.ask(user, &query, json!({ "input": input })).await;
        if let Some(payload) = answer.body.pointer("/data/payload").cloned() {
            answer.body["data"] = payload;
        }
        answer
    }

    /// Posts a JSON body to the GraphQL endpoint.
    pub async fn post(&self, token: Option<&str>, body: Value) -> Answer {
        self.post_text(token, body.to_string()).await
    }

    /// The same with a body as it is, JSON or not.
    pub async fn post_text(&self, token: Option<&str>, body: String) -> Answer {
        let service = test::init_service(Actix::new().configure(|config| self.service.configure(config))).await;
        let mut request = test::TestRequest::post()
            .uri("/graphql")
            .insert_header(("Content-Type", "application/json"))
            .set_payload(body);
        if let Some(token) = token {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        let response = test::call_service(&service, request.to_request()).await;
        let status = response.status();
        let bytes = test::read_body(response).await;
        let body =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&bytes)));
        Answer { status, body }
    }

    /// Posts a body to a path, with headers.
    pub async fn post_to(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, String) {
        let service = test::init_service(Actix::new().configure(|config| self.service.configure(config))).await;
        let mut request = test::TestRequest::post().uri(path).set_payload(body.to_owned());
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = test::call_service(&service, request.to_request()).await;
        let status = response.status();
        (
            status,
            String::from_utf8_lossy(&test::read_body(response).await).into_owned(),
        )
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let service = test::init_service(Actix::new().configure(|config| self.service.configure(config))).await;
        let response = test::call_service(&service, test::TestRequest::get().uri(path).to_request()).await;
        let status = response.status();
        (
            status,
            String::from_utf8_lossy(&test::read_body(response).await).into_owned(),
        )
    }

    /// Gets a path as a user: the status, what kind of content it is, and the content.
    pub async fn get_as(&self, user: &TestUser, path: &str) -> (StatusCode, String, String) {
        let service = test::init_service(Actix::new().configure(|config| self.service.configure(config))).await;
        let request = test::TestRequest::get()
            .uri(path)
            .insert_header(("Authorization", format!("Bearer {}", user.token)));
        let response = test::call_service(&service, request.to_request()).await;
        let status = response.status();
        let kind = response
            .headers()
            .get("Content-Type")
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let body = test::read_body(response).await;
        (status, kind, String::from_utf8_lossy(&body).into_owned())
    }

    /// Forgets the statements so far.
    pub fn forget_statements(&self) {
        self.statements.lock().unwrap().clear();
    }

    /// The statements since they were last forgotten, without those that read who asks: a query takes whoever asked a moment ago as
    /// they were.
    pub fn statements(&self) -> Vec<String> {
        let all = self.statements.lock().unwrap();
        all.iter().filter(|sql| !reads_who_asks(sql)).cloned().collect()
    }

    /// How many of them read who asks.
    pub fn readings_of_who_asks(&self) -> usize {
        let all = self.statements.lock().unwrap();
        all.iter().filter(|sql| reads_who_asks(sql)).count()
    }
}
