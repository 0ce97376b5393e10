//! Everything that has a global id.

use async_graphql::{Context, ID, Interface, Object};
use entity::{
    enums::SubjectKind,
    ids::{
        self, ApiTokenId, CalendarFeedId, CauseCategoryId, CommentId, DuePolicyId, EventId, IncidentId,
        RecommendationId, ReportId, RootCauseId, ServiceId, TeamId, TimelineEventId, TrackerConnectionId,
        TrackerLinkId, TypedId, UserId, WebhookDeliveryId, WebhookEndpointId,
    },
};
use futures_util::future::try_join_all;
use sea_orm::prelude::Uuid;

use crate::{
    access::graphql::ApiToken,
    calendar::graphql::CalendarFeed,
    comments::graphql::Comment,
    events::graphql::Event,
    graphql::{Result, cost, loaders::by_id},
    incidents::graphql::Incident,
    people::graphql::{Service, Team, User},
    platform::{error::Error, page::MAX_PAGE},
    policies::graphql::DuePolicy,
    recommendations::graphql::Recommendation,
    reports::{
        graphql::{Report, TimelineEvent},
        model::findings::Subject,
    },
    root_causes::graphql::{CauseCategory, RootCause},
    trackers::graphql::{TrackerConnection, TrackerLink},
    webhooks::graphql::{WebhookDelivery, WebhookEndpoint},
};

/// Anything with a global id.
#[derive(Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The global id: a TypeID whose prefix says what it is, such as rec_01k…"
))]
pub enum Node {
    /// A token for a machine.
    ApiToken(ApiToken),
    /// A calendar feed.
    CalendarFeed(CalendarFeed),
    /// A category of causes.
    CauseCategory(CauseCategory),
    /// A comment.
    Comment(Comment),
    /// A due policy.
    DuePolicy(DuePolicy),
    /// An event.
    Event(Event),
    /// An incident.
    Incident(Incident),
    /// A recommendation.
    Recommendation(Recommendation),
    /// A report.
    Report(Report),
    /// A root cause.
    RootCause(RootCause),
    /// A service.
    Service(Service),
    /// A team.
    Team(Team),
    /// A timeline entry.
    TimelineEvent(TimelineEvent),
    /// A project of an issue tracker.
    TrackerConnection(TrackerConnection),
    /// A recommendation as an issue of a tracker.
    TrackerLink(TrackerLink),
    /// A user.
    User(User),
    /// A delivery of an event.
    WebhookDelivery(WebhookDelivery),
    /// Where events are sent.
    WebhookEndpoint(WebhookEndpoint),
}

async fn by_prefix(ctx: &Context<'_>, prefix: &str, uuid: Uuid) -> Result<Option<Node>, Error> {
    Ok(match prefix {
        ApiTokenId::PREFIX => by_id(ctx, ApiTokenId(uuid)).await?.map(|row| ApiToken(row).into()),
        CalendarFeedId::PREFIX => by_id(ctx, CalendarFeedId(uuid))
            .await?
            .map(|row| CalendarFeed(row).into()),
        CauseCategoryId::PREFIX => by_id(ctx, CauseCategoryId(uuid))
            .await?
            .map(|row| CauseCategory(row).into()),
        CommentId::PREFIX => by_id(ctx, CommentId(uuid)).await?.map(|row| Comment(row).into()),
        DuePolicyId::PREFIX => by_id(ctx, DuePolicyId(uuid)).await?.map(|row| DuePolicy(row).into()),
        EventId::PREFIX => by_id(ctx, EventId(uuid)).await?.map(|row| Event(row).into()),
        IncidentId::PREFIX => by_id(ctx, IncidentId(uuid)).await?.map(|row| Incident(row).into()),
        RecommendationId::PREFIX => by_id(ctx, RecommendationId(uuid))
            .await?
            .map(|row| Recommendation::from(row).into()),
        ReportId::PREFIX => by_id(ctx, ReportId(uuid)).await?.map(|row| Report::from(row).into()),
        RootCauseId::PREFIX => by_id(ctx, RootCauseId(uuid)).await?.map(|row| RootCause(row).into()),
        ServiceId::PREFIX => by_id(ctx, ServiceId(uuid)).await?.map(|row| Service(row).into()),
        TeamId::PREFIX => by_id(ctx, TeamId(uuid)).await?.map(|row| Team(row).into()),
        TimelineEventId::PREFIX => by_id(ctx, TimelineEventId(uuid))
            .await?
            .map(|row| TimelineEvent(row).into()),
        TrackerConnectionId::PREFIX => by_id(ctx, TrackerConnectionId(uuid))
            .await?
            .map(|row| TrackerConnection(row).into()),
        TrackerLinkId::PREFIX => by_id(ctx, TrackerLinkId(uuid))
            .await?
            .map(|row| TrackerLink(row).into()),
        UserId::PREFIX => by_id(ctx, UserId(uuid)).await?.map(|row| User(row).into()),
        WebhookDeliveryId::PREFIX => by_id(ctx, WebhookDeliveryId(uuid))
            .await?
            .map(|row| WebhookDelivery(row).into()),
        WebhookEndpointId::PREFIX => by_id(ctx, WebhookEndpointId(uuid))
            .await?
            .map(|row| WebhookEndpoint(row).into()),
        _ => None,
    })
}

