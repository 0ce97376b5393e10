//! JWTs made to be believed. Each is refused with 401, in the same words whatever is wrong with it, and none of them is.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::Duration;
use ed25519_dalek::{Signer, SigningKey, pkcs8::DecodePrivateKey};
use entity::{enums::Role, signing_key};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use postmortem_api::platform::clock::Clock;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

/// The key of the service, which an attacker never has: with it a test changes one thing about a good token at a time.
struct Forge {
    kid: String,
    key: SigningKey,
    user: TestUser,
    now: i64,
}

impl Forge {
    async fn new(app: &TestApp) -> Self {
        let user = app.user("Ada", Role::Admin).await;
        let stored = signing_key::Entity::find().one(&app.db().await).await.unwrap().unwrap();
        let purpose = format!("signing_key {}", stored.kid);
        let pem = app.app.sealer.open(&purpose, &stored.private_key_pem).unwrap();
        Self {
            kid: stored.kid,
            key: SigningKey::from_pkcs8_pem(pem.reveal()).unwrap(),
            user,
            now: app.clock.now().timestamp(),
        }
    }

    fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.kid })
    }

    fn claims(&self) -> Value {
        json!({
            "iss": "postmortem", "aud": "postmortem", "sub": self.user.id, "email": self.user.email,
            "iat": self.now, "nbf": self.now, "exp": self.now + 3600,
        })
    }

    /// Signed with the right key, whatever it says.
    fn signed(&self, header: &str, claims: &str) -> String {
        signed_with(&self.key, header, claims)
    }

    fn with_header(&self, change: Value) -> String {
        self.signed(&changed(self.header(), change), &self.claims().to_string())
    }

    fn with_claims(&self, change: Value) -> String {
        self.signed(&self.header().to_string(), &changed(self.claims(), change))
    }
}

