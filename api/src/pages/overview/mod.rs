//! The overview: how far what was decided is done, and what needs somebody's attention. Every figure leads to its list.

mod headline;
mod panels;

use chrono::NaiveDate;
use maud::html;
use serde::Deserialize;

use super::{
    charts::{self, ageing::Bucket, trend::Week},
    filters::{Filters, PERIODS, PRIORITIES, SEVERITIES},
    frame::{Frame, Part},
    lists::{
        self,
        form::{Field, chips, form},
    },
    parts,
    values::{Choices, IncidentLine, ItemRow, Listed, Named, ReportLine},
};

/// The filters of the overview.
pub const FILTERS: [&str; 5] = ["team", "service", "severity", "priority", "period"];
/// Those that lists of recommendations take too.
const OF_ITEMS: [&str; 4] = ["team", "service", "severity", "priority"];
/// Those that all lists take.
const OF_ALL: [&str; 3] = ["team", "service", "severity"];

/// What the query answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// As of now, by team.
    pub now: Grouped,
    /// As of 30 days ago.
    pub before: Overall,
    /// Week by week.
    pub trend: Vec<Week>,
    /// The most overdue.
    pub overdue: Listed<ItemRow>,
    /// The causes that came back most often.
    pub recurring: Vec<Recurring>,
    /// From incidents to reports.
    pub funnel: Funnel,
    /// Incidents that require a report and have none.
    pub unreported: Listed<IncidentLine>,
    /// Reports that are overdue.
    pub late_reports: Listed<LateReport>,
}

/// Figures over all.
#[derive(Debug, Deserialize)]
pub struct Overall {
    /// The figures.
    pub overall: Figures,
}

/// Figures over all and by team.
#[derive(Debug, Deserialize)]
pub struct Grouped {
    /// Over all.
    pub overall: Figures,
    /// By team.
    pub groups: Vec<Group>,
}

/// The figures of a team.
#[derive(Debug, Deserialize)]
pub struct Group {
    /// Its short name; "": of no team.
    pub key: String,
    /// Its name.
    pub label: String,
    /// The figures.
    pub metrics: Figures,
}

/// Figures: docs/metrics.md has their formulas.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Figures {
    pub open: i64,
    pub overdue: i64,
    #[serde(default)]
    pub blocked: i64,
    #[serde(default)]
    pub unowned: i64,
    #[serde(default)]
    pub proposed: i64,
    pub on_time_rate: Option<f64>,
    pub completion_rate: Option<f64>,
    pub median_open_age_days: Option<f64>,
    #[serde(default)]
    pub ageing: Vec<Bucket>,
}

/// A cause that came back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recurring {
    /// Its first occurrence that one may see.
    pub cause: Cause,
    /// How often it occurred, the first time included.
    pub occurrences: i64,
    /// How often while work against it was open.
    pub preventable_occurrences: i64,
    /// What is open against it.
    pub open_recommendations: i64,
    /// In which incidents.
    pub incidents: Vec<IncidentLine>,
}

/// A cause, by what it is called.
#[derive(Debug, Deserialize)]
pub struct Cause {
    /// The global id.
    pub id: String,
    /// In a line.
    pub title: String,
}

/// A report that is not published in time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LateReport {
    /// Its key, title and status.
    #[serde(flatten)]
    pub line: ReportLine,
    /// By when it was due.
    pub due_on: Option<NaiveDate>,
    /// How late, in days.
    pub days_overdue: i64,
    /// Who writes it.
    pub owner: Option<Named>,
}

/// From incidents to reports.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Funnel {
    pub incidents: i64,
    pub requiring_report: i64,
    pub with_report: i64,
    pub published: i64,
    pub coverage_rate: Option<f64>,
    pub median_days_to_publish: Option<f64>,
}

/// What the address asks for.
pub(super) struct Asked<'a> {
    pub frame: &'a Frame,
    /// What lists of recommendations are to be filtered by too.
    pub items: Filters,
    /// The same for other lists.
    pub all: Filters,
}

impl Asked<'_> {
    /// A list of recommendations with the filters of the page and these.
    fn items(&self, more: &[(&str, Option<&str>)]) -> String {
        format!("{}recommendations{}", self.frame.root, self.items.link(more))
    }

    /// Another list.
    fn list(&self, name: &str, more: &[(&str, Option<&str>)]) -> String {
        format!("{}{name}{}", self.frame.root, self.all.link(more))
    }
}

/// The page.
pub fn page(frame: &Frame, filters: &Filters, choices: &Choices, found: &Overview) -> String {
    let asked = &Asked {
        frame,
        items: filters.only(&OF_ITEMS),
        all: filters.only(&OF_ALL),
    };
    let weeks = filters.get("period").unwrap_or(PERIODS[1]).trim_end_matches('w');
    let period = |weeks: &&str| ((*weeks).to_owned(), format!("{} weeks", weeks.trim_end_matches('w')));
    let fields = [
        Field::new("team", "Team", lists::choices(&choices.teams)).or_none("No team"),
        Field::new("service", "Service", lists::choices(&choices.services)),
        Field::new("severity", "Severity", lists::values(SEVERITIES)),
        Field::new("priority", "Priority", lists::values(PRIORITIES)),
        Field::new("period", "Look back", PERIODS.iter().map(period).collect()).of(PERIODS[1]),
    ];
    let body = html! {
        div.title {
            h1 { "Follow-through" }
            p.sub { "What became of what we decided after our incidents." }
        }
        (form(&format!("{}./", frame.root), &fields, filters))
        (chips(&format!("{}./", frame.root), filters))
        (headline::figures(asked, &found.now.overall, &found.before.overall))
        div.two.lead {
            section.panel {
                h2 { "Last " (weeks) " weeks" }
                (charts::trend(&found.trend, frame.zone))
            }
            section.panel {
                h2 { "Age of what is open" }
                (charts::ageing(&found.now.overall.ageing, &frame.root, &asked.items))
            }
        }
        (panels::overdue(asked, &found.overdue))
        (panels::teams(asked, &found.now.groups))
        div.two {
            (panels::recurring(asked, &found.recurring))
            (panels::reports(asked, found, weeks))
        }
        p.note.no-print { "Recommendations that are closed as duplicates or no longer apply are in no rate. What you may not see is in no figure." }
    };
    frame.page("Overview", Part::Overview, &body)
}

/// A share for people.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

/// Days for people.
pub(super) fn days(days: Option<f64>) -> String {
    days.map_or_else(|| "–".to_owned(), |days| format!("{days:.0} d"))
}

/// A link on a number that is read out in full.
pub(super) fn number(link: &str, count: i64, what: &str) -> maud::Markup {
    html! { a href=(link) { (count) span.unseen { " " (what) } } }
}

pub(super) use parts::{badge, incident};
