//! What stands before the parser of GraphQL requests, and the parser: text, body or query string.
//!
//! Nothing makes the process end or wait. What is let through nests no deeper than the limit says, and the whole schema can be
//! asked whether it is valid.

use std::sync::OnceLock;

use actix_web::{FromRequest, HttpRequest, test::TestRequest, web::Payload};
use async_graphql::{
    Request,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use postmortem_api::{
    http::graphql::{Documents, HttpLimits, Incoming, decode, read_document},
    platform::settings::Settings,
    schema::checker::Checker,
};
use serde_json::Value;

/// `GET ` before a query string, `POST ` before a body; anything else is the text of a document.
pub fn check(data: &[u8]) {
    let documents = Documents::new(1 << 16, None);
    let limits = HttpLimits::default();
    let decoded = if let Some(query) = data.strip_prefix(b"GET ") {
        asked(&limits, TestRequest::get().uri(&address(query)))
    } else if let Some(body) = data.strip_prefix(b"POST ") {
        let post = TestRequest::post().insert_header(("Content-Type", "application/json"));
        asked(&limits, post.set_payload(body.to_vec()))
    } else {
        let text = String::from_utf8_lossy(data).into_owned();
        let bytes = text.len();
        return with(&documents, &limits, (Request::new(text), bytes));
    };
    if let Some((incoming, bytes)) = decoded
        && let Ok(resolved) = documents.resolve(incoming)
    {
        with(&documents, &limits, (resolved.request, bytes));
    }
}

/// Percent signs for what an address cannot hold; those that are there stay.
fn address(query: &[u8]) -> String {
    let mut address = String::from("/graphql?");
    for byte in query {
        match byte {
            b'!' | b'$' | b'%'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => {
                address.push(char::from(*byte))
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address
}

fn asked(limits: &HttpLimits, request: TestRequest) -> Option<(Incoming, usize)> {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    let (http, mut payload): (HttpRequest, _) = request.to_http_parts();
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let payload = Payload::from_request(&http, &mut payload).await.expect("a payload");
            decode(limits, &http, payload).await.ok()
        })
    })
}

fn with(documents: &Documents, limits: &HttpLimits, (mut request, bytes): (Request, usize)) {
    if read_document(&mut request, bytes, &limits.document, documents).is_err() {
        return;
    }
    let document = request.parsed_query().expect("what was read is there").clone();
    let deepest = deepest(&document);
    assert!(deepest <= limits.document.nesting, "{deepest} levels passed");
    static CHECKER: OnceLock<Checker> = OnceLock::new();
    let checker = CHECKER.get_or_init(|| Checker::new(&Settings::default()));
    for error in checker.errors(document, request.operation_name.as_deref()) {
        assert!(!error.message.is_empty());
    }
}

/// Selections and values inside one another, as the parser found them.
fn deepest(document: &ExecutableDocument) -> usize {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).map(selections).max().unwrap_or(0)
}

fn selections(set: &SelectionSet) -> usize {
    let below = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let arguments = field.node.arguments.iter();
            let values = arguments.filter_map(|(_, value)| value.node.clone().into_json().ok());
            let values = values.map(|value| nested(&value)).max().unwrap_or(0);
            values.max(selections(&field.node.selection_set.node))
        }
        Selection::InlineFragment(inline) => selections(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    });
    usize::from(!set.items.is_empty()) + below.max().unwrap_or(0)
}

fn nested(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(nested).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(nested).max().unwrap_or(0),
        _ => 0,
    }
}
