//! A small schema behind the handler, and a request builder that reads like the request.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpRequest, web};
use async_graphql::{EmptySubscription, Error, ErrorExtensions, Object, Request, Schema};
use serde_json::{Value, json};

use crate::http::overload::{Gate, Turn};
use crate::platform::meters::Operation;
use crate::platform::settings::Settings;

use super::super::{Documents, Engine, EngineAnswer, Execution, HttpLimits, Once, Refusal, SchemaTypes, graphql};

struct Query;

#[Object]
impl Query {
    async fn echo(&self, text: String) -> String {
        text
    }
    async fn double(&self, number: i32) -> i32 {
        number * 2
    }
    async fn letters(&self, #[graphql(validator(max_length = 3))] text: String) -> String {
        text
    }
    async fn same(&self) -> Query {
        Query
    }
    async fn maybe(&self) -> Option<Query> {
        Some(Query)
    }
    async fn many(&self) -> Vec<Option<Query>> {
        vec![Some(Query), None, Some(Query)]
    }
    async fn numbers(&self) -> Vec<Result<i32, Error>> {
        vec![
            Ok(1),
            Err(Error::new("no").extend_with(|_, e| e.set("code", "CONFLICT"))),
        ]
    }
    async fn list(&self, items: Vec<String>) -> usize {
        items.len()
    }
    async fn slow(&self) -> Option<bool> {
        std::future::pending::<()>().await;
        None
    }
    async fn panics(&self) -> bool {
        let nobody: Vec<bool> = Vec::new();
        *nobody.first().expect("at the disco")
    }
    async fn uncoded(&self) -> Result<Option<bool>, Error> {
        Err(Error::new("table users does not exist"))
    }
    async fn coded(&self) -> Result<Option<bool>, Error> {
        Err(Error::new("There is no such report; check the key.").extend_with(|_, e| e.set("code", "NOT_FOUND")))
    }
    async fn must(&self) -> Result<bool, Error> {
        Err(Error::new("You may not see this.").extend_with(|_, e| e.set("code", "FORBIDDEN")))
    }
    async fn header(&self, ctx: &async_graphql::Context<'_>) -> bool {
        ctx.append_http_header("x-cost", "7");
        true
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn save(&self) -> bool {
        true
    }
    async fn save_slowly(&self) -> bool {
        std::future::pending::<()>().await;
        true
    }
}

struct TestEngine(Schema<Query, Mutation, EmptySubscription>, SchemaTypes, Documents, Gate);

impl Engine for TestEngine {
    fn admit(&self, http: &HttpRequest) -> Result<(), Refusal> {
        let refused = http.headers().contains_key("x-too-many");
        let refusal = || Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Wait.");
        if refused { Err(refusal()) } else { Ok(()) }
    }

    async fn turn(&self) -> Result<Turn, Refusal> {
        self.3.enter().await
    }

    async fn execute(
        &self,
        http: &HttpRequest,
        _request_id: &str,
        request: Request,
        _once: Option<&Once>,
    ) -> Execution {
        if http
            .headers()
            .get("authorization")
            .is_some_and(|value| value != "Bearer good")
        {
            let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "Make a new token.");
            let refusal = refusal.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return Execution::Now(EngineAnswer::Refused(refusal));
        }
        Execution::Now(EngineAnswer::Response(self.0.execute(request).await))
    }

    fn answered(&self, _operation: Operation<'_>, _took: std::time::Duration) {}

    fn types(&self) -> &SchemaTypes {
        &self.1
    }

    fn documents(&self) -> &Documents {
        &self.2
    }

    fn fresh_request_id(&self) -> String {
        "fresh-1".to_owned()
    }
}

/// An answer, read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The code of the first error.
    pub(super) fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }

    /// The message of the first error.
    pub(super) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }

    pub(super) fn has_data(&self) -> bool {
        self.body.get("data").is_some()
    }
}

/// A request in the making.
pub(super) struct Call {
    request: TestRequest,
    limits: HttpLimits,
}

/// A POST of one query as `application/json`, accepting `application/graphql-response+json`.
pub(super) fn post(query: &str) -> Call {
    post_json(&json!({ "query": query }))
}

pub(super) fn post_json(body: &Value) -> Call {
    bare(Method::POST, "/graphql")
        .with("content-type", "application/json")
        .with("accept", "application/graphql-response+json")
        .body(body.to_string())
}

/// A GET with the query string as it is, accepting `application/graphql-response+json`.
pub(super) fn get(query_string: &str) -> Call {
    // Braces, quotes and spaces as the client libraries would send them; what is encoded already stays.
    let encoded: String = query_string
        .chars()
        .map(|character| match character {
            '{' | '}' | '"' | ' ' | '^' => format!("%{:02X}", u32::from(character)),
            character => character.to_string(),
        })
        .collect();
    bare(Method::GET, &format!("/graphql?{encoded}")).with("accept", "application/graphql-response+json")
}

/// A request without any header.
pub(super) fn bare(method: Method, uri: &str) -> Call {
    Call {
        request: TestRequest::default().method(method).uri(uri),
        limits: HttpLimits::default(),
    }
}

impl Call {
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        let header = (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self.request = self.request.insert_header(header);
        self
    }

    pub(super) fn body(mut self, body: impl Into<web::Bytes>) -> Self {
        self.request = self.request.set_payload(body);
        self
    }

    pub(super) fn limits(mut self, limits: HttpLimits) -> Self {
        self.limits = limits;
        self
    }

    pub(super) async fn send(self) -> Answer {
        let schema = Schema::build(Query, Mutation, EmptySubscription)
            .disable_suggestions()
            .limit_depth(20)
            .limit_complexity(300)
            .limit_directives(5)
            .finish();
        let types = SchemaTypes::from_sdl(&schema.sdl()).expect("the schema's own SDL");
        let limits = self.limits;
        let gate = Gate::new(&Settings::default());
        let state = web::Data::new((TestEngine(schema, types, Documents::new(0, None), gate), limits));
        let app = App::new().app_data(state).service(web::resource("/graphql").to(
            async |state: web::Data<(TestEngine, HttpLimits)>, request: HttpRequest, payload: web::Payload| {
                graphql(&state.0, &state.1, request, payload).await
            },
        ));
        let response = call_service(&init_service(app).await, self.request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read_body(response).await;
        Answer {
            status,
            headers,
            body: serde_json::from_slice(&body).expect("an answer is always JSON"),
        }
    }
}
