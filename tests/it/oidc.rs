//! Tokens of a real OpenID Connect provider: who they make, what they change, and when the provider has other keys or none.

use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::{
    clock::{Clock, SystemClock},
    settings::Settings,
};
use postmortem_tests::{TestApp, TestUser, oidc::OidcProvider, on_both_databases};
use serde_json::{Value, json};

/// Settings that accept the provider's tokens. `more` changes how.
pub fn trusting(provider: &OidcProvider, more: Value) -> impl FnOnce(Settings) -> Settings {
    let mut issuer = json!({
        "issuer": provider.issuer, "name": "Test IdP", "client_id": "postmortem",
        "client_secret": "a-secret-for-tests-only-0123456789", "scopes": ["openid", "email", "profile", "groups"],
        "roles": { "admins": "admin", "engineers": "MEMBER" }, "teams": { "engineers": "payments" },
        "leads": { "payment-leads": "payments" },
    });
    postmortem_tests::fixtures::merge(&mut issuer, more);
    let issuer = serde_json::from_value(issuer).expect("an issuer");
    |settings| Settings {
        oidc_issuers: vec![issuer],
        ..settings
    }
}

/// An app on the same kind of database whose clock shows the real time, as the provider's does.
pub async fn app_of(app: &TestApp, provider: &OidcProvider, more: Value) -> TestApp {
    let here = TestApp::with_settings(app.engine, trusting(provider, more)).await;
    here.clock.set(SystemClock.now());
    here
}

async fn payments(app: &TestApp) -> TestUser {
    let root = app.user("Root", Role::Admin).await;
    let input = json!({ "slug": "payments", "name": "Payments" });
    app.mutate(&root, "createTeam", input, "team { id }").await.data();
    root
}

async fn described(app: &TestApp, token: &str) -> Value {
    let body = json!({ "query": "{ viewer { user { id email name role teams { slug members { user { email } isLead } } identities { id issuer subject } } } }" });
    app.post(Some(token), body).await.at("/viewer/user")
}

async fn events_of(app: &TestApp, user: &str) -> Vec<entity::event::Model> {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
    let id: entity::ids::UserId = user.parse().unwrap();
    entity::event::Entity::find()
        .filter(entity::event::Column::SubjectId.eq(id.0))
        .order_by_asc(entity::event::Column::Sequence)
        .all(&app.db().await)
        .await
        .unwrap()
}

