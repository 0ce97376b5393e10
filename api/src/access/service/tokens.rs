//! Tokens for machines.

use std::sync::Arc;

use chrono::Duration;
use entity::{
    api_token,
    enums::{SubjectKind, TokenScope},
    ids::ApiTokenId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use crate::{
    access::{
        model::{NewToken, TOKEN_PREFIX},
        queries,
    },
    auth::{App, Session, Viewer, viewer::TokenAccess},
    events::{model::NewEvent, service::record},
    people::{queries::known_team, service::revoke_token},
    platform::{
        changes::Changes,
        db::{Hold, Reader, in_passing},
        error::Error,
        secret,
    },
};

/// How exactly the last use is noted: every use would be a write.
const LAST_USE: Duration = Duration::minutes(1);

/// A token that was made. Its secret is not kept.
pub struct Made {
    /// Which one.
    pub id: ApiTokenId,
    /// What its bearer sends.
    pub secret: String,
}

/// Makes a token. Admins only.
pub async fn create(session: &Session, new: NewToken) -> Result<Made, Error> {
    session.viewer.require_admin()?;
    let new = new.check(session.now())?;
    let secret = format!("{TOKEN_PREFIX}{}", secret::fresh()?);
    let id: ApiTokenId = session.mint();
    let tx = session.begin().await?;
    if let Some(team) = new.team {
        known_team(&*tx, "teamId", team).await?;
    }
    let row = api_token::ActiveModel {
        id: Set(id),
        name: Set(new.name.clone()),
        token_hash: Set(secret::digest(&secret)),
        scopes: Set(json!(new.scopes)),
        team_id: Set(new.team),
        created_by_id: Set(session.viewer.id()),
        created_at: Set(session.now()),
        expires_at: Set(new.expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_token::Entity::insert(row).exec_without_returning(&*tx).await?;
    let changes = Changes::new()
        .created("name", &new.name)
        .created("scopes", &new.scopes)
        .created("teamId", &new.team)
        .created("expiresAt", &new.expires_at);
    let event = NewEvent::new("api_token.created", SubjectKind::ApiToken, id, None).changes(changes);
    record(session, &tx, vec![event.payload(json!({ "name": new.name }))]).await?;
    tx.commit().await?;
    Ok(Made { id, secret })
}

/// Makes a token worthless, for ever. Admins only. Once more changes nothing.
pub async fn revoke(session: &Session, id: ApiTokenId) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let before = api_token::Entity::find_by_id(id).hold().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("token"))?;
    if before.revoked_at.is_some() {
        return Ok(());
    }
    let event = revoke_token(&tx, before, session.now()).await?;
    record(session, &tx, vec![event]).await?;
    tx.commit().await
}

/// A session for the bearer of a token.
pub(super) async fn sign_in(app: &Arc<App>, db: Reader, secret: &str) -> Result<Arc<Session>, Error> {
    let refused = |why: &str| Error::Unauthenticated(format!("This token {why}; ask an admin for a new one."));
    let row = queries::token(&db, secret)
        .await?
        .ok_or_else(|| refused("is not known here"))?;
    let now = app.clock.now();
    if row.revoked_at.is_some() {
        return Err(refused("has been revoked"));
    }
    if row.expires_at.is_some_and(|at| at <= now) {
        return Err(refused("has expired"));
    }
    let scopes: Vec<TokenScope> = serde_json::from_value(row.scopes).map_err(Error::internal)?;
    if row.last_used_at.is_none_or(|at| now - at >= LAST_USE) {
        let stale = Condition::any()
            .add(api_token::Column::LastUsedAt.is_null())
            .add(api_token::Column::LastUsedAt.lt(now));
        let noting = api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
            .filter(api_token::Column::Id.eq(row.id))
            .filter(stale)
            .exec(&db);
        in_passing("the last use of a token", noting).await;
    }
    let viewer = Viewer::machine(TokenAccess {
        id: row.id,
        name: row.name,
        scopes,
        team: row.team_id,
    });
    Ok(app.session_with(db, viewer))
}