/// The thing an event is about.
pub async fn node_of_event(ctx: &Context<'_>, kind: SubjectKind, uuid: Uuid) -> Result<Option<Node>, Error> {
    let prefix = match kind {
        SubjectKind::Incident => IncidentId::PREFIX,
        SubjectKind::Report => ReportId::PREFIX,
        SubjectKind::TimelineEvent => TimelineEventId::PREFIX,
        SubjectKind::RootCause => RootCauseId::PREFIX,
        SubjectKind::Recommendation => RecommendationId::PREFIX,
        SubjectKind::Comment => CommentId::PREFIX,
        SubjectKind::User => UserId::PREFIX,
        SubjectKind::Team => TeamId::PREFIX,
        SubjectKind::Service => ServiceId::PREFIX,
        SubjectKind::ApiToken => ApiTokenId::PREFIX,
        SubjectKind::CalendarFeed => CalendarFeedId::PREFIX,
        SubjectKind::DuePolicy => DuePolicyId::PREFIX,
        SubjectKind::WebhookEndpoint => WebhookEndpointId::PREFIX,
        SubjectKind::TrackerConnection => TrackerConnectionId::PREFIX,
    };
    by_prefix(ctx, prefix, uuid).await
}

/// The thing a finding is about.
pub async fn node_of_finding(ctx: &Context<'_>, subject: Subject) -> Result<Option<Node>, Error> {
    match subject {
        Subject::RootCause(id) => by_prefix(ctx, RootCauseId::PREFIX, id.uuid()).await,
        Subject::Recommendation(id) => by_prefix(ctx, RecommendationId::PREFIX, id.uuid()).await,
    }
}

async fn find(ctx: &Context<'_>, path: &str, id: &ID) -> Result<Option<Node>, Error> {
    match ids::parse_any(id) {
        Ok((prefix, uuid)) => by_prefix(ctx, &prefix, uuid).await,
        Err(_) => Err(Error::invalid(
            path,
            "MALFORMED_ID",
            "This is not an id; expected one such as rec_01k….",
        )),
    }
}

/// Reads anything by its global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its global id; null when there is no such thing or you may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The global id.")] id: ID) -> Result<Option<Node>> {
        Ok(find(ctx, "id", &id).await?)
    }

    /// Up to 100 things by their global ids, in the order of the ids; null where there is none or you may not see it.
    #[graphql(complexity = "cost::page(i32::try_from(ids.len()).ok(), None, child_complexity)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if u64::try_from(ids.len()).unwrap_or(u64::MAX) > MAX_PAGE {
            return Err(Error::invalid("ids", "TOO_MANY", format!("Name at most {MAX_PAGE} ids at a time.")).into());
        }
        let paths: Vec<String> = (0..ids.len()).map(|position| format!("ids.{position}")).collect();
        Ok(try_join_all(ids.iter().zip(&paths).map(|(id, path)| find(ctx, path, id))).await?)
    }
}
