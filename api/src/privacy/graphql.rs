//! Privacy in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::UserId;

use super::service;
use crate::{
    graphql::{Result, context::session, loaders::required},
    people::graphql::User,
    platform::ids::parse,
};

/// A user to make nameless.
#[derive(InputObject)]
pub struct AnonymizeUserInput {
    /// Which user.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
}

/// The user as it is now.
#[derive(SimpleObject)]
pub struct AnonymizeUserPayload {
    /// The user, without a name.
    user: User,
}

/// Takes people's names away.
#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Takes the name and e-mail address of a user away for good: from the user, from events, and from texts with all their
    /// revisions. They are deactivated and signed out, their identities are unlinked, and tokens and calendar feeds that they made
    /// are revoked. Work, history and figures stay, under a name that says nothing. A user who is nameless already stays so. Admins
    /// only; not yourself, and not the last active admin.
    async fn anonymize_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AnonymizeUserInput,
    ) -> Result<AnonymizeUserPayload> {
        let id = parse::<UserId>("id", &input.id)?;
        service::anonymize(session(ctx), id, input.expected_version).await?;
        Ok(AnonymizeUserPayload {
            user: User(required(ctx, id).await?),
        })
    }
}
