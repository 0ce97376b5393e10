//! Users, teams and services by id, and the short lists between them.

use entity::{
    cause_category,
    ids::{CauseCategoryId, ServiceId, TeamId, UserId},
    service, team, team_member, user,
};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, Select};

use crate::{
    auth::{Session, Viewer, scope},
    graphql::{
        keyed::Keyed,
        loaders::{Row, ShortList},
    },
};

macro_rules! open_row {
    ($id:ty, $table:ident) => {
        impl Row for $id {
            type Entity = $table::Entity;
            fn id_column() -> $table::Column {
                $table::Column::Id
            }
            fn visible(viewer: &Viewer) -> Select<$table::Entity> {
                $table::Entity::find().filter(scope::open(viewer))
            }
        }
    };
}
open_row!(UserId, user);
open_row!(TeamId, team);
open_row!(ServiceId, service);
open_row!(CauseCategoryId, cause_category);

macro_rules! keyed {
    ($id:ty, $table:ident, $column:ident, $stored:expr) => {
        impl Keyed for $id {
            fn text_column() -> $table::Column {
                $table::Column::$column
            }
            fn stored(text: &str) -> String {
                $stored(text.trim())
            }
        }
    };
}
keyed!(UserId, user, Email, str::to_lowercase);
keyed!(TeamId, team, Slug, str::to_owned);
keyed!(ServiceId, service, Slug, str::to_owned);

/// The teams of a user.
pub struct TeamsOfUser;

impl ShortList for TeamsOfUser {
    type Entity = team_member::Entity;
    fn parent_column() -> team_member::Column {
        team_member::Column::UserId
    }
    fn select(_: &Session) -> Select<team_member::Entity> {
        team_member::Entity::find().order_by_asc(team_member::Column::TeamId)
    }
}

/// The members of a team.
pub struct MembersOfTeam;

impl ShortList for MembersOfTeam {
    type Entity = team_member::Entity;
    fn parent_column() -> team_member::Column {
        team_member::Column::TeamId
    }
    fn select(_: &Session) -> Select<team_member::Entity> {
        team_member::Entity::find().order_by_asc(team_member::Column::UserId)
    }
}

/// The services of a team.
pub struct ServicesOfTeam;

impl ShortList for ServicesOfTeam {
    type Entity = service::Entity;
    fn parent_column() -> service::Column {
        service::Column::TeamId
    }
    fn select(_: &Session) -> Select<service::Entity> {
        service::Entity::find().order_by_asc(service::Column::Slug)
    }
}
