//! What stands in the address: read, checked, turned into filters of the schema, and written into links.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use entity::enums::{Priority, RecommendationKind, RecommendationStatus, ReportStatus, Severity};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::values::{Choice, Choices};
use crate::{follow_through::model::counts::AGES, platform::error::Error};

/// How bad an incident was.
pub const SEVERITIES: &[&str] = Severity::TEXTS;
/// How urgent a recommendation is.
pub const PRIORITIES: &[&str] = Priority::TEXTS;
/// Where a recommendation stands.
pub const ITEM_STATUSES: &[&str] = RecommendationStatus::TEXTS;
/// Where a report stands.
pub const REPORT_STATUSES: &[&str] = ReportStatus::TEXTS;
/// What a recommendation is meant to do.
pub const KINDS: &[&str] = RecommendationKind::TEXTS;
/// What part a cause played.
pub const ROLES: [&str; 5] = ["TRIGGER", "CONTRIBUTING", "LATENT", "DETECTION_GAP", "RESPONSE_GAP"];
/// What has become of a cause.
pub const COVERAGES: [&str; 6] = [
    "UNCOVERED",
    "NO_ACTION",
    "PROPOSED",
    "COMMITTED",
    "IMPLEMENTED",
    "VERIFIED",
];
/// Yes or no.
pub const YES_NO: [&str; 2] = ["yes", "no"];
/// How far the overview looks back.
pub const PERIODS: [&str; 3] = ["12w", "26w", "52w"];

/// Filters that take one of a closed set, in any case. Their values are kept as the set spells them, so that who reads one need
/// not care for its case.
const OF_SETS: [(&str, &[&str]); 6] = [
    ("open", &YES_NO),
    ("overdue", &YES_NO),
    ("recurring", &YES_NO),
    ("required", &YES_NO),
    ("reported", &YES_NO),
    ("period", &PERIODS),
];

/// What chooses a page of a list, and is not carried over to another list.
const PAGING: [&str; 2] = ["after", "before"];

