//! Webhooks in the API.

mod inputs;
mod mutations;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Json, Object};
use entity::{enums as stored, ids::TypedId, webhook_attempt, webhook_delivery, webhook_endpoint};
use serde_json::{Value, json};

pub use self::mutations::WebhookMutation;
use super::{
    loaders::{AttemptsOfDelivery, DeliveriesOfEndpoint},
    queries,
};
use crate::{
    events::graphql::Event,
    graphql::{
        Result,
        connection::connection,
        context::session,
        cost,
        direct::Ready,
        loaders::{by_reference, children, required, root, short_list},
        plan::listed,
        scalars::{DateTime, Url, int},
    },
    people::graphql::User,
    platform::page::PageArgs,
};

/// What an endpoint is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::WebhookFormat")]
pub enum WebhookFormat {
    /// Type, timestamp and data, by Standard Webhooks.
    #[graphql(name = "STANDARD")]
    Standard,
    /// Messages for an incoming webhook of Slack.
    #[graphql(name = "SLACK")]
    Slack,
    /// Messages for a workflow of Microsoft Teams, as Adaptive Cards.
    #[graphql(name = "TEAMS")]
    Teams,
    /// Messages for a webhook of Discord.
    #[graphql(name = "DISCORD")]
    Discord,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::DeliveryStatus")]
pub enum DeliveryStatus {
    /// It has not been tried yet.
    #[graphql(name = "PENDING")]
    Pending,
    /// The receiver took it.
    #[graphql(name = "SUCCEEDED")]
    Succeeded,
    /// It failed and will be tried again.
    #[graphql(name = "FAILED")]
    Failed,
    /// It was given up.
    #[graphql(name = "DEAD")]
    Dead,
}

/// Where events are sent. For admins only.
#[derive(Clone)]
pub struct WebhookEndpoint(pub Arc<webhook_endpoint::Model>);

/// Where events are sent. For admins only.
#[Object]
impl WebhookEndpoint {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The address that is called.
    async fn url(&self) -> Url {
        Url(self.0.url.clone())
    }
    /// What it is for; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }
    /// The types of events that are sent, as patterns such as recommendation.* or *.
    async fn event_types(&self) -> Vec<String> {
        serde_json::from_value(self.0.event_types.clone()).unwrap_or_default()
    }
    /// What else is asked of an event, as teamIds and severities, of which an empty list asks for nothing; null when nothing is.
    async fn filter(&self) -> Option<Json<Value>> {
        let (teams, severities) = (&self.0.team_ids, &self.0.severities);
        let nothing = json!([]);
        (*teams != nothing || *severities != nothing)
            .then(|| Json(json!({ "teamIds": teams, "severities": severities })))
    }
    /// What is sent.
    async fn format(&self) -> WebhookFormat {
        self.0.format.into()
    }
    /// Whether it is told what an admin sees, RESTRICTED reports included. Otherwise it is told what every VIEWER may read.
    async fn includes_restricted(&self) -> bool {
        self.0.includes_restricted
    }
    /// Whether anything is sent.
    async fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }
    /// Why it was disabled by itself; null when it was not.
    async fn disabled_reason(&self) -> Option<&str> {
        self.0.disabled_reason.as_deref()
    }
    /// The first failure since the last success; null while it works.
    async fn failing_since(&self) -> Option<DateTime> {
        self.0.failing_since.map(Into::into)
    }
    /// What verifies the signatures v1a of its deliveries and cannot make any: whpk_ and an Ed25519 key in base64.
    async fn public_key(&self) -> &str {
        &self.0.public_key
    }
    /// Until when the secret and the private key before the last rotation sign too; null when there are none.
    async fn old_secret_until(&self) -> Option<DateTime> {
        self.0.old_secret_until.map(Into::into)
    }
    /// Its deliveries, the latest first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so.")] status: Option<DeliveryStatus>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<WebhookDeliveryConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let list = DeliveriesOfEndpoint {
            status: status.map(Into::into),
        };
        Ok(WebhookDeliveryConnection::new(
            children(ctx, self.0.id.uuid(), list, page).await?,
        ))
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
    WebhookEndpoint,
    WebhookEndpointConnection,
    WebhookEndpointEdge,
    "One page of webhook endpoints.",
    "A webhook endpoint in a list."
);

impl Ready for WebhookEndpoint {
    const WAITS: &'static [&'static str] = &[];
}
listed!(WebhookEndpoint, entity::webhook_endpoint::Entity);

/// One event for one endpoint. For admins only.
#[derive(Clone)]
pub struct WebhookDelivery(pub Arc<webhook_delivery::Model>);

/// One event for one endpoint. For admins only.
#[Object]
impl WebhookDelivery {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The event. Its id is sent as webhook-id, with every attempt.
    async fn event(&self, ctx: &Context<'_>) -> Result<Event> {
        Ok(Event(required(ctx, self.0.event_id).await?))
    }
    /// Where it goes.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<WebhookEndpoint> {
        Ok(WebhookEndpoint(required(ctx, self.0.endpoint_id).await?))
    }
    /// What became of it.
    async fn status(&self) -> DeliveryStatus {
        self.0.status.into()
    }
    /// All attempts, the first one first.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt>> {
        let rows = short_list::<AttemptsOfDelivery>(ctx, self.0.id.uuid()).await?;
        Ok(rows.into_iter().map(WebhookAttempt).collect())
    }
    /// When it will be tried next; null when it will not.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(Into::into)
    }
    /// When it was put into the queue.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

connection!(
    WebhookDelivery,
    WebhookDeliveryConnection,
    WebhookDeliveryEdge,
    "One page of webhook deliveries.",
    "A webhook delivery in a list."
);

impl Ready for WebhookDelivery {
    const WAITS: &'static [&'static str] = &[];
}
listed!(WebhookDelivery, entity::webhook_delivery::Entity);

/// One call, and what came back.
pub struct WebhookAttempt(webhook_attempt::Model);

/// One call, and what came back.
#[Object]
impl WebhookAttempt {
    /// When it was made.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }
    /// The status of the answer; null when none came.
    async fn status_code(&self) -> Option<i32> {
        self.0.status_code
    }
    /// How long it took, in milliseconds.
    async fn duration_ms(&self) -> i32 {
        int(self.0.duration_ms)
    }
    /// Why it failed; null when it did not.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
    /// The beginning of the answer, at most 1024 bytes; null when it was empty or none came.
    async fn response_snippet(&self) -> Option<&str> {
        self.0.response_snippet.as_deref()
    }
}

/// Reads webhooks.
#[derive(Default)]
pub struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// Where events are sent, the latest first. Admins only.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<WebhookEndpointConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let select = queries::endpoints(&session(ctx).viewer)?;
        Ok(WebhookEndpointConnection::new(
            root(ctx, select, queries::endpoint_order(), page).await?,
        ))
    }
}
