//! What the mutations of recommendations take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::{Recommendation, RecommendationEdge};
use crate::{
    graphql::{
        enums,
        input::{clearable, clearable_id, emptied, ids, optional_id},
        scalars::{Date, Markdown, Url},
    },
    platform::error::{Error, Problems},
    recommendations::model::{NewEvidence, NewRecommendation, RecommendationPatch},
};

/// A recommendation to make.
#[derive(InputObject)]
pub struct CreateRecommendationInput {
    /// The causes it treats, one or more. The report of the first is where it is first recommended.
    root_cause_ids: Vec<ID>,
    /// What to do, in a line that begins with a verb.
    title: String,
    /// What to do, at length.
    description: Option<Markdown>,
    /// What it is meant to do.
    kind: enums::RecommendationKind,
    /// How urgent it is.
    priority: enums::Priority,
    /// How far it relies on people remembering.
    strength: Option<enums::Strength>,
    /// Who is to do it.
    owner_id: Option<ID>,
    /// Whose it is; the report's team when left out.
    team_id: Option<ID>,
    /// By when.
    due_on: Option<Date>,
    /// The end state that somebody else can check.
    acceptance_criterion: Option<String>,
    /// Free labels.
    labels: Option<Vec<String>>,
}

impl CreateRecommendationInput {
    pub(super) fn decode(self) -> Result<NewRecommendation, Error> {
        let mut problems = Problems::default();
        let root_causes = problems
            .take(ids("rootCauseIds", &self.root_cause_ids))
            .unwrap_or_default();
        let owner = problems.take(optional_id("ownerId", self.owner_id.as_ref())).flatten();
        let team = problems.take(optional_id("teamId", self.team_id.as_ref())).flatten();
        problems.finish()?;
        Ok(NewRecommendation {
            root_causes,
            title: self.title,
            description: self.description.map(|text| text.0).unwrap_or_default(),
            kind: self.kind.into(),
            priority: self.priority.into(),
            strength: self.strength.map(Into::into),
            owner,
            team,
            due_on: self.due_on.map(|day| day.0),
            acceptance_criterion: self.acceptance_criterion,
            labels: self.labels.unwrap_or_default(),
        })
    }
}

/// What to change of a recommendation's text. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT and nothing changes.
    expected_version: Option<i64>,
    /// A new title.
    title: MaybeUndefined<String>,
    /// A new description.
    description: MaybeUndefined<Markdown>,
    /// Another kind.
    kind: Option<enums::RecommendationKind>,
    /// Another strength; null: not said.
    strength: MaybeUndefined<enums::Strength>,
    /// Another priority.
    priority: Option<enums::Priority>,
    /// The whole new set of labels.
    labels: MaybeUndefined<Vec<String>>,
    /// Another criterion; null: none.
    acceptance_criterion: MaybeUndefined<String>,
}

impl UpdateRecommendationInput {
    pub(super) fn decode(self) -> RecommendationPatch {
        RecommendationPatch {
            title: emptied(self.title),
            description: emptied(self.description).map(|text| text.0),
            kind: self.kind.map(Into::into),
            strength: clearable(self.strength).map(|strength| strength.map(Into::into)),
            priority: self.priority.map(Into::into),
            labels: emptied(self.labels),
            acceptance_criterion: clearable(self.acceptance_criterion),
            expected_version: self.expected_version,
            ..RecommendationPatch::default()
        }
    }
}

/// Which causes a recommendation treats.
#[derive(InputObject)]
pub struct AddressRootCausesInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// The whole new set, one or more, in any report that you may see.
    pub(super) root_cause_ids: Vec<ID>,
}

/// Whose a recommendation is. What is left out stays; null clears.
#[derive(InputObject)]
pub struct AssignRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// Another owner; null: nobody.
    owner_id: MaybeUndefined<ID>,
    /// Another team; null: none.
    team_id: MaybeUndefined<ID>,
}

impl AssignRecommendationInput {
    pub(super) fn decode(self) -> Result<RecommendationPatch, Error> {
        Ok(RecommendationPatch {
            owner: clearable_id("ownerId", self.owner_id)?,
            team: clearable_id("teamId", self.team_id)?,
            expected_version: self.expected_version,
            ..RecommendationPatch::default()
        })
    }
}

/// A new due date with its reason.
#[derive(InputObject)]
pub struct ChangeDueDateInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// By when.
    pub(super) due_on: Date,
    /// Why it moves.
    pub(super) reason: String,
}

/// A commitment.
#[derive(InputObject)]
pub struct AcceptRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Who will do it; needed when it has no owner yet.
    pub(super) owner_id: Option<ID>,
    /// By when; needed when it has no due date yet and no due policy gives it one.
    pub(super) due_on: Option<Date>,
}

/// Which recommendation is begun.
#[derive(InputObject)]
pub struct StartRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
}

/// Why a recommendation cannot go on.
#[derive(InputObject)]
pub struct BlockRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Why.
    pub(super) reason: String,
}

/// A link that shows work done.
#[derive(InputObject)]
pub struct EvidenceInput {
    /// Where it can be seen.
    url: Url,
    /// What it shows.
    note: Option<String>,
}

