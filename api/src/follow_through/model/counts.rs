//! The counts of a group of recommendations, and the rates that follow from them: docs/metrics.md.
//!
//! They are of a day. What follows from the instant follows from [`Counts::at`] and the instants of acceptance, so that the same
//! counts serve the whole day.

use super::sorted::{Sorted, percentile};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The buckets of ages: from how many whole days, to how many; none: and older.
pub const AGES: [(i32, Option<i32>); 5] = [
    (0, Some(30)),
    (31, Some(60)),
    (61, Some(90)),
    (91, Some(180)),
    (181, None),
];

/// What was counted. "Accepted" is what was ever committed to; "rated" leaves out what turned out not to be work of its own:
/// DUPLICATE, SUPERSEDED, NO_LONGER_APPLICABLE.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// As of which instant, in microseconds since 1970.
    pub at: i64,
    /// Ever accepted, whatever became of it.
    pub accepted: i64,
    /// ACCEPTED, IN_PROGRESS or BLOCKED.
    pub open: i64,
    /// IN_PROGRESS.
    pub in_progress: i64,
    /// BLOCKED.
    pub blocked: i64,
    /// Open, and due before today.
    pub overdue: i64,
    /// IMPLEMENTED, and not yet verified.
    pub implemented: i64,
    /// VERIFIED.
    pub verified: i64,
    /// DECLINED after it had been accepted.
    pub declined: i64,
    /// PROPOSED, accepted before or not.
    pub proposed: i64,
    /// Open without an owner.
    pub unowned: i64,
    /// Open without a due date.
    pub without_due_date: i64,
    /// Accepted, but for what is left out of the rates.
    pub rated: i64,
    /// Rated, and its original due date is over.
    pub due_so_far: i64,
    /// Of these, implemented on that date or before it.
    pub on_time: i64,
    /// Rated, and its due date was moved after the acceptance.
    pub slipped: i64,
    /// The days by which what is overdue is late, added up.
    pub overdue_days: i64,
    /// From acceptance to implementation, of what is IMPLEMENTED or VERIFIED, in microseconds.
    pub implement_micros: Sorted,
    /// When what is overdue was accepted, in microseconds since 1970.
    pub overdue_since: Sorted,
    /// The same of what is open and not overdue.
    pub in_time_since: Sorted,
    /// Root causes of the reports that these recommendations stand in.
    pub causes_total: i64,
    /// Of these, those with a recommendation that is not declined, or a reason for none.
    pub causes_covered: i64,
}

/// The share of a part in the whole; none of nothing.
pub fn share(part: impl TryInto<u32>, whole: impl TryInto<u32>) -> Option<f64> {
    let (part, whole) = (part.try_into().ok()?, whole.try_into().ok()?);
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

impl Counts {
    /// Adds what was counted of other items, as of the same instant.
    pub fn add(&mut self, other: &Self) {
        self.at = other.at;
        self.accepted += other.accepted;
        self.open += other.open;
        self.in_progress += other.in_progress;
        self.blocked += other.blocked;
        self.overdue += other.overdue;
        self.implemented += other.implemented;
        self.verified += other.verified;
        self.declined += other.declined;
        self.proposed += other.proposed;
        self.unowned += other.unowned;
        self.without_due_date += other.without_due_date;
        self.rated += other.rated;
        self.due_so_far += other.due_so_far;
        self.on_time += other.on_time;
        self.slipped += other.slipped;
        self.overdue_days += other.overdue_days;
        self.implement_micros.add(&other.implement_micros);
        self.overdue_since.add(&other.overdue_since);
        self.in_time_since.add(&other.in_time_since);
        self.causes_total += other.causes_total;
        self.causes_covered += other.causes_covered;
    }

    fn done(&self) -> i64 {
        self.implemented + self.verified
    }

    /// Implemented by the original due date, of what was due so far.
    pub fn on_time_rate(&self) -> Option<f64> {
        share(self.on_time, self.due_so_far)
    }

    /// Implemented or verified, of what was accepted.
    pub fn completion_rate(&self) -> Option<f64> {
        share(self.done(), self.rated)
    }

    /// Overdue, of what is open.
    pub fn overdue_rate(&self) -> Option<f64> {
        share(self.overdue, self.open)
    }

    /// With a due date that moved, of what was accepted.
    pub fn slipped_rate(&self) -> Option<f64> {
        share(self.slipped, self.rated)
    }

    /// Verified, of what is implemented or verified.
    pub fn verification_rate(&self) -> Option<f64> {
        share(self.verified, self.done())
    }

    /// Days from acceptance to implementation that a share of the work did not need.
    pub fn days_to_implement(&self, share: f64) -> Option<f64> {
        days_within(&self.implement_micros, share)
    }

    /// The age of open work that half of it has not reached, in days since its acceptance.
    pub fn median_open_age_days(&self) -> Option<f64> {
        let mut since = self.overdue_since.clone();
        since.add(&self.in_time_since);
        let count = since.count();
        // What was accepted last is the youngest.
        let age = |place: usize| Some(self.at - since.at(count - 1 - place)?);
        percentile(count, 0.5, age).map(in_days)
    }

    /// How old each is that is open, in microseconds since its acceptance, in no particular order.
    pub fn open_micros(&self) -> impl Iterator<Item = i64> {
        let since = self.overdue_since.iter().chain(self.in_time_since.iter());
        since.map(|since| self.at - since)
    }

    /// Open, and of those overdue, by age: see [`AGES`].
    pub fn ageing(&self) -> [(i64, i64); AGES.len()] {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let older = |days: i32| {
            let before = self.at - (i64::from(days) + 1) * DAY;
            let overdue = number(self.overdue_since.up_to(before));
            (overdue + number(self.in_time_since.up_to(before)), overdue)
        };
        let (mut open, mut overdue) = (self.open, self.overdue);
        AGES.map(|(_, to)| {
            let (later, later_overdue) = to.map_or((0, 0), older);
            let bucket = (open - later, overdue - later_overdue);
            (open, overdue) = (later, later_overdue);
            bucket
        })
    }

    /// How much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        let lists = [&self.implement_micros, &self.overdue_since, &self.in_time_since];
        size_of::<Self>() + lists.iter().map(|list| list.weight()).sum::<usize>()
    }
}

fn in_days(micros: f64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "far below 2⁵²")]
    let day = DAY as f64;
    micros / day
}

/// Days that a share of some spans, in microseconds, did not need.
pub fn days_within(micros: &Sorted, share: f64) -> Option<f64> {
    percentile(micros.count(), share, |place| micros.at(place)).map(in_days)
}
