//! Creates and changes users, teams and services. Admins only; every change is an event.

mod services;
mod teams;
mod tokens;
mod users;

use sea_orm::DbErr;

pub use services::{NewService, ServicePatch, create_service, update_service};
pub use teams::{Membership, NewTeam, TeamPatch, create_team, update_team};
pub use tokens::{end_admin_tokens, revoke_token};
pub use users::{NewUser, UserPatch, create_user, forget_browsers, is_last_admin, update_user};

use crate::platform::error::{Error, is_unique_violation};

/// Says which unique value is taken.
fn taken(path: &'static str, what: &'static str) -> impl Fn(DbErr) -> Error {
    move |error| {
        if is_unique_violation(&error) {
            Error::invalid(
                path,
                "TAKEN",
                format!("This {what} is already taken; choose another or update the one that has it."),
            )
        } else {
            error.into()
        }
    }
}
