//! The keys that the built-in issuer signs with: sealed where they are stored, so that whoever reads the rows signs nothing.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use entity::signing_key;
use jsonwebtoken::{DecodingKey, EncodingKey};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder};

use crate::platform::{
    db::{Databases, Turn, Tx},
    error::{Error, chain},
    seal::Sealer,
    secret::{Secret, random},
};

/// A key that can be used.
pub(super) struct Key {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    /// Base64url.
    pub(super) public: String,
}

/// What could be read.
pub(super) struct Keys {
    /// The newest, which signs; none when there are keys and none opens.
    current: Option<String>,
    /// By id.
    pub(super) all: HashMap<String, Key>,
}

impl Keys {
    /// The one that signs, and its id.
    pub(super) fn current(&self) -> Option<(&str, &Key)> {
        let id = self.current.as_ref()?;
        Some((id, self.all.get(id)?))
    }
}

/// Reads the keys, making one when there is none. One that stands in the clear is sealed as soon as there is something to seal it with.
pub(super) async fn open(databases: &Databases, sealer: &Sealer, now: DateTime<Utc>) -> Result<Keys, Error> {
    let tx = databases.begin().await?;
    tx.take_turn(Turn::MakeKey).await?;
    let mut stored = signing_key::Entity::find()
        .order_by_desc(signing_key::Column::CreatedAt)
        .all(&*tx)
        .await?;
    if stored.is_empty() {
        stored.push(make(&tx, sealer, now).await?);
    }
    let mut keys = Keys {
        current: None,
        all: HashMap::new(),
    };
    for row in stored {
        let pem = match opened(&tx, sealer, &row).await {
            Ok(pem) => pem,
            Err(problem) => {
                tracing::warn!(kid = row.kid, error = %chain(&problem), "a key that tokens are signed with cannot be used");
                continue;
            }
        };
        keys.all.insert(row.kid.clone(), read(&pem)?);
        keys.current.get_or_insert(row.kid);
    }
    tx.commit().await?;
    Ok(keys)
}

fn purpose(kid: &str) -> String {
    format!("signing_key {kid}")
}

/// As it is stored.
fn closed(sealer: &Sealer, kid: &str, pem: &Secret) -> Result<String, Error> {
    match sealer.has_key() {
        true => sealer.seal(&purpose(kid), pem),
        false => Ok(pem.reveal().to_owned()),
    }
}

async fn make(tx: &Tx, sealer: &Sealer, now: DateTime<Utc>) -> Result<signing_key::Model, Error> {
    let kid = BASE64_URL_SAFE_NO_PAD.encode(random::<12>()?);
    let pem = SigningKey::from_bytes(&random()?)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(Error::internal)?;
    let row = signing_key::ActiveModel {
        private_key_pem: Set(closed(sealer, &kid, &Secret::new(pem.to_string()))?),
        kid: Set(kid),
        created_at: Set(now),
    };
    Ok(row.insert(&**tx).await?)
}

async fn opened(tx: &Tx, sealer: &Sealer, row: &signing_key::Model) -> Result<Secret, Error> {
    if Sealer::is_sealed(&row.private_key_pem) {
        return sealer.open(&purpose(&row.kid), &row.private_key_pem);
    }
    let pem = Secret::new(row.private_key_pem.clone());
    if sealer.has_key() {
        let sealed = signing_key::ActiveModel {
            private_key_pem: Set(closed(sealer, &row.kid, &pem)?),
            ..row.clone().into()
        };
        sealed.update(&**tx).await?;
    }
    Ok(pem)
}

fn read(pem: &Secret) -> Result<Key, Error> {
    let signing = SigningKey::from_pkcs8_pem(pem.reveal()).map_err(Error::internal)?;
    let public = BASE64_URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
    Ok(Key {
        encoding: EncodingKey::from_ed_pem(pem.reveal().as_bytes()).map_err(Error::internal)?,
        decoding: DecodingKey::from_ed_components(&public).map_err(Error::internal)?,
        public,
    })
}
