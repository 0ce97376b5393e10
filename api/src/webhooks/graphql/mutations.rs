//! Mutations of webhooks.

use async_graphql::{Context, Object};
use entity::ids::WebhookEndpointId;

use super::{
    WebhookDelivery, WebhookEndpoint, WebhookEndpointEdge,
    inputs::{
        Again, CreateWebhookEndpointInput, CreateWebhookEndpointPayload, DeleteWebhookEndpointInput,
        DeleteWebhookEndpointPayload, RedeliverInput, RedeliverPayload, RotateWebhookSecretInput,
        RotateWebhookSecretPayload, SendTestEventInput, SendTestEventPayload, UpdateWebhookEndpointInput,
        UpdateWebhookEndpointPayload,
    },
};
use crate::{
    graphql::{Result, context::session, loaders::required, scalars::int},
    platform::ids::parse,
    webhooks::{
        queries,
        service::{endpoints, redeliver},
    },
};

async fn fresh(ctx: &Context<'_>, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    Ok(WebhookEndpoint(required(ctx, id).await?))
}

/// Changes webhooks.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Creates an endpoint to which events are sent from now on, and shows its secret this once. Admins only.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload> {
        let made = endpoints::create(session(ctx), input.decode()?).await?;
        let webhook_endpoint = fresh(ctx, made.id).await?;
        let webhook_endpoint_edge = WebhookEndpointEdge {
            cursor: queries::endpoint_order().cursor(&webhook_endpoint.0),
            node: webhook_endpoint.clone(),
        };
        Ok(CreateWebhookEndpointPayload {
            webhook_endpoint,
            webhook_endpoint_edge,
            secret: made.secret.reveal().to_owned(),
        })
    }

    /// Changes an endpoint. Admins only.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload> {
        let (id, expected_version) = (parse("id", &input.id)?, input.expected_version);
        endpoints::update(session(ctx), id, input.decode()?, expected_version).await?;
        Ok(UpdateWebhookEndpointPayload {
            webhook_endpoint: fresh(ctx, id).await?,
        })
    }

    /// Removes an endpoint with its deliveries. Admins only.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        endpoints::delete(session(ctx), parse("id", &input.id)?).await?;
        Ok(DeleteWebhookEndpointPayload { deleted_id: input.id })
    }

    /// Gives an endpoint a new secret and shows it this once. The old one signs too for 24 hours. Admins only.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let id = parse("id", &input.id)?;
        let secret = endpoints::rotate(session(ctx), id).await?;
        Ok(RotateWebhookSecretPayload {
            webhook_endpoint: fresh(ctx, id).await?,
            secret: secret.reveal().to_owned(),
        })
    }

    /// Sends an endpoint the event webhook_endpoint.tested, whatever its filter says. Admins only.
    async fn send_test_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SendTestEventInput,
    ) -> Result<SendTestEventPayload> {
        let id = parse("id", &input.id)?;
        endpoints::test(session(ctx), id).await?;
        Ok(SendTestEventPayload {
            webhook_endpoint: fresh(ctx, id).await?,
        })
    }

    /// Sends again, under the same webhook-id: one delivery, or all of an endpoint within a time. Admins only.
    async fn redeliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RedeliverInput,
    ) -> Result<RedeliverPayload> {
        match input.decode()? {
            Again::One(id) => {
                let endpoint = redeliver::one(session(ctx), id).await?;
                Ok(RedeliverPayload {
                    webhook_endpoint: fresh(ctx, endpoint).await?,
                    webhook_delivery: Some(WebhookDelivery(required(ctx, id).await?)),
                    count: 1,
                })
            }
            Again::Within(id, time) => {
                let count = redeliver::within(session(ctx), id, time).await?;
                Ok(RedeliverPayload {
                    webhook_endpoint: fresh(ctx, id).await?,
                    webhook_delivery: None,
                    count: int(count),
                })
            }
        }
    }
}
