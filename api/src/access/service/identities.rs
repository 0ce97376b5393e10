//! Binds a user to who they are at an OpenID Connect issuer, by hand: for users who were here before their provider was.

use entity::{
    enums::SubjectKind,
    ids::{IdentityId, UserId},
    user, user_identity,
};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use crate::{
    access::queries::identity,
    auth::Session,
    events::{model::NewEvent, service::record},
    people::service::forget_browsers,
    platform::{
        changes::Changes,
        db::Hold,
        error::{Error, Problems, is_unique_violation},
        text,
    },
};

/// Binds a user to an issuer's subject. Admins only. What is bound to them already stays so.
pub async fn link(session: &Session, user: UserId, issuer: &str, subject: &str) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let mut problems = Problems::default();
    if session.app.providers.by_issuer(issuer).is_none() {
        problems.add(
            "issuer",
            "UNKNOWN_ISSUER",
            "No such issuer is configured here; name one of the setting oidc_issuers.",
        );
    }
    let subject = problems.take(text::line("subject", subject, 255)).unwrap_or_default();
    problems.finish()?;
    let taken = || {
        Error::invalid(
            "subject",
            "TAKEN",
            "Another user is bound to this subject; unlink that one first.",
        )
    };
    let tx = session.begin().await?;
    if user::Entity::find_by_id(user).one(&*tx).await?.is_none() {
        return Err(Error::not_found("user"));
    }
    match identity(&*tx, issuer, &subject).await? {
        Some(known) if known.user_id == user => return Ok(()),
        Some(_) => return Err(taken()),
        None => {}
    }
    let row = user_identity::ActiveModel {
        id: Set(session.mint::<IdentityId>()),
        user_id: Set(user),
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.clone()),
        synced_at: Set(None),
        created_at: Set(session.now()),
    };
    user_identity::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await
        .map_err(|error| {
            if is_unique_violation(&error) {
                taken()
            } else {
                error.into()
            }
        })?;
    let bound = json!({ "issuer": issuer, "subject": subject });
    let event = NewEvent::new("user.identity_linked", SubjectKind::User, user, None)
        .changes(Changes::new().created("identity", &bound));
    record(session, &tx, vec![event]).await?;
    tx.commit().await
}

/// Undoes [`link`], and what a first sign-in bound. Admins only. Gives the user who was bound.
pub async fn unlink(session: &Session, id: IdentityId) -> Result<UserId, Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let known = user_identity::Entity::find_by_id(id).one(&*tx).await?;
    let known = known.ok_or_else(|| Error::not_found("identity"))?;
    // A sign-in that is under way comes first, or finds nothing any more.
    user::Entity::find_by_id(known.user_id).hold().one(&*tx).await?;
    let bound = json!({ "issuer": known.issuer, "subject": known.subject });
    user_identity::Entity::delete_by_id(id).exec(&*tx).await?;
    // A user may have several identities at one issuer, so which of them were opened by way of this one is not known.
    forget_browsers(&tx, known.user_id).await?;
    let event = NewEvent::new("user.identity_unlinked", SubjectKind::User, known.user_id, None)
        .changes(Changes::new().field("identity", &Some(bound), &None));
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(known.user_id)
}
