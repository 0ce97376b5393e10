//! Trusted documents: these run, and nothing else.

use std::{fs, path::Path};

use entity::enums::Role;
use postmortem_api::{http::server::trusted_documents, platform::settings::Settings};
use postmortem_tests::{TestApp, conformance::Workshop, documents, live::Socket, on_both_databases};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::examples;

const ME: &str = "query Me { viewer { user { name } } }";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    folder
}

async fn trusting(app: &TestApp, path: &Path) -> TestApp {
    let path = Some(path.to_owned());
    TestApp::with_settings(app.engine, |settings| Settings {
        trusted_documents: path,
        ..settings
    })
    .await
}

fn refusal(path: &Path) -> String {
    let settings = Settings {
        trusted_documents: Some(path.to_owned()),
        ..Settings::default()
    };
    trusted_documents(&settings).expect_err("a refusal")
}

on_both_databases! {
    /// By id, by hash in each form, and by their very text; by POST, by GET and on a socket.
    async fn only_trusted_documents_run(app) {
        let live = "subscription Live { events { type } }";
        let several = "query A { __typename } query B { viewer { user { email } } }";
        let manifest = json!({ "me": ME, "d41d8": several }).to_string();
        let files = folder(&[("a/live.gql", live), ("ids.json", manifest.as_str()), ("notes.txt", "nothing")]);
        let app = &trusting(app, files.path()).await;
        let user = app.user("Ada", Role::Member).await;
        let post = async |body: Value| app.post(Some(&user.token), body).await;
        let hash = "8f3cb0b5f5b4d34b12fd8b0d0f2cc7b7c2b9b2f0b8d9c4b4d4b2cfbbf3a0a6c1";
        assert_eq!(post(json!({ "documentId": "me" })).await.text("/viewer/user/name"), "Ada");
        assert_eq!(post(json!({ "query": ME })).await.text("/viewer/user/name"), "Ada");
        let email = post(json!({ "documentId": "d41d8", "operationName": "B" })).await;
        assert_eq!(email.text("/viewer/user/email"), user.email);
        // Clients of Apollo send whatever id a manifest has as a hash.
        let as_hash = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "d41d8" } }, "operationName": "A" });
        assert!(post(as_hash).await.is_ok());

        for refused in [
            json!({ "query": "{ viewer { user { name } } }" }),
            json!({ "query": format!("{ME} ") }),
            json!({ "query": "{ __schema { types { name } } }" }),
            json!({ "query": "{" }),
            json!({ "documentId": "other" }),
            json!({ "documentId": format!("sha256:{hash}") }),
            json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } }),
            json!({ "query": "{ __typename }", "documentId": "me" }),
        ] {
            let answer = post(refused.clone()).await;
            assert_eq!(answer.code(), "DOCUMENT_NOT_TRUSTED", "{refused}: {:#}", answer.body);
            assert!(answer.body.get("data").is_none());
        }
        let (_, by_get) = app.get("/graphql?query=%7B__typename%7D").await;
        assert!(by_get.contains("DOCUMENT_NOT_TRUSTED"), "{by_get}");
        let (_, by_get) = app.get("/graphql?documentId=me").await;
        assert!(by_get.contains("UNAUTHENTICATED"), "{by_get}");

        let served = app.serve();
        let mut socket = Socket::of(&served, &user).await;
        socket.say(json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { events { type } }" } })).await;
        let refused = socket.hear().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED", "{refused:#}");
        socket.say(json!({ "type": "subscribe", "id": "2", "payload": { "documentId": "live" } })).await;
        socket.say(json!({ "type": "subscribe", "id": "3", "payload": { "documentId": "me" } })).await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["user"]["name"], "Ada");
    }

    /// The examples for trusted documents, and what Apollo's own tool makes of an application.
    async fn the_examples_run(app) {
        let workshop = Workshop::of_document("persisted-queries.md", str::to_owned);
        workshop.run("bash", &["manifest.sh"]).await;
        let setting = documents::examples(&documents::document("persisted-queries.md"))
            .into_iter()
            .find(|snippet| snippet.name == "postmortem.toml")
            .expect("the setting")
            .text;
        let folder = setting.split('"').nth(1).expect("a path");
        let app = &trusting(app, &workshop.path().join(folder)).await;
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let examples = examples("persisted-queries.md", &served, &user);
        let said: Value = serde_json::from_str(&examples.run("bash", &["trusted.sh"]).await).expect("JSON");
        assert_eq!(said, json!({ "data": { "recommendations": { "nodes": [] } } }));
        let manifest: Value = serde_json::from_str(&workshop.read("persisted-query-manifest.json")).expect("JSON");
        let id = manifest["operations"][0]["id"].clone();
        for (id, name) in [(json!("me"), "viewer"), (json!("teams"), "teams"), (id, "recommendations")] {
            let answer = app.post(Some(&user.token), json!({ "documentId": id })).await;
            assert!(answer.data().get(name).is_some(), "{id}: {:#}", answer.body);
        }
    }
}

