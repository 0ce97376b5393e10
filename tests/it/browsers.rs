//! Signing in with a browser: with a token, or at a real provider.

use actix_web::test::TestRequest;
use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp,
    oidc::{Browser, OidcProvider},
    on_both_databases,
    requests::{Reply, WHO, graphql},
};
use serde_json::json;

use crate::oidc::app_of;

const SESSION: &str = "postmortem_session";

async fn with_token(browser: &mut Browser, app: &TestApp, token: &str, return_to: &str) -> Reply {
    let form = TestRequest::post()
        .uri("/login")
        .set_form([("token", token), ("return_to", return_to)]);
    browser.open(app, form).await
}

async fn who(browser: &mut Browser, app: &TestApp) -> Reply {
    browser.open(app, graphql(WHO)).await
}

/// From the sign-in page to the provider and back. Gives what the product answers then.
async fn at_provider(browser: &mut Browser, app: &TestApp, provider: &OidcProvider, sub: &str) -> Reply {
    let back = way_back(browser, app, provider, sub).await;
    browser.open(app, TestRequest::get().uri(&back)).await
}

async fn way_back(browser: &mut Browser, app: &TestApp, provider: &OidcProvider, sub: &str) -> String {
    let page = browser
        .open(app, TestRequest::get().uri("/login?return_to=graphiql"))
        .await;
    let link = "login/oidc/0?return_to=graphiql";
    assert!(
        page.body.contains(&format!("href=\"{link}\"")) && page.body.contains("Test IdP"),
        "{}",
        page.body
    );
    let sent = browser.open(app, TestRequest::get().uri(&format!("/{link}"))).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
    for part in ["code_challenge_method=S256", "state=", "nonce=", "response_type=code"] {
        assert!(sent.header("location").contains(part), "{}", sent.header("location"));
    }
    browser.at_provider(provider, sent.header("location"), sub).await
}

