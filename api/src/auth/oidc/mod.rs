//! OpenID Connect issuers: whose tokens are accepted besides our own.
//!
//! A provider's keys are read from its key set (JWKS) and kept, in the process and in the database. A token that names an
//! unknown key makes us look again, at most once a minute; keys that are older than ten minutes are read anew, so a key that
//! the provider has withdrawn stops working here. While the provider cannot be reached the known keys stay good, also for a
//! process that is started meanwhile.

mod discovery;
mod keys;
mod login;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;

pub use discovery::Endpoints;
pub use login::{Departure, Return};

use self::keys::KeyRing;
use super::jwt::{Object, Refused, Unverified, Verified};
use crate::platform::{
    db::Databases,
    error::Error,
    http_client::HttpClient,
    oidc_settings::{OidcIssuer, TokenAlgorithm},
};

/// All issuers of the settings.
pub struct Providers(Vec<Arc<Provider>>);

/// One issuer.
pub struct Provider {
    /// As configured.
    pub settings: OidcIssuer,
    keys: KeyRing,
    client: HttpClient,
}

impl Providers {
    /// Nothing is read yet.
    pub fn new(settings: &[OidcIssuer], client: &HttpClient) -> Self {
        let one = |settings: &OidcIssuer| {
            Arc::new(Provider {
                settings: settings.clone(),
                keys: KeyRing::default(),
                client: client.clone(),
            })
        };
        Self(settings.iter().map(one).collect())
    }

    /// The one that says this in `iss`.
    pub fn by_issuer(&self, issuer: &str) -> Option<&Arc<Provider>> {
        self.0.iter().find(|provider| provider.settings.issuer == issuer)
    }

    /// Those where people may sign in with a browser, and the place of each in the settings.
    pub fn for_browsers(&self) -> impl Iterator<Item = (usize, &Arc<Provider>)> {
        let all = self.0.iter().enumerate();
        all.filter(|(_, provider)| provider.settings.client_id.is_some())
    }
}

fn library_name(algorithm: TokenAlgorithm) -> Algorithm {
    match algorithm {
        TokenAlgorithm::RS256 => Algorithm::RS256,
        TokenAlgorithm::RS384 => Algorithm::RS384,
        TokenAlgorithm::RS512 => Algorithm::RS512,
        TokenAlgorithm::PS256 => Algorithm::PS256,
        TokenAlgorithm::PS384 => Algorithm::PS384,
        TokenAlgorithm::PS512 => Algorithm::PS512,
        TokenAlgorithm::ES256 => Algorithm::ES256,
        TokenAlgorithm::ES384 => Algorithm::ES384,
        TokenAlgorithm::EdDSA => Algorithm::EdDSA,
    }
}

impl Provider {
    /// What a token says, if this provider signed it for one of `audiences`.
    async fn verify(
        self: &Arc<Self>,
        databases: &Databases,
        token: Unverified<'_>,
        audiences: &[String],
        now: DateTime<Utc>,
    ) -> Result<Result<Verified, Refused>, Error> {
        let accepted = self.settings.algorithms.iter().copied().map(library_name);
        if !accepted.into_iter().any(|algorithm| algorithm == token.algorithm) {
            return Ok(Err(Refused::Invalid));
        }
        let key = self
            .keys
            .find(self, databases, token.key_id.as_deref(), token.algorithm, now)
            .await?;
        Ok(match key {
            // Which of two tokens is newer must be known: groups follow the newest.
            Some(key) => token
                .verify(&key, audiences, now)
                .and_then(|verified| verified.issued_at.map(|_| verified).ok_or(Refused::Invalid)),
            None if !self.keys.has_been_read() => {
                let issuer = &self.settings.issuer;
                return Err(Error::internal(format!("the keys of {issuer} could never be read")));
            }
            None => Err(Refused::Invalid),
        })
    }

    /// What a bearer token says.
    pub async fn verify_bearer(
        self: &Arc<Self>,
        databases: &Databases,
        token: Unverified<'_>,
        now: DateTime<Utc>,
    ) -> Result<Result<Verified, Refused>, Error> {
        self.verify(databases, token, &self.settings.audience, now).await
    }

    /// Whom a token describes.
    pub fn person(&self, claims: &Object) -> Person {
        let settings = &self.settings;
        let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
        let groups = match claims.get(&settings.groups_claim) {
            Some(serde_json::Value::Array(groups)) => Some(
                groups
                    .iter()
                    .filter_map(|group| group.as_str().map(str::to_owned))
                    .collect(),
            ),
            Some(serde_json::Value::String(group)) => Some(vec![group.clone()]),
            // The newest token decides, and this one speaks of no group.
            _ if settings.maps_groups() => Some(Vec::new()),
            _ => None,
        };
        Person {
            email: text(&settings.email_claim).map(str::to_owned),
            // Some providers write it as text.
            email_is_refuted: claims
                .get("email_verified")
                .is_some_and(|verified| *verified != true && *verified != "true"),
            name: text(&settings.name_claim).map(str::to_owned),
            groups,
        }
    }
}

/// What an issuer says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their address; none when the token has none.
    pub email: Option<String>,
    /// The issuer says that the address is not known to be theirs.
    pub email_is_refuted: bool,
    /// What they are called.
    pub name: Option<String>,
    /// Their groups; none when nothing here follows from groups.
    pub groups: Option<Vec<String>>,
}