/// What an address asks for.
#[derive(Debug, Default, Clone)]
pub struct Filters(Vec<(&'static str, String)>);

fn wrong(name: &str, message: String) -> Error {
    Error::invalid(name, "UNKNOWN_FILTER", message)
}

/// The value of a range of ages, such as 31-60 or 181+.
pub fn age((from, to): (i32, Option<i32>)) -> String {
    to.map_or_else(|| format!("{from}+"), |to| format!("{from}-{to}"))
}

/// What was asked for, cut to what fits into a sentence.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("“{short}”")
}

/// A value as its closed set spells it.
fn among(value: &str, allowed: &[&'static str]) -> Option<&'static str> {
    allowed.iter().copied().find(|one| one.eq_ignore_ascii_case(value))
}

/// The value of a filter as its closed set spells it; as it was given when there is no set, or it is not in there.
fn spelled<'a>(name: &str, value: &'a str) -> &'a str {
    let set = OF_SETS.iter().find(|(filter, _)| *filter == name);
    set.and_then(|(_, allowed)| among(value, allowed)).unwrap_or(value)
}

impl Filters {
    /// Reads a query string. Fields of a form that were left empty are left out.
    pub fn read(query: &str, known: &[&'static str]) -> Result<Self, Error> {
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.trim().is_empty() {
                continue;
            }
            let Some(name) = known.iter().find(|known| **known == name) else {
                let there = match known {
                    [] => "this page takes none".to_owned(),
                    known => format!("there are {}", known.join(", ")),
                };
                return Err(wrong(
                    "",
                    format!("There is no filter {} here; {there}.", quoted(&name)),
                ));
            };
            if given.iter().any(|(other, _)| other == name) {
                return Err(wrong(
                    name,
                    format!("The filter “{name}” is given twice; give it once."),
                ));
            }
            if value.chars().count() > 500 || value.contains('\0') {
                return Err(wrong(name, format!("The value of “{name}” is too long, or no text.")));
            }
            given.push((name, spelled(name, value.trim()).to_owned()));
        }
        if given.iter().filter(|(name, _)| PAGING.contains(name)).count() > 1 {
            return Err(wrong("after", "Give either “after” or “before”.".to_owned()));
        }
        Ok(Self(given))
    }

    /// The value of a filter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Those that choose what is shown, in the order they were given: not the page, not the order.
    pub fn chosen(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let chosen = |name: &str| !PAGING.contains(&name) && name != "sort" && name != "period";
        self.0
            .iter()
            .filter(move |(name, _)| chosen(name))
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// The query string with these changed, from the first page on; a value that is none is taken out. With its question mark.
    pub fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !PAGING.contains(name) && !changes.iter().any(|(changed, _)| changed == name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changes {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }

    /// Those of the given names only.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| names.contains(name));
        Self(kept.cloned().collect())
    }

    /// One of a closed set.
    pub fn one(&self, name: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let unknown = || {
            let allowed = allowed.join(", ");
            wrong(
                name,
                format!("{} is no value of “{name}”; it takes {allowed}.", quoted(value)),
            )
        };
        among(value, allowed).map(Some).ok_or_else(unknown)
    }

    /// One or more of a closed set, with commas between them.
    pub fn several(&self, name: &str, allowed: &[&'static str]) -> Result<Option<Vec<&'static str>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let mut found = Vec::new();
        for part in value.split(',') {
            let unknown = || {
                let (part, allowed) = (quoted(part), allowed.join(", "));
                wrong(
                    name,
                    format!("{part} is no value of “{name}”; it takes one or more of {allowed}, with commas."),
                )
            };
            found.push(among(part.trim(), allowed).ok_or_else(unknown)?);
        }
        Ok(Some(found))
    }

    /// Yes or no.
    pub fn yes(&self, name: &str) -> Result<Option<bool>, Error> {
        Ok(self.one(name, &YES_NO)?.map(|value| value == "yes"))
    }

    /// Refuses the names of teams, services and categories that do not exist.
    pub fn check(&self, choices: &Choices) -> Result<(), Error> {
        let known = |name: &'static str, all: &[Choice], may_be_none: bool| match self.get(name) {
            Some("none") if may_be_none => Ok(()),
            Some(slug) if !all.iter().any(|choice| choice.slug == slug) => {
                let slug = quoted(slug);
                let some: Vec<_> = all.iter().take(20).map(|choice| choice.slug.as_str()).collect();
                let some = match some.as_slice() {
                    [] => "there is none yet".to_owned(),
                    some => format!("there are {}", some.join(", ")),
                };
                Err(wrong(name, format!("There is no {name} {slug}; {some}.")))
            }
            _ => Ok(()),
        };
        known("team", &choices.teams, true)?;
        known("service", &choices.services, false)?;
        known("category", &choices.categories, false)
    }

    fn team(&self) -> Option<Value> {
        self.get("team").map(|slug| match slug {
            "none" => json!({ "isNull": true }),
            slug => json!({ "slug": { "eq": slug } }),
        })
    }

    fn owner(&self) -> Option<Value> {
        self.get("owner").map(|owner| match owner {
            "none" => json!({ "isNull": true }),
            "me" => json!({ "isMe": true }),
            email => json!({ "email": { "eq": email } }),
        })
    }

    /// The `IncidentFilter` of severity and service; none when neither is given.
    fn hit(&self) -> Result<Option<Map<String, Value>>, Error> {
        let mut filter = Map::new();
        if let Some(severities) = self.several("severity", SEVERITIES)? {
            filter.insert("severity".to_owned(), json!({ "in": severities }));
        }
        if let Some(slug) = self.get("service") {
            filter.insert("service".to_owned(), json!({ "slug": { "eq": slug } }));
        }
        Ok((!filter.is_empty()).then_some(filter))
    }

    fn text(&self, filter: &mut Map<String, Value>) {
        if let Some(text) = self.get("q") {
            filter.insert("title".to_owned(), json!({ "contains": text }));
        }
        if let Some(label) = self.get("label") {
            filter.insert("label".to_owned(), json!({ "eq": label }));
        }
    }

    fn things(&self) -> Result<Map<String, Value>, Error> {
        let mut filter = Map::new();
        if let Some(team) = self.team() {
            filter.insert("team".to_owned(), team);
        }
        if let Some(incident) = self.hit()? {
            filter.insert("incident".to_owned(), incident.into());
        }
        if let Some(owner) = self.owner() {
            filter.insert("owner".to_owned(), owner);
        }
        self.text(&mut filter);
        Ok(filter)
    }

    /// The `RecommendationFilter`.
    pub fn items(&self, now: DateTime<Utc>) -> Result<Value, Error> {
        let mut filter = self.things()?;
        for (name, allowed) in [("status", ITEM_STATUSES), ("priority", PRIORITIES), ("kind", KINDS)] {
            if let Some(values) = self.several(name, allowed)? {
                filter.insert(name.to_owned(), json!({ "in": values }));
            }
        }
        for (name, field) in [("open", "isOpen"), ("overdue", "isOverdue")] {
            if let Some(value) = self.yes(name)? {
                filter.insert(field.to_owned(), json!(value));
            }
        }
        if let Some(slug) = self.get("category") {
            filter.insert(
                "rootCause".to_owned(),
                json!({ "category": { "slug": { "eq": slug } } }),
            );
        }
        if let Some(wanted) = self.get("age") {
            let found = AGES.into_iter().find(|range| age(*range) == wanted);
            let (from, to) = found.ok_or_else(|| {
                let all = AGES.map(age).join(", ");
                wrong(
                    "age",
                    format!("{} is no value of “age”; it takes {all}, in days.", quoted(wanted)),
                )
            })?;
            // As follow_through/queries/measure.rs sorts them: a day is 24 hours.
            let before = |days: i32| {
                let at = now - Duration::days(i64::from(days));
                at.to_rfc3339_opts(SecondsFormat::Micros, true)
            };
            let mut accepted = Map::new();
            if from > 0 {
                accepted.insert("lte".to_owned(), json!(before(from)));
            }
            if let Some(to) = to {
                accepted.insert("gt".to_owned(), json!(before(to + 1)));
            }
            filter.insert("acceptedAt".to_owned(), accepted.into());
        }
        Ok(filter.into())
    }

    /// The `ReportFilter`.
    pub fn reports(&self) -> Result<Value, Error> {
        let mut filter = self.things()?;
        if let Some(values) = self.several("status", REPORT_STATUSES)? {
            filter.insert("status".to_owned(), json!({ "in": values }));
        }
        if let Some(value) = self.yes("overdue")? {
            filter.insert("isOverdue".to_owned(), json!(value));
        }
        Ok(filter.into())
    }

    /// The `IncidentFilter`.
    pub fn incidents(&self) -> Result<Map<String, Value>, Error> {
        let mut filter = self.hit()?.unwrap_or_default();
        if let Some(team) = self.team() {
            filter.insert("team".to_owned(), team);
        }
        for (name, field) in [("reported", "hasReport"), ("required", "requiresReport")] {
            if let Some(value) = self.yes(name)? {
                filter.insert(field.to_owned(), json!(value));
            }
        }
        self.text(&mut filter);
        Ok(filter)
    }

    /// The `RootCauseFilter`.
    pub fn causes(&self) -> Result<Value, Error> {
        let mut filter = Map::new();
        let reports = self.only(&["team", "service", "severity"]).reports()?;
        if reports.as_object().is_some_and(|reports| !reports.is_empty()) {
            filter.insert("report".to_owned(), reports);
        }
        for (name, allowed) in [("role", &ROLES[..]), ("coverage", &COVERAGES)] {
            if let Some(values) = self.several(name, allowed)? {
                filter.insert(name.to_owned(), json!({ "in": values }));
            }
        }
        if let Some(slug) = self.get("category") {
            filter.insert("category".to_owned(), json!({ "slug": { "eq": slug } }));
        }
        if let Some(value) = self.yes("recurring")? {
            filter.insert("isRecurrence".to_owned(), json!(value));
        }
        self.text(&mut filter);
        Ok(filter.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Filters;

    #[test]
    fn links_keep_what_they_do_not_change() {
        let filters = Filters::read("team=a%20b&open=yes&after=x&q=", &["team", "open", "after", "q"]).unwrap();
        assert_eq!(filters.link(&[]), "?team=a+b&open=yes");
        assert_eq!(
            filters.link(&[("open", None), ("q", Some("ä&"))]),
            "?team=a+b&q=%C3%A4%26"
        );
        assert_eq!(filters.only(&[]).link(&[]), "");
    }

    #[test]
    fn values_of_closed_sets_are_kept_as_the_set_spells_them() {
        let known = ["open", "period", "owner", "q"];
        let filters = Filters::read("open=YES&period=12W&owner=ME&q=YES", &known).unwrap();
        assert_eq!(filters.link(&[]), "?open=yes&period=12w&owner=ME&q=YES");
        let unknown = Filters::read("open=Maybe", &known).unwrap();
        assert_eq!(unknown.get("open"), Some("Maybe"));
        assert!(unknown.yes("open").is_err());
    }
}
