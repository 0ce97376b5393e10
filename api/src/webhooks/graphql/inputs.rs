//! What mutations of webhooks take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use entity::ids::{WebhookDeliveryId, WebhookEndpointId};

use super::{WebhookDelivery, WebhookEndpoint, WebhookEndpointEdge, WebhookFormat};
use crate::{
    graphql::{
        enums::Severity,
        input::{clearable, emptied, ids},
        scalars::{DateTime, Url},
    },
    platform::{error::Error, ids::parse},
    webhooks::model::{Endpoint, EndpointPatch},
    webhooks::service::redeliver,
};

/// What an endpoint asks of an event besides its type. A list that is left out or empty asks for nothing.
#[derive(InputObject, Default)]
pub struct WebhookFilterInput {
    /// What it happened to belongs to one of these teams; else its report does, else the incident.
    team_ids: Option<Vec<ID>>,
    /// The incident has one of these severities.
    severities: Option<Vec<Severity>>,
}

impl WebhookFilterInput {
    fn decode(self) -> Result<Filter, Error> {
        let severities = self.severities.unwrap_or_default();
        Ok(Filter {
            teams: ids("filter.teamIds", &self.team_ids.unwrap_or_default())?,
            severities: severities.into_iter().map(Into::into).collect(),
        })
    }
}

struct Filter {
    teams: Vec<entity::ids::TeamId>,
    severities: Vec<entity::enums::Severity>,
}

/// A new endpoint.
#[derive(InputObject)]
pub struct CreateWebhookEndpointInput {
    /// The address to call: https, without a user or password.
    url: Url,
    /// What it is for; up to 200 characters.
    description: Option<String>,
    /// The types of events to send, such as recommendation.accepted, recommendation.* or *; all when left out.
    event_types: Option<Vec<String>>,
    /// What else to ask of an event.
    filter: Option<WebhookFilterInput>,
    /// What to send; STANDARD when left out.
    format: Option<WebhookFormat>,
    /// Whether to tell what an admin sees, RESTRICTED reports included; false when left out.
    includes_restricted: Option<bool>,
    /// Whether to send anything; true when left out.
    is_enabled: Option<bool>,
}

impl CreateWebhookEndpointInput {
    pub(super) fn decode(self) -> Result<Endpoint, Error> {
        let filter = self.filter.unwrap_or_default().decode()?;
        Ok(Endpoint {
            url: self.url.0,
            description: self.description.unwrap_or_default(),
            event_types: self.event_types.unwrap_or_else(|| vec!["*".to_owned()]),
            teams: filter.teams,
            severities: filter.severities,
            format: self.format.unwrap_or(WebhookFormat::Standard).into(),
            includes_restricted: self.includes_restricted.unwrap_or(false),
            is_enabled: self.is_enabled.unwrap_or(true),
        })
    }
}

/// The endpoint that was created.
#[derive(SimpleObject)]
pub struct CreateWebhookEndpointPayload {
    /// The endpoint.
    pub(super) webhook_endpoint: WebhookEndpoint,
    /// The same in the list webhookEndpoints.
    pub(super) webhook_endpoint_edge: WebhookEndpointEdge,
    /// What its deliveries are signed with: whsec_ and base64. It is shown this once.
    pub(super) secret: String,
}

/// What is to be another way. What is left out stays; null is as for a new endpoint, and refused for url, eventTypes and isEnabled.
#[derive(InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// The endpoint.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// The address to call.
    url: MaybeUndefined<Url>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// The types of events to send.
    event_types: MaybeUndefined<Vec<String>>,
    /// What else to ask of an event; takes the place of the whole filter.
    filter: MaybeUndefined<WebhookFilterInput>,
    /// What to send.
    format: MaybeUndefined<WebhookFormat>,
    /// Whether to tell what an admin sees, RESTRICTED reports included.
    includes_restricted: MaybeUndefined<bool>,
    /// Whether to send anything. What waits is given up when it is disabled; enabled again, it starts with what happens from then on.
    is_enabled: MaybeUndefined<bool>,
}

