//! Calendar feeds as values: what is asked for, what one shows, and how that is written.

pub mod document;
pub mod keeping;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    enums::{CalendarForm, Priority, SubjectKind},
    ids::TeamId,
};
use serde::Serialize;
use uuid::Uuid;

use crate::platform::{
    error::{Error, Problems},
    text,
};

/// How the secret of a feed begins, so that people and secret scanners know one when they see it.
pub const SECRET_PREFIX: &str = "pmcal_";
/// How long what has left a feed is shown as cancelled, in days.
pub const CANCELLED_DAYS: i64 = 30;
/// How long what is done stays in a feed, in days.
pub const DONE_DAYS: i64 = 30;
/// The most recommendations, and the most reports, that a feed shows: those that are due first.
pub const MOST: u64 = 2_000;
/// The most feeds of one person that work.
pub const MOST_FEEDS: u64 = 20;
/// The longest time before a due date at which calendars remind, in days.
const LONGEST_REMINDER: i64 = 30;

/// A feed to make.
#[derive(Debug, Clone)]
pub struct NewFeed {
    /// What calendars call it; by whose it is when none.
    pub name: Option<String>,
    /// Whose due dates; none: one's own.
    pub team: Option<TeamId>,
    /// As what they are shown.
    pub form: CalendarForm,
    /// How many days before calendars remind; none: they do not.
    pub reminder_days: Option<i64>,
}

impl NewFeed {
    /// The feed with its name trimmed; or all that is wrong with it.
    pub fn check(mut self) -> Result<Self, Error> {
        let mut problems = Problems::default();
        if let Some(name) = &self.name {
            self.name = problems.take(text::line("name", name, 200));
        }
        if self
            .reminder_days
            .is_some_and(|days| !(0..=LONGEST_REMINDER).contains(&days))
        {
            problems.add(
                "reminderDaysBefore",
                "OUT_OF_RANGE",
                format!("Give 0 to {LONGEST_REMINDER} days; 0 is the day itself."),
            );
        }
        problems.finish()?;
        Ok(self)
    }
}

/// How far something is, for a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Progress {
    /// Nobody has begun.
    Waiting,
    /// Somebody has begun, also when it is held up.
    Begun,
    /// It is done, since this instant.
    Done(DateTime<Utc>),
    /// It is not to be done, or not by these people.
    Cancelled,
}

/// What a calendar may tell of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// What it is, in a line.
    pub summary: String,
    /// What it is, at length.
    pub description: String,
    /// Where people can see it.
    pub url: String,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Words to group it by.
    pub categories: Vec<String>,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
}

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// By when.
    pub due_on: NaiveDate,
    /// How far it is.
    pub progress: Progress,
    /// What may be told of it; none: nothing.
    pub about: Option<About>,
}

/// An item and what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Which one.
    pub id: Uuid,
    /// When the thing was last changed; none: that may not be told.
    pub updated_at: Option<DateTime<Utc>>,
    /// How it is shown; none: not at all, though nothing has been cancelled.
    pub item: Option<Item>,
}
