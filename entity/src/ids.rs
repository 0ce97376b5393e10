//! Typed ids: a UUID (version 7) in the database, a TypeID such as `rec_01k…` in front of people.
//!
//! The prefix says what an id names, so an id pasted into the wrong field is refused with a sentence instead of being
//! looked up in the wrong table. The crate mints none: that is `platform::ids` in the api crate.

use std::{fmt, str::FromStr};

use sea_orm::{DbErr, DeriveValueType, TryFromU64, prelude::Uuid};
use serde::{Deserialize, Serialize};
use type_safe_id::{DynamicType, TypeSafeId};

use crate::columns::Blank;

/// Why a string is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// Not a TypeID at all.
    Malformed,
    /// A well-formed TypeID of another kind of object.
    WrongKind {
        /// The prefix that was found.
        found: String,
        /// The prefix that belongs here.
        expected: &'static str,
    },
}

/// An id type: what its prefix is and how it reads as a UUID.
pub trait TypedId:
    Copy + Eq + std::hash::Hash + fmt::Debug + fmt::Display + From<Uuid> + Send + Sync + 'static
{
    /// The part before the underscore, without it.
    const PREFIX: &'static str;
    /// The bare UUID.
    fn uuid(self) -> Uuid;
}

/// The longest TypeID: a prefix of 63, an underscore, and 26 for the UUID.
const LONGEST: usize = 63 + 1 + 26;

/// Splits any TypeID into its prefix and its UUID.
pub fn parse_any(text: &str) -> Result<(String, Uuid), IdError> {
    // The library cuts at the 63rd byte without asking whether a letter ends there.
    if text.len() > LONGEST || !text.is_ascii() {
        return Err(IdError::Malformed);
    }
    let id: TypeSafeId<DynamicType> = text.parse().map_err(|_| IdError::Malformed)?;
    Ok((id.type_prefix().to_owned(), id.uuid()))
}

fn parse<T: TypedId>(text: &str) -> Result<T, IdError> {
    match parse_any(text)? {
        (prefix, uuid) if prefix == T::PREFIX => Ok(uuid.into()),
        (found, _) => Err(IdError::WrongKind {
            found,
            expected: T::PREFIX,
        }),
    }
}

fn write(prefix: &str, uuid: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let prefix = DynamicType::new(prefix).map_err(|_| fmt::Error)?;
    write!(f, "{}", TypeSafeId::from_type_and_uuid(prefix, uuid))
}

macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl Blank for $name {
            fn blank() -> Self {
                Self(Uuid::nil())
            }
        }
        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(Self::PREFIX, self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(|_| serde::de::Error::custom(concat!("not an id that starts with ", $prefix, "_")))
            }
        }
        // sea-orm asks this of every primary key; an id is never a number.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id_type!(/// A running process, among those on one database.
    ProcessId, "prc");
id_type!(/// A person who signs in or owns something.
    UserId, "usr");
id_type!(/// A user's name at an OpenID Connect issuer.
    IdentityId, "idn");
id_type!(/// A token for a machine.
    ApiTokenId, "tok");
id_type!(/// A team.
    TeamId, "team");
id_type!(/// A service that teams run.
    ServiceId, "svc");
id_type!(/// An incident: the thing that happened.
    IncidentId, "inc");
id_type!(/// A report: the analysis of one incident.
    ReportId, "rep");
id_type!(/// One entry of a report's timeline.
    TimelineEventId, "tle");
id_type!(/// One approval or request for changes.
    ApprovalId, "apr");
id_type!(/// One stored text version of a report.
    RevisionId, "rev");
id_type!(/// A category of the cause taxonomy.
    CauseCategoryId, "cat");
id_type!(/// A root cause.
    RootCauseId, "rc");
id_type!(/// A recommendation.
    RecommendationId, "rec");
id_type!(/// One move of a due date.
    DueChangeId, "dch");
id_type!(/// One piece of evidence.
    EvidenceId, "evd");
id_type!(/// One planned or held effectiveness review.
    EffectivenessReviewId, "efr");
id_type!(/// A rule of when reports or recommendations are due.
    DuePolicyId, "pol");
id_type!(/// Where events are sent.
    WebhookEndpointId, "whe");
id_type!(/// One event for one endpoint.
    WebhookDeliveryId, "whd");
id_type!(/// One attempt to send a delivery.
    WebhookAttemptId, "wha");
id_type!(/// A project of an issue tracker.
    TrackerConnectionId, "trk");
id_type!(/// One recommendation as an issue of a tracker.
    TrackerLinkId, "lnk");
id_type!(/// What a tracker has told us once.
    TrackerNoticeId, "ntc");
id_type!(/// A calendar feed.
    CalendarFeedId, "cal");
id_type!(/// A comment.
    CommentId, "cmt");
id_type!(/// An entry of the event log.
    EventId, "evt");
id_type!(/// One row of a recommendation's history.
    RecommendationVersionId, "rcv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_more_than_malformed() {
        for text in ["", "_", "rec_", "ä", "rec_ä"] {
            assert_eq!(parse_any(text), Err(IdError::Malformed), "{text}");
        }
        // A letter of several bytes wherever the library may cut.
        for before in 50..100 {
            let text = format!("{}ä_01h455vb4pex5vsknk084sn02q", "a".repeat(before));
            assert_eq!(parse_any(&text), Err(IdError::Malformed), "{text}");
        }
        let id = "rec_01h455vb4pex5vsknk084sn02q";
        assert_eq!(
            id.parse::<RecommendationId>().map(|id| id.to_string()),
            Ok(id.to_owned())
        );
    }
}