impl UpdateWebhookEndpointInput {
    pub(super) fn decode(self) -> Result<EndpointPatch, Error> {
        let filter = emptied(self.filter).map(WebhookFilterInput::decode).transpose()?;
        let (teams, severities) = filter.map(|filter| (filter.teams, filter.severities)).unzip();
        Ok(EndpointPatch {
            url: clearable(self.url).map(|url| url.map(|url| url.0).unwrap_or_default()),
            description: emptied(self.description),
            event_types: emptied(self.event_types),
            teams,
            severities,
            format: clearable(self.format).map(|format| format.unwrap_or(WebhookFormat::Standard).into()),
            includes_restricted: emptied(self.includes_restricted),
            is_enabled: match self.is_enabled {
                MaybeUndefined::Null => {
                    return Err(Error::invalid(
                        "isEnabled",
                        "REQUIRED",
                        "Say true or false, or leave it out.",
                    ));
                }
                other => clearable(other).flatten(),
            },
        })
    }
}

/// The endpoint that was changed.
#[derive(SimpleObject)]
pub struct UpdateWebhookEndpointPayload {
    /// The endpoint.
    pub(super) webhook_endpoint: WebhookEndpoint,
}

/// Which endpoint to remove.
#[derive(InputObject)]
pub struct DeleteWebhookEndpointInput {
    /// The endpoint.
    pub(super) id: ID,
}

/// The endpoint that was removed.
#[derive(SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    /// The id that it had.
    pub(super) deleted_id: ID,
}

/// Which endpoint to give another secret.
#[derive(InputObject)]
pub struct RotateWebhookSecretInput {
    /// The endpoint.
    pub(super) id: ID,
}

/// The endpoint with its new secret.
#[derive(SimpleObject)]
pub struct RotateWebhookSecretPayload {
    /// The endpoint.
    pub(super) webhook_endpoint: WebhookEndpoint,
    /// The new secret. It is shown this once.
    pub(super) secret: String,
}

/// Which endpoint to send an event that tells of nothing.
#[derive(InputObject)]
pub struct SendTestEventInput {
    /// The endpoint; it must be enabled.
    pub(super) id: ID,
}

/// The endpoint that will be sent one.
#[derive(SimpleObject)]
pub struct SendTestEventPayload {
    /// The endpoint. What becomes of the test is in its deliveries in a moment.
    pub(super) webhook_endpoint: WebhookEndpoint,
}

/// What to send again: one delivery, or all of an endpoint within a time.
#[derive(InputObject)]
pub struct RedeliverInput {
    /// The delivery.
    delivery_id: Option<ID>,
    /// The endpoint.
    endpoint_id: Option<ID>,
    /// Everything since then, as the endpoint's filter says now. With endpointId.
    since: Option<DateTime>,
    /// Only what happened before then; up to now when left out. With endpointId.
    until: Option<DateTime>,
}

pub(super) enum Again {
    One(WebhookDeliveryId),
    Within(WebhookEndpointId, redeliver::Time),
}

impl RedeliverInput {
    pub(super) fn decode(self) -> Result<Again, Error> {
        match (self.delivery_id, self.endpoint_id, self.since, self.until) {
            (Some(id), None, None, None) => Ok(Again::One(parse("deliveryId", &id)?)),
            (None, Some(id), Some(since), until) => {
                let time = redeliver::Time {
                    since: since.0,
                    until: until.map(|until| until.0),
                };
                Ok(Again::Within(parse("endpointId", &id)?, time))
            }
            _ => Err(Error::invalid(
                "deliveryId",
                "DELIVERY_OR_ENDPOINT",
                "Give either deliveryId, or endpointId and since, and until if you like.",
            )),
        }
    }
}

/// What will be sent again.
#[derive(SimpleObject)]
pub struct RedeliverPayload {
    /// The endpoint.
    pub(super) webhook_endpoint: WebhookEndpoint,
    /// The delivery; null when all since a moment were asked for.
    pub(super) webhook_delivery: Option<WebhookDelivery>,
    /// How many deliveries were put into the queue.
    pub(super) count: i32,
}
