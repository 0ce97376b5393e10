//! The metrics of a group in the API.

use async_graphql::{Context, Lookahead, Object, SimpleObject};

use crate::{
    follow_through::{
        model::counts::{AGES, Counts},
        queries::measure::Wants,
    },
    graphql::scalars::int,
};

/// What of the metrics a selection asks for.
pub(crate) fn wants(look: &Lookahead<'_>) -> Wants {
    let asks = |field: &str| look.field(field).exists();
    Wants {
        ageing: asks("ageing"),
        overdue_days: asks("overdueDaysTotal"),
        implement_micros: asks("medianDaysToImplement") || asks("p90DaysToImplement"),
        open_micros: asks("medianOpenAgeDays"),
        causes: asks("causesTotal") || asks("causesCovered"),
    }
}

/// The same for a field whose own value the metrics are.
pub(crate) fn wanted(ctx: &Context<'_>) -> Wants {
    wants(&ctx.look_ahead())
}

/// What became of some recommendations: docs/metrics.md. Counts are of recommendations that were accepted at some time, but for
/// proposed; DUPLICATE, SUPERSEDED and NO_LONGER_APPLICABLE are left out of the rates of what was accepted. Not for ranking people.
pub struct FollowThroughMetrics(pub Counts);

/// Open work of an age.
#[derive(SimpleObject)]
pub struct AgeingBucket {
    /// From this many whole days since the acceptance.
    from_days: i32,
    /// To this many; null: and older.
    to_days: Option<i32>,
    /// How many are open.
    count: i32,
    /// How many of these are overdue.
    overdue: i32,
}

/// What became of some recommendations: docs/metrics.md. Counts are of recommendations that were accepted at some time, but for
/// proposed; DUPLICATE, SUPERSEDED and NO_LONGER_APPLICABLE are left out of the rates of what was accepted. Not for ranking people.
#[Object]
impl FollowThroughMetrics {
    /// Accepted at some time, whatever became of them.
    async fn accepted(&self) -> i32 {
        int(self.0.accepted)
    }
    /// ACCEPTED, IN_PROGRESS or BLOCKED.
    async fn open(&self) -> i32 {
        int(self.0.open)
    }
    /// IN_PROGRESS.
    async fn in_progress(&self) -> i32 {
        int(self.0.in_progress)
    }
    /// BLOCKED.
    async fn blocked(&self) -> i32 {
        int(self.0.blocked)
    }
    /// Open, and due before the day of asOf.
    async fn overdue(&self) -> i32 {
        int(self.0.overdue)
    }
    /// IMPLEMENTED, and not yet verified.
    async fn implemented(&self) -> i32 {
        int(self.0.implemented)
    }
    /// VERIFIED.
    async fn verified(&self) -> i32 {
        int(self.0.verified)
    }
    /// DECLINED after they had been accepted.
    async fn declined(&self) -> i32 {
        int(self.0.declined)
    }
    /// PROPOSED: not committed to yet, or to be decided again.
    async fn proposed(&self) -> i32 {
        int(self.0.proposed)
    }
    /// Open without an owner.
    async fn unowned(&self) -> i32 {
        int(self.0.unowned)
    }
    /// Open without a due date.
    async fn without_due_date(&self) -> i32 {
        int(self.0.without_due_date)
    }
    /// The share, 0 to 1, implemented on the original due date or before it, of those whose original due date is over; null when
    /// nothing was due yet.
    async fn on_time_rate(&self) -> Option<f64> {
        self.0.on_time_rate()
    }
    /// The share, 0 to 1, that is implemented or verified, of what was accepted; null when nothing was.
    async fn completion_rate(&self) -> Option<f64> {
        self.0.completion_rate()
    }
    /// The share, 0 to 1, that is overdue, of what is open; null when nothing is open.
    async fn overdue_rate(&self) -> Option<f64> {
        self.0.overdue_rate()
    }
    /// Half of what is implemented or verified took this many days from its acceptance, or less; null when nothing is. What was
    /// imported as done is left out: when it was accepted is not known.
    async fn median_days_to_implement(&self) -> Option<f64> {
        self.0.days_to_implement(0.5)
    }
    /// Nine of ten took this many days, or less; null as for the median.
    async fn p90_days_to_implement(&self) -> Option<f64> {
        self.0.days_to_implement(0.9)
    }
    /// Half of what is open was accepted this many days ago, or less; null when nothing is open.
    async fn median_open_age_days(&self) -> Option<f64> {
        self.0.median_open_age_days()
    }
    /// The days by which what is overdue is late, added up.
    async fn overdue_days_total(&self) -> i32 {
        int(self.0.overdue_days)
    }
    /// The share, 0 to 1, whose due date was moved at least once after the acceptance, of what was accepted; null when nothing was.
    async fn slipped_rate(&self) -> Option<f64> {
        self.0.slipped_rate()
    }
    /// The share, 0 to 1, that is verified, of what is implemented or verified; null when nothing is.
    async fn verification_rate(&self) -> Option<f64> {
        self.0.verification_rate()
    }
    /// What is open, by whole days since its acceptance; always five buckets.
    async fn ageing(&self) -> Vec<AgeingBucket> {
        let bucket = |((from_days, to_days), (count, overdue)): ((i32, Option<i32>), (i64, i64))| AgeingBucket {
            from_days,
            to_days,
            count: int(count),
            overdue: int(overdue),
        };
        AGES.into_iter().zip(self.0.ageing()).map(bucket).collect()
    }
    /// The root causes in the reports of these recommendations, whether any treats them or not. Without a filter and as a whole: all
    /// root causes.
    async fn causes_total(&self) -> i32 {
        int(self.0.causes_total)
    }
    /// Those of them with a recommendation that is not declined, or with a recorded reason for doing nothing.
    async fn causes_covered(&self) -> i32 {
        int(self.0.causes_covered)
    }
}
