//! The steps of a recommendation, and how it is given.

use chrono::NaiveDate;
use entity::{
    enums::{ClosureReason, EffectivenessOutcome, Priority, RecommendationKind, RecommendationStatus, Strength},
    ids::{RootCauseId, TeamId, UserId},
};

use RecommendationStatus::{Accepted, Blocked, Declined, Implemented, InProgress, Proposed, Verified};

/// A step from one status to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Commit to it.
    Accept,
    /// Begin, or go on after a block.
    Start,
    /// Say that it cannot go on.
    Block,
    /// Say that it is done.
    Implement,
    /// Say that it is done, as somebody else.
    Verify,
    /// Say that it will not be done.
    Decline,
    /// Say that it is to be done after all.
    Reopen,
}

/// Who may take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A lead of the item's team, the report's owner, an admin.
    Deciders,
    /// The item's owner and the members of its team.
    Doers,
    /// Whoever may edit the item, except its owner.
    SomebodyElse,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The step.
    pub step: Step,
    /// Where it may begin.
    pub from: &'static [RecommendationStatus],
    /// Where it leads.
    pub to: RecommendationStatus,
    /// Who may take it.
    pub by: By,
    /// What the API calls it.
    pub mutation: &'static str,
}

/// The table of steps.
pub const STEPS: &[Transition] = &[
    Transition {
        step: Step::Accept,
        from: &[Proposed],
        to: Accepted,
        by: By::Deciders,
        mutation: "acceptRecommendation",
    },
    Transition {
        step: Step::Start,
        from: &[Accepted, Blocked],
        to: InProgress,
        by: By::Doers,
        mutation: "startRecommendation",
    },
    Transition {
        step: Step::Block,
        from: &[Accepted, InProgress],
        to: Blocked,
        by: By::Doers,
        mutation: "blockRecommendation",
    },
    Transition {
        step: Step::Implement,
        from: &[Accepted, InProgress, Blocked],
        to: Implemented,
        by: By::Doers,
        mutation: "implementRecommendation",
    },
    Transition {
        step: Step::Verify,
        from: &[Implemented],
        to: Verified,
        by: By::SomebodyElse,
        mutation: "verifyRecommendation",
    },
    Transition {
        step: Step::Decline,
        from: &[Proposed, Accepted, InProgress, Blocked],
        to: Declined,
        by: By::Deciders,
        mutation: "declineRecommendation",
    },
    Transition {
        step: Step::Reopen,
        from: &[Implemented, Verified, Declined],
        to: Accepted,
        by: By::Deciders,
        mutation: "reopenRecommendation",
    },
];

impl Step {
    /// Its row of the table.
    pub fn transition(self) -> Option<&'static Transition> {
        STEPS.iter().find(|transition| transition.step == self)
    }
}

/// The mutations that are possible from a status.
pub fn possible_from(status: RecommendationStatus) -> Vec<&'static str> {
    STEPS
        .iter()
        .filter(|transition| transition.from.contains(&status))
        .map(|transition| transition.mutation)
        .collect()
}

/// Is an item of this priority done only with proof?
pub fn needs_evidence(priority: Priority) -> bool {
    matches!(priority, Priority::P0 | Priority::P1)
}

/// A recommendation to create.
#[derive(Debug, Clone)]
pub struct NewRecommendation {
    /// What it treats; the first cause's report is where it was first made.
    pub root_causes: Vec<RootCauseId>,
    /// What to do, in a line.
    pub title: String,
    /// What to do, at length.
    pub description: String,
    /// What it is meant to do.
    pub kind: RecommendationKind,
    /// How urgent.
    pub priority: Priority,
    /// How far it relies on people.
    pub strength: Option<Strength>,
    /// Who does it.
    pub owner: Option<UserId>,
    /// Whose it is; the report's team when none.
    pub team: Option<TeamId>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// How somebody else can check it.
    pub acceptance_criterion: Option<String>,
    /// Free labels.
    pub labels: Vec<String>,
}

/// What to change of a recommendation; none keeps.
#[derive(Debug, Clone, Default)]
pub struct RecommendationPatch {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another kind.
    pub kind: Option<RecommendationKind>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another strength, or none.
    pub strength: Option<Option<Strength>>,
    /// Another criterion, or none.
    pub acceptance_criterion: Option<Option<String>>,
    /// The whole new set of labels.
    pub labels: Option<Vec<String>>,
    /// Another owner, or nobody.
    pub owner: Option<Option<UserId>>,
    /// Another team, or none.
    pub team: Option<Option<TeamId>>,
    /// Another due date, with its reason.
    pub due: Option<(NaiveDate, String)>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// A piece of evidence, as given.
#[derive(Debug, Clone)]
pub struct NewEvidence {
    /// Where it can be seen.
    pub url: String,
    /// What it shows.
    pub note: Option<String>,
}

/// What a step brings with it.
#[derive(Debug, Clone)]
pub enum StepInput {
    /// Who does it by when, unless that is said already.
    Accept {
        /// Who.
        owner: Option<UserId>,
        /// By when.
        due_on: Option<NaiveDate>,
    },
    /// Nothing.
    Start,
    /// Why.
    Block {
        /// Why.
        reason: String,
    },
    /// Proof.
    Implement {
        /// Links.
        evidence: Vec<NewEvidence>,
    },
    /// Nothing.
    Verify,
    /// Why, and for how long.
    Decline {
        /// The kind of reason.
        reason: ClosureReason,
        /// The reason in words.
        note: String,
        /// Until when a risk is accepted.
        risk_accepted_until: Option<NaiveDate>,
    },
    /// Why, and who does it by when if nobody had committed before.
    Reopen {
        /// Why.
        reason: String,
        /// Who.
        owner: Option<UserId>,
        /// By when.
        due_on: Option<NaiveDate>,
    },
}

impl StepInput {
    /// The step it belongs to.
    pub fn step(&self) -> Step {
        match self {
            Self::Accept { .. } => Step::Accept,
            Self::Start => Step::Start,
            Self::Block { .. } => Step::Block,
            Self::Implement { .. } => Step::Implement,
            Self::Verify => Step::Verify,
            Self::Decline { .. } => Step::Decline,
            Self::Reopen { .. } => Step::Reopen,
        }
    }
}

/// What an effectiveness review found.
#[derive(Debug, Clone)]
pub struct ReviewOutcome {
    /// Did it help?
    pub outcome: EffectivenessOutcome,
    /// In words.
    pub note: Option<String>,
    /// Who does it again, when nobody owned it.
    pub owner: Option<UserId>,
    /// Until when, when it had no due date.
    pub due_on: Option<NaiveDate>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}
