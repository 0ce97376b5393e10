//! Who may take a report along, in which form, and who may bring one back.

use actix_web::{http::StatusCode, test::TestRequest};
use entity::enums::Role;
use postmortem_api::exchange::{forms::read::exported as read, queries::Form};
use postmortem_tests::{TestApp, TestUser, on_both_databases, secrets::Secret};
use serde_json::{Value, json};

use super::{exported, imported, place};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema/report.v1.json");

async fn ways(app: &TestApp, user: &TestUser, key: &str) -> Vec<(StatusCode, String)> {
    let mut answers = Vec::new();
    for end in ["md", "html", "json"] {
        let (status, _, body) = app.get_as(user, &format!("/export/reports/{key}.{end}")).await;
        answers.push((status, body));
        let format = end.replace("md", "markdown").to_uppercase();
        let query = format!("{{ reportDocument(key: \"{key}\", format: {format}) {{ text }} }}");
        let document = app.ask(user, &query, json!({})).await.at("/reportDocument");
        let status = if document.is_null() {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        answers.push((status, document["text"].as_str().unwrap_or_default().to_owned()));
    }
    answers
}

on_both_databases! {
    /// Whoever may see a report may take it along, in all forms, and nobody else.
    async fn as_one_may_read(app) {
        let place = place(app).await;
        let report = app.report(&place.ada, json!({ "title": "Kilns <b>& more</b>", "executiveSummary": "# Hot\n<script>alert(1)</script>" })).await;
        app.complete(&place.ada, &report).await;
        let viewer = app.user("Vera", Role::Viewer).await;
        let reader = app.machine(&place.admin, &["READ"], json!({})).await;
        for user in [&viewer, &reader, &place.bo] {
            let answers = ways(app, user, &report.key).await;
            assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
            // By either way the same.
            assert!(answers.chunks(2).all(|pair| pair[0].1 == pair[1].1));
        }
        let (_, kind, markdown) = app.get_as(&viewer, &format!("/export/reports/{}.md", report.key.to_lowercase())).await;
        assert_eq!(kind, "text/markdown; charset=utf-8");
        assert!(read(&markdown).is_some_and(|record| record.is_ok()));
        let (_, kind, html) = app.get_as(&viewer, &format!("/export/reports/{}.html", report.key)).await;
        assert_eq!(kind, "text/html; charset=utf-8");
        assert!(html.contains("Kilns &lt;b&gt;&amp; more&lt;/b&gt;") && !html.contains("<script"), "{html}");
        let (_, kind, _) = app.get_as(&viewer, &format!("/export/reports/{}.json", report.key)).await;
        assert_eq!(kind, "application/json");

        let (status, body) = app.get(&format!("/export/reports/{}.json", report.key)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(body.contains("Authorization: Bearer") && body.lines().count() == 1, "{body}");
        let ingest = app.machine(&place.admin, &["INGEST"], json!({})).await;
        assert_eq!(app.get_as(&ingest, &format!("/export/reports/{}.json", report.key)).await.0, StatusCode::FORBIDDEN);
        for (path, status) in [
            ("PM-99.md", StatusCode::NOT_FOUND),
            ("PM-1.pdf", StatusCode::NOT_FOUND),
            ("PM-1", StatusCode::NOT_FOUND),
            ("PM-1.md?editon=full", StatusCode::BAD_REQUEST),
            ("PM-1.md?edition=secret", StatusCode::UNPROCESSABLE_ENTITY),
            ("PM-1.md?sections=timeline", StatusCode::UNPROCESSABLE_ENTITY),
            ("PM-1.md?edition=public&sections=salary", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let (found, _, body) = app.get_as(&viewer, &format!("/export/reports/{path}")).await;
            assert_eq!(found, status, "{path}: {body}");
            assert_eq!(body.lines().count(), 1, "{body}");
        }

        // Whoever sends an id finds it in the answer, and who sends none is given one.
        for (path, sent) in [("PM-1.md", Some("from-a-script.7")), ("PM-99.md", Some("from-a-script.8")), ("PM-1.json", None)] {
            let mut request = TestRequest::get().uri(&format!("/export/reports/{path}")).insert_header(("Authorization", format!("Bearer {}", viewer.token)));
            if let Some(sent) = sent {
                request = request.insert_header(("x-request-id", sent));
            }
            let reply = app.send(request).await;
            let found = reply.header("x-request-id");
            assert!(sent.map_or(found.len() == 32, |sent| sent == found), "{path}: {found}");
        }
    }

    /// A RESTRICTED report leaves with those who take part in it; the reports that it is tied to say nothing of it.
    async fn a_secret_does_not_leave(app) {
        let place = place(app).await;
        let report = app.report(&place.ada, json!({})).await;
        app.publish(&place.ada, &report).await;
        let cause = app.show(&place.ada, "report", &report.id, "rootCauses { nodes { id } }").await;
        let cause = cause["rootCauses"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        app.advance(chrono::Duration::days(2));
        let incident = json!({ "title": "A door", "severity": "SEV1", "startedAt": "2026-03-03T09:00:00Z" });
        let incident = app.mutate(&place.ada, "createIncident", incident, "incident { id }").await.text("/incident/id");
        let insider = app.user("Ines", Role::Viewer).await;
        let secret = Secret::new(app, &place.bo, &insider, &incident, &cause).await;
        for (_, text) in ways(app, &place.ada, &report.key).await {
            secret.assert_absent("the export of a public report", &text);
        }
        for answer in ways(app, &place.ada, &secret.report.key).await {
            assert_eq!(answer.0, StatusCode::NOT_FOUND);
            secret.assert_absent("the export of a secret", &answer.1);
        }
        for answer in ways(app, &insider, &secret.report.key).await {
            assert!(answer.0 == StatusCode::OK && answer.1.contains("Vault"), "{answer:?}");
        }
        // The insider sees both ends of the ties.
        assert!(ways(app, &insider, &report.key).await[4].1.contains("Vault"));
        for edition in ["?edition=public", "?edition=public&sections=timeline"] {
            let path = format!("/export/reports/{}.md{edition}", secret.report.key);
            assert_eq!(app.get_as(&place.ada, &path).await.0, StatusCode::NOT_FOUND);
            for user in [&place.admin, &place.bo] {
                let (status, _, body) = app.get_as(user, &path).await;
                assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("no public edition"), "{body}");
            }
        }
    }

    /// An admin who takes a secret along leaves a trace.
    async fn an_admin_leaves_a_trace(app) {
        let place = place(app).await;
        let report = app.report(&place.ada, json!({ "visibility": "RESTRICTED" })).await;
        let reads = async || {
            let query = "query ($id: ID!) { events(subject: $id, types: [\"report.read\"], first: 5) { totalCount } }";
            app.ask(&place.ada, query, json!({ "id": report.id })).await.at("/events/totalCount")
        };
        assert_eq!(reads().await, json!(0));
        assert_eq!(app.get_as(&place.admin, &format!("/export/reports/{}.md", report.key)).await.0, StatusCode::OK);
        assert_eq!(reads().await, json!(1));
    }

    /// A document says who approved what: only admins bring one back. In the API as on the command line.
    async fn only_admins_bring_back(app) {
        let place = place(app).await;
        let report = app.report(&place.ada, json!({})).await;
        app.publish(&place.ada, &report).await;
        let text = exported(app, &report.key, Form::Json).await;
        let markdown = exported(app, &report.key, Form::Markdown).await;
        let other = TestApp::new(app.engine).await;
        let there = super::place(&other).await;
        for text in [&text, &markdown] {
            let input = json!({ "markdown": text });
            let refused = other.mutate(&there.ada, "importReport", input, "created").await;
            assert_eq!(refused.code(), "FORBIDDEN");
            assert!(refused.message().contains("Only an admin may import an exported report"));
            let dry = json!({ "markdown": text, "dryRun": true });
            let dry = other.mutate(&there.ada, "importReport", dry, "created preview").await;
            assert_eq!(dry.at("/preview/report/key"), json!(report.key));
        }
        let selection = "created report { key status } warnings { message }";
        let done = other.mutate(&there.admin, "importReport", json!({ "markdown": markdown }), selection).await;
        assert_eq!((done.at("/created"), done.at("/report/status")), (json!(true), json!("PUBLISHED")));
        let newer = json!({ "markdown": text.replace("\"version\": 1", "\"version\": 9") });
        let newer = other.mutate(&there.admin, "importReport", newer, "created").await;
        assert_eq!(newer.problems(), [("markdown".to_owned(), "NEWER_VERSION".to_owned())]);
        other.finish().await;
    }

    /// What leaves is as the description says, and what the description refuses is refused.
    async fn as_described(app) {
        let place = place(app).await;
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(SCHEMA).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let report = app.report(&place.ada, json!({ "ownerId": place.bo.id, "participants": [{ "userId": place.ada.id, "role": "AUTHOR" }] })).await;
        let item = app.publish(&place.ada, &report).await;
        app.accept(&place.admin, &item, &place.bo, app.day(3)).await;
        let implement = json!({ "evidence": [{ "url": "https://git.example/1", "note": "Merged." }] });
        app.step(&place.bo, "implementRecommendation", &item, implement).await.data();
        app.step(&place.admin, "verifyRecommendation", &item, json!({})).await.data();
        let document: Value = serde_json::from_str(&exported(app, &report.key, Form::Json).await).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
        for (pointer, wrong) in [("/report", json!("x")), ("/report/status", json!("ASLEEP")), ("/timeline/0/kind", json!(3)), ("/version", json!(2)), ("/recommendations/0/treats/0/id", json!(null))] {
            let mut broken = document.clone();
            *broken.pointer_mut(pointer).unwrap() = wrong;
            assert!(!validator.is_valid(&broken), "{pointer}");
            assert!(read(&broken.to_string()).unwrap().is_err(), "{pointer}");
        }
        let mut more = document.clone();
        more["report"]["salary"] = json!(1);
        assert!(!validator.is_valid(&more) && read(&more.to_string()).unwrap().is_err());
        // Random reports too.
        assert!(imported(app, &document.to_string()).await.key == report.key);
    }
}