/// A file, what is in it, and what is said of it.
const CANNOT_RUN: &[(&str, &str, &[&str])] = &[
    (
        "late.graphql",
        "query Late {\n  recommendations { nodes { daysLate } }\n}",
        &["late.graphql", "\"late\"", "line 2, column 29", "daysLate"],
    ),
    ("cut.gql", "query Cut {", &["cut.gql", "syntax error"]),
    (
        "only.graphql",
        "fragment F on Report { id }",
        &["only.graphql", "no operation"],
    ),
    (
        "unused.graphql",
        "query Q($x: Int) { __typename }",
        &["unused.graphql", "is not used"],
    ),
    (
        "second.json",
        r#"{"a": "query A { __typename }", "b": "{ nothing }"}"#,
        &["second.json", "\"b\"", "nothing"],
    ),
    (
        "deep.graphql",
        "query Deep { reports(first: 100) { nodes { rootCauses(first: 100) { nodes { recommendations(first: 100) { nodes { id } } } } } } }",
        &["deep.graphql", "asks for too much"],
    ),
    ("list.json", "[]", &["list.json", "no manifest"]),
    ("numbers.json", r#"{"a": 1}"#, &["numbers.json", "no manifest"]),
    ("broken.json", "{", &["broken.json", "no manifest"]),
    (
        "apollo.json",
        r#"{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}"#,
        &["apollo.json", "version 2"],
    ),
    (
        "apollo.json",
        r#"{"format": "apollo-persisted-query-manifest", "version": 1}"#,
        &["apollo.json", "operations"],
    ),
    ("notes.txt", "nothing", &["holds no document"]),
];

/// One sentence that names the file, the document and what is wrong with it.
#[test]
fn what_cannot_run_stops_the_start() {
    for (name, text, words) in CANNOT_RUN {
        let files = folder(&[(name, text)]);
        let said = refusal(files.path());
        assert!(
            said.starts_with("trusted_documents: ") && said.lines().count() == 1,
            "{said}"
        );
        for word in *words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let files = folder(&[
        ("a.json", r#"{"one": "{ __typename }"}"#),
        ("one.graphql", "{ viewer { __typename } }"),
    ]);
    let said = refusal(files.path());
    assert!(said.contains("another document is called \"one\" too"), "{said}");
    let said = refusal(&files.path().join("absent"));
    assert!(said.contains("absent cannot be read"), "{said}");
}

/// Variables that must be given are not there yet when a document is looked at.
#[test]
fn a_document_with_variables_is_fine() {
    let files = folder(&[
        ("nodes.graphql", "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id } }"),
        (
            "add.graphql",
            "mutation Add($input: AddCommentInput!) { addComment(input: $input) { comment { id } } }",
        ),
        (
            "page.graphql",
            "query Page($first: Int!) { reports(first: $first) { totalCount } }",
        ),
    ]);
    let settings = Settings {
        trusted_documents: Some(files.path().to_owned()),
        ..Settings::default()
    };
    trusted_documents(&settings).expect("documents that can run");
}
