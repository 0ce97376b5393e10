//! What mutations of trackers take and give.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{TrackerConnection, TrackerConnectionEdge, TrackerKind, TrackerLink, TrackerSide};
use crate::{
    graphql::{
        enums::{ClosureReason, RecommendationStatus},
        scalars::Url,
    },
    platform::{error::Error, ids::parse},
    trackers::{
        model::{Connection, ConnectionPatch, Mapping, Person, StatusMap},
        service::remote::provider,
    },
};

/// What a status of the tracker means.
#[derive(InputObject)]
pub struct StatusMappingInput {
    /// The tracker's word.
    external: String,
    /// What a recommendation is then: ACCEPTED, IN_PROGRESS, BLOCKED, IMPLEMENTED or DECLINED.
    status: RecommendationStatus,
    /// Why it is declined then; with DECLINED only, and never RISK_ACCEPTED.
    closure_reason: Option<ClosureReason>,
}

fn statuses(given: Vec<StatusMappingInput>) -> StatusMap {
    let mapping = |input: StatusMappingInput| Mapping {
        external: input.external.trim().to_owned(),
        status: input.status.into(),
        closure_reason: input.closure_reason.map(Into::into),
    };
    StatusMap(given.into_iter().map(mapping).collect())
}

/// Who a user is in a tracker.
#[derive(InputObject)]
pub struct TrackerUserInput {
    /// What the tracker calls them: the login of GitHub, the username of GitLab, the account id or username of Jira, the id or
    /// e-mail address in Linear, the number in Redmine.
    external: String,
    /// Who that is.
    user_id: ID,
}

fn people(given: Vec<TrackerUserInput>) -> Result<Vec<Person>, Error> {
    let person = |(position, input): (usize, TrackerUserInput)| {
        Ok(Person {
            external: input.external.trim().to_owned(),
            user_id: parse(&format!("userMap.{position}.userId"), &input.user_id)?,
        })
    };
    given.into_iter().enumerate().map(person).collect()
}

/// A new connection.
#[derive(InputObject)]
pub struct CreateTrackerConnectionInput {
    /// Whose tracker it is.
    kind: TrackerKind,
    /// What people call it; up to 100 characters.
    name: String,
    /// Where the tracker is; github.com, gitlab.com or linear.app when left out, and to be given for Jira and Redmine.
    base_url: Option<Url>,
    /// The project: owner/repository of GitHub, the whole path of GitLab, the key of a project of Jira or of a team of
    /// Linear, the identifier in Redmine.
    project: String,
    /// What the tracker lets us in with. It is sealed and never shown again.
    pub(super) token: String,
    /// What the tracker's webhooks are signed with; made up when left out.
    pub(super) inbound_secret: Option<String>,
    /// Whether an issue is made of each recommendation that is accepted; false when left out.
    auto_create: Option<bool>,
    /// Whether what stands under RESTRICTED reports may go there; false when left out.
    includes_restricted: Option<bool>,
    /// Whether anything is kept in step; true when left out.
    is_enabled: Option<bool>,
    /// What the tracker's statuses mean; what is usual when left out.
    status_map: Option<Vec<StatusMappingInput>>,
    /// Who is who; others are looked for by their e-mail address.
    user_map: Option<Vec<TrackerUserInput>>,
}

impl CreateTrackerConnectionInput {
    pub(super) fn decode(self) -> Result<Connection, Error> {
        let kind = self.kind.into();
        let provider = provider(kind);
        let base_url = match (self.base_url, provider.home) {
            (Some(url), _) => url.0,
            (None, Some(home)) => home.to_owned(),
            (None, None) => {
                return Err(Error::invalid(
                    "baseUrl",
                    "REQUIRED",
                    format!("Say where your {} is.", provider.name),
                ));
            }
        };
        Ok(Connection {
            kind,
            name: self.name,
            base_url,
            project: self.project,
            auto_create: self.auto_create.unwrap_or(false),
            is_enabled: self.is_enabled.unwrap_or(true),
            includes_restricted: self.includes_restricted.unwrap_or(false),
            statuses: match self.status_map {
                Some(given) => statuses(given),
                None => StatusMap((provider.statuses)()),
            },
            people: people(self.user_map.unwrap_or_default())?,
        })
    }
}

/// The connection that was created.
#[derive(SimpleObject)]
pub struct CreateTrackerConnectionPayload {
    /// The connection.
    pub(super) tracker_connection: TrackerConnection,
    /// The same in the list trackerConnections.
    pub(super) tracker_connection_edge: TrackerConnectionEdge,
    /// What the tracker's webhooks to inboundUrl must be signed with. It is shown this once.
    pub(super) inbound_secret: String,
}

