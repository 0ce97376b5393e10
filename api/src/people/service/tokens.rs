//! Tokens for machines, where they end.

use chrono::{DateTime, Utc};
use entity::{
    api_token,
    enums::{SubjectKind, TokenScope},
    ids::UserId,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::{
    events::model::NewEvent,
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::Error,
    },
};

/// Makes a token that is held, and good, worthless for ever. Gives what to write down.
pub async fn revoke_token(tx: &Tx, token: api_token::Model, now: DateTime<Utc>) -> Result<NewEvent, Error> {
    let event = NewEvent::new("api_token.revoked", SubjectKind::ApiToken, token.id, None)
        .changes(Changes::new().field("revokedAt", &token.revoked_at, &Some(now)))
        .payload(json!({ "name": token.name }));
    let row = api_token::ActiveModel {
        revoked_at: Set(Some(now)),
        ..token.into()
    };
    row.update(&**tx).await?;
    Ok(event)
}

/// Ends the tokens with which machines are admins and which this user made: whoever keeps one could undo that they are no admin any
/// more. Gives what to write down.
pub async fn end_admin_tokens(tx: &Tx, of: UserId, now: DateTime<Utc>) -> Result<Vec<NewEvent>, Error> {
    let good = api_token::Entity::find()
        .filter(api_token::Column::CreatedById.eq(of))
        .filter(api_token::Column::RevokedAt.is_null())
        .hold()
        .all(&**tx)
        .await?;
    let mut events = Vec::new();
    for token in good {
        let scopes: Vec<TokenScope> = serde_json::from_value(token.scopes.clone()).map_err(Error::internal)?;
        if scopes.contains(&TokenScope::Admin) {
            events.push(revoke_token(tx, token, now).await?);
        }
    }
    Ok(events)
}
