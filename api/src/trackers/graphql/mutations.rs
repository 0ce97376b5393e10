//! Mutations of trackers.

use async_graphql::{Context, Object};
use entity::ids::{TrackerConnectionId, TrackerLinkId};

use super::{
    TrackerConnection, TrackerConnectionEdge, TrackerLink,
    inputs::{
        CreateTrackerConnectionInput, CreateTrackerConnectionPayload, CreateTrackerIssueInput,
        CreateTrackerIssuePayload, DeleteTrackerConnectionInput, DeleteTrackerConnectionPayload, LinkTrackerIssueInput,
        LinkTrackerIssuePayload, SettleTrackerConflictInput, SettleTrackerConflictPayload, TestTrackerConnectionInput,
        TestTrackerConnectionPayload, UnlinkTrackerIssueInput, UnlinkTrackerIssuePayload, UpdateTrackerConnectionInput,
        UpdateTrackerConnectionPayload,
    },
};
use crate::{
    graphql::{Result, context::session, loaders::required},
    platform::ids::parse,
    trackers::{
        queries,
        service::{connections, links, probe},
    },
};

async fn connection(ctx: &Context<'_>, id: TrackerConnectionId) -> Result<TrackerConnection> {
    Ok(TrackerConnection(required(ctx, id).await?))
}

async fn link(ctx: &Context<'_>, id: TrackerLinkId) -> Result<TrackerLink> {
    Ok(TrackerLink(required(ctx, id).await?))
}

/// Changes trackers.
#[derive(Default)]
pub struct TrackerMutation;

#[Object]
impl TrackerMutation {
    /// Connects a project of an issue tracker, and shows the secret for its webhooks this once. Admins only.
    async fn create_tracker_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateTrackerConnectionInput,
    ) -> Result<CreateTrackerConnectionPayload> {
        let (token, secret) = (input.token.clone(), input.inbound_secret.clone());
        let made = connections::create(session(ctx), input.decode()?, &token, secret.as_deref()).await?;
        let tracker_connection = connection(ctx, made.id).await?;
        let tracker_connection_edge = TrackerConnectionEdge {
            cursor: queries::connection_order().cursor(&tracker_connection.0),
            node: tracker_connection.clone(),
        };
        Ok(CreateTrackerConnectionPayload {
            tracker_connection,
            tracker_connection_edge,
            inbound_secret: made.inbound_secret,
        })
    }

    /// Changes a connection; it is tried again at once, unless the tracker asked its token to wait. Its links are compared anew. Admins only.
    async fn update_tracker_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateTrackerConnectionInput,
    ) -> Result<UpdateTrackerConnectionPayload> {
        let (id, expected_version) = (parse("id", &input.id)?, input.expected_version);
        connections::update(session(ctx), id, input.decode()?, expected_version).await?;
        Ok(UpdateTrackerConnectionPayload {
            tracker_connection: connection(ctx, id).await?,
        })
    }

    /// Removes a connection with its links. The issues stay as they are. Admins only.
    async fn delete_tracker_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: DeleteTrackerConnectionInput,
    ) -> Result<DeleteTrackerConnectionPayload> {
        connections::delete(session(ctx), parse("id", &input.id)?).await?;
        Ok(DeleteTrackerConnectionPayload { deleted_id: input.id })
    }

    /// Tries a connection and says what is wrong with it. Changes nothing, here or there. Admins only.
    async fn test_tracker_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: TestTrackerConnectionInput,
    ) -> Result<TestTrackerConnectionPayload> {
        let id = parse("id", &input.id)?;
        let problem = probe::test(session(ctx), id).await?;
        Ok(TestTrackerConnectionPayload {
            tracker_connection: connection(ctx, id).await?,
            is_working: problem.is_none(),
            problem,
        })
    }

    /// Makes an issue of a recommendation, in a moment. Its editors.
    async fn create_tracker_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateTrackerIssueInput,
    ) -> Result<CreateTrackerIssuePayload> {
        let item = parse("recommendationId", &input.recommendation_id)?;
        let at = parse("connectionId", &input.connection_id)?;
        let id = links::create_issue(session(ctx), item, at).await?;
        Ok(CreateTrackerIssuePayload {
            tracker_link: link(ctx, id).await?,
        })
    }

    /// Links a recommendation to an issue that is there already. Its editors.
    async fn link_tracker_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: LinkTrackerIssueInput,
    ) -> Result<LinkTrackerIssuePayload> {
        let item = parse("recommendationId", &input.recommendation_id)?;
        let connection = input.connection_id.map(|id| parse("connectionId", &id)).transpose()?;
        let keep = input.keep.map(Into::into);
        let id = links::link_issue(session(ctx), item, &input.url.0, connection, keep).await?;
        Ok(LinkTrackerIssuePayload {
            tracker_link: link(ctx, id).await?,
        })
    }

    /// Ends a link; the issue stays as it is. The editors of the recommendation.
    async fn unlink_tracker_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UnlinkTrackerIssueInput,
    ) -> Result<UnlinkTrackerIssuePayload> {
        let id = parse("id", &input.id)?;
        links::unlink(session(ctx), id).await?;
        Ok(UnlinkTrackerIssuePayload {
            tracker_link: link(ctx, id).await?,
        })
    }

    /// Chooses whose values stay where both sides were changed. The editors of the recommendation.
    async fn settle_tracker_conflict(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SettleTrackerConflictInput,
    ) -> Result<SettleTrackerConflictPayload> {
        let id = parse("id", &input.id)?;
        links::settle(session(ctx), id, input.keep.into()).await?;
        Ok(SettleTrackerConflictPayload {
            tracker_link: link(ctx, id).await?,
        })
    }
}
