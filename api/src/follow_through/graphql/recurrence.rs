//! Causes that came back, in the API.

use async_graphql::{Context, Object};

use crate::{
    follow_through::queries::recurrence::{Recurring, Summary},
    graphql::{
        Result,
        context::loaders,
        cost,
        loaders::{ById, required},
        scalars::{DateTime, int},
    },
    incidents::graphql::Incident,
    root_causes::graphql::RootCause,
};

fn number(count: usize) -> i32 {
    int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A cause that occurred in more than one incident.
pub struct RecurringCause(pub(super) Recurring);

/// A cause that occurred in more than one incident.
#[Object]
impl RecurringCause {
    /// Its first known occurrence.
    async fn cause(&self, ctx: &Context<'_>) -> Result<RootCause> {
        Ok(RootCause(required(ctx, self.0.first).await?))
    }
    /// How often it occurred, the first time included.
    async fn occurrences(&self) -> i32 {
        number(self.0.occurrences)
    }
    /// The incidents in which it did, the earliest first.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn incidents(&self, ctx: &Context<'_>) -> Result<Vec<Incident>> {
        let ids = self.0.incidents.iter();
        let found = loaders(ctx).load_many(ids.clone().map(|id| ById(*id))).await?;
        Ok(ids
            .filter_map(|id| found.get(&ById(*id)).cloned())
            .map(Incident)
            .collect())
    }
    /// When the last of these incidents began.
    async fn last_occurred_at(&self) -> DateTime {
        self.0.last_occurred_at.into()
    }
    /// How many open recommendations treat any of its occurrences.
    async fn open_recommendations(&self) -> i32 {
        number(self.0.open_recommendations)
    }
    /// How many times it came back while committed work on an earlier occurrence was still open: WHILE_OPEN.
    async fn preventable_occurrences(&self) -> i32 {
        number(self.0.preventable)
    }
}

/// How the causes of a time stood to what was known before.
pub struct RecurrenceSummary(pub(super) Summary);

/// How the causes of a time stood to what was known before.
#[Object]
impl RecurrenceSummary {
    /// The incidents that began within the time and have at least one root cause that you may see.
    async fn reviewed_incidents(&self) -> i32 {
        int(self.0.reviewed_incidents)
    }
    /// The root causes of these incidents that are recurrences of a cause that you may see.
    async fn recurrences(&self) -> i32 {
        number(self.0.recurrences)
    }
    /// Of these, those with recurrenceKind WHILE_OPEN.
    async fn while_open(&self) -> i32 {
        number(self.0.while_open)
    }
    /// Of these, those with recurrenceKind AFTER_FIX.
    async fn after_fix(&self) -> i32 {
        number(self.0.after_fix)
    }
    /// Of these, those with recurrenceKind AFTER_DECLINED.
    async fn after_declined(&self) -> i32 {
        number(self.0.after_declined)
    }
    /// Of these, those with recurrenceKind UNADDRESSED.
    async fn unaddressed(&self) -> i32 {
        number(self.0.unaddressed)
    }
    /// The share, 0 to 1, of the recurrences that is WHILE_OPEN; null when there is none.
    async fn preventable_rate(&self) -> Option<f64> {
        self.0.preventable_rate()
    }
}
