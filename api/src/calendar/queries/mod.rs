//! Finds feeds, what they have shown, and what they show.

mod due;
mod shown;

use entity::{calendar_feed, ids::UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};

pub use due::{Known, global_id, subjects};
pub use shown::{kept, shown};

use crate::{
    auth::{Viewer, scope},
    platform::{error::Error, page::Order, secret},
};

/// The feed with this secret, revoked or not.
pub async fn by_secret(db: &impl ConnectionTrait, secret: &str) -> Result<Option<calendar_feed::Model>, Error> {
    Ok(calendar_feed::Entity::find()
        .filter(calendar_feed::Column::SecretHash.eq(secret::digest(secret)))
        .one(db)
        .await?)
}

/// The feeds of somebody, as far as the viewer may see them; of the viewer when nobody is named.
pub fn feeds(viewer: &Viewer, owner: Option<UserId>) -> Select<calendar_feed::Entity> {
    let owner = owner.or(viewer.id());
    scope::calendar_feeds(viewer).filter(calendar_feed::Column::OwnerId.is_in(owner))
}

/// The latest first.
pub fn order() -> Order<calendar_feed::Entity> {
    Order::new(calendar_feed::Column::CreatedAt, calendar_feed::Column::Id, true)
}

/// How many feeds of somebody work.
pub async fn working(db: &impl ConnectionTrait, owner: UserId) -> Result<u64, Error> {
    Ok(calendar_feed::Entity::find()
        .filter(calendar_feed::Column::OwnerId.eq(owner))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .count(db)
        .await?)
}
