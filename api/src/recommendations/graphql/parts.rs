//! What a recommendation is made of, in the API.

use async_graphql::{Context, Object};
use entity::{due_change, effectiveness_review, evidence};

use crate::{
    graphql::{
        Result, enums,
        loaders::by_reference,
        scalars::{Date, DateTime, Url},
    },
    people::graphql::User,
};

/// One move of a due date.
pub struct DueChange(pub due_change::Model);

/// One move of a due date.
#[Object]
impl DueChange {
    /// The date before; null when there was none.
    async fn from(&self) -> Option<Date> {
        self.0.from_on.map(Into::into)
    }
    /// The date after.
    async fn to(&self) -> Option<Date> {
        self.0.to_on.map(Into::into)
    }
    /// Why it moved.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
    /// Who moved it; null for a machine.
    async fn changed_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.changed_by_id).await?.map(User))
    }
    /// When it was moved.
    async fn changed_at(&self) -> DateTime {
        self.0.changed_at.into()
    }
}

/// A link that shows a recommendation done, or the ticket it is tracked in.
pub struct Evidence(pub evidence::Model);

/// A link that shows a recommendation done, or the ticket it is tracked in.
#[Object]
impl Evidence {
    /// Where it can be seen.
    async fn url(&self) -> Url {
        Url(self.0.url.clone())
    }
    /// What it shows; null when nobody has said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
    /// Who added it; null for an import.
    async fn added_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.added_by_id).await?.map(User))
    }
    /// When it was added.
    async fn added_at(&self) -> DateTime {
        self.0.added_at.into()
    }
}

/// One planned or held look at whether verified work helped.
pub struct EffectivenessReview(pub effectiveness_review::Model);

/// One planned or held look at whether verified work helped.
#[Object]
impl EffectivenessReview {
    /// The day it is planned for.
    async fn due_on(&self) -> Date {
        self.0.due_on.into()
    }
    /// What it found; null until it is held.
    async fn outcome(&self) -> Option<enums::EffectivenessOutcome> {
        self.0.outcome.map(Into::into)
    }
    /// What it found, in words; null when nothing was said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
    /// Who held it; null until it is held.
    async fn reviewed_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.reviewed_by_id).await?.map(User))
    }
    /// When it was held; null until then.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.0.reviewed_at.map(Into::into)
    }
}
