//! Trackers in the API.

mod inputs;
mod mutations;

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, Enum, ID, Json, Object, SimpleObject};
use entity::{enums as stored, ids::UserId, tracker_connection, tracker_link};
use serde_json::Value;

pub use self::mutations::TrackerMutation;
use super::{
    model::{Conflict, Field, Person, Side, StatusMap},
    queries,
};
use crate::{
    graphql::{
        Result,
        connection::connection,
        context::session,
        cost,
        direct::Ready,
        enums::{ClosureReason, RecommendationStatus},
        loaders::{by_reference, required, root},
        plan::listed,
        scalars::{DateTime, Url},
    },
    people::graphql::User,
    platform::page::PageArgs,
    recommendations::graphql::Recommendation,
};

/// Whose tracker it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::TrackerKind")]
pub enum TrackerKind {
    /// GitHub, or GitHub Enterprise.
    #[graphql(name = "GITHUB")]
    Github,
    /// GitLab.
    #[graphql(name = "GITLAB")]
    Gitlab,
    /// Jira, in the cloud or in a data centre.
    #[graphql(name = "JIRA")]
    Jira,
    /// Linear.
    #[graphql(name = "LINEAR")]
    Linear,
    /// Redmine.
    #[graphql(name = "REDMINE")]
    Redmine,
}

/// How far a recommendation and its issue agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::SyncState")]
pub enum SyncState {
    /// They have not been compared yet, or the issue is still to be made.
    #[graphql(name = "PENDING")]
    Pending,
    /// They said the same when they were last compared.
    #[graphql(name = "IN_SYNC")]
    InSync,
    /// A field was changed on both sides; settleTrackerConflict chooses.
    #[graphql(name = "CONFLICT")]
    Conflict,
    /// They could not be brought into step; lastError says why, and it is tried again.
    #[graphql(name = "FAILED")]
    Failed,
    /// They are no longer kept in step.
    #[graphql(name = "UNLINKED")]
    Unlinked,
}

/// A side of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "Side")]
pub enum TrackerSide {
    /// The recommendation.
    #[graphql(name = "POSTMORTEM")]
    Postmortem,
    /// The issue.
    #[graphql(name = "TRACKER")]
    Tracker,
}

/// A field that both sides may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "Field")]
pub enum TrackerField {
    /// The title.
    #[graphql(name = "TITLE")]
    Title,
    /// Where it stands.
    #[graphql(name = "STATUS")]
    Status,
    /// Who does it.
    #[graphql(name = "OWNER")]
    Owner,
    /// By when.
    #[graphql(name = "DUE_ON")]
    DueOn,
}

/// A project of an issue tracker.
#[derive(Clone)]
pub struct TrackerConnection(pub Arc<tracker_connection::Model>);

/// A project of an issue tracker.
#[Object]
impl TrackerConnection {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// Whose tracker it is.
    async fn kind(&self) -> TrackerKind {
        self.0.kind.into()
    }
    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// Where the tracker is.
    async fn base_url(&self) -> Url {
        Url(self.0.base_url.clone())
    }
    /// What the tracker calls the project, such as octo/widgets.
    async fn project(&self) -> &str {
        &self.0.project
    }
    /// Whether an issue is made of each recommendation that is accepted.
    async fn auto_create(&self) -> bool {
        self.0.auto_create
    }
    /// Whether anything is kept in step.
    async fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }
    /// Whether what stands under RESTRICTED reports may go there.
    async fn includes_restricted(&self) -> bool {
        self.0.includes_restricted
    }
    /// When the tracker was last asked what had changed; null until then.
    async fn last_synced_at(&self) -> Option<DateTime> {
        self.0.last_synced_at.map(Into::into)
    }
    /// Why the tracker could not be asked; null while it can.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }
    /// Until when the tracker is left alone, because it asked for that or failed; null when it is not.
    async fn paused_until(&self) -> Option<DateTime> {
        self.0.paused_until.map(Into::into)
    }
    /// Where the tracker's webhooks go. Redmine has none.
    async fn inbound_url(&self, ctx: &Context<'_>) -> Url {
        let public_url = &session(ctx).app.settings.public_url;
        Url(format!("{public_url}/hooks/trackers/{}", self.0.id))
    }
    /// What the tracker's statuses mean. Of several with one meaning, the first is the one that is set there.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn status_map(&self) -> Vec<StatusMapping> {
        let map: StatusMap = serde_json::from_value(self.0.status_map.clone()).unwrap_or(StatusMap(Vec::new()));
        let mapping = |mapping: super::model::Mapping| StatusMapping {
            external: mapping.external,
            status: mapping.status.into(),
            closure_reason: mapping.closure_reason.map(Into::into),
        };
        map.0.into_iter().map(mapping).collect()
    }
    /// Who is who there.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn user_map(&self) -> Vec<TrackerUser> {
        let people: Vec<Person> = serde_json::from_value(self.0.user_map.clone()).unwrap_or_default();
        people.into_iter().map(TrackerUser).collect()
    }
    /// Who created it; null when a machine did.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.created_by_id).await?.map(User))
    }
    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
    /// Counts changes; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

