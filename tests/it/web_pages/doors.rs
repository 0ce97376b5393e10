//! Who gets in, by which way, and what surrounds every answer.

use actix_web::test::TestRequest;
use entity::enums::Role;
use postmortem_tests::{TestApp, oidc::Browser, on_both_databases, requests::Reply};
use serde_json::json;

use super::{open, target, words};

async fn signed_in(app: &TestApp, token: &str) -> Browser {
    let mut browser = Browser::default();
    let form = TestRequest::post().uri("/login").set_form([("token", token)]);
    let reply = browser.open(app, form).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (303, "./"),
        "{}",
        reply.body
    );
    browser
}

#[track_caller]
fn is_locked_down(what: &str, reply: &Reply) {
    let policy = reply.header("content-security-policy");
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "{what}"
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("content-type", "text/html; charset=utf-8"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}");
    }
    assert!(!reply.header("x-request-id").is_empty(), "{what}");
    assert!(
        !reply.body.contains("<script") && !reply.body.contains("<style") && !reply.body.contains(" style="),
        "{what}"
    );
}

on_both_databases! {
    /// Sent to sign in, and back to where they wanted to go, with all filters.
    async fn there_and_back(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        for (path, there, back) in [
            ("/", "login?return_to=.%2F", "./"),
            ("/?severity=SEV1&period=12w", "login?return_to=.%2F%3Fseverity%3DSEV1%26period%3D12w", "./?severity=SEV1&period=12w"),
            ("/recommendations?owner=me&status=ACCEPTED%2CBLOCKED&q=a+b", "", "recommendations?owner=me&status=ACCEPTED%2CBLOCKED&q=a+b"),
            (&format!("/reports/{}", report.key), &format!("../login?return_to=reports%2F{}", report.key), &format!("reports/{}", report.key)),
        ] {
            let browser = &mut Browser::default();
            let sent = browser.open(app, TestRequest::get().uri(path)).await;
            let location = sent.header("location").to_owned();
            assert_eq!((sent.status.as_u16(), sent.header("cache-control")), (303, "private, no-store"), "{path}");
            assert!(there.is_empty() || location == there, "{path} leads to {location}");
            let login = browser.open(app, TestRequest::get().uri(&target(path, &location).unwrap())).await;
            let kept = format!("name=\"return_to\" value=\"{}\"", back.replace('&', "&amp;"));
            assert!(login.body.contains(&kept), "{path}: no {kept} in {}", login.body);
            let form = TestRequest::post().uri("/login").set_form([("token", ada.token.as_str()), ("return_to", back)]);
            let arrived = browser.open(app, form).await;
            assert_eq!((arrived.status.as_u16(), arrived.header("location")), (303, back), "{path}");
            let path = target("/login", back).unwrap();
            let shown = browser.open(app, TestRequest::get().uri(&path)).await;
            assert_eq!(shown.status.as_u16(), 200, "{path}: {}", shown.body);
            assert!(shown.body.contains(">Ada</a>"), "{path} does not say who is signed in");
        }
    }

    /// A cookie that is worth nothing is as good as none; a token that is worth nothing is told so.
    async fn worthless_credentials(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let mut browser = signed_in(app, &ada.token).await;
        app.advance(chrono::Duration::hours(13));
        let reply = browser.open(app, TestRequest::get().uri("/")).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "login?return_to=.%2F"));
        for token in ["Bearer x", "Basic x", "x"] {
            let reply = app.send(TestRequest::get().uri("/").insert_header(("Authorization", token))).await;
            assert_eq!(reply.status.as_u16(), 401, "{token}: {}", words(&reply.body));
            assert!(reply.header("www-authenticate").starts_with("Bearer"));
            is_locked_down(token, &reply);
        }
        let machine = app.machine(&ada, &["INGEST"], json!({})).await;
        let reply = open(app, &machine, "/").await;
        assert_eq!(reply.status.as_u16(), 403);
        assert!(words(&reply.body).contains("This token may only create incidents"), "{}", words(&reply.body));
        is_locked_down("INGEST", &reply);
    }

    /// A link in a chat or a mail works, unlike a request that a page of another site makes to the API.
    async fn links_of_other_sites_work(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let mut browser = signed_in(app, &ada.token).await;
        let from_elsewhere = TestRequest::get().uri("/recommendations").insert_header(("Sec-Fetch-Site", "cross-site"));
        assert_eq!(browser.open(app, from_elsewhere).await.status.as_u16(), 200);
        let out = browser.open(app, TestRequest::post().uri("/logout")).await;
        assert_eq!((out.status.as_u16(), out.header("location")), (303, "login"));
        assert_eq!(browser.open(app, TestRequest::get().uri("/")).await.status.as_u16(), 303);
    }

    /// Every answer that is a page says to keep nothing, load nothing from elsewhere and run nothing.
    async fn headers(app) {
        let world = app.world().await;
        let cause = world.causes[0].id.to_string();
        let paths = [
            "/".to_owned(), "/recommendations".to_owned(), "/reports".to_owned(), "/incidents".to_owned(), "/root-causes".to_owned(),
            format!("/recommendations/{}", world.items[0].key), format!("/reports/{}", world.reports[0].key),
            format!("/incidents/{}", world.incidents[0].key), format!("/root-causes/{cause}"), "/nothing".to_owned(), "/?team=nope".to_owned(),
        ];
        for path in paths {
            let reply = open(app, &world.me, &path).await;
            is_locked_down(&path, &reply);
            assert!(!reply.body.contains("://") || reply.body.matches("://").count() == reply.body.matches("http://www.w3.org/").count(), "{path} names another site");
            let head = TestRequest::default().method(actix_web::http::Method::HEAD).uri(&path);
            let head = app.send(head.insert_header(("Authorization", format!("Bearer {}", world.me.token)))).await;
            assert_eq!(head.status, reply.status, "HEAD {path}");
            assert_eq!(head.header("content-type"), "text/html; charset=utf-8");
        }
        let style = open(app, &world.me, "/").await.body;
        let (_, style) = style.split_once("rel=\"stylesheet\" href=\"").unwrap();
        let style = format!("/{}", style.split_once('"').unwrap().0);
        let reply = app.send(TestRequest::get().uri(&style)).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/css; charset=utf-8"), "{style}");
        assert!(reply.header("cache-control").contains("immutable") && !reply.body.contains("url("));
        assert_eq!(app.send(TestRequest::get().uri("/assets/style-0000000000000000.css")).await.status.as_u16(), 404);
    }

    /// Pages are only read.
    async fn other_methods(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for path in ["/", "/recommendations", "/reports/PM-1"] {
            let post = TestRequest::post().uri(path).insert_header(("Authorization", format!("Bearer {}", ada.token)));
            let reply = app.send(post).await;
            assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, HEAD"), "{path}");
        }
        // What is no page answers as it did.
        assert_eq!(app.send(TestRequest::put().uri("/readyz")).await.status.as_u16(), 404);
        assert_eq!(app.send(TestRequest::get().uri("/healthz")).await.body, "ok\n");
    }

    /// Too many requests are told so, as a page.
    async fn limits(app) {
        use postmortem_api::platform::settings::Settings;
        let app = &TestApp::with_settings(app.engine, |settings| Settings { requests_per_minute: 2, ..settings }).await;
        let ada = app.user("Ada", Role::Admin).await;
        for _ in 0..2 {
            assert_eq!(open(app, &ada, "/reports").await.status.as_u16(), 200);
        }
        let reply = open(app, &ada, "/reports").await;
        assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (429, "30"), "{}", words(&reply.body));
        is_locked_down("429", &reply);
    }

    /// Limits on queries of others are none on pages.
    async fn strict_limits_break_no_page(app) {
        use postmortem_api::platform::settings::Settings;
        let app = &TestApp::with_settings(app.engine, |settings| Settings { query_depth: 3, query_complexity: 5, ..settings }).await;
        let ada = app.user("Ada", Role::Admin).await;
        assert_eq!(open(app, &ada, "/").await.status.as_u16(), 200);
    }
}
