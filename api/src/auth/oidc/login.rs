//! Signing in with a browser: the authorization code flow with PKCE (RFC 7636), state and nonce.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use oauth2::{
    AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Provider;
use crate::{
    auth::jwt::{Refused, Unverified, Verified},
    platform::{
        db::Databases,
        error::{Error, chain},
        secret::{self, Secret},
    },
};

/// What OpenID Connect adds to the answer of OAuth.
#[derive(Debug, Serialize, Deserialize)]
struct IdToken {
    id_token: Secret,
}
impl ExtraTokenFields for IdToken {}

type OidcClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A browser that is sent off, and what has to be remembered until it is back.
pub struct Departure {
    /// Where it goes.
    pub url: Url,
    /// Comes back with it.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Proves that whoever exchanges the code is who asked for it.
    pub pkce_verifier: String,
}

/// A browser that is back, and what was remembered.
pub struct Return<'a> {
    /// What it brought.
    pub code: &'a str,
    /// See [`Departure`].
    pub nonce: &'a str,
    /// See [`Departure`].
    pub pkce_verifier: &'a str,
}

impl Provider {
    async fn oauth(
        self: &Arc<Self>,
        databases: &Databases,
        back: &str,
        now: DateTime<Utc>,
    ) -> Result<OidcClient, Error> {
        let issuer = &self.settings.issuer;
        let endpoints = self.keys.endpoints(self, databases, now).await?;
        let endpoints =
            endpoints.ok_or_else(|| Error::internal(format!("nothing is known of the provider {issuer}")))?;
        let (Some(authorization), Some(token)) = (endpoints.authorization_endpoint, endpoints.token_endpoint) else {
            return Err(Error::internal(format!(
                "the provider {issuer} names no endpoints for signing in"
            )));
        };
        let id = self.settings.client_id.clone().unwrap_or_default();
        let mut client = Client::new(ClientId::new(id))
            .set_auth_uri(AuthUrl::from_url(authorization))
            .set_token_uri(TokenUrl::from_url(token))
            .set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(Error::internal)?);
        if let Some(secret) = &self.settings.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.reveal().to_owned()));
        }
        Ok(client)
    }

    /// Where to send a browser that shall come back to the address `back`.
    pub async fn depart(
        self: &Arc<Self>,
        databases: &Databases,
        back: &str,
        now: DateTime<Utc>,
    ) -> Result<Departure, Error> {
        let client = self.oauth(databases, back, now).await?;
        let (state, nonce, pkce_verifier) = (secret::fresh()?, secret::fresh()?, secret::fresh()?);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pkce_verifier.clone()));
        let carried = state.clone();
        let (url, _) = client
            .authorize_url(move || CsrfToken::new(carried))
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .add_extra_param("nonce", nonce.clone())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Departure {
            url,
            state,
            nonce,
            pkce_verifier,
        })
    }

    /// Exchanges the code that a browser brought for what the provider says of whoever signed in.
    pub async fn exchange(
        self: &Arc<Self>,
        databases: &Databases,
        back: &str,
        returned: Return<'_>,
        now: DateTime<Utc>,
    ) -> Result<Result<Verified, Refused>, Error> {
        let client = self.oauth(databases, back, now).await?;
        let http = |request| self.client.send(request);
        let answer = client
            .exchange_code(AuthorizationCode::new(returned.code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(returned.pkce_verifier.to_owned()))
            .request_async(&http)
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            // A code that was used before, or is made up.
            Err(oauth2::RequestTokenError::ServerResponse(refusal)) => {
                tracing::warn!(oidc.issuer = self.settings.issuer, refusal = %refusal, "a provider refused a code");
                return Ok(Err(Refused::Invalid));
            }
            Err(error) => return Err(Error::internal(chain(&error))),
        };
        let token = match Unverified::read(answer.extra_fields().id_token.reveal()) {
            Ok(token) if token.issuer == self.settings.issuer => token,
            _ => return Ok(Err(Refused::Invalid)),
        };
        let client_id = self.settings.client_id.clone().unwrap_or_default();
        let verified = self
            .verify(databases, token, std::slice::from_ref(&client_id), now)
            .await?;
        // OpenID Connect Core, section 3.1.3.7: asked for by us, for this sign-in.
        Ok(verified.and_then(|verified| {
            let asked_by_us = verified
                .claims
                .get("azp")
                .is_none_or(|party| party == client_id.as_str());
            let for_this = verified.claims.text("nonce") == Some(returned.nonce);
            if asked_by_us && for_this {
                Ok(verified)
            } else {
                Err(Refused::Invalid)
            }
        }))
    }
}
