//! What somebody follows of the feed, and how far they have come.

use std::borrow::Cow;

use entity::{
    enums::SubjectKind,
    ids::{
        self, ApiTokenId, CalendarFeedId, CommentId, DuePolicyId, IncidentId, RecommendationId, ReportId, RootCauseId,
        ServiceId, TeamId, TimelineEventId, TypedId, UserId,
    },
};
use uuid::Uuid;

use super::names::named;
use crate::platform::error::{Error, Problems};

/// What cursors of the feed are called, so that those of other lists are told apart.
pub const ORDER: &str = "feed";

/// Which events somebody follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Only these types.
    pub types: Option<Vec<&'static str>>,
    /// Only what happened to this.
    pub subject: Option<(SubjectKind, Uuid)>,
}

impl Followed {
    /// As a client says it.
    pub fn new(types: Option<&[String]>, subject: Option<&str>) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let types = types.and_then(|types| problems.take(named("types", types)));
        let subject = subject.and_then(|id| problems.take(subject_of(id)));
        problems.finish()?;
        Ok(Self { types, subject })
    }

    /// Is anything left out?
    pub fn is_filtered(&self) -> bool {
        *self != Self::default()
    }
}

fn subject_of(id: &str) -> Result<(SubjectKind, Uuid), Error> {
    let refused = || {
        Error::invalid(
            "subject",
            "MALFORMED_ID",
            "This is not the id of anything that events are about; expected one such as rec_01k….",
        )
    };
    let (prefix, uuid) = ids::parse_any(id).map_err(|_| refused())?;
    let kind = match prefix.as_str() {
        ApiTokenId::PREFIX => SubjectKind::ApiToken,
        CalendarFeedId::PREFIX => SubjectKind::CalendarFeed,
        CommentId::PREFIX => SubjectKind::Comment,
        DuePolicyId::PREFIX => SubjectKind::DuePolicy,
        IncidentId::PREFIX => SubjectKind::Incident,
        RecommendationId::PREFIX => SubjectKind::Recommendation,
        ReportId::PREFIX => SubjectKind::Report,
        RootCauseId::PREFIX => SubjectKind::RootCause,
        ServiceId::PREFIX => SubjectKind::Service,
        TeamId::PREFIX => SubjectKind::Team,
        TimelineEventId::PREFIX => SubjectKind::TimelineEvent,
        UserId::PREFIX => SubjectKind::User,
        _ => return Err(refused()),
    };
    Ok((kind, uuid))
}

/// The number of the event that a cursor stands at.
pub fn place(order: Option<(Option<Cow<'_, str>>, Uuid)>) -> Result<i64, Error> {
    order
        .and_then(|(value, _)| value?.parse().ok())
        .filter(|sequence| *sequence >= 0)
        .ok_or_else(|| {
            Error::invalid(
                "after",
                "FOREIGN_CURSOR",
                "This cursor belongs to another list; use one that events returned, or start again without it.",
            )
        })
}
