//! Browsers that sign in: with a token, or by way of an OpenID Connect provider.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use entity::{ids::UserId, login_attempt, user, web_session};
use sea_orm::{ActiveValue::Set, EntityTrait};
use url::Url;

use super::{provision, sign_in};
use crate::{
    access::{model::TOKEN_PREFIX, queries},
    auth::{App, oidc::Return},
    platform::{db::Hold, error::Error, secret},
};

/// How long somebody may take to sign in at a provider.
const ATTEMPT: Duration = Duration::minutes(15);

/// Below the public address: where a provider sends browsers back to.
pub const CALLBACK: &str = "/login/callback";

/// A browser on its way to a provider.
pub struct SentOff {
    /// Where it goes.
    pub url: Url,
    /// A cookie that it must still have when it is back.
    pub cookie: String,
}

/// A browser that is back from a provider.
pub struct Arrived {
    /// The cookie that keeps it signed in.
    pub cookie: String,
    /// Where it wanted to go.
    pub return_to: String,
}

fn over() -> Error {
    Error::Unauthenticated("This sign-in took too long or was begun in another browser; begin again.".to_owned())
}

/// Signs a browser in with a token of a user, for as long as the token is good and no longer.
pub async fn with_token(app: &Arc<App>, token: &str) -> Result<String, Error> {
    let token = token.trim();
    if token.starts_with(TOKEN_PREFIX) {
        return Err(Error::Unauthenticated(
            "This is a token for machines; sign in with a token of your own, such as `postmortem token` prints."
                .to_owned(),
        ));
    }
    let person = sign_in::person(app, token).await?;
    // An inactive user is refused here, with the reason.
    app.session_of(person.user).await?;
    open(app, person.user, &person.issuer, Some(person.until)).await
}

async fn open(app: &Arc<App>, user: UserId, issuer: &str, good_until: Option<DateTime<Utc>>) -> Result<String, Error> {
    let cookie = secret::fresh()?;
    let now = app.clock.now();
    let longest = now + Duration::hours(i64::from(app.settings.session_hours));
    let row = web_session::ActiveModel {
        id_hash: Set(secret::digest(&cookie)),
        user_id: Set(user),
        issuer: Set(issuer.to_owned()),
        created_at: Set(now),
        expires_at: Set(good_until.map_or(longest, |until| until.min(longest))),
    };
    let tx = app.databases.begin().await?;
    // Who is made inactive at this moment is so before or after: in either case no session is left.
    let held = user::Entity::find_by_id(user).hold().one(&*tx).await?;
    if !held.is_some_and(|held| held.is_active) {
        return Err(over());
    }
    web_session::Entity::insert(row).exec_without_returning(&*tx).await?;
    tx.commit().await?;
    Ok(cookie)
}

/// Whose browser shows this cookie.
pub async fn user_of(app: &Arc<App>, cookie: &str) -> Result<Option<UserId>, Error> {
    let db = app.databases.reader().await?;
    let known = queries::browser(&db, cookie).await?;
    let trusted = |issuer: &str| {
        (app.settings.builtin_issuer && app.issuer.is(issuer)) || app.providers.by_issuer(issuer).is_some()
    };
    Ok(known
        .filter(|known| known.expires_at > app.clock.now() && trusted(&known.issuer))
        .map(|known| known.user_id))
}

/// Signs a browser out, here and in every other process.
pub async fn close(app: &Arc<App>, cookie: &str) -> Result<(), Error> {
    let db = app.databases.reader().await?;
    web_session::Entity::delete_by_id(secret::digest(cookie))
        .exec(&db)
        .await?;
    Ok(())
}

/// Sends a browser to the provider at this place in the settings; none if there is none.
pub async fn send_off(app: &Arc<App>, place: usize, return_to: &str) -> Result<Option<SentOff>, Error> {
    let provider = app.providers.for_browsers().find(|(number, _)| *number == place);
    let Some((_, provider)) = provider else {
        return Ok(None);
    };
    let now = app.clock.now();
    let departure = provider.depart(&app.databases, &back(app), now).await?;
    let cookie = secret::fresh()?;
    let row = login_attempt::ActiveModel {
        state_hash: Set(secret::digest(&departure.state)),
        browser_hash: Set(secret::digest(&cookie)),
        issuer: Set(provider.settings.issuer.clone()),
        nonce: Set(departure.nonce),
        pkce_verifier: Set(departure.pkce_verifier),
        return_to: Set(return_to.to_owned()),
        created_at: Set(now),
        expires_at: Set(now + ATTEMPT),
    };
    let noting = async {
        let db = app.databases.reader().await?;
        login_attempt::Entity::insert(row).exec_without_returning(&db).await?;
        Ok(())
    };
    app.databases.in_time(noting).await?;
    Ok(Some(SentOff {
        url: departure.url,
        cookie,
    }))
}

fn back(app: &App) -> String {
    format!("{}{CALLBACK}", app.settings.public_url)
}

/// The attempt that a browser comes back from, once.
async fn begun(app: &App, state: &str, cookie: &str) -> Result<login_attempt::Model, Error> {
    let db = app.databases.reader().await?;
    let attempt = login_attempt::Entity::find_by_id(secret::digest(state))
        .one(&db)
        .await?;
    let attempt = attempt
        .filter(|attempt| attempt.expires_at > app.clock.now() && attempt.browser_hash == secret::digest(cookie))
        .ok_or_else(over)?;
    // Whoever removes the row goes on.
    let removed = login_attempt::Entity::delete_by_id(&attempt.state_hash)
        .exec(&db)
        .await?;
    if removed.rows_affected != 1 {
        return Err(over());
    }
    Ok(attempt)
}

/// Takes a browser back: `issuer`, `state` and `code` are what the provider gave it, `cookie` is what we did.
pub async fn take_back(
    app: &Arc<App>,
    issuer: Option<&str>,
    state: &str,
    code: &str,
    cookie: &str,
) -> Result<Arrived, Error> {
    let attempt = app.databases.in_time(begun(app, state, cookie)).await?;
    // A code of one provider is not given to another (RFC 9207).
    if issuer.is_some_and(|issuer| issuer != attempt.issuer) {
        return Err(over());
    }
    let provider = app.providers.by_issuer(&attempt.issuer).ok_or_else(over)?;
    let returned = Return {
        code,
        nonce: &attempt.nonce,
        pkce_verifier: &attempt.pkce_verifier,
    };
    let verified = provider
        .exchange(&app.databases, &back(app), returned, app.clock.now())
        .await?
        .map_err(|_| {
            Error::Unauthenticated(format!(
                "What {} says of you could not be verified; begin again.",
                provider.settings.name
            ))
        })?;
    let user = provision::user_of(app, provider, &verified).await?;
    // An inactive user is refused here already, with the reason.
    app.session_of(user).await?;
    Ok(Arrived {
        cookie: open(app, user, &verified.issuer, None).await?,
        return_to: attempt.return_to,
    })
}
