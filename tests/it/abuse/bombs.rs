//! Much that comes as little: compressed bodies, deep JSON, aliases of YAML, and heads without end.

use std::time::{Duration, Instant};

use actix_web::{http::StatusCode, test::TestRequest};
use entity::enums::Role;
use postmortem_tests::on_both_databases;
use serde_json::json;

/// Far more than any of these needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Zeros, compressed a thousandfold: the beginning of a file of gzip that says it holds much.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

on_both_databases! {
    /// A body that is compressed is refused before it is unpacked, wherever bodies are taken.
    async fn compressed_bodies(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for coding in ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"] {
            let request = TestRequest::post()
                .uri("/graphql")
                .insert_header(("Content-Type", "application/json"))
                .insert_header(("Content-Encoding", coding))
                .insert_header(("Authorization", format!("Bearer {}", ada.token)))
                .set_payload(GZIP.to_vec());
            assert_eq!(app.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{coding}");
        }
        let new = json!({ "kind": "GITHUB", "name": "Widgets", "baseUrl": "http://127.0.0.1:9", "project": "octo/widgets", "token": "t" });
        let made = app.mutate(&ada, "createTrackerConnection", new, "trackerConnection { id }").await;
        let hook = format!("/hooks/trackers/{}", made.text("/trackerConnection/id"));
        for (path, kind) in [(hook.as_str(), "application/json"), ("/login", "application/x-www-form-urlencoded")] {
            let request = TestRequest::post()
                .uri(path)
                .insert_header(("Content-Type", kind))
                .insert_header(("Content-Encoding", "gzip"))
                .set_payload(GZIP.to_vec());
            let reply = app.send(request).await;
            assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}: {}", reply.body);
        }
    }

    /// Depth in every place where JSON or YAML is read.
    async fn deep_documents(app) {
        let begun = Instant::now();
        let ada = app.user("Ada", Role::Admin).await;
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for depth in [100, 127, 200, 100_000] {
            let bodies = [
                format!(r#"{{"query":"query ($f: RecommendationFilter) {{ recommendations(filter: $f) {{ totalCount }} }}","variables":{{"f":{}}}}}"#, deep(depth)),
                format!(r#"{{"query":"{{viewer{{name}}}}","extensions":{{"x":{}}}}}"#, deep(depth)),
                deep(depth),
            ];
            for body in bodies {
                let answer = app.post_text(Some(&ada.token), body).await;
                assert!(answer.status.as_u16() < 500 && answer.code() != "INTERNAL", "{depth}: {:#}", answer.body);
            }
        }
        let exported = format!(r#"{{"schema": "postmortem/report", "version": 1, "report": {}}}"#, deep(100_000));
        let aliases = "---\nschema: postmortem/report\nversion: 1\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                       d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n---\n";
        let nested = format!("---\ntitle: {}\n---\n# T\n", deep(50_000));
        for text in [exported.as_str(), aliases, &nested] {
            let answer = app.mutate(&ada, "importReport", json!({ "markdown": text, "dryRun": true }), "created").await;
            assert!(answer.status.as_u16() < 500, "{:#}", answer.body);
            assert!(answer.is_ok() || answer.code() == "VALIDATION_FAILED", "{:#}", answer.body);
        }
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    }

    /// Names of files and answers never take a header along from what was asked.
    async fn lines_in_addresses(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        for path in [
            format!("/export/reports/{}%0d%0aX-HEADER:%201.md", report.key),
            format!("/export/reports/{}.md?edition=%0d%0aX-HEADER:%201", report.key),
            "/export/recommendations.csv?team=%0d%0aX-HEADER:%201".to_owned(),
            "/export/reports%0d%0aX-HEADER:%201.csv".to_owned(),
            "/calendar/x%0d%0aX-HEADER:%201.ics".to_owned(),
            "/login?return_to=/%0d%0aX-HEADER:%201".to_owned(),
            "/events/schemas/x%0d%0aX-HEADER:%201".to_owned(),
            "/reports/%0d%0aX-HEADER:%201".to_owned(),
        ] {
            let request = TestRequest::get().uri(&path).insert_header(("Authorization", format!("Bearer {}", ada.token)));
            let reply = app.send(request).await;
            assert!(reply.status.as_u16() < 500, "{path}: {}", reply.status);
            assert!(!reply.headers.contains_key("x-header"), "{path}");
            for (name, value) in &reply.headers {
                assert!(!value.as_bytes().contains(&b'\n') && !value.as_bytes().contains(&b'\r'), "{path}: {name}");
            }
        }
    }
}
