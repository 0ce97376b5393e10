//! From what a request shows to a session.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::ids::UserId;

use super::{browsers, provision, tokens};
use crate::{
    access::model::TOKEN_PREFIX,
    auth::{
        App, Session, Sight,
        jwt::{Refused, Unverified},
    },
    platform::{db::Reader, error::Error},
};

fn refused(refused: Refused) -> Error {
    Error::Unauthenticated(
        match refused {
            Refused::Expired => "This token has expired; get a new one where you got this one.",
            Refused::Invalid => {
                "This token is not valid here; get one with `postmortem token --email YOU`, from your sign-in service, or from an admin."
            }
        }
        .to_owned(),
    )
}

/// A session for the bearer of any token. Tokens for machines are read anew each time.
pub async fn bearer(app: &Arc<App>, db: Reader, token: &str, sight: Sight) -> Result<Arc<Session>, Error> {
    if token.starts_with(TOKEN_PREFIX) {
        return tokens::sign_in(app, db, token).await;
    }
    let person = person(app, token).await?;
    app.session_of_with(db, person.user, sight).await
}

/// Whom a token of a person speaks of.
pub(super) struct Vouched {
    /// The user.
    pub user: UserId,
    /// Who says so.
    pub issuer: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Whom a token of a person speaks of.
pub(super) async fn person(app: &Arc<App>, token: &str) -> Result<Vouched, Error> {
    let token = Unverified::read(token).map_err(refused)?;
    if app.issuer.is(&token.issuer) {
        if !app.settings.builtin_issuer {
            return Err(refused(Refused::Invalid));
        }
        let issuer = token.issuer.clone();
        let (user, until) = app.issuer.verify(token, app.clock.now()).map_err(refused)?;
        return Ok(Vouched { user, issuer, until });
    }
    let Some(provider) = app.providers.by_issuer(&token.issuer) else {
        return Err(refused(Refused::Invalid));
    };
    let verified = provider
        .verify_bearer(&app.databases, token, app.clock.now())
        .await?
        .map_err(refused)?;
    Ok(Vouched {
        user: provision::user_of(app, provider, &verified).await?,
        issuer: verified.issuer,
        until: verified.expires_at,
    })
}

/// A session for a browser that has signed in.
pub async fn cookie(app: &Arc<App>, db: Reader, cookie: &str, sight: Sight) -> Result<Arc<Session>, Error> {
    match browsers::user_of(app, cookie).await? {
        Some(user) => app.session_of_with(db, user, sight).await,
        None => Err(Error::Unauthenticated(
            "You are not signed in any more; sign in again.".to_owned(),
        )),
    }
}
