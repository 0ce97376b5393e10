//! Finds who somebody is.

use entity::{api_token, ids::UserId, user_identity, web_session};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

use crate::{
    auth::{Viewer, scope},
    platform::{error::Error, page::Order, secret},
};

/// The user whom an issuer knows by this subject.
pub async fn identity(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<user_identity::Model>, Error> {
    Ok(user_identity::Entity::find()
        .filter(user_identity::Column::Issuer.eq(issuer))
        .filter(user_identity::Column::Subject.eq(subject))
        .one(db)
        .await?)
}

/// The row of a token for machines.
pub async fn token(db: &impl ConnectionTrait, secret: &str) -> Result<Option<api_token::Model>, Error> {
    Ok(api_token::Entity::find()
        .filter(api_token::Column::TokenHash.eq(secret::digest(secret)))
        .one(db)
        .await?)
}

/// The browser that shows this cookie.
pub async fn browser(db: &impl ConnectionTrait, cookie: &str) -> Result<Option<web_session::Model>, Error> {
    Ok(web_session::Entity::find_by_id(secret::digest(cookie)).one(db).await?)
}

/// The tokens for machines, as an admin sees them.
pub fn tokens(viewer: &Viewer) -> Result<Select<api_token::Entity>, Error> {
    viewer.require_admin()?;
    Ok(scope::api_tokens(viewer))
}

/// The latest first.
pub fn token_order() -> Order<api_token::Entity> {
    Order::new(api_token::Column::CreatedAt, api_token::Column::Id, true)
}

/// Who users are elsewhere: of all of them for an admin, else of the viewer only.
pub fn identities(viewer: &Viewer) -> Select<user_identity::Entity> {
    let all = user_identity::Entity::find();
    match viewer.id() {
        _ if viewer.is_admin() => all,
        Some(me) => all.filter(user_identity::Column::UserId.eq(me)),
        None => all.filter(user_identity::Column::UserId.is_in(Vec::<UserId>::new())),
    }
}
