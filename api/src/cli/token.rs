//! `postmortem token`: prints the token alone on stdout.

use super::{args::TokenArgs, sentence};
use crate::{
    auth::{App, Viewer},
    people::{
        queries::user_by_email,
        service::{NewUser, UserPatch, create_user, update_user},
    },
    platform::error::Error,
};
use entity::{enums::ActorKind, user};
use std::sync::Arc;

pub(super) async fn token(app: &Arc<App>, args: &TokenArgs) -> Result<(), String> {
    let user = user_of(app, args).await.map_err(|error| sentence(&error))?;
    let token = app.sign(&user, args.ttl).map_err(|error| sentence(&error))?;
    outln!("{token}");
    Ok(())
}

/// The user, who is created or given another role when one is named.
async fn user_of(app: &Arc<App>, args: &TokenArgs) -> Result<user::Model, Error> {
    let session = app.session(Viewer::operator(ActorKind::ServiceToken)).await?;
    let known = user_by_email(&session.db, &args.email).await?;
    match (known, args.role) {
        (Some(user), None) if user.is_active => return Ok(user),
        (Some(user), None) => {
            return Err(Error::Forbidden(format!(
                "{} is inactive; name a role to make them active again.",
                user.email
            )));
        }
        (Some(user), Some(role)) => {
            let patch = UserPatch {
                role: Some(role),
                is_active: Some(true),
                ..UserPatch::default()
            };
            update_user(&session, user.id, patch).await?;
        }
        (None, Some(role)) => {
            let name = args.email.split('@').next().unwrap_or_default().to_owned();
            create_user(
                &session,
                NewUser {
                    email: args.email.clone(),
                    name,
                    role,
                },
            )
            .await?;
        }
        (None, None) => {
            return Err(Error::NotFound(format!(
                "There is no user {}; name a role to create one, such as --role member.",
                args.email
            )));
        }
    }
    let user = user_by_email(&session.db, &args.email).await?;
    user.ok_or_else(|| Error::internal("the user that was just stored is gone"))
}
