//! Servers that are not there, not ready, not ours or not of our time.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use postmortem_tests::{
    Receiver,
    receiver::{Answering, status},
    wait_until,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Asker, node, page, said};

fn json_body(answer: Answering, body: &str) -> Answering {
    answer.header("content-type", "application/json").body(body.to_owned())
}

fn error(http: u16, code: &str, message: &str) -> Answering {
    let error = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    json_body(status(http), &error.to_string())
}

fn one_item() -> Answering {
    json_body(status(200), &page(json!([node("REC-1", "Raise the limit")]), None))
}

fn asker(receiver: &Receiver) -> Asker {
    Asker::new(&receiver.url, "pm_secret")
}

#[actix_web::test]
async fn a_busy_server_is_waited_for() {
    let receiver = Receiver::new();
    receiver.otherwise(one_item());
    receiver.script([
        error(429, "RATE_LIMITED", "You send too many requests; wait 1 s.").header("retry-after", "1"),
        status(503).header("retry-after", "1"),
    ]);
    let begun = Instant::now();
    let listed = asker(&receiver).run(&["items", "--format", "json"]).await;
    assert_eq!(listed.keys(), ["REC-1"]);
    assert!(begun.elapsed() >= Duration::from_secs(2), "it did not wait");
    assert!(listed.err.contains("(status 429); asking again in 1 s"), "{listed:?}");
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    for request in received {
        assert_eq!(request.header("authorization"), "Bearer pm_secret");
        assert_eq!(request.path, "/hook/graphql");
        assert!(request.header("user-agent").starts_with("postmortem/"));
    }
}

#[actix_web::test]
async fn nobody_waits_for_ever() {
    let receiver = Receiver::new();
    receiver.otherwise(status(503).header("retry-after", "1"));
    let refused = asker(&receiver).run(&["items"]).await;
    assert!(refused.refusal().contains("is busy (status 503)"), "{refused:?}");
    assert_eq!(receiver.count(), 4);
    receiver.forget();
    receiver.otherwise(error(429, "RATE_LIMITED", "Too many requests; wait 3600 s.").header("retry-after", "3600"));
    let refused = asker(&receiver).run(&["items"]).await;
    assert!(refused.refusal().contains("wait 3600 s"), "{refused:?}");
    assert_eq!(receiver.count(), 1, "an hour is not waited for");
    receiver.otherwise(status(200).held());
    let begun = Instant::now();
    let slow = asker(&receiver).run(&["items", "--timeout", "1"]).await;
    assert!(slow.refusal().contains("no answer within 1 s"), "{slow:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    receiver.release();
}

#[actix_web::test]
async fn a_server_that_is_not_ours_is_told() {
    let receiver = Receiver::new();
    let asker = asker(&receiver);
    let page = "<!doctype html><title>\u{1b}[31mWelcome</title>";
    for (answer, said) in [
        (
            status(200).header("content-type", "text/html").body(page.to_owned()),
            "does not answer like Postmortem (status 200)",
        ),
        (
            status(404).body("not found".to_owned()),
            "does not answer like Postmortem (status 404)",
        ),
        (status(405), "status 405"),
        (status(204), "status 204"),
        (json_body(status(200), "[]"), "status 200"),
        (
            json_body(
                status(200),
                r#"{"errors":[{"message":"Field 'page' doesn't exist on type 'Query'"}]}"#,
            ),
            "does not answer like Postmortem",
        ),
        (
            status(301).header("location", "https://elsewhere.example/graphql"),
            "elsewhere to https://elsewhere.example/graphql",
        ),
        (json_body(status(200), r#"{"data":{}}"#), "of another version"),
        (
            json_body(status(200), r#"{"data":{"page":{"nodes":[{"key":1}],"pageInfo":{}}}}"#),
            "of another version",
        ),
        (
            error(
                200,
                "VALIDATION_FAILED",
                "Unknown field \"isOverdue\" on type \"\u{1b}[2JActionItem\".",
            ),
            "Unknown field",
        ),
        (
            error(403, "FORBIDDEN", "You may not; ask Ada."),
            "refuses: You may not; ask Ada.",
        ),
        (
            error(400, "DOCUMENT_NOT_TRUSTED", "This service runs trusted documents only."),
            "refuses: This service runs trusted documents only.",
        ),
        (error(200, "QUERY_TOO_COMPLEX", "Ask for less."), "Ask for less"),
        (
            error(503, "INTERNAL", "Try again in a moment.").header("retry-after", "600"),
            "Try again in a moment",
        ),
        (error(200, "INTERNAL", &"x".repeat(100_000)), "xxx…"),
    ] {
        receiver.otherwise(answer.clone());
        let refused = asker.run(&["items"]).await;
        let text = refused.refusal();
        assert!(text.contains(said), "{said}: {refused:?}");
        assert!(
            !text.contains(char::is_control) && text.chars().count() < 700,
            "{refused:?}"
        );
        assert!(!refused.err.contains("pm_secret"));
    }
}

/// One that never ends would else be asked for ever.
#[actix_web::test]
async fn a_list_without_an_end_is_refused() {
    let receiver = Receiver::new();
    for nonsense in [
        json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "endCursor": "a" } }),
        json!({ "nodes": [node("REC-1", "One")], "pageInfo": { "hasNextPage": true, "endCursor": null } }),
    ] {
        let body = json!({ "data": { "page": nonsense } }).to_string();
        receiver.otherwise(json_body(status(200), &body));
        let refused = asker(&receiver).run(&["items"]).await;
        assert!(refused.refusal().contains("but not where"), "{refused:?}");
    }
}

#[actix_web::test]
async fn each_page_begins_where_the_last_one_ended() {
    let receiver = Receiver::new();
    let of = |key: &str, next: Option<&str>| json_body(status(200), &page(json!([node(key, "One")]), next));
    receiver.script([
        of("REC-1", Some("first")),
        of("REC-2", Some("second")),
        of("REC-3", None),
    ]);
    let listed = asker(&receiver).run(&["items", "--format", "json"]).await;
    assert_eq!(listed.keys(), ["REC-1", "REC-2", "REC-3"]);
    let asked: Vec<Value> = receiver
        .received()
        .iter()
        .map(|request| request.json()["variables"]["after"].clone())
        .collect();
    assert_eq!(asked, [Value::Null, json!("first"), json!("second")]);
}

#[actix_web::test]
async fn a_server_that_is_not_there_is_told() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = Asker::new(format!("http://{nobody}"), "pm_secret")
        .run(&["overdue"])
        .await;
    assert!(refused.refusal().contains("cannot be reached"), "{refused:?}");
    let unknown = Asker::new("https://postmortem.invalid", "pm_secret")
        .run(&["overdue"])
        .await;
    assert!(unknown.refusal().contains("cannot be reached"), "{unknown:?}");
}

