//! What trackers tell by webhooks.

use actix_web::{http::StatusCode, test::TestRequest};
use chrono::Duration;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, on_both_databases};
use ring::hmac;
use serde_json::{Value, json};

use super::{Linked, linked};

pub(super) fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    tag.as_ref()
        .iter()
        .fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

async fn send(app: &TestApp, linked: &Linked, delivery: &str, signed: &str, body: &str) -> StatusCode {
    send_as(app, linked, "application/json", delivery, signed, body).await.0
}

async fn send_as(
    app: &TestApp,
    linked: &Linked,
    kind: &str,
    delivery: &str,
    signed: &str,
    body: &str,
) -> (StatusCode, String) {
    let path = format!("/hooks/trackers/{}", linked.connection.id);
    let headers = [
        ("content-type", kind),
        ("x-github-delivery", delivery),
        ("x-hub-signature-256", signed),
        ("x-github-event", "issues"),
    ];
    app.post_to(&path, &headers, body).await
}

/// Tells of an issue as it is now, or as it was.
pub(super) async fn tell(app: &TestApp, linked: &Linked, delivery: &str, issue: Value) {
    let body = json!({ "action": "edited", "issue": issue }).to_string();
    let signed = signature(&linked.connection.secret, &body);
    assert_eq!(send(app, linked, delivery, &signed, &body).await, StatusCode::ACCEPTED);
}