connection!(
    TrackerConnection,
    TrackerConnectionConnection,
    TrackerConnectionEdge,
    "One page of tracker connections.",
    "A tracker connection in a list."
);

impl Ready for TrackerConnection {
    const WAITS: &'static [&'static str] = &[];
}
listed!(TrackerConnection, entity::tracker_connection::Entity);

/// What a status of the tracker means.
#[derive(SimpleObject)]
pub struct StatusMapping {
    /// The tracker's word.
    external: String,
    /// What a recommendation is then.
    status: RecommendationStatus,
    /// Why it is declined then; null unless DECLINED.
    closure_reason: Option<ClosureReason>,
}

/// Who a user is in a tracker.
pub struct TrackerUser(Person);

/// Who a user is in a tracker.
#[Object]
impl TrackerUser {
    /// What the tracker calls them.
    async fn external(&self) -> &str {
        &self.0.external
    }
    /// Who that is; null when they are gone.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference::<UserId>(ctx, Some(self.0.user_id)).await?.map(User))
    }
}

/// A recommendation as an issue of a tracker.
#[derive(Clone)]
pub struct TrackerLink(pub Arc<tracker_link::Model>);

/// A recommendation as an issue of a tracker.
#[Object]
impl TrackerLink {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// Which project the issue is in.
    async fn connection(&self, ctx: &Context<'_>) -> Result<TrackerConnection> {
        Ok(TrackerConnection(required(ctx, self.0.connection_id).await?))
    }
    /// The recommendation.
    async fn recommendation(&self, ctx: &Context<'_>) -> Result<Recommendation> {
        Ok(required(ctx, self.0.recommendation_id).await?.into())
    }
    /// What people call the issue, such as #12; empty until it exists.
    async fn external_key(&self) -> &str {
        self.0.external_key.as_deref().unwrap_or_default()
    }
    /// Where the issue is; where the tracker is until it exists.
    async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
        Ok(Url(match &self.0.url {
            Some(url) => url.clone(),
            None => required(ctx, self.0.connection_id).await?.base_url.clone(),
        }))
    }
    /// The tracker's word for where the issue stands; null until it was read.
    async fn external_status(&self) -> Option<&str> {
        self.0.external_status.as_deref()
    }
    /// How far the two agree.
    async fn state(&self) -> SyncState {
        self.0.state.into()
    }
    /// What was changed on both sides. Both values stand until somebody chooses with settleTrackerConflict.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn conflicts(&self) -> Vec<TrackerConflict> {
        let conflicts: BTreeMap<Field, Conflict> = serde_json::from_value(self.0.conflicts.clone()).unwrap_or_default();
        let conflict = |(field, conflict): (Field, Conflict)| TrackerConflict {
            field: field.into(),
            ours: Json(conflict.ours),
            theirs: Json(conflict.theirs),
        };
        conflicts.into_iter().map(conflict).collect()
    }
    /// Why the two could not be brought into step, or are no longer kept so; null while they are.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }
    /// When both sides were last compared; null until then.
    async fn last_synced_at(&self) -> Option<DateTime> {
        self.0.last_synced_at.map(Into::into)
    }
    /// Who linked it; null when that followed from an acceptance, or a machine did.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.created_by_id).await?.map(User))
    }
    /// When it was linked.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A field that was changed on both sides.
#[derive(SimpleObject)]
pub struct TrackerConflict {
    /// Which one.
    field: TrackerField,
    /// What the recommendation says; null: nothing. An owner is an id.
    ours: Json<Value>,
    /// What the issue says, in the same form; null: nothing.
    theirs: Json<Value>,
}

/// Reads trackers.
#[derive(Default)]
pub struct TrackerQuery;

#[Object]
impl TrackerQuery {
    /// The projects of issue trackers that recommendations can be linked to, the latest first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn tracker_connections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<TrackerConnectionConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let select = queries::connections(&session(ctx).viewer);
        let found = root(ctx, select, queries::connection_order(), page).await?;
        Ok(TrackerConnectionConnection::new(found))
    }
}
