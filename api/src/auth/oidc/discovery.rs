//! Where a provider's keys and pages are (OpenID Connect Discovery 1.0).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::platform::{
    http_client::{CallFailed, HttpClient},
    oidc_settings::OidcIssuer,
};

/// What we need of the discovery document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Must be the issuer as configured.
    issuer: String,
    jwks_uri: Url,
    /// Where browsers are sent.
    pub authorization_endpoint: Option<Url>,
    /// Where codes are exchanged for tokens.
    pub token_endpoint: Option<Url>,
}

/// Why a provider's keys could not be read. For the log.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallFailed),
    /// The address in the settings cannot be completed.
    #[error("the address of its discovery document cannot be made of {0}")]
    Address(String),
    /// Not a discovery document.
    #[error("its discovery document lacks what it must have")]
    Incomplete(#[source] serde_json::Error),
    /// Somebody else's document.
    #[error("its discovery document is of the issuer {0}, which is not the one in oidc_issuers")]
    Foreign(String),
    /// Not a key set.
    #[error("its key set has no list of keys")]
    NoKeys,
}

/// What was read of a provider.
pub(super) struct Read {
    pub keys: Value,
    pub endpoints: Option<Endpoints>,
}

/// Reads the discovery document, unless the settings say where the keys are, and the keys.
pub(super) async fn read(client: &HttpClient, settings: &OidcIssuer) -> Result<Read, Unreadable> {
    let address = |text: &str| Url::parse(text).map_err(|_| Unreadable::Address(text.to_owned()));
    let (jwks, endpoints) = match &settings.jwks_url {
        Some(jwks) => (address(jwks)?, None),
        None => {
            let url = format!(
                "{}/.well-known/openid-configuration",
                settings.issuer.trim_end_matches('/')
            );
            let document = client.get_json(address(&url)?).await?;
            let endpoints: Endpoints = serde_json::from_value(document).map_err(Unreadable::Incomplete)?;
            if endpoints.issuer != settings.issuer {
                return Err(Unreadable::Foreign(endpoints.issuer));
            }
            (endpoints.jwks_uri.clone(), Some(endpoints))
        }
    };
    let keys = client.get_json(jwks).await?;
    if !keys.get("keys").is_some_and(Value::is_array) {
        return Err(Unreadable::NoKeys);
    }
    Ok(Read { keys, endpoints })
}
