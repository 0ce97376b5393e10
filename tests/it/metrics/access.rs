//! Who may read the metrics, and in which format.

use std::net::SocketAddr;

use actix_web::{http::Method, test::TestRequest};
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    Engine, TestApp,
    requests::Reply,
    scrape::{METRICS_TOKEN, Scrape},
};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
const NEAR: &str = "127.0.0.1:40000";

fn get() -> TestRequest {
    TestRequest::get().uri("/metrics")
}

fn from(peer: &str) -> TestRequest {
    get().peer_addr(peer.parse::<SocketAddr>().unwrap())
}

fn bearer(token: &str) -> TestRequest {
    get().insert_header(("Authorization", format!("Bearer {token}")))
}

async fn with(change: impl Fn(Settings) -> Settings, requests: impl Fn() -> Vec<(&'static str, TestRequest, u16)>) {
    for engine in ENGINES {
        let app = TestApp::with_settings(engine, &change).await;
        for (what, request, status) in requests() {
            let reply: Reply = app.send(request).await;
            assert_eq!(reply.status, status, "{what}: {}", reply.body);
            assert!(!reply.body.contains(METRICS_TOKEN), "{what}");
            assert_eq!(
                reply.body.contains("postmortem_build_info"),
                status == 200,
                "{what}: {}",
                reply.body
            );
            if status == 401 {
                assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"postmortem metrics\"");
            }
        }
        app.finish().await;
    }
}

#[actix_web::test]
async fn a_token_opens_them_to_whoever_shows_it() {
    let requests = || {
        vec![
            ("nothing", from(NEAR), 401),
            ("another token", bearer("another-token-of-somebody"), 401),
            ("half of it", bearer(&METRICS_TOKEN[..10]), 401),
            (
                "another scheme",
                get().insert_header(("Authorization", format!("Basic {METRICS_TOKEN}"))),
                401,
            ),
            ("it", bearer(METRICS_TOKEN), 200),
            (
                "it, in small letters",
                get().insert_header(("Authorization", format!("bearer {METRICS_TOKEN}"))),
                200,
            ),
            ("it, to send something", bearer(METRICS_TOKEN).method(Method::POST), 404),
        ]
    };
    with(|settings| settings, requests).await;
}

/// A proxy on the machine makes everybody a neighbour.
#[actix_web::test]
async fn without_a_token_this_machine_may_and_no_other() {
    let here = |settings| Settings {
        metrics_token: None,
        public_url: "http://localhost:8080".to_owned(),
        ..settings
    };
    let requests = || {
        let mut all = vec![
            ("this machine", from(NEAR), 200),
            ("this machine, with IPv6", from("[::1]:40000"), 200),
            ("this machine, as IPv6 writes it", from("[::ffff:127.0.0.1]:40000"), 200),
            ("another", from("192.0.2.7:40000"), 403),
            ("nobody knows", get(), 403),
        ];
        for name in ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"] {
            all.push((name, from(NEAR).insert_header((name, "192.0.2.7")), 403));
        }
        all
    };
    with(here, requests).await;
    let proxied = |settings| Settings {
        metrics_token: None,
        public_url: "https://postmortem.example".to_owned(),
        ..settings
    };
    with(proxied, || vec![("behind a proxy that says nothing", from(NEAR), 403)]).await;
}

#[actix_web::test]
async fn elsewhere_or_switched_off_there_is_nothing() {
    let off = |settings| Settings {
        metrics: false,
        ..settings
    };
    let apart = |settings| Settings {
        metrics_listen: Some("127.0.0.1:1".parse().unwrap()),
        ..settings
    };
    with(off, || vec![("off", bearer(METRICS_TOKEN), 404)]).await;
    with(apart, || vec![("apart", bearer(METRICS_TOKEN), 404)]).await;
}

/// Whoever tries tokens is told to wait.
#[actix_web::test]
async fn tries_are_counted() {
    for engine in ENGINES {
        let limited = |settings| Settings {
            failed_sign_ins_per_minute: 3,
            ..settings
        };
        let app = TestApp::with_settings(engine, limited).await;
        for _ in 0..3 {
            assert_eq!(app.send(from(NEAR)).await.status, 401);
        }
        let refused = app.send(from(NEAR)).await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "20"));
        assert_eq!(app.send(bearer(METRICS_TOKEN)).await.status, 200);
        app.finish().await;
    }
}

#[actix_web::test]
async fn both_formats_have_the_same_numbers() {
    let app = TestApp::new(Engine::Sqlite).await;
    let asked = async |accept: &str| app.send(bearer(METRICS_TOKEN).insert_header(("Accept", accept))).await;
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    for (accept, expected) in [
        ("*/*", plain),
        ("text/plain", plain),
        ("text/html", plain),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            open,
        ),
        ("application/openmetrics-text;q=0.2, text/plain", plain),
        ("application/openmetrics-text;q=0", plain),
    ] {
        assert_eq!(asked(accept).await.header("content-type"), expected, "{accept}");
    }
    let (plain, open) = (
        asked("text/plain").await.body,
        asked("application/openmetrics-text").await.body,
    );
    assert!(open.ends_with("# EOF\n") && !plain.contains("# EOF"));
    let names = |text: &str| {
        let text = text.trim_end_matches("# EOF\n");
        let samples = Scrape::new(text).samples.into_iter();
        samples
            .map(|sample| sample.name)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(&plain), names(&open));
    app.finish().await;
}