on_both_databases! {
    /// A notice leads to a look at the issue at once. One that says what is known leads to none, and so does one that comes twice.
    async fn a_notice_leads_to_a_look(app) {
        let linked = linked(app).await;
        linked.tracker.forget();
        tell(app, &linked, "1", linked.tracker.issue(1)).await;
        app.keep_trackers().await;
        assert_eq!(linked.tracker.calls().len(), 0, "an echo");
        let before = linked.tracker.issue(1);
        linked.tracker.edit(1, json!({ "title": "Told" }));
        tell(app, &linked, "2", linked.tracker.issue(1)).await;
        app.keep_trackers().await;
        assert_eq!((&linked.shown(app).await["title"], linked.tracker.count("GET")), (&json!("Told"), 1));
        tell(app, &linked, "2", before.clone()).await;
        app.keep_trackers().await;
        assert_eq!(linked.tracker.count("GET"), 1, "it came twice");
        // One that is late tells of what was. It leads to a look, and the look to nothing.
        tell(app, &linked, "3", before).await;
        app.keep_trackers().await;
        assert_eq!((&linked.shown(app).await["title"], linked.tracker.count("GET")), (&json!("Told"), 2));
        assert_eq!(linked.tracker.count("PATCH"), 0);
    }

    /// Nothing is kept of what is not signed with the secret.
    async fn what_is_not_signed_is_refused(app) {
        let linked = linked(app).await;
        let body = json!({ "action": "edited", "issue": linked.tracker.issue(1) }).to_string();
        let good = signature(&linked.connection.secret, &body);
        let mut flipped = good.clone();
        flipped.replace_range(10..11, if &good[10..11] == "0" { "1" } else { "0" });
        for wrong in ["", "sha256=", "sha256=zz", &good[7..], &flipped, &signature("other", &body), &signature("", &body)] {
            assert_eq!(send(app, &linked, "1", wrong, &body).await, StatusCode::UNAUTHORIZED, "{wrong}");
        }
        let altered = body.replace("Limit", "Lift");
        assert_eq!(send(app, &linked, "1", &good, &altered).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.contents().await["tracker_notice"], Vec::<String>::new());
        let nobody = app.post_to("/hooks/trackers/trk_01k00000000000000000000000", &[], "{}").await.0;
        assert_eq!(nobody, StatusCode::NOT_FOUND);
        assert_eq!(app.post_to("/hooks/trackers/x", &[], "{}").await.0, StatusCode::NOT_FOUND);
    }

    /// Who guesses is held off; who is genuine never is.
    async fn guesses_are_held_off(app) {
        let limited = TestApp::with_settings(app.engine, |settings| Settings { failed_sign_ins_per_minute: 3, ..settings }).await;
        let linked = linked(&limited).await;
        let body = json!({ "action": "edited", "issue": linked.tracker.issue(1) }).to_string();
        for expected in [401, 401, 401, 429] {
            assert_eq!(send(&limited, &linked, "1", "sha256=00", &body).await.as_u16(), expected);
        }
        let good = signature(&linked.connection.secret, &body);
        assert_eq!(send(&limited, &linked, "1", &good, &body).await, StatusCode::ACCEPTED);
        limited.finish().await;
    }

    /// Which notices came is known for as long as the setting says; what stood in them is not kept.
    async fn notices_are_forgotten(app) {
        let brief = TestApp::with_settings(app.engine, |settings| Settings { notice_retention_days: 2, ..settings }).await;
        let linked = linked(&brief).await;
        let known = async |delivery: &str| {
            tell(&brief, &linked, delivery, linked.tracker.issue(1)).await;
            brief.keep_trackers().await;
            let notices = brief.contents().await["tracker_notice"].clone();
            assert!(notices.iter().all(|row| row.contains("body: \"\"")), "{notices:?}");
            notices.len()
        };
        assert_eq!(known("1").await, 1);
        brief.advance(Duration::days(2));
        assert_eq!(known("2").await, 2);
        brief.advance(Duration::seconds(1));
        assert_eq!(known("3").await, 2, "the first is forgotten");
        brief.finish().await;
    }

    /// GitHub sends forms unless it is told otherwise. The signature is over the form as it comes.
    async fn a_form_is_taken(app) {
        let linked = linked(app).await;
        linked.tracker.edit(1, json!({ "title": "Told & signed: 100 %" }));
        let notice = json!({ "action": "edited", "issue": linked.tracker.issue(1) }).to_string();
        let form = notice.bytes().fold("payload=".to_owned(), |text, byte| format!("{text}%{byte:02X}"));
        let kinds = ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"];
        for (delivery, kind) in kinds.into_iter().enumerate() {
            let (signed, delivery) = (signature(&linked.connection.secret, &form), delivery.to_string());
            assert_eq!(send_as(app, &linked, kind, &delivery, &signed, &form).await.0, StatusCode::ACCEPTED, "{kind}");
            let of_the_notice = signature(&linked.connection.secret, &notice);
            assert_eq!(send_as(app, &linked, kind, "x", &of_the_notice, &form).await.0, StatusCode::UNAUTHORIZED);
        }
        app.keep_trackers().await;
        assert_eq!(linked.shown(app).await["title"], "Told & signed: 100 %");
    }

    /// Trackers tell of long texts, also of what they were before. Such a notice is taken, and what is long is not kept.
    async fn a_long_notice_is_taken(app) {
        let linked = linked(app).await;
        let post = async |size: usize| {
            let changes = json!({ "body": { "from": "x".repeat(size) } });
            let body = json!({ "action": "edited", "changes": changes, "issue": linked.tracker.issue(1) }).to_string();
            let request = TestRequest::post()
                .uri(&format!("/hooks/trackers/{}", linked.connection.id))
                .insert_header(("content-type", "application/json"))
                .insert_header(("x-github-delivery", size.to_string()))
                .insert_header(("x-hub-signature-256", signature(&linked.connection.secret, &body)))
                .set_payload(body);
            app.send(request).await.status
        };
        linked.tracker.edit(1, json!({ "title": "Told at length", "body": "y".repeat(65_536) }));
        assert_eq!(post(4_100_000).await, StatusCode::ACCEPTED);
        let kept = app.contents().await["tracker_notice"].concat();
        assert!(kept.contains("Told at length") && kept.len() < 10_000, "{} bytes", kept.len());
        assert_eq!(post(4_200_000).await, StatusCode::PAYLOAD_TOO_LARGE);
        app.keep_trackers().await;
        assert_eq!(linked.shown(app).await["title"], "Told at length");
        // Other bodies are no longer for that.
        let request = TestRequest::post().uri("/nowhere").set_payload("x".repeat(1_100_000));
        assert_eq!(app.send(request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    /// What is signed and cannot be read is refused with one sentence, so that whoever set the webhook up sees it there.
    async fn what_cannot_be_read_is_refused(app) {
        let linked = linked(app).await;
        let (plain, form) = ("application/json", "application/x-www-form-urlencoded");
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        for (kind, body) in [
            (plain, ""), (plain, "{"), (plain, "[]"), (plain, "null"), (plain, "not JSON"), (plain, "payload=%7B%7D"), (plain, deep.as_str()),
            (form, ""), (form, "{}"), (form, "other=%7B%7D"), (form, "payload=%5B%5D"), (form, "payload=%FF"),
        ] {
            let signed = signature(&linked.connection.secret, body);
            let (status, sentence) = send_as(app, &linked, kind, "1", &signed, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{kind} {body}");
            assert!(sentence.starts_with("The body is no JSON object") && sentence.lines().count() == 1, "{sentence}");
        }
        assert_eq!(app.contents().await["tracker_notice"], Vec::<String>::new());
    }

    /// What is signed and is no notice of an issue is taken and forgotten.
    async fn other_notices_do_no_harm(app) {
        let linked = linked(app).await;
        linked.tracker.forget();
        for (delivery, body) in ["{\"zen\": \"Keep it logically awesome.\"}", "{}", "{\"issue\": null}"].into_iter().enumerate() {
            let signed = signature(&linked.connection.secret, body);
            assert_eq!(send(app, &linked, &delivery.to_string(), &signed, body).await, StatusCode::ACCEPTED, "{body}");
        }
        tell(app, &linked, "gone", json!({ "number": 4711, "title": "Not ours", "state": "open" })).await;
        app.keep_trackers().await;
        assert_eq!(linked.tracker.calls().len(), 0);
        let left = app.contents().await["tracker_notice"].iter().filter(|row| row.contains("done_at: None")).count();
        assert_eq!(left, 0);
    }
}
