//! The built-in token issuer: JWTs signed with Ed25519.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use entity::{ids::UserId, user};
use jsonwebtoken::{Algorithm, Header, encode};
use lru::LruCache;
use serde::Serialize;
use serde_json::json;

use super::{
    jwt::{Refused, Unverified},
    signing_keys::{self, Keys},
};
use crate::platform::{clock::Clock, db::Databases, error::Error, seal::Sealer, secret};

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
    keys: Keys,
    /// By digest: to check a signature takes as long as all else before a small answer.
    verified: Mutex<LruCache<String, Verified>>,
}

impl Issuer {
    /// Reads the keys, making one when there is none.
    pub async fn open(databases: &Databases, sealer: &Sealer, clock: &dyn Clock) -> Result<Self, Error> {
        Ok(Self {
            keys: signing_keys::open(databases, sealer, clock.now()).await?,
            verified: Mutex::new(LruCache::new(KNOWN)),
        })
    }

    /// A token for a user that is good for `ttl` from `now`.
    pub fn sign(&self, user: &user::Model, now: DateTime<Utc>, ttl: Duration) -> Result<String, Error> {
        let (id, key) = self.keys.current().ok_or_else(|| {
            Error::forbidden(
                "The key that tokens are signed with does not open: give this process the sealing_key that it was sealed with, for an \
                 embedded database the file beside it whose name ends in .key. If that is lost, `DELETE FROM signing_key` in the \
                 database and start again: a new key is made, and tokens given out before end.",
            )
        })?;
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
            kid: Some(id.to_owned()),
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
        let key = token.key_id.as_ref().and_then(|id| self.keys.all.get(id));
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
            .all
            .iter()
            .map(|(id, key)| {
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": key.public })
            })
            .collect();
        keys.sort_by_key(ToString::to_string);
        json!({ "keys": keys })
    }
}