on_both_databases! {
    /// A user is there from the first request on, with the role and teams of their groups; later tokens change them.
    async fn users_appear_and_follow_their_groups(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        payments(app).await;
        provider.account("carol", "Carol@Example.com", &["engineers", "others"]).await;
        let first = provider.token("carol", json!({})).await;
        let carol = described(app, &first).await;
        assert_eq!(carol["email"], "carol@example.com");
        assert_eq!((&carol["name"], &carol["role"]), (&json!("carol of IdP"), &json!("MEMBER")));
        assert_eq!(carol["teams"][0]["slug"], "payments");
        assert_eq!(carol["teams"][0]["members"], json!([{ "user": { "email": "carol@example.com" }, "isLead": false }]));
        assert_eq!(carol["identities"][0]["subject"], "carol");
        let id = carol["id"].as_str().unwrap();
        let events = events_of(app, id).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].event_type, "user.created");
        assert_eq!(events[0].actor_user_id.unwrap().to_string(), id);
        assert_eq!(events[0].payload, json!({ "issuer": provider.issuer, "subject": "carol" }));

        // The same token says nothing new.
        described(app, &first).await;
        assert_eq!(events_of(app, id).await.len(), 1);

        // Time must pass between two tokens: they are stamped to the second.
        provider.account("carol", "carol@example.com", &["admins", "payment-leads"]).await;
        let second = loop {
            let token = provider.token("carol", json!({})).await;
            app.clock.set(SystemClock.now());
            if described(app, &token).await["role"] != "MEMBER" { break token; }
        };
        let carol = described(app, &second).await;
        assert_eq!((&carol["role"], &carol["teams"][0]["members"][0]["isLead"]), (&json!("ADMIN"), &json!(true)));
        let events = events_of(app, id).await;
        assert_eq!(events.last().unwrap().event_type, "user.updated");
        let changes = events.last().unwrap().changes.to_string();
        assert!(changes.contains("\"role\"") && changes.contains("payments (lead)"), "{changes}");

        // What an older token says of groups is no longer so.
        assert_eq!(described(app, &first).await["role"], "ADMIN");
        assert_eq!(events_of(app, id).await.len(), 2);
    }

    /// Nobody becomes a user by having, or claiming, their address; an admin binds the two.
    async fn an_address_is_no_identity(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let root = payments(app).await;
        provider.account("mallory", &root.email, &["admins"]).await;
        let token = provider.token("mallory", json!({})).await;
        let contents = app.contents().await;
        let reply = app.who(&token).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert!(reply.body.contains("linkIdentity") && reply.body.contains("mallory"), "{}", reply.body);
        let written = app.contents().await;
        assert_eq!(written["user"], contents["user"]);
        assert_eq!(written["user_identity"], contents["user_identity"]);

        let bo = app.user("Bo", Role::Viewer).await;
        let link = json!({ "userId": bo.id, "issuer": provider.issuer, "subject": "mallory" });
        let refused = app.mutate(&bo, "linkIdentity", link.clone(), "user { id }").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        app.mutate(&root, "linkIdentity", link, "user { id }").await.data();
        let user = described(app, &token).await;
        assert_eq!((&user["id"], &user["role"]), (&json!(bo.id), &json!("ADMIN")));
        // Root's address is taken: Bo keeps the old one.
        assert_eq!(user["email"], bo.email);
        let other = json!({ "userId": root.id, "issuer": provider.issuer, "subject": "mallory" });
        let taken = app.mutate(&root, "linkIdentity", other, "user { id }").await;
        assert_eq!(taken.problems(), [("subject".to_owned(), "TAKEN".to_owned())]);

        let identity = user["identities"][0]["id"].as_str().unwrap();
        app.mutate(&root, "unlinkIdentity", json!({ "id": identity }), "user { id }").await.data();
        assert_eq!(app.who(&token).await.status.as_u16(), 401);
        let kinds: Vec<String> = events_of(app, &bo.id).await.into_iter().map(|event| event.event_type).collect();
        assert_eq!(kinds, ["user.created", "user.identity_linked", "user.updated", "user.identity_unlinked"]);
    }

    /// Without an address that the provider stands by there is no new user.
    async fn a_new_user_needs_an_address(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        for (account, words) in [
            (json!({ "sub": "a", "name": "A" }), "no e-mail address"),
            (json!({ "sub": "a", "email": "not an address" }), "no e-mail address"),
            (json!({ "sub": "a", "email": "a@example.com", "email_verified": false }), "not verified"),
            (json!({ "sub": "a", "email": "a@example.com", "email_verified": "false" }), "not verified"),
        ] {
            provider.raw_account(account).await;
            let reply = app.who(&provider.token("a", json!({})).await).await;
            assert_eq!(reply.status.as_u16(), 401);
            assert!(reply.body.contains(words), "{}", reply.body);
        }
    }

    /// An inactive user stays out; who loses their group loses their role; the last admin does not.
    async fn who_may_no_longer_come(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        provider.account("ada", "ada@example.com", &["admins"]).await;
        let ada = provider.token("ada", json!({})).await;
        assert_eq!(described(app, &ada).await["role"], "ADMIN");
        // The last admin.
        provider.account("ada", "ada@example.com", &[]).await;
        app.advance(Duration::seconds(5));
        let later = loop {
            let token = provider.token("ada", json!({})).await;
            if token.len() != ada.len() || token != ada { break token; }
        };
        assert_eq!(described(app, &later).await["role"], "ADMIN");

        let root = payments(app).await;
        provider.account("bo", "bo@example.com", &["engineers"]).await;
        let token = provider.token("bo", json!({})).await;
        let bo = described(app, &token).await;
        app.mutate(&root, "updateUser", json!({ "id": bo["id"], "isActive": false }), "user { id }").await.data();
        let reply = app.who(&token).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert!(reply.body.contains("inactive"), "{}", reply.body);
    }

    /// A token without the claim speaks of no groups, and the newest token counts.
    async fn who_has_no_groups_left(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        payments(app).await;
        provider.account("bo", "bo@example.com", &["admins", "engineers"]).await;
        let bo = described(app, &provider.token("bo", json!({})).await).await;
        assert_eq!((&bo["role"], &bo["teams"][0]["slug"]), (&json!("ADMIN"), &json!("payments")));
        let admin = provider.token("bo", json!({})).await;
        let create = "mutation { createApiToken(input: {name: \"All\", scopes: [ADMIN]}) { token } }";
        let made = app.post(Some(&admin), json!({ "query": create })).await;
        let machine = made.text("/createApiToken/token");
        assert_eq!(app.who(&machine).await.status.as_u16(), 200);
        provider.raw_account(json!({ "sub": "bo", "email": "bo@example.com" })).await;
        // Tokens are stamped to the second.
        let bo = loop {
            app.clock.set(SystemClock.now());
            let bo = described(app, &provider.token("bo", json!({})).await).await;
            if bo["role"] != "ADMIN" { break bo; }
        };
        assert_eq!((&bo["role"], &bo["teams"]), (&json!("VIEWER"), &json!([])));
        assert_eq!(app.who(&machine).await.status.as_u16(), 401, "a former admin keeps a token of an admin");
    }

    /// While nothing could ever be read of a provider, that is our trouble and no bad token.
    async fn a_provider_that_was_never_reached(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let token = provider.token("alice", json!({})).await;
        drop(provider);
        let reply = app.who(&token).await;
        assert_eq!(reply.status.as_u16(), 503, "{}", reply.body);
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "INTERNAL");
    }

    /// A key that the provider has replaced stops working, and the new one works at once; a made-up key costs one question a minute.
    async fn keys_rotate_while_serving(app) {
        let provider = OidcProvider::start();
        let app = &app_of(app, &provider, json!({})).await;
        let old = provider.token("alice", json!({})).await;
        assert_eq!(app.who(&old).await.status.as_u16(), 200);
        assert_eq!(provider.key_reads().await, 1);

        provider.rotate().await;
        app.advance(Duration::seconds(61));
        let new = provider.token("alice", json!({})).await;
        assert_eq!(app.who(&new).await.status.as_u16(), 200, "the new key is not found");
        assert_eq!(provider.key_reads().await, 2);
        assert_eq!(app.who(&old).await.status.as_u16(), 401, "the old key still works");

        for n in 0..5 {
            let token = provider.token("alice", json!({ "kid": format!("made-up-{n}") })).await;
            assert_eq!(app.who(&token).await.status.as_u16(), 401);
        }
        assert_eq!(provider.key_reads().await, 2, "asked again within a minute");
        app.advance(Duration::seconds(61));
        let token = provider.token("alice", json!({ "kid": "made-up" })).await;
        assert_eq!(app.who(&token).await.status.as_u16(), 401);
        assert_eq!(provider.key_reads().await, 3);

        // Without an unknown key: the known ones are read anew when they are old.
        app.advance(Duration::minutes(11));
        assert_eq!(app.who(&new).await.status.as_u16(), 200);
        assert_eq!(provider.key_reads().await, 4);
    }

    /// While the provider is down, known keys stay good, also for a process that starts meanwhile; then new ones are found.
    async fn the_provider_may_be_down(app) {
        let provider = OidcProvider::start();
        let (issuer, port) = (provider.issuer.clone(), provider.port);
        let app = &app_of(app, &provider, json!({})).await;
        let token = provider.token("alice", json!({ "lifetime": 7200 })).await;
        assert_eq!(app.who(&token).await.status.as_u16(), 200);
        drop(provider);

        app.advance(Duration::minutes(30));
        assert_eq!(app.who(&token).await.status.as_u16(), 200, "the known keys are forgotten");
        let another = app.another_process().await;
        assert_eq!(another.who(&token).await.status.as_u16(), 200, "a new process knows no keys");

        let provider = OidcProvider::on_port(port);
        assert_eq!(provider.issuer, issuer);
        app.advance(Duration::seconds(61));
        let fresh = provider.token("alice", json!({})).await;
        assert_eq!(app.who(&fresh).await.status.as_u16(), 200, "the new keys are not found");
        assert_eq!(app.who(&token).await.status.as_u16(), 401, "a key that is gone still works");
    }

    /// A provider's signature is worth nothing for another audience, another algorithm or another issuer.
    async fn a_signature_is_for_one_purpose(app) {
        let provider = OidcProvider::start();
        let here = app_of(app, &provider, json!({})).await;
        assert_eq!(here.who(&provider.token("alice", json!({})).await).await.status.as_u16(), 200);
        let elsewhere = provider.token("alice", json!({ "audience": "another-client" })).await;
        assert_eq!(here.who(&elsewhere).await.status.as_u16(), 401);
        let over = provider.token("alice", json!({ "lifetime": -120 })).await;
        let reply = here.who(&over).await;
        assert!(reply.body.contains("has expired"), "{}", reply.body);
        let strict = app_of(app, &provider, json!({ "algorithms": ["ES256"] })).await;
        assert_eq!(strict.who(&provider.token("alice", json!({})).await).await.status.as_u16(), 401);

        // The key of one issuer under the name of another: with our own key's name, and by the other provider.
        let other = OidcProvider::start();
        let both = app_of(app, &other, json!({})).await;
        let kid = both.app.issuer.key_set()["keys"][0]["kid"].as_str().unwrap().to_owned();
        let with_our_kid = other.token("alice", json!({ "kid": kid })).await;
        assert_eq!(both.who(&with_our_kid).await.status.as_u16(), 401);
        assert_eq!(both.who(&provider.token("alice", json!({})).await).await.status.as_u16(), 401, "nobody trusts that issuer here");
    }

    /// The built-in issuer can be switched off, and says what its keys are while it is on.
    async fn the_builtin_issuer_can_be_switched_off(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let reply = app.get("/.well-known/jwks.json").await;
        let keys: Value = serde_json::from_str(&reply.1).unwrap();
        let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(keys["keys"][0].clone()).expect("a key");
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        validation.set_audience(&["postmortem"]);
        validation.validate_exp = false;
        let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
        jsonwebtoken::decode::<Value>(&ada.token, &key, &validation).expect("anybody can check our tokens by these keys");
        assert!(!reply.1.contains("\"d\""), "a private key is shown");

        let provider = OidcProvider::start();
        let off = trusting(&provider, json!({}));
        let off = TestApp::with_settings(app.engine, |settings| Settings { builtin_issuer: false, ..off(settings) }).await;
        off.clock.set(SystemClock.now());
        assert_eq!(off.who(&provider.token("alice", json!({})).await).await.status.as_u16(), 200);
        let ada = off.user("Ada", Role::Admin).await;
        assert_eq!(off.who(&ada.token).await.status.as_u16(), 401);
        assert_eq!(off.get("/.well-known/jwks.json").await.1, r#"{"keys":[]}"#);
    }
}

