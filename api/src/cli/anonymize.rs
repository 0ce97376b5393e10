//! `postmortem anonymize`: takes a user's name away.

use std::sync::Arc;

use entity::enums::ActorKind;

use super::{args::AnonymizeArgs, sentence};
use crate::{
    auth::{App, Viewer},
    people::queries::user_by_email,
    platform::error::Error,
    privacy::service,
};

pub(super) async fn anonymize(app: &Arc<App>, args: &AnonymizeArgs) -> Result<(), String> {
    let session = app
        .session(Viewer::operator(ActorKind::ServiceToken))
        .await
        .map_err(|error| sentence(&error))?;
    let done = async {
        let user = user_by_email(&session.db, &args.email).await?;
        let user = user.ok_or_else(|| Error::NotFound(format!("There is no user {}.", args.email)))?;
        service::anonymize(&session, user.id, None).await?;
        Ok::<_, Error>(user.id)
    };
    let id = done.await.map_err(|error| sentence(&error))?;
    outln!("{id} has no name any more.");
    eprintln!("postmortem: backups of before still have it, and so do issues of trackers and receivers of webhooks.");
    Ok(())
}