/// What is to be another way; what is left out stays. Where it is does not change: that would be another connection.
#[derive(InputObject)]
pub struct UpdateTrackerConnectionInput {
    /// The connection.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// What people call it.
    name: Option<String>,
    /// What the tracker lets us in with.
    token: Option<String>,
    /// What the tracker's webhooks are signed with.
    inbound_secret: Option<String>,
    /// Whether an issue is made of each recommendation that is accepted.
    auto_create: Option<bool>,
    /// Whether what stands under RESTRICTED reports may go there.
    includes_restricted: Option<bool>,
    /// Whether anything is kept in step.
    is_enabled: Option<bool>,
    /// What the tracker's statuses mean; takes the place of the whole map.
    status_map: Option<Vec<StatusMappingInput>>,
    /// Who is who; takes the place of the whole map.
    user_map: Option<Vec<TrackerUserInput>>,
}

impl UpdateTrackerConnectionInput {
    pub(super) fn decode(self) -> Result<ConnectionPatch, Error> {
        Ok(ConnectionPatch {
            name: self.name,
            auto_create: self.auto_create,
            is_enabled: self.is_enabled,
            includes_restricted: self.includes_restricted,
            statuses: self.status_map.map(statuses),
            people: self.user_map.map(people).transpose()?,
            token: self.token,
            inbound_secret: self.inbound_secret,
        })
    }
}

/// The connection that was changed.
#[derive(SimpleObject)]
pub struct UpdateTrackerConnectionPayload {
    /// The connection.
    pub(super) tracker_connection: TrackerConnection,
}

/// Which connection to remove.
#[derive(InputObject)]
pub struct DeleteTrackerConnectionInput {
    /// The connection.
    pub(super) id: ID,
}

/// The connection that was removed.
#[derive(SimpleObject)]
pub struct DeleteTrackerConnectionPayload {
    /// The id that it had.
    pub(super) deleted_id: ID,
}

/// Which connection to try.
#[derive(InputObject)]
pub struct TestTrackerConnectionInput {
    /// The connection.
    pub(super) id: ID,
}

/// How a connection fared.
#[derive(SimpleObject)]
pub struct TestTrackerConnectionPayload {
    /// The connection.
    pub(super) tracker_connection: TrackerConnection,
    /// Whether the project can be reached.
    pub(super) is_working: bool,
    /// What is wrong; null when nothing is.
    pub(super) problem: Option<String>,
}

/// What to make an issue of, and where.
#[derive(InputObject)]
pub struct CreateTrackerIssueInput {
    /// The recommendation.
    pub(super) recommendation_id: ID,
    /// The connection.
    pub(super) connection_id: ID,
}

/// The link of the issue that will be made.
#[derive(SimpleObject)]
pub struct CreateTrackerIssuePayload {
    /// The link, PENDING until the issue exists.
    pub(super) tracker_link: TrackerLink,
}

/// What to link to which issue.
#[derive(InputObject)]
pub struct LinkTrackerIssueInput {
    /// The recommendation.
    pub(super) recommendation_id: ID,
    /// The address of the issue, as a browser shows it.
    pub(super) url: Url,
    /// Which connection; needed only where several could have the address, as with projects of one Redmine.
    pub(super) connection_id: Option<ID>,
    /// Whose values stay where the two differ; when left out, what differs is a CONFLICT.
    pub(super) keep: Option<TrackerSide>,
}

/// The link that was made.
#[derive(SimpleObject)]
pub struct LinkTrackerIssuePayload {
    /// The link, PENDING until the issue was read.
    pub(super) tracker_link: TrackerLink,
}

/// Which link to end.
#[derive(InputObject)]
pub struct UnlinkTrackerIssueInput {
    /// The link.
    pub(super) id: ID,
}

/// The link that was ended.
#[derive(SimpleObject)]
pub struct UnlinkTrackerIssuePayload {
    /// The link, UNLINKED. The issue stays as it is.
    pub(super) tracker_link: TrackerLink,
}

/// Which conflict to settle, and how.
#[derive(InputObject)]
pub struct SettleTrackerConflictInput {
    /// The link.
    pub(super) id: ID,
    /// Whose values stay in all fields that are in conflict.
    pub(super) keep: TrackerSide,
}

/// The link whose conflict is being settled.
#[derive(SimpleObject)]
pub struct SettleTrackerConflictPayload {
    /// The link; it is in step in a moment.
    pub(super) tracker_link: TrackerLink,
}