/// What cannot work is said at the start.
#[test]
fn bad_settings_are_named() {
    for (issuer, words) in [
        (
            json!({ "issuer": "login.example.org", "audience": ["x"] }),
            "issuer must be a link",
        ),
        (
            json!({ "issuer": "http://login.example.org", "audience": ["x"] }),
            "https://",
        ),
        (json!({ "issuer": "https://login.example.org" }), "name an audience"),
        (
            json!({ "issuer": "https://login.example.org", "audience": ["x"], "algorithms": [] }),
            "algorithms",
        ),
        (
            json!({ "issuer": "https://login.example.org", "audience": ["x"], "client_secret": "s" }),
            "client_id",
        ),
        (
            json!({ "issuer": "https://login.example.org", "client_id": "x", "scopes": ["email"] }),
            "openid",
        ),
        (
            json!({ "issuer": "https://login.example.org", "client_id": "x", "jwks_url": "https://login.example.org/keys" }),
            "jwks_url",
        ),
    ] {
        let settings = Settings {
            oidc_issuers: vec![serde_json::from_value(issuer).unwrap()],
            ..Settings::default()
        };
        let problem = settings.check().unwrap_err();
        assert!(problem.contains(words) && problem.contains("number 1"), "{problem}");
    }
    for wrong in [
        json!({ "algorithms": ["HS256"] }),
        json!({ "roles": { "x": "root" } }),
        json!({ "colour": "red" }),
    ] {
        let mut issuer = json!({ "issuer": "https://login.example.org", "audience": ["x"] });
        postmortem_tests::fixtures::merge(&mut issuer, wrong.clone());
        let parsed = serde_json::from_value::<postmortem_api::platform::oidc_settings::OidcIssuer>(issuer);
        assert!(parsed.is_err(), "{wrong} is accepted");
    }
}
