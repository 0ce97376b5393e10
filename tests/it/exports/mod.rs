//! Exports: the lists of GraphQL as files, with the same filters, orders and visibility, of any length.

mod content;
mod large;
mod parameters;
mod stream;

use actix_web::test::TestRequest;
use csv::ReaderBuilder;
use postmortem_tests::{TestApp, TestUser, requests::Reply};
use serde_json::Value;

/// Percent-encodes a value of a query string.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Asks for an export as somebody.
pub(crate) async fn export(app: &TestApp, user: &TestUser, path: &str) -> Reply {
    let request = TestRequest::get()
        .uri(&format!("/export/{path}"))
        .insert_header(("Authorization", format!("Bearer {}", user.token)));
    app.send(request).await
}

/// The lines of JSON of an export.
pub(crate) async fn lines(app: &TestApp, user: &TestUser, path: &str) -> Vec<Value> {
    let reply = export(app, user, path).await;
    assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.body);
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    reply.body.lines().map(read).collect()
}

/// The keys of an export, in order.
pub(crate) async fn keys(app: &TestApp, user: &TestUser, path: &str) -> Vec<String> {
    let key = |line: &Value| line["key"].as_str().expect("a key").to_owned();
    lines(app, user, path).await.iter().map(key).collect()
}

/// The cells of CSV: a head, and rows as long as that.
pub(crate) fn cells(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").iter().map(str::to_owned).collect();
    let row =
        |record: Result<csv::StringRecord, csv::Error>| record.expect("a row").iter().map(str::to_owned).collect();
    let rows = reader.records().map(row).collect();
    (head, rows)
}
