//! The keys of one provider, kept until they are old or a token names one that is not among them.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use entity::oidc_provider;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::{
    Provider,
    discovery::{self, Endpoints},
};
use crate::platform::{
    background,
    db::Databases,
    error::{Error, chain},
};

/// Older keys are read anew, so that a withdrawn one stops working.
const FRESH: Duration = Duration::minutes(10);
/// How often a provider is asked at most.
const PAUSE: Duration = Duration::minutes(1);
/// Shorter RSA keys are not believed (RFC 7518, section 3.3).
const RSA_MODULUS_CHARS: usize = 2048 / 6;

/// What is known of a provider's keys.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<Vec<Jwk>>,
    endpoints: Option<Endpoints>,
    /// None: nothing was ever read.
    fetched_at: Option<DateTime<Utc>>,
    /// When the provider was last asked, with or without an answer.
    asked_at: Option<DateTime<Utc>>,
}

/// The keys of one provider.
#[derive(Default)]
pub(super) struct KeyRing {
    known: RwLock<Known>,
    /// Whoever holds it asks the provider; others wait for what comes of it.
    asking: Arc<Mutex<()>>,
}

fn signing_keys(set: &Value) -> Vec<Jwk> {
    let all = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    // A key of a kind that we do not know must not spoil the others.
    let known = all
        .into_iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    known
        .filter(|key| !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption)))
        .collect()
}

/// Can this key have made a signature of this kind?
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            matches!(algorithm, RS256 | RS384 | RS512 | PS256 | PS384 | PS512) && rsa.n.len() >= RSA_MODULUS_CHARS
        }
        AlgorithmParameters::EllipticCurve(_) => matches!(algorithm, ES256 | ES384),
        AlgorithmParameters::OctetKeyPair(_) => algorithm == EdDSA,
        _ => false,
    };
    let stated = key.common.key_algorithm;
    kind && stated.is_none_or(|stated| stated == KeyAlgorithm::from(algorithm))
}

impl Known {
    /// The key of this name; the only one that fits when the token names none.
    fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| fits(key, algorithm));
        let key = match key_id {
            Some(id) => fitting.find(|key| key.common.key_id.as_deref() == Some(id))?,
            None => {
                let only = fitting.next()?;
                if fitting.next().is_some() {
                    return None;
                }
                only
            }
        };
        DecodingKey::from_jwk(key).ok()
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.fetched_at.is_some_and(|at| now - at < FRESH)
    }

    fn may_ask(&self, now: DateTime<Utc>) -> bool {
        self.asked_at.is_none_or(|at| now - at >= PAUSE || at > now)
    }
}

impl KeyRing {
    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// False while nothing is known of the provider at all.
    pub(super) fn has_been_read(&self) -> bool {
        self.known().fetched_at.is_some()
    }

    /// The key that a token names, asking the provider when that may help.
    pub(super) async fn find(
        &self,
        provider: &Arc<Provider>,
        databases: &Databases,
        key_id: Option<&str>,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<Option<DecodingKey>, Error> {
        let known = self.known();
        let found = known.find(key_id, algorithm);
        if found.is_some() {
            // It is good while the provider cannot say otherwise. One request finds out; the others do not wait for it.
            if known.is_fresh(now) || !known.may_ask(now) {
                return Ok(found);
            }
            let Ok(turn) = self.asking.clone().try_lock_owned() else {
                return Ok(found);
            };
            refresh(provider, databases, now, turn).await?;
        } else {
            refresh(provider, databases, now, self.asking.clone().lock_owned().await).await?;
        }
        Ok(self.known().find(key_id, algorithm))
    }

    /// Where the provider's pages are, asking it when that is not known.
    pub(super) async fn endpoints(
        &self,
        provider: &Arc<Provider>,
        databases: &Databases,
        now: DateTime<Utc>,
    ) -> Result<Option<Endpoints>, Error> {
        if self.known().endpoints.is_none() || !self.known().is_fresh(now) {
            refresh(provider, databases, now, self.asking.clone().lock_owned().await).await?;
        }
        Ok(self.known().endpoints)
    }

    async fn read(&self, provider: &Provider, databases: &Databases, now: DateTime<Utc>) -> Result<(), Error> {
        if !self.known().may_ask(now) {
            return Ok(());
        }
        if self.known().fetched_at.is_none() {
            databases.in_time(self.restore(provider, databases)).await?;
        }
        self.change(|known| known.asked_at = Some(now));
        let issuer = &provider.settings.issuer;
        match discovery::read(&provider.client, &provider.settings).await {
            Ok(read) => {
                let keys = signing_keys(&read.keys);
                tracing::info!(
                    oidc.issuer = issuer,
                    keys = keys.len(),
                    "read the keys of an OpenID Connect provider"
                );
                self.change(|known| {
                    known.keys = Arc::new(keys);
                    known.endpoints.clone_from(&read.endpoints);
                    known.fetched_at = Some(now);
                });
                // For other processes; this one goes on without.
                if let Err(error) = databases.in_time(store(databases, issuer, &read, now)).await {
                    tracing::warn!(oidc.issuer = issuer, error = %chain(&error), "the keys of a provider could not be stored");
                }
            }
            Err(error) => {
                tracing::warn!(
                    oidc.issuer = issuer,
                    error = %chain(&error),
                    "the keys of an OpenID Connect provider cannot be read; those known before stay good"
                );
            }
        }
        Ok(())
    }

    /// What another process, or this one before it was started, has read.
    async fn restore(&self, provider: &Provider, databases: &Databases) -> Result<(), Error> {
        let db = databases.reader().await?;
        let stored = oidc_provider::Entity::find_by_id(provider.settings.issuer.clone())
            .one(&db)
            .await?;
        if let Some(stored) = stored {
            self.change(|known| {
                known.keys = Arc::new(signing_keys(&stored.keys));
                known.endpoints = stored
                    .endpoints
                    .and_then(|endpoints| serde_json::from_value(endpoints).ok());
                known.fetched_at = Some(stored.fetched_at);
            });
        }
        Ok(())
    }
}

/// Asks the provider, in a task of its own: a caller who hangs up must not keep the others from the answer.
async fn refresh(
    provider: &Arc<Provider>,
    databases: &Databases,
    now: DateTime<Utc>,
    turn: OwnedMutexGuard<()>,
) -> Result<(), Error> {
    let (provider, databases) = (provider.clone(), databases.clone());
    let (tell, told) = oneshot::channel();
    background::spawn(Box::pin(async move {
        let outcome = provider.keys.read(&provider, &databases, now).await;
        drop(turn);
        // Nobody may be listening any more.
        let _ = tell.send(outcome);
    }));
    told.await.map_err(Error::internal)?
}

async fn store(databases: &Databases, issuer: &str, read: &discovery::Read, now: DateTime<Utc>) -> Result<(), Error> {
    use oidc_provider::Column;
    let row = oidc_provider::ActiveModel {
        issuer: Set(issuer.to_owned()),
        keys: Set(read.keys.clone()),
        endpoints: Set(serde_json::to_value(&read.endpoints)
            .ok()
            .filter(|value| !value.is_null())),
        fetched_at: Set(now),
    };
    let db = databases.reader().await?;
    oidc_provider::Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::Issuer)
                .update_columns([Column::Keys, Column::Endpoints, Column::FetchedAt])
                .to_owned(),
        )
        .exec_without_returning(&db)
        .await?;
    Ok(())
}