/// A server whose certificate is of an authority of its own, until this is dropped.
struct Private {
    folder: TempDir,
    server: Child,
    url: String,
}

impl Private {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let make = "
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj '/CN=Test authority'
            openssl req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -subj /CN=localhost -addext subjectAltName=DNS:localhost
            openssl x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out own.pem -days 30 -copy_extensions copy";
        let mut sh = Command::new("sh");
        sh.args(["-e", "-c", make]).current_dir(folder.path());
        let made = sh.output().expect("sh and openssl");
        assert!(made.status.success(), "{made:?}");
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut server = Command::new("openssl");
        server
            .args(["s_server", "-quiet", "-cert", "own.pem", "-key", "own.key", "-accept"])
            .arg(free.to_string())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            server: server.spawn().unwrap(),
            url: format!("https://localhost:{}", free.port()),
            folder,
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[actix_web::test]
async fn only_who_can_be_trusted_is_asked() {
    let private = Private::new();
    let asker = Asker::new(&private.url, "pm_secret");
    let address = private.url.trim_start_matches("https://").to_owned();
    wait_until(async || std::net::TcpStream::connect(&address).is_ok()).await;
    let refused = asker.run(&["overdue"]).await;
    assert!(
        refused
            .refusal()
            .contains("cannot be trusted: invalid peer certificate: UnknownIssuer"),
        "{refused:?}"
    );
    assert!(refused.err.contains("SSL_CERT_FILE"), "{refused:?}");
    // It says nothing to whoever trusts it, either.
    let mut trusting = asker.command(&["overdue", "--timeout", "2"]);
    trusting.env("SSL_CERT_FILE", private.folder.path().join("ca.pem"));
    let trusted = said(trusting).await;
    assert!(trusted.refusal().contains("no answer within 2 s"), "{trusted:?}");
}
