//! The built-in token issuer: JWTs signed with Ed25519.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use entity::{ids::UserId, signing_key, user};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::platform::{clock::Clock, db::Databases, error::Error, keys::is_postgres};

/// Who signs them. Not the public address: a token stays good when the service moves.
const ISSUER: &str = "postmortem";
/// Who the tokens are for.
const AUDIENCE: &str = "postmortem";
/// How far two clocks may differ.
const LEEWAY_SECONDS: i64 = 60;
/// Any number, as long as nothing else locks it.
const KEY_LOCK: i64 = 7_043_002;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user's id.
    pub sub: String,
    email: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// Signs tokens and checks them.
pub struct Issuer {
    current: String,
    keys: RwLock<HashMap<String, Key>>,
}

fn refused() -> Error {
    Error::Unauthenticated(
        "This token is not valid here; get one with `postmortem token --email YOU` and send it as Authorization: Bearer."
            .to_owned(),
    )
}

impl Issuer {
    /// Reads the keys, making one when there is none.
    pub async fn open(databases: &Databases, clock: &dyn Clock) -> Result<Self, Error> {
        let tx = databases.begin().await?;
        if is_postgres(&*tx) {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({KEY_LOCK})"))
                .await?;
        }
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
            keys: RwLock::new(keys),
        })
    }

    /// A token for a user that is good for `ttl` from `now`.
    pub fn sign(&self, user: &user::Model, now: DateTime<Utc>, ttl: Duration) -> Result<String, Error> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys
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

    /// The claims of a token that is ours and good at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Error> {
        let header = decode_header(token).map_err(|_| refused())?;
        // The algorithm is ours to say, not the token's.
        if header.alg != Algorithm::EdDSA {
            return Err(refused());
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = header.kid.and_then(|kid| keys.get(&kid)).ok_or_else(refused)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Checked below, by the injected clock; the library would read the machine's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Claims>(token, &key.decoding, &validation)
            .map_err(|_| refused())?
            .claims;
        if claims.exp.saturating_add(LEEWAY_SECONDS) <= now.timestamp() {
            return Err(Error::Unauthenticated(
                "This token has expired; get a new one with `postmortem token`.".to_owned(),
            ));
        }
        if claims.nbf.saturating_sub(LEEWAY_SECONDS) > now.timestamp() || claims.sub.parse::<UserId>().is_err() {
            return Err(refused());
        }
        Ok(claims)
    }
}

fn fresh_key(now: DateTime<Utc>) -> Result<signing_key::Model, Error> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(Error::internal)?;
    let mut kid = [0_u8; 12];
    getrandom::fill(&mut kid).map_err(Error::internal)?;
    let pem = SigningKey::from_bytes(&seed)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(Error::internal)?;
    Ok(signing_key::Model {
        kid: BASE64_URL_SAFE_NO_PAD.encode(kid),
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
    })
}