fn signed_with(key: &SigningKey, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = BASE64.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

/// The fields of one object over another; null takes a field away.
fn changed(mut object: Value, change: Value) -> String {
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object.to_string()
}

fn hmac(forge: &Forge, algorithm: Algorithm, secret: &[u8]) -> String {
    let header = Header {
        kid: Some(forge.kid.clone()),
        ..Header::new(algorithm)
    };
    encode(&header, &forge.claims(), &EncodingKey::from_secret(secret)).unwrap()
}

/// What it is, and the token.
fn attacks(forge: &Forge) -> Vec<(&'static str, String)> {
    let good = forge.signed(&forge.header().to_string(), &forge.claims().to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let public = forge.key.verifying_key();
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let strange = BASE64.encode(stranger.verifying_key().as_bytes());
    let own_key = json!({ "kty": "OKP", "crv": "Ed25519", "x": strange, "kid": forge.kid });
    let by_stranger =
        |header: Value| signed_with(&stranger, &changed(forge.header(), header), &forge.claims().to_string());
    let unsigned = |alg: &str| {
        let header = changed(forge.header(), json!({ "alg": alg }));
        format!(
            "{}.{}.",
            BASE64.encode(header),
            BASE64.encode(forge.claims().to_string())
        )
    };
    let altered = |change: Value| {
        format!(
            "{}.{}.{}",
            parts[0],
            BASE64.encode(changed(forge.claims(), change)),
            parts[2]
        )
    };
    let twice = |name: &str, value: &str| {
        let claims = forge
            .claims()
            .to_string()
            .replacen('{', &format!("{{\"{name}\":{value},"), 1);
        forge.signed(&forge.header().to_string(), &claims)
    };
    let pem = "-----BEGIN PUBLIC KEY-----\n".to_owned() + &BASE64.encode(public.as_bytes());
    vec![
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        (
            "alg NONE with our signature",
            format!("{}{}", unsigned("NONE"), parts[2]),
        ),
        ("no alg", forge.with_header(json!({ "alg": null }))),
        ("alg of another kind", forge.with_header(json!({ "alg": 1 }))),
        (
            "HS256 with the public key as secret",
            hmac(forge, Algorithm::HS256, public.as_bytes()),
        ),
        (
            "HS384 with the public key as text",
            hmac(forge, Algorithm::HS384, BASE64.encode(public.as_bytes()).as_bytes()),
        ),
        (
            "HS512 with the public key as PEM",
            hmac(forge, Algorithm::HS512, pem.as_bytes()),
        ),
        ("HS256 with an empty secret", hmac(forge, Algorithm::HS256, b"")),
        (
            "RS256 over an EdDSA signature",
            forge.with_header(json!({ "alg": "RS256" })),
        ),
        (
            "ES256 over an EdDSA signature",
            forge.with_header(json!({ "alg": "ES256" })),
        ),
        ("signed by a stranger", by_stranger(json!({}))),
        ("embedded jwk", by_stranger(json!({ "jwk": own_key }))),
        (
            "embedded jwk in a token of ours",
            forge.with_header(json!({ "jwk": own_key })),
        ),
        (
            "jku",
            by_stranger(json!({ "jku": "https://attacker.example/jwks.json" })),
        ),
        (
            "x5u",
            by_stranger(json!({ "x5u": "https://attacker.example/cert.pem" })),
        ),
        ("x5c", by_stranger(json!({ "x5c": ["MIIB"] }))),
        ("kid of nobody", forge.with_header(json!({ "kid": "nobody" }))),
        ("no kid", forge.with_header(json!({ "kid": null }))),
        (
            "kid as a path",
            forge.with_header(json!({ "kid": "../../../../dev/null" })),
        ),
        (
            "kid as SQL",
            forge.with_header(json!({ "kid": "' UNION SELECT 'x' --" })),
        ),
        ("kid as a number", forge.with_header(json!({ "kid": 1 }))),
        ("critical header", forge.with_header(json!({ "crit": ["exp"] }))),
        (
            "unencoded payload",
            forge.with_header(json!({ "b64": false, "crit": ["b64"] })),
        ),
        ("compressed payload", forge.with_header(json!({ "zip": "DEF" }))),
        ("a logout token", forge.with_header(json!({ "typ": "logout+jwt" }))),
        ("alg twice in the header", {
            let header = forge.header().to_string().replacen('{', "{\"alg\":\"none\",", 1);
            forge.signed(&header, &forge.claims().to_string())
        }),
        (
            "wrong iss",
            forge.with_claims(json!({ "iss": "https://accounts.attacker.example" })),
        ),
        (
            "iss in other letters",
            forge.with_claims(json!({ "iss": "Postmortem" })),
        ),
        ("no iss", forge.with_claims(json!({ "iss": null }))),
        ("iss as a list", forge.with_claims(json!({ "iss": ["postmortem"] }))),
        ("wrong aud", forge.with_claims(json!({ "aud": "another-service" }))),
        ("no aud", forge.with_claims(json!({ "aud": null }))),
        ("empty aud", forge.with_claims(json!({ "aud": [] }))),
        ("no exp", forge.with_claims(json!({ "exp": null }))),
        ("exp as text", forge.with_claims(json!({ "exp": "9999999999" }))),
        ("expired", forge.with_claims(json!({ "exp": forge.now - 61 }))),
        ("expired long ago", forge.with_claims(json!({ "exp": -1 }))),
        ("not yet valid", forge.with_claims(json!({ "nbf": forge.now + 61 }))),
        (
            "made in the future",
            forge.with_claims(json!({ "iat": forge.now + 3000 })),
        ),
        ("no sub", forge.with_claims(json!({ "sub": null }))),
        ("empty sub", forge.with_claims(json!({ "sub": "" }))),
        (
            "sub of another kind",
            forge.with_claims(json!({ "sub": forge.user.id.replace("usr_", "team_") })),
        ),
        ("sub by e-mail", forge.with_claims(json!({ "sub": forge.user.email }))),
        (
            "altered payload",
            altered(json!({ "sub": "usr_00000000000000000000000000" })),
        ),
        ("lengthened life", altered(json!({ "exp": forge.now + 999_999 }))),
        ("sub twice", twice("sub", "\"usr_00000000000000000000000000\"")),
        ("exp twice", twice("exp", "9999999999")),
        ("truncated signature", good[..good.len() - 4].to_owned()),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.{}", parts[2])),
        (
            "five parts, as if encrypted",
            format!("{good}.{}.{}", parts[1], parts[2]),
        ),
        ("signature of another message", {
            let other = forge.with_claims(json!({ "iat": forge.now - 1 }));
            format!("{}.{}.{}", parts[0], parts[1], other.rsplit('.').next().unwrap())
        }),
        (
            "payload that is no JSON",
            forge.signed(&forge.header().to_string(), "not JSON"),
        ),
        (
            "payload that is a list",
            forge.signed(&forge.header().to_string(), "[1]"),
        ),
        ("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2])),
        ("white space inside", format!("{}. {}.{}", parts[0], parts[1], parts[2])),
        ("oversized", forge.with_claims(json!({ "junk": "x".repeat(20_000) }))),
        ("a word", "token".to_owned()),
    ]
}

on_both_databases! {
    /// One by one; and the token they are made from is good, so that a refusal means something.
    async fn every_forged_token_is_refused(app) {
        let forge = Forge::new(app).await;
        let good = forge.with_claims(json!({}));
        assert_eq!(app.who(&good).await.json()["data"]["viewer"]["user"]["email"], forge.user.email);
        let attacks = attacks(&forge);
        assert!(attacks.len() >= 20);
        let contents = app.contents().await;
        for (what, token) in attacks {
            let reply = app.who(&token).await;
            assert_eq!(reply.status.as_u16(), 401, "{what}: {}", reply.body);
            assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{what}");
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{what}");
            assert!(reply.json().get("data").is_none(), "{what}");
            let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
            let known = ["is not valid here", "has expired"];
            assert!(known.iter().any(|words| message.contains(words)), "{what} is told why: {message}");
        }
        assert_eq!(app.contents().await, contents, "a refused token wrote something");
    }

    /// What the limits of the rules let through: a minute between two clocks, an audience among several.
    async fn what_is_good_is_let_in(app) {
        let forge = Forge::new(app).await;
        for (what, token) in [
            ("expired within the leeway", forge.with_claims(json!({ "exp": forge.now - 59 }))),
            ("valid within the leeway", forge.with_claims(json!({ "nbf": forge.now + 59, "iat": forge.now + 59 }))),
            ("several audiences", forge.with_claims(json!({ "aud": ["other", "postmortem"] }))),
            ("no typ", forge.with_header(json!({ "typ": null }))),
            ("an access token by name", forge.with_header(json!({ "typ": "at+jwt" }))),
        ] {
            assert_eq!(app.who(&token).await.status.as_u16(), 200, "{what}");
        }
    }

    /// A token outlives neither its time, nor its user's account, nor their being active.
    async fn a_token_ends(app) {
        let forge = Forge::new(app).await;
        let bo = app.user("Bo", Role::Member).await;
        app.mutate(&forge.user, "updateUser", json!({ "id": bo.id, "isActive": false }), "user { id }").await.data();
        let reply = app.who(&bo.token).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert!(reply.body.contains("inactive"), "{}", reply.body);
        let nobody = forge.with_claims(json!({ "sub": "usr_00000000000000000000000000" }));
        assert_eq!(app.who(&nobody).await.status.as_u16(), 401);
        let token = forge.with_claims(json!({}));
        app.advance(Duration::seconds(3600 + 59));
        assert_eq!(app.who(&token).await.status.as_u16(), 200);
        app.advance(Duration::seconds(2));
        assert_eq!(app.who(&token).await.status.as_u16(), 401);
    }

    /// Nothing and nonsense in the place of a token.
    async fn without_a_token_there_is_nothing(app) {
        use postmortem_tests::requests::{WHO, graphql};
        for (what, header) in [
            ("nothing", None),
            ("another scheme", Some("Basic YWRhOnNlY3JldA==")),
            ("no token", Some("Bearer ")),
            ("no scheme", Some("abc.def.ghi")),
            ("two tokens", Some("Bearer a.b.c d.e.f")),
        ] {
            let mut request = graphql(WHO);
            if let Some(header) = header {
                request = request.insert_header(("Authorization", header));
            }
            let reply = app.send(request).await;
            assert_eq!(reply.status.as_u16(), 401, "{what}: {}", reply.body);
            assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{what}");
        }
    }
}
