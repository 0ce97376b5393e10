//! The built-in token issuer: JWTs signed with Ed25519.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use entity::{ids::UserId, signing_key, user};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use lru::LruCache;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};
use serde::Serialize;
use serde_json::json;

use super::jwt::{Refused, Unverified};
use crate::platform::{
    clock::Clock,
    db::{Databases, Turn},
    error::Error,
    secret::{self, random},
};

/// Who signs them. Not the public address: a token stays good when the service moves.
const ISSUER: &str = "postmortem";
/// Who the tokens are for.
const AUDIENCE: &str = "postmortem";

/// What a token says.
#[derive(Debug, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The user's id.
    sub: String,
    email: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Base64url.
    public: String,
}

/// How many tokens are known at a time.
const KNOWN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// A token whose signature was found to be ours. Keys are read once, so it stays so until it expires.
#[derive(Clone, Copy)]
struct Verified {
    user: UserId,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Signs tokens and checks them.
pub struct Issuer {
    current: String,
    keys: HashMap<String, Key>,
    /// By digest: to check a signature takes as long as all else before a small answer.
    verified: Mutex<LruCache<String, Verified>>,
}

impl Issuer {
    /// Reads the keys, making one when there is none.
    pub async fn open(databases: &Databases, clock: &dyn Clock) -> Result<Self, Error> {
        let tx = databases.begin().await?;
        tx.take_turn(Turn::MakeKey).await?;
        let mut stored = signing_key::Entity::find()
            .order_by_desc(signing_key::Column::CreatedAt)
            .all(&*tx)
            .await?;
        if stored.is_empty() {
            let fresh = fresh_key(clock.now())?;
            signing_key::Entity::insert(signing_key::ActiveModel {
                kid: Set(fresh.kid.clone()),
                private_key_pem: Set(fresh.private_key_pem.clone()),
                created_at: Set(fresh.created_at),
            })
            .exec(&*tx)
            .await?;
            stored.push(fresh);
        }
        tx.commit().await?;
        let current = stored.first().map(|key| key.kid.clone()).unwrap_or_default();
        let keys = stored
            .iter()
            .map(|key| Ok((key.kid.clone(), read_key(key)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            current,
            keys,
            verified: Mutex::new(LruCache::new(KNOWN)),
        })
    }

    /// A token for a user that is good for `ttl` from `now`.
    pub fn sign(&self, user: &user::Model, now: DateTime<Utc>, ttl: Duration) -> Result<String, Error> {
        let key = self
            .keys
            .get(&self.current)
            .ok_or_else(|| Error::internal("no signing key"))?;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.id.to_string(),
            email: user.email.clone(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ttl).timestamp(),
        };
        let header = Header {
            kid: Some(self.current.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, &claims, &key.encoding).map_err(Error::internal)
    }

    /// Is this who a token says it is from?
    pub fn is(&self, issuer: &str) -> bool {
        issuer == ISSUER
    }

    /// Whom a token speaks of and until when, if it is ours and good at `now`.
    pub fn verify(&self, token: Unverified<'_>, now: DateTime<Utc>) -> Result<(UserId, DateTime<Utc>), Refused> {
        // The algorithm is ours to say, not the token's.
        if token.algorithm != Algorithm::EdDSA {
            return Err(Refused::Invalid);
        }
        let digest = secret::digest(token.text());
        let known = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known().get(&digest).copied();
        if let Some(before) = before.filter(|before| (before.at..before.expires_at).contains(&now)) {
            return Ok((before.user, before.expires_at));
        }
        let key = token.key_id.as_ref().and_then(|id| self.keys.get(id));
        let verified = token.verify(&key.ok_or(Refused::Invalid)?.decoding, &[AUDIENCE.to_owned()], now)?;
        let user = verified.subject.parse().map_err(|_| Refused::Invalid)?;
        let expires_at = verified.expires_at;
        known().put(
            digest,
            Verified {
                user,
                at: now,
                expires_at,
            },
        );
        Ok((user, expires_at))
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517).
    pub fn key_set(&self) -> serde_json::Value {
        let mut keys: Vec<_> = self
            .keys
            .iter()
            .map(|(id, key)| {
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": key.public })
            })
            .collect();
        keys.sort_by_key(ToString::to_string);
        json!({ "keys": keys })
    }
}

fn fresh_key(now: DateTime<Utc>) -> Result<signing_key::Model, Error> {
    let pem = SigningKey::from_bytes(&random()?)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(Error::internal)?;
    Ok(signing_key::Model {
        kid: BASE64_URL_SAFE_NO_PAD.encode(random::<12>()?),
        private_key_pem: pem.to_string(),
        created_at: now,
    })
}

fn read_key(stored: &signing_key::Model) -> Result<Key, Error> {
    let signing = SigningKey::from_pkcs8_pem(&stored.private_key_pem).map_err(Error::internal)?;
    let public = BASE64_URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
    Ok(Key {
        encoding: EncodingKey::from_ed_pem(stored.private_key_pem.as_bytes()).map_err(Error::internal)?,
        decoding: DecodingKey::from_ed_components(&public).map_err(Error::internal)?,
        public,
    })
}
