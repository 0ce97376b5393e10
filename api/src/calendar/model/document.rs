//! A feed as an iCalendar object: RFC 5545, with the name and the interval of RFC 7986.

use chrono::{Datelike, Days, Duration};
use entity::enums::{CalendarForm, Priority};
use icalendar::{
    Alarm, Calendar, CalendarComponent, Class, Component, Event, EventLike, EventStatus, Property, Related, Todo,
    TodoStatus, Trigger, ValueType,
};

use super::{Item, Progress, keeping::Kept};

/// How often calendars should look, in minutes.
const REFRESH_MINUTES: i64 = 60;
/// The hour at which calendars remind, by their own clock.
const REMINDER_HOUR: i64 = 9;
/// What stands in the place of a title that may no longer be told.
const WITHDRAWN: &str = "No longer on this calendar";

/// One thing, as it is to be shown.
pub struct Entry {
    /// Its global id.
    pub uid: String,
    /// What it is.
    pub item: Item,
    /// Its sequence and when that was given.
    pub kept: Kept,
}

/// How a whole feed is shown.
pub struct Form<'a> {
    /// What calendars call it.
    pub name: &'a str,
    /// As what things are shown.
    pub form: CalendarForm,
    /// How many days before calendars remind.
    pub reminder_days: Option<i64>,
    /// The time zone of the organisation, whose days due dates are.
    pub time_zone: &'a str,
}

/// A line, or lines, without characters that no calendar can hold.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect()
}

/// 1 is the most urgent, 9 the least.
fn priority(priority: Priority) -> u32 {
    match priority {
        Priority::P0 => 1,
        Priority::P1 => 3,
        Priority::P2 => 5,
        Priority::P3 => 7,
        Priority::P4 => 9,
    }
}

/// What both forms have in common.
fn common<C: EventLike>(component: &mut C, entry: &Entry, before_summary: &str) {
    let kept = &entry.kept;
    component
        .uid(&entry.uid)
        .timestamp(kept.changed_at)
        .last_modified(kept.changed_at)
        .sequence(u32::try_from(kept.sequence).unwrap_or(u32::MAX))
        .class(Class::Private);
    let Some(about) = &entry.item.about else {
        component.summary(WITHDRAWN);
        return;
    };
    component
        .summary(&clean(&format!("{before_summary}{}", about.summary)))
        .url(&about.url)
        .created(about.created_at);
    if !about.description.is_empty() {
        component.description(&clean(&about.description));
    }
    if let Some(urgency) = about.priority {
        component.priority(priority(urgency));
    }
    component.categories(about.categories.iter().map(|word| clean(word)));
}

/// So many days before the due date, in the morning; only for what is still to be done.
fn reminder(entry: &Entry, days: Option<i64>) -> Option<(String, Duration)> {
    let is_open = matches!(entry.item.progress, Progress::Waiting | Progress::Begun);
    let about = entry.item.about.as_ref().filter(|_| is_open)?;
    Some((clean(&about.summary), Duration::hours(REMINDER_HOUR - 24 * days?)))
}

/// The crate would give it a name and a time of its own, others with each reading.
fn alarm(entry: &Entry, text: &str, trigger: impl Into<Trigger>) -> Alarm {
    let mut alarm = Alarm::display(text, trigger);
    alarm
        .uid(&format!("alarm-{}", entry.uid))
        .timestamp(entry.kept.changed_at);
    alarm
}

fn todo(entry: &Entry, form: &Form<'_>) -> CalendarComponent {
    let mut todo = Todo::new();
    common(&mut todo, entry, "");
    todo.due(entry.item.due_on);
    match entry.item.progress {
        Progress::Waiting => todo.status(TodoStatus::NeedsAction).percent_complete(0),
        Progress::Begun => todo.status(TodoStatus::InProcess).percent_complete(50),
        Progress::Done(at) => todo.status(TodoStatus::Completed).percent_complete(100).completed(at),
        Progress::Cancelled => todo.status(TodoStatus::Cancelled),
    };
    if let Some((text, before)) = reminder(entry, form.reminder_days) {
        // A to-do has an end, the due date, and no beginning.
        todo.alarm(alarm(entry, &text, Trigger::Duration(before, Some(Related::End))));
    }
    todo.done().into()
}

fn event(entry: &Entry, form: &Form<'_>) -> CalendarComponent {
    let mut event = Event::new();
    // An event has no status for what is done.
    let is_done = matches!(entry.item.progress, Progress::Done(_));
    common(&mut event, entry, if is_done { "Done: " } else { "" });
    let due_on = entry.item.due_on;
    event.starts(due_on);
    // Without an end it lasts the day. There is none to write after the last of the year 9999.
    let next = due_on.checked_add_days(Days::new(1));
    if let Some(next) = next.filter(|next| next.year() <= 9999) {
        event.ends(next);
    }
    event.status(match entry.item.progress {
        Progress::Cancelled => EventStatus::Cancelled,
        Progress::Waiting | Progress::Begun | Progress::Done(_) => EventStatus::Confirmed,
    });
    // A due date takes up nobody's day.
    event.add_property("TRANSP", "TRANSPARENT");
    if let Some((text, before)) = reminder(entry, form.reminder_days) {
        event.alarm(alarm(entry, &text, before));
    }
    event.done().into()
}

/// The whole feed, in the order of the entries.
pub fn document(form: &Form<'_>, entries: &[Entry]) -> String {
    let mut calendar = Calendar::empty();
    let name = clean(form.name);
    let interval = Duration::minutes(REFRESH_MINUTES).to_string();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Postmortem//Due dates//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(
            Property::new("NAME", name.as_str())
                .append_parameter(ValueType::Text)
                .done(),
        )
        .append_property(("X-WR-CALNAME", name.as_str()))
        .append_property(("X-WR-TIMEZONE", form.time_zone))
        .append_property(
            Property::new("REFRESH-INTERVAL", interval.as_str())
                .append_parameter(ValueType::Duration)
                .done(),
        )
        .append_property(("X-PUBLISHED-TTL", interval.as_str()));
    for entry in entries {
        calendar.push(match form.form {
            CalendarForm::Todo => todo(entry, form),
            CalendarForm::Event => event(entry, form),
        });
    }
    calendar.to_string()
}
