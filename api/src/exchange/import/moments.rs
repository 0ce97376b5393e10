//! When the incident began, was noticed, was stopped and was over: as stated, else as the timeline says in so many words.

use chrono::{DateTime, Utc};

use super::calendar::Calendar;
use super::metadata::{Facts, Field, field_of};
use super::model::{ImportedTimelineEvent, ImportedTimelineKind as Kind};

pub(super) struct Moments {
    pub(super) started: Option<DateTime<Utc>>,
    pub(super) detected: Option<DateTime<Utc>>,
    pub(super) mitigated: Option<DateTime<Utc>>,
    pub(super) resolved: Option<DateTime<Utc>>,
}

pub(super) fn of(facts: &Facts, calendar: &Calendar, events: &[ImportedTimelineEvent]) -> Moments {
    let mut days = Calendar::new(calendar.zone, calendar.order, facts.date.or(calendar.document));
    let mut moment = |field: Field, kinds: &[Kind]| {
        let stated = facts
            .moments
            .iter()
            .filter(|(stated, stamp)| *stated == field && stamp.clock.is_some())
            .find_map(|(_, stamp)| days.place(stamp).at);
        let named = || {
            events
                .iter()
                .filter(|event| field_of(&event.description) == Some(field))
                .find_map(|event| event.at)
        };
        let told = || {
            events
                .iter()
                .filter(|event| kinds.contains(&event.kind))
                .find_map(|event| event.at)
        };
        stated.or_else(named).or_else(told)
    };
    let started = moment(Field::Started, &[Kind::ImpactStart, Kind::Trigger]);
    let detected = moment(Field::Detected, &[Kind::Detection]);
    let mitigated = moment(Field::Mitigated, &[]);
    let resolved = moment(Field::Resolved, &[Kind::Resolution]);
    // What only the words of the timeline suggest must at least be in order.
    let started = started.filter(|started| detected.is_none_or(|detected| *started <= detected));
    Moments {
        started,
        detected,
        mitigated,
        resolved: resolved.filter(|resolved| started.is_none_or(|started| started <= *resolved)),
    }
}