impl From<EvidenceInput> for NewEvidence {
    fn from(given: EvidenceInput) -> Self {
        Self {
            url: given.url.0,
            note: given.note,
        }
    }
}

/// That a recommendation is done.
#[derive(InputObject)]
pub struct ImplementRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Links that show it done; needed for P0 and P1.
    pub(super) evidence: Option<Vec<EvidenceInput>>,
}

/// That a recommendation is done, as somebody else sees it.
#[derive(InputObject)]
pub struct VerifyRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
}

/// Why a recommendation will not be done.
#[derive(InputObject)]
pub struct DeclineRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// The kind of reason.
    pub(super) reason: enums::ClosureReason,
    /// The reason in words.
    pub(super) note: String,
    /// Until when the risk is accepted; needed for RISK_ACCEPTED, and only then.
    pub(super) risk_accepted_until: Option<Date>,
}

/// Why a recommendation is to be done after all.
#[derive(InputObject)]
pub struct ReopenRecommendationInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// Why.
    pub(super) reason: String,
    /// Who will do it; needed when it has no owner.
    pub(super) owner_id: Option<ID>,
    /// By when; needed when it never had a due date and no due policy gives it one, and only then.
    pub(super) due_on: Option<Date>,
}

/// What an effectiveness review found.
#[derive(InputObject)]
pub struct ReviewEffectivenessInput {
    /// Which recommendation.
    pub(super) id: ID,
    /// Did it help? INEFFECTIVE reopens it.
    pub(super) outcome: enums::EffectivenessOutcome,
    /// What was found, in words; needed for INEFFECTIVE.
    pub(super) note: Option<String>,
    /// Who does it again after INEFFECTIVE; who had it when left out, so it is needed only when nobody had.
    pub(super) owner_id: Option<ID>,
    /// Until when, after INEFFECTIVE of an item that has no due date, unless a due policy gives it one.
    pub(super) due_on: Option<Date>,
    /// The version this was decided on; CONFLICT when it has changed since.
    pub(super) expected_version: Option<i64>,
}

/// The change that many recommendations get. What is left out stays; null clears.
#[derive(InputObject)]
pub struct RecommendationPatchInput {
    /// Another kind.
    kind: Option<enums::RecommendationKind>,
    /// Another strength; null: not said.
    strength: MaybeUndefined<enums::Strength>,
    /// Another priority.
    priority: Option<enums::Priority>,
    /// The whole new set of labels.
    labels: MaybeUndefined<Vec<String>>,
    /// Another owner; null: nobody.
    owner_id: MaybeUndefined<ID>,
    /// Another team; null: none.
    team_id: MaybeUndefined<ID>,
    /// Another due date; needs a dueReason.
    due_on: Option<Date>,
    /// Why the due date moves.
    due_reason: Option<String>,
}

impl RecommendationPatchInput {
    pub(super) fn decode(self) -> Result<RecommendationPatch, Error> {
        let due = match (self.due_on, self.due_reason) {
            (Some(day), Some(reason)) => Some((day.0, reason)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Error::invalid(
                    "patch.dueReason",
                    "REQUIRED",
                    "A due date moves only with a reason; give one.",
                ));
            }
            (None, Some(_)) => {
                return Err(Error::invalid(
                    "patch.dueOn",
                    "REQUIRED",
                    "Give the new due date that the reason is for.",
                ));
            }
        };
        Ok(RecommendationPatch {
            kind: self.kind.map(Into::into),
            strength: clearable(self.strength).map(|strength| strength.map(Into::into)),
            priority: self.priority.map(Into::into),
            labels: emptied(self.labels),
            owner: clearable_id("patch.ownerId", self.owner_id)?,
            team: clearable_id("patch.teamId", self.team_id)?,
            due,
            ..RecommendationPatch::default()
        })
    }
}

/// The same change to many recommendations, all or nothing.
#[derive(InputObject)]
pub struct BulkUpdateRecommendationsInput {
    /// Which recommendations, up to 200.
    pub(super) ids: Vec<ID>,
    /// The change.
    pub(super) patch: RecommendationPatchInput,
}

/// The recommendation that was made.
#[derive(SimpleObject)]
pub struct CreateRecommendationPayload {
    /// The recommendation.
    pub(super) recommendation: Recommendation,
    /// The same in the list of recommendations.
    pub(super) recommendation_edge: RecommendationEdge,
}

macro_rules! recommendation_payload {
    ($($name:ident),+) => {$(
        /// The recommendation as it is now.
        #[derive(SimpleObject)]
        pub struct $name {
            /// The recommendation.
            pub(super) recommendation: Recommendation,
        }
    )+};
}
recommendation_payload!(
    UpdateRecommendationPayload,
    AddressRootCausesPayload,
    AssignRecommendationPayload,
    ChangeDueDatePayload,
    AcceptRecommendationPayload,
    StartRecommendationPayload,
    BlockRecommendationPayload,
    ImplementRecommendationPayload,
    VerifyRecommendationPayload,
    DeclineRecommendationPayload,
    ReopenRecommendationPayload,
    ReviewEffectivenessPayload
);

/// The recommendations as they are now.
#[derive(SimpleObject)]
pub struct BulkUpdateRecommendationsPayload {
    /// The recommendations, in the order in which they were named; each once.
    pub(super) recommendations: Vec<Recommendation>,
}
