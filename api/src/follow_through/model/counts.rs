//! The counts of a group of recommendations, and the rates that follow from them: docs/metrics.md.

/// Microseconds of a day.
const DAY: f64 = 86_400_000_000.0;

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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
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
    /// Open, and of those overdue, by age: see [`AGES`].
    pub ageing: [(i64, i64); 5],
    /// From acceptance to implementation, of what is IMPLEMENTED or VERIFIED, in microseconds.
    pub implement_micros: Vec<i64>,
    /// Since acceptance, of what is open, in microseconds.
    pub open_micros: Vec<i64>,
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

/// The value below which a share of the values lies, interpolated linearly between the two next to it.
fn percentile(values: &[i64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list, and spans of centuries in microseconds, are far below 2⁵²"
    )]
    {
        let place = share * last as f64;
        let below = place.floor() as usize;
        let above = place.ceil() as usize;
        let (low, high) = (*sorted.get(below)? as f64, *sorted.get(above)? as f64);
        Some(low + (high - low) * (place - below as f64))
    }
}

impl Counts {
    /// Adds what was counted of other items.
    pub fn add(&mut self, other: &Self) {
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
        for (own, others) in self.ageing.iter_mut().zip(other.ageing) {
            own.0 += others.0;
            own.1 += others.1;
        }
        self.implement_micros.extend(&other.implement_micros);
        self.open_micros.extend(&other.open_micros);
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
        days_within(&self.open_micros, 0.5)
    }
}

/// Days that a share of some spans, in microseconds, did not need.
pub fn days_within(micros: &[i64], share: f64) -> Option<f64> {
    percentile(micros, share).map(|micros| micros / DAY)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_interpolated() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.9), Some(7.0));
        assert_eq!(percentile(&[4, 1, 3, 2], 0.5), Some(2.5));
        assert_eq!(percentile(&[10, 20, 30], 0.5), Some(20.0));
        assert_eq!(percentile(&[0, 10], 0.9), Some(9.0));
    }
}
