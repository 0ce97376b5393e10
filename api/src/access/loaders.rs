//! Tokens for machines by id, and who users are elsewhere.

use entity::{api_token, ids::ApiTokenId, user_identity};
use sea_orm::{QueryOrder, Select};

use super::queries;
use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Row, ShortList},
};

impl Row for ApiTokenId {
    type Entity = api_token::Entity;
    fn id_column() -> api_token::Column {
        api_token::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<api_token::Entity> {
        scope::api_tokens(viewer)
    }
}

/// Who a user is at OpenID Connect issuers.
pub struct IdentitiesOfUser;

impl ShortList for IdentitiesOfUser {
    type Entity = user_identity::Entity;
    fn parent_column() -> user_identity::Column {
        user_identity::Column::UserId
    }
    fn select(session: &Session) -> Select<user_identity::Entity> {
        queries::identities(&session.viewer)
            .order_by_asc(user_identity::Column::Issuer)
            .order_by_asc(user_identity::Column::Subject)
    }
}