on_both_databases! {
    /// Off to the provider, back with a code, in with a cookie, out again.
    async fn a_sign_in_at_a_provider(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let browser = &mut Browser::default();
        assert_eq!(who(browser, app).await.status.as_u16(), 401);
        let arrived = at_provider(browser, app, &provider, "alice").await;
        assert_eq!((arrived.status.as_u16(), arrived.header("location")), (303, "../graphiql"), "{}", arrived.body);
        let cookie = arrived.cookie(SESSION).expect("a session");
        assert_eq!(cookie.http_only(), Some(true));
        assert_eq!(cookie.same_site().map(|site| site.to_string()).as_deref(), Some("Lax"));
        assert_eq!(cookie.path(), Some("/"));
        assert_eq!(who(browser, app).await.json()["data"]["viewer"]["user"]["email"], "alice@example.com");
        let page = browser.open(app, TestRequest::get().uri("/login")).await;
        assert!(page.body.contains("You are signed in as Alice Example"), "{}", page.body);

        let out = browser.open(app, TestRequest::post().uri("/logout")).await;
        assert_eq!((out.status.as_u16(), out.header("location")), (303, "login"));
        assert!(!browser.cookies.contains_key(SESSION));
        // The cookie is worth nothing, also for whoever kept it.
        browser.cookies.insert(SESSION.to_owned(), cookie.value().to_owned());
        assert_eq!(who(browser, app).await.status.as_u16(), 401);
    }

    /// What an attacker would send instead of, or after, the real answer of the provider.
    async fn the_way_back_is_narrow(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let refused = async |browser: &mut Browser, path: &str| {
            let reply = browser.open(app, TestRequest::get().uri(path)).await;
            assert_eq!(reply.status.as_u16(), 401, "{path}: {}", reply.body);
            assert!(reply.cookie(SESSION).is_none(), "{path} signed in");
            assert!(reply.body.contains("begin again"), "{path}: {}", reply.body);
        };
        let browser = &mut Browser::default();
        let back = way_back(browser, app, &provider, "alice").await;
        // In the browser of a victim who was made to follow the attacker's link.
        refused(&mut Browser::default(), &back).await;
        let mut victim = Browser::default();
        way_back(&mut victim, app, &provider, "alice").await;
        refused(&mut victim, &back).await;
        // Another code, another state, none.
        let state = back.split("state=").nth(1).unwrap().split('&').next().unwrap();
        refused(&mut Browser::default(), "/login/callback").await;
        refused(browser, "/login/callback?code=x").await;
        refused(browser, "/login/callback?code=x&state=made-up").await;
        refused(browser, "/login/callback?error=access_denied&error_description=%3Cscript%3E").await;
        // A made-up code uses the attempt up.
        refused(browser, &format!("/login/callback?code=made-up&state={state}")).await;
        refused(browser, &back).await;
        // Once only.
        let back = way_back(browser, app, &provider, "alice").await;
        assert_eq!(browser.open(app, TestRequest::get().uri(&back)).await.status.as_u16(), 303);
        refused(&mut Browser::default(), &back).await;
        refused(browser, &back).await;
        // By another provider.
        let back = way_back(browser, app, &provider, "alice").await;
        let ours = format!("iss={}", provider.issuer.replace(':', "%3A").replace('/', "%2F"));
        assert!(back.contains(&ours), "{back}");
        refused(browser, &back.replace(&ours, "iss=https%3A%2F%2Fattacker.example")).await;
        // Too late.
        let back = way_back(browser, app, &provider, "alice").await;
        app.advance(Duration::minutes(16));
        refused(browser, &back).await;
    }

    /// A token of one's own signs a browser in; a token of a machine does not.
    async fn a_sign_in_with_a_token(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let browser = &mut Browser::default();
        let reply = with_token(browser, app, &ada.token, "graphiql?x=1").await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "graphiql?x=1"));
        assert_eq!(who(browser, app).await.json()["data"]["viewer"]["user"]["role"], "ADMIN");
        let script = TestRequest::post().uri("/logout").insert_header(("Content-Type", "application/json"));
        assert_eq!(browser.open(app, script.set_payload("{}")).await.status.as_u16(), 204);
        assert_eq!(who(browser, app).await.status.as_u16(), 401);

        let machine = app.machine(&ada, &["ADMIN"], json!({})).await;
        for token in ["", "nonsense", &machine.token] {
            let reply = with_token(browser, app, token, "graphiql").await;
            assert_eq!(reply.status.as_u16(), 401, "{}", reply.body);
            assert!(reply.body.contains("role=\"alert\"") && reply.cookie(SESSION).is_none());
            assert!(reply.header("content-type").starts_with("text/html"));
        }
    }

    /// A token that is good for a minute makes no session of twelve hours.
    async fn a_session_is_no_longer_than_its_token(app) {
        use entity::user;
        use sea_orm::EntityTrait;
        let ada = app.user("Ada", Role::Admin).await;
        let row = user::Entity::find_by_id(ada.user_id).one(&app.db().await).await.unwrap().unwrap();
        let short = app.app.sign(&row, Duration::minutes(1)).unwrap();
        let browser = &mut Browser::default();
        with_token(browser, app, &short, "").await;
        app.advance(Duration::seconds(59));
        assert_eq!(who(browser, app).await.status.as_u16(), 200);
        app.advance(Duration::seconds(2));
        assert_eq!(who(browser, app).await.status.as_u16(), 401);
    }

    /// Who is made inactive, or loses an identity, is signed out of every browser for good.
    async fn a_sign_out_from_outside(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let root = app.user("Root", Role::Admin).await;
        let browser = &mut Browser::default();
        at_provider(browser, app, &provider, "alice").await;
        let alice = app.ask(&root, "{ users { nodes { id name identities { id } } } }", json!({})).await.at("/users/nodes");
        let alice = alice.as_array().unwrap().iter().find(|user| user["name"] == "Alice Example").unwrap().clone();
        let unlink = json!({ "id": alice["identities"][0]["id"] });
        app.mutate(&root, "unlinkIdentity", unlink, "user { id }").await.data();
        assert_eq!(who(browser, app).await.status.as_u16(), 401);
        let bo = app.user("Bo", Role::Member).await;
        let other = &mut Browser::default();
        with_token(other, app, &bo.token, "").await;
        for active in [false, true] {
            app.mutate(&root, "updateUser", json!({ "id": bo.id, "isActive": active }), "user { id }").await.data();
        }
        assert_eq!(who(other, app).await.status.as_u16(), 401);
    }

    /// Signing in anew leaves no session behind that no cookie leads to any more.
    async fn one_browser_has_one_session(app) {
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Member).await);
        let browser = &mut Browser::default();
        with_token(browser, app, &ada.token, "").await;
        with_token(browser, app, "nonsense", "").await;
        assert_eq!(who(browser, app).await.status.as_u16(), 200, "a failure ended what was there");
        with_token(browser, app, &bo.token, "").await;
        assert_eq!(app.contents().await["web_session"].len(), 1);
        assert!(who(browser, app).await.body.contains(&bo.email));
    }

    /// Whatever was looked for is looked for again after a sign-in; nothing leads anywhere else.
    async fn a_sign_in_leads_back(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for (wish, place) in [
            ("recommendations?severity=SEV1,SEV2&owner=maya@example.org&q=a..b//c:d!(e)'~;$", None),
            ("recommendations?q=a%20b%22&after=x", None),
            ("..%2F..", Some("./")),
            ("a:b", Some("./")),
            ("//elsewhere.example?a=b", Some("./")),
            ("reports/../../x?a=b", Some("./")),
            ("?overdue=yes", Some("./")),
            ("reports?q=\"><script>", Some("./")),
            ("reports?q=\r\nSet-Cookie: x", Some("./")),
        ] {
            let reply = with_token(&mut Browser::default(), app, &ada.token, wish).await;
            assert_eq!((reply.status.as_u16(), reply.header("location")), (303, place.unwrap_or(wish)), "{wish}");
        }
    }

    /// A session ends with its time, and with the user's being active.
    async fn a_session_ends(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Member).await;
        let (browser, other) = (&mut Browser::default(), &mut Browser::default());
        with_token(browser, app, &ada.token, "").await;
        with_token(other, app, &bo.token, "").await;
        app.mutate(&ada, "updateUser", json!({ "id": bo.id, "isActive": false }), "user { id }").await.data();
        assert_eq!(who(other, app).await.status.as_u16(), 401);
        app.advance(Duration::hours(12) - Duration::seconds(1));
        assert_eq!(who(browser, app).await.status.as_u16(), 200);
        app.advance(Duration::seconds(1));
        assert_eq!(who(browser, app).await.status.as_u16(), 401);
        postmortem_api::jobs::run_once(&app.app).await.unwrap();
        assert!(app.contents().await["web_session"].is_empty(), "what has expired is kept");
    }

    /// A page of another site cannot use the cookie, nor sign somebody in or out.
    async fn other_sites_can_do_nothing(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let browser = &mut Browser::default();
        with_token(browser, app, &ada.token, "").await;
        for foreign in [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://attacker.example"), ("Origin", "null"),
        ] {
            let reply = browser.open(app, graphql(WHO).insert_header(foreign)).await;
            assert_eq!(reply.status.as_u16(), 403, "{foreign:?}: {}", reply.body);
            assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "FORBIDDEN");
            let out = browser.open(app, TestRequest::post().uri("/logout").insert_header(foreign)).await;
            assert_eq!(out.status.as_u16(), 403);
            let form = TestRequest::post().uri("/login").insert_header(foreign).set_form([("token", &ada.token)]);
            assert_eq!(browser.open(app, form).await.status.as_u16(), 403);
            // Whoever shows a token means it.
            let with_token = graphql(WHO).insert_header(foreign).insert_header(("Authorization", format!("Bearer {}", ada.token)));
            assert_eq!(app.send(with_token).await.status.as_u16(), 200);
        }
        for ours in [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://postmortem.example"), ("Origin", "http://localhost:8080")] {
            let request = graphql(WHO).insert_header(("Host", "localhost:8080")).insert_header(ours);
            assert_eq!(browser.open(app, request).await.status.as_u16(), 200, "{ours:?}");
        }
        let get = TestRequest::get().uri("/graphql?query=%7B__typename%7D");
        assert_eq!(browser.open(app, get).await.status.as_u16(), 403, "a GET that any page can cause");
        let text = TestRequest::post().uri("/graphql").insert_header(("Content-Type", "text/plain")).set_payload("{}");
        assert_eq!(browser.open(app, text).await.status.as_u16(), 415);
    }

    /// Nobody is sent to another site, and what comes from outside is shown as text.
    async fn the_page_is_no_springboard(app) {
        let ada = app.user("Ada", Role::Member).await;
        for to in [
            "https://attacker.example", "//attacker.example", "/\\attacker.example", "javascript:alert(1)", "../../x", "a\r\nSet-Cookie: x=y", &"a".repeat(501), "%0d%0a:",
        ] {
            let reply = with_token(&mut Browser::default(), app, &ada.token, to).await;
            assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "./"), "{to}");
        }
        let page = app.send(TestRequest::get().uri("/login?return_to=%22%3E%3Cscript%3E")).await;
        assert!(!page.body.contains("<script>"), "{}", page.body);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(app.send(TestRequest::get().uri("/login/oidc/0")).await.status.as_u16(), 404);
        assert_eq!(app.send(TestRequest::get().uri("/login/oidc/99999999999999999999999")).await.status.as_u16(), 404);
        assert_eq!(app.send(TestRequest::get().uri("/login/style.css")).await.status.as_u16(), 200);
    }

    /// A public address with TLS and a path makes cookies that travel only there.
    async fn cookies_keep_to_the_public_address(app) {
        let here = TestApp::with_settings(app.engine, |settings| postmortem_api::platform::settings::Settings {
            public_url: "https://example.org/postmortem".to_owned(),
            ..settings
        }).await;
        let ada = here.user("Ada", Role::Member).await;
        let reply = with_token(&mut Browser::default(), &here, &ada.token, "").await;
        let cookie = reply.cookie(SESSION).expect("a session");
        assert_eq!((cookie.secure(), cookie.path()), (Some(true), Some("/postmortem")));
    }
}
