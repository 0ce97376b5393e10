//! What stands in an export, and who is given one.

use actix_web::{http::Method, test::TestRequest};
use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, on_both_databases};
use serde_json::{Value, json};

use super::{cells, export, keys, lines};
use crate::{recommendations::Crew, restricted::Vault};

/// A row of CSV by column.
fn row(text: &str, key: &str) -> Value {
    let (head, rows) = cells(text);
    let row = rows.into_iter().find(|row| row[0] == key).expect("the row");
    Value::Object(head.into_iter().zip(row.into_iter().map(Value::String)).collect())
}

on_both_databases! {
    async fn rows_are_flat(app) {
        let crew = Crew::new(app).await;
        let admin = app.user("Root", Role::Admin).await;
        let team = app.team(&admin, &[&crew.bo], &[]).await;
        let second = app.cause(&crew.ada, &crew.report, json!({ "title": "A cause; of \"sorts\"" })).await;
        let first = app.cause(&crew.ada, &crew.report, json!({ "title": "=cmd()" })).await;
        let more = json!({ "title": "=HYPERLINK(\"x\"), or so", "description": "Long.", "ownerId": crew.bo.id, "teamId": team.id, "dueOn": app.day(1), "labels": ["net", "dns,edge"], "priority": "P1" });
        let item = app.item(&crew.ada, &[&second, &first], more).await;
        app.step(&admin, "acceptRecommendation", &item, json!({})).await.data();
        app.advance(Duration::days(4));
        let csv = export(app, &crew.ada, "recommendations.csv").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"recommendations-2026-03-06.csv\"");
        assert_eq!(csv.header("cache-control"), "no-store");
        assert_eq!(csv.header("x-content-type-options"), "nosniff");
        assert!(!csv.header("x-request-id").is_empty());
        assert!(csv.body.ends_with("\r\n"), "{:?}", csv.body);
        let incident = app.show(&crew.ada, "report", &crew.report.id, "incident { key }").await["incident"]["key"].clone();
        let expected = json!({
            "key": item.key, "title": "'=HYPERLINK(\"x\"), or so", "status": "ACCEPTED", "kind": "PREVENT", "priority": "P1", "severity": "SEV2",
            "owner_name": "Bo", "owner_email": crew.bo.email, "team": team.slug, "due_on": "2026-03-03", "original_due_on": "2026-03-03",
            "is_overdue": "true", "days_overdue": "3", "report_key": crew.report.key, "incident_key": incident,
            "root_causes": "'=cmd(); A cause; of \"sorts\"", "labels": "dns,edge; net", "closure_reason": "",
            "created_at": "2026-03-02T09:00:00Z", "accepted_at": "2026-03-02T09:00:00Z", "implemented_at": "", "completed_at": "", "verified_at": "",
            "updated_at": "2026-03-02T09:00:00Z", "url": format!("http://postmortem.example/recommendations/{}", item.key),
        });
        assert_eq!(row(&csv.body, &item.key), expected);
        let mut whole = expected;
        for (name, value) in [
            ("title", json!("=HYPERLINK(\"x\"), or so")), ("is_overdue", json!(true)), ("days_overdue", json!(3)),
            ("root_causes", json!(["=cmd()", "A cause; of \"sorts\""])), ("labels", json!(["dns,edge", "net"])),
            ("closure_reason", json!(null)), ("implemented_at", json!(null)), ("completed_at", json!(null)), ("verified_at", json!(null)),
        ] {
            whole[name] = value;
        }
        assert_eq!(lines(app, &crew.ada, "recommendations.ndjson").await, [whole]);
    }

    async fn reports_are_flat_too(app) {
        let crew = Crew::new(app).await;
        let impact = json!({ "customersAffected": 12, "downtimeSeconds": 90, "costMinorUnits": 1999, "currency": "EUR" });
        let more = json!({ "id": crew.report.id, "title": "-1 day", "dueOn": app.day(2), "labels": ["b", "a"], "impact": impact, "conclusion": "Long." });
        app.mutate(&crew.ada, "updateReport", more, "report { id }").await.data();
        app.advance(Duration::days(4));
        let csv = export(app, &crew.ada, "reports.csv").await;
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"reports-2026-03-06.csv\"");
        let found = row(&csv.body, &crew.report.key);
        for (name, value) in [
            ("title", "'-1 day"), ("status", "DRAFT"), ("severity", "SEV2"), ("owner_name", "Ada"), ("team", ""), ("due_on", "2026-03-04"),
            ("is_overdue", "true"), ("days_overdue", "2"), ("incident_started_at", "2026-03-01T09:00:00Z"), ("labels", "a; b"),
            ("customers_affected", "12"), ("requests_failed", ""), ("downtime_seconds", "90"), ("cost_minor_units", "1999"), ("currency", "EUR"),
            ("published_at", ""), ("created_at", "2026-03-02T09:00:00Z"),
        ] {
            assert_eq!(found[name], value, "{name}");
        }
        assert_eq!(found["url"], format!("http://postmortem.example/reports/{}", crew.report.key));
        let line = lines(app, &crew.ada, "reports.ndjson").await.remove(0);
        assert_eq!((line["customers_affected"].clone(), line["labels"].clone(), line["requests_failed"].clone()), (json!(12), json!(["a", "b"]), json!(null)));
    }

    /// As in GraphQL: by token, only what may be seen, and written down when an admin looks.
    async fn an_export_shows_what_its_reader_may_see(app) {
        let vault = Vault::new(app).await;
        let all = ["recommendations.csv", "recommendations.ndjson", "reports.csv", "reports.ndjson"];
        for path in all {
            let outside = export(app, &vault.outsider, path).await;
            assert_eq!(outside.status.as_u16(), 200);
            assert!(!outside.body.to_lowercase().contains("vault"), "{path}: {}", outside.body);
            for insider in [&vault.owner, &vault.insider] {
                assert!(export(app, insider, path).await.body.to_lowercase().contains("vault"), "{path}");
            }
        }
        // Neither by a filter.
        for filter in ["title=vault", "report=PM-1,PM-2,PM-3", "filter=%7B%22not%22:%7B%22report%22:%7B%22title%22:%7B%22contains%22:%22vault%22%7D%7D%7D%7D"] {
            let asked = keys(app, &vault.outsider, &format!("recommendations.ndjson?{filter}")).await;
            assert!(!asked.contains(&vault.secret_item.key), "{filter}: {asked:?}");
        }
        let looks = async || {
            app.ask(&vault.admin, "{ events(types: [\"report.read\"]) { nodes { payload } } }", json!({})).await.at("/events/nodes").as_array().unwrap().len()
        };
        for path in all {
            app.advance(Duration::hours(2));
            let before = looks().await;
            assert!(export(app, &vault.admin, path).await.body.to_lowercase().contains("vault"));
            assert_eq!(looks().await, before + 1, "{path}");
        }
    }

    async fn whoever_may_not_read_gets_none(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let ingest = app.machine(&ada, &["INGEST"], json!({})).await;
        let read = app.machine(&ada, &["READ"], json!({})).await;
        assert_eq!(export(app, &read, "reports.csv").await.status.as_u16(), 200);
        assert_eq!(export(app, &ingest, "reports.csv").await.status.as_u16(), 403);
        let nobody = app.send(TestRequest::get().uri("/export/reports.csv")).await;
        assert_eq!(nobody.status.as_u16(), 401);
        assert!(nobody.header("www-authenticate").starts_with("Bearer"));
        assert!(nobody.body.contains("Send a token"), "{}", nobody.body);
        let cookie = app.send(TestRequest::get().uri("/export/reports.csv").insert_header(("Cookie", format!("postmortem_session={}", "x".repeat(43))))).await;
        assert_eq!(cookie.status.as_u16(), 401);
        for path in ["reports", "reports.xlsx", "users.csv", ".csv", "reports.csv.gz"] {
            let reply = export(app, &ada, path).await;
            assert_eq!(reply.status.as_u16(), 404, "{path}");
            assert!(reply.body.contains("recommendations.ndjson"), "{}", reply.body);
        }
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let request = TestRequest::default().method(method.clone()).uri("/export/reports.csv").insert_header(("Authorization", format!("Bearer {}", ada.token)));
            let reply = app.send(request).await;
            assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, HEAD"), "{method}");
        }
        let head = TestRequest::default().method(Method::HEAD).uri("/export/reports.csv?status=OPEN").insert_header(("Authorization", format!("Bearer {}", ada.token)));
        let head = app.send(head).await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
        assert_eq!(head.header("content-disposition"), "attachment; filename=\"reports-2026-03-02.csv\"");
    }

    async fn exports_count_as_requests(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { requests_per_minute: 2, ..settings }).await;
        let ada = app.user("Ada", Role::Admin).await;
        for expected in [200, 200, 429] {
            assert_eq!(export(app, &ada, "reports.csv").await.status.as_u16(), expected);
        }
    }

    /// The embedded form of an empty list is its head, or nothing.
    async fn an_empty_list_is_an_export(app) {
        let ada = app.user("Ada", Role::Member).await;
        let (head, rows) = cells(&export(app, &ada, "recommendations.csv").await.body);
        assert_eq!((head.len(), rows.len()), (25, 0));
        assert_eq!(export(app, &ada, "recommendations.ndjson").await.body, "");
    }
}
