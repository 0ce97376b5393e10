//! Too much is told so, with how long to wait; and somebody else is not held up.

use actix_web::test::TestRequest;
use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    TestApp, on_both_databases,
    requests::{Reply, WHO, graphql},
};
use serde_json::json;

#[track_caller]
fn check_refusal(reply: &Reply, seconds: &str) {
    assert_eq!(reply.status.as_u16(), 429, "{}", reply.body);
    assert_eq!(reply.header("retry-after"), seconds);
    let error = &reply.json()["errors"][0];
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(&format!("wait {seconds} s")),
        "{error}"
    );
}

async fn limited(app: &TestApp, change: impl FnOnce(Settings) -> Settings) -> TestApp {
    TestApp::with_settings(app.engine, change).await
}

fn from(address: &str, token: &str) -> TestRequest {
    let peer = format!("{address}:4711").parse().expect("an address");
    graphql(WHO)
        .peer_addr(peer)
        .insert_header(("Authorization", format!("Bearer {token}")))
}

on_both_databases! {
    /// Each user and each token has a minute's worth, which comes back with time.
    async fn by_user_and_token(app) {
        let app = &limited(app, |settings| Settings { requests_per_minute: 6, ..settings }).await;
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Member).await);
        for _ in 0..6 {
            assert_eq!(app.who(&bo.token).await.status.as_u16(), 200);
        }
        check_refusal(&app.who(&bo.token).await, "10");
        assert_eq!(app.who(&ada.token).await.status.as_u16(), 200, "somebody else is held up");
        let machine = app.machine(&ada, &["READ"], json!({})).await;
        for _ in 0..6 {
            assert_eq!(app.who(&machine.token).await.status.as_u16(), 200);
        }
        check_refusal(&app.who(&machine.token).await, "10");
        app.advance(Duration::seconds(10));
        assert_eq!(app.who(&bo.token).await.status.as_u16(), 200);
        check_refusal(&app.who(&bo.token).await, "10");
    }

    /// An address has its own, whoever asks from there. What a proxy says of it counts only if the proxy is trusted.
    async fn by_address(app) {
        let app = &limited(app, |settings| Settings {
            requests_per_minute_per_address: 3,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..settings
        }).await;
        let ada = app.user("Ada", Role::Admin).await;
        let ask = async |peer: &str, forwarded: &str| {
            let mut request = from(peer, &ada.token);
            if !forwarded.is_empty() {
                request = request.insert_header(("X-Forwarded-For", forwarded));
            }
            app.send(request).await
        };
        for _ in 0..3 {
            assert_eq!(ask("192.0.2.1", "").await.status.as_u16(), 200);
        }
        check_refusal(&ask("192.0.2.1", "").await, "20");
        // Made up by a caller who is no proxy.
        check_refusal(&ask("192.0.2.1", "203.0.113.9").await, "20");
        assert_eq!(ask("192.0.2.2", "").await.status.as_u16(), 200);
        // Through our proxies: the last address that they did not add themselves.
        check_refusal(&ask("10.1.1.1", "192.0.2.1").await, "20");
        check_refusal(&ask("10.1.1.1", "198.51.100.7, 192.0.2.1, 10.2.2.2").await, "20");
        check_refusal(&ask("10.1.1.1", "192.0.2.1:4711").await, "20");
        for _ in 0..3 {
            assert_eq!(ask("10.1.1.1", "192.0.2.1, 198.51.100.7").await.status.as_u16(), 200);
        }
        check_refusal(&ask("10.1.1.1", "198.51.100.7").await, "20");
        let login = TestRequest::get().uri("/login").peer_addr("192.0.2.1:1".parse().unwrap());
        assert_eq!(app.send(login).await.status.as_u16(), 429, "the sign-in page is another way in");
    }

    /// Failed sign-ins are limited harder; whoever shows something valid is let in all the same.
    async fn failures_are_limited_harder(app) {
        let app = &limited(app, |settings| Settings { failed_sign_ins_per_minute: 2, ..settings }).await;
        let ada = app.user("Ada", Role::Admin).await;
        let wrong = async |token: &str| app.send(from("192.0.2.1", token)).await;
        assert_eq!(wrong("pm_made-up").await.status.as_u16(), 401);
        assert_eq!(wrong("a.b.c").await.status.as_u16(), 401);
        check_refusal(&wrong("pm_made-up").await, "30");
        assert_eq!(app.send(from("192.0.2.1", &ada.token)).await.status.as_u16(), 200);
        assert_eq!(app.send(from("192.0.2.9", "a.b.c")).await.status.as_u16(), 401);
        let form = TestRequest::post().uri("/login").set_form([("token", "nonsense")]).peer_addr("192.0.2.1:1".parse().unwrap());
        let page = app.send(form).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "30"));
        app.advance(Duration::seconds(30));
        assert_eq!(wrong("pm_made-up").await.status.as_u16(), 401);
    }
}
