//! Which reminders are owed.

use chrono::NaiveDate;
use entity::enums::ReminderKind;

/// The days that count for an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days {
    /// The policy that says so; none: the settings do.
    pub policy: Option<String>,
    /// How many days before the due date to remind.
    pub before: Vec<i64>,
    /// How many days after the due date to escalate.
    pub after: Vec<i64>,
}

/// What was sent already for one item and due date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// The fewest days before the due date that a reminder was meant for.
    pub before: Option<i64>,
    /// That it is overdue.
    pub overdue: bool,
    /// The most days after the due date that an escalation was meant for.
    pub after: Option<i64>,
}

impl Sent {
    /// Counts one that was sent.
    pub fn count(&mut self, kind: ReminderKind, days: i64) {
        match kind {
            ReminderKind::DueSoon => self.before = Some(self.before.map_or(days, |least| least.min(days))),
            ReminderKind::Overdue => self.overdue = true,
            ReminderKind::Escalated => self.after = Some(self.after.map_or(days, |most| most.max(days))),
            ReminderKind::EffectivenessDue | ReminderKind::WeeklyDigest => {}
        }
    }
}

/// A reminder to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// What it says.
    pub kind: ReminderKind,
    /// How many days before or after the due date it is meant for; 0 when that is not the question.
    pub days: i64,
}

/// The days from today to a due date; negative once it is over.
pub fn days_left(due_on: NaiveDate, today: NaiveDate) -> i64 {
    (due_on - today).num_days()
}

/// What is owed today for an item that is open.
pub fn owed(days_left: i64, days: &Days, sent: &Sent) -> Vec<Owed> {
    let mut owed = Vec::new();
    if days_left >= 0 {
        let closest = days.before.iter().copied().filter(|before| *before >= days_left).min();
        if let Some(days) = closest.filter(|days| sent.before.is_none_or(|least| least > *days)) {
            let kind = ReminderKind::DueSoon;
            owed.push(Owed { kind, days });
        }
        return owed;
    }
    if !sent.overdue {
        let kind = ReminderKind::Overdue;
        owed.push(Owed { kind, days: 0 });
    }
    let highest = days.after.iter().copied().filter(|after| *after <= -days_left).max();
    if let Some(days) = highest.filter(|days| sent.after.is_none_or(|most| most < *days)) {
        let kind = ReminderKind::Escalated;
        owed.push(Owed { kind, days });
    }
    owed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Days {
        Days {
            policy: None,
            before: vec![1, 3, 7],
            after: vec![0, 2, 5],
        }
    }

    /// Every day from `from` down to `to` days left, or only some of them.
    fn over(left: impl Iterator<Item = i64>) -> Vec<(i64, Owed)> {
        let mut sent = Sent::default();
        let mut all = Vec::new();
        for left in left {
            for owed in owed(left, &days(), &sent) {
                sent.count(owed.kind, owed.days);
                all.push((left, owed));
            }
        }
        all
    }

    #[test]
    fn day_by_day_each_comes_on_its_day() {
        use ReminderKind::{DueSoon, Escalated, Overdue};
        let told: Vec<_> = over((-10..=10).rev())
            .into_iter()
            .map(|(left, owed)| (left, owed.kind, owed.days))
            .collect();
        assert_eq!(
            told,
            [
                (7, DueSoon, 7),
                (3, DueSoon, 3),
                (1, DueSoon, 1),
                (-1, Overdue, 0),
                (-1, Escalated, 0),
                (-2, Escalated, 2),
                (-5, Escalated, 5)
            ]
        );
    }

    #[test]
    fn what_was_slept_through_comes_once_or_not_at_all() {
        use ReminderKind::{DueSoon, Escalated, Overdue};
        let told: Vec<_> = over([9, 2, 2, -4, -4, -30].into_iter())
            .into_iter()
            .map(|(left, owed)| (left, owed.kind, owed.days))
            .collect();
        assert_eq!(
            told,
            [
                (2, DueSoon, 3),
                (-4, Overdue, 0),
                (-4, Escalated, 2),
                (-30, Escalated, 5)
            ]
        );
    }
}
