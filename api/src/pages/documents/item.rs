//! A recommendation.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::{causes, head, section};
use crate::pages::{
    frame::{Frame, Part},
    parts::{self, badge, date, day, fact},
    values::{Comment, Finding, Happened, ItemRow, Listed, Named, ReportLine, TreatedCause},
};

/// What the query answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Item {
    #[serde(flatten)]
    pub row: ItemRow,
    pub description: String,
    pub acceptance_criterion: Option<String>,
    pub strength: Option<String>,
    pub labels: Vec<String>,
    pub blocked_reason: Option<String>,
    pub closure_reason: Option<String>,
    pub closure_note: Option<String>,
    pub risk_accepted_until: Option<NaiveDate>,
    pub original_due_on: Option<NaiveDate>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub implemented_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    pub verified_by: Option<Named>,
    pub report: ReportLine,
    pub root_causes: Listed<TreatedCause>,
    pub due_changes: Vec<DueChange>,
    pub evidence: Vec<Evidence>,
    pub effectiveness_reviews: Vec<Review>,
    pub tracker_links: Vec<Tracked>,
    pub findings: Vec<Finding>,
    pub comments: Listed<Comment>,
    pub history: Listed<Happened>,
}

/// A due date that was moved.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct DueChange {
    pub changed_at: DateTime<Utc>,
    pub changed_by: Option<Named>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub reason: String,
}

/// What shows that it was done.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Evidence {
    pub url: String,
    pub note: Option<String>,
}

/// Whether it helped.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Review {
    pub due_on: NaiveDate,
    pub outcome: Option<String>,
    pub note: Option<String>,
    pub reviewed_by: Option<Named>,
}

/// An issue of a tracker.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Tracked {
    pub url: String,
    pub external_key: String,
    pub external_status: Option<String>,
}

fn facts(frame: &Frame, item: &Item) -> Markup {
    let (root, zone, row) = (&frame.root, frame.zone, &item.row);
    let moved = item.original_due_on.filter(|original| Some(*original) != row.due_on);
    html! {
        dl.facts {
            (fact("Owner", &parts::person(row.owner.as_ref())))
            (fact("Team", &parts::team(row.team.as_ref())))
            (fact("Due", &html! {
                (parts::due(row.due_on, row.days_overdue))
                @if let Some(original) = moved { span.meta { " first promised for " (day(original)) } }
            }))
            (fact("Report", &parts::report(root, &item.report)))
            (fact("Incident", &html! { (parts::incident(root, &row.incident)) " " (badge(&row.incident.severity)) }))
            @if let Some(at) = item.accepted_at { (fact("Accepted", &parts::day_of(at, zone))) }
            @if let Some(at) = item.implemented_at { (fact("Implemented", &parts::day_of(at, zone))) }
            @if let Some(at) = item.verified_at {
                (fact("Verified", &html! { (parts::day_of(at, zone)) " by " (parts::person(item.verified_by.as_ref())) }))
            }
            @if let Some(reason) = &item.blocked_reason { (fact("Blocked because", &html! { (reason) })) }
            @if let Some(reason) = &item.closure_reason {
                (fact("Declined as", &html! {
                    (parts::named(reason))
                    @if let Some(until) = item.risk_accepted_until { ", until " (day(until)) }
                    @if let Some(note) = &item.closure_note { ": " (note) }
                }))
            }
            @if !item.labels.is_empty() { (fact("Labels", &html! { (item.labels.join(", ")) })) }
            @if !item.tracker_links.is_empty() {
                (fact("Tracked as", &html! {
                    @for link in &item.tracker_links {
                        (parts::outside(&link.url, &link.external_key))
                        @if let Some(status) = &link.external_status { " (" (status) ") " }
                    }
                }))
            }
        }
    }
}

fn work(frame: &Frame, item: &Item) -> Markup {
    html! {
        @if !item.evidence.is_empty() {
            section {
                h2 { "Evidence" }
                ul.rows {
                    @for one in &item.evidence {
                        li {
                            p { (parts::outside(&one.url, &one.url)) }
                            @if let Some(note) = &one.note { p.meta { (note) } }
                        }
                    }
                }
            }
        }
        @if !item.due_changes.is_empty() {
            section {
                h2 { "Moves of the due date" }
                ul.rows {
                    @for one in &item.due_changes {
                        li {
                            p { (date(one.from)) " → " (date(one.to)) }
                            p.meta { (one.reason) " · " (parts::person(one.changed_by.as_ref())) ", " (parts::day_of(one.changed_at, frame.zone)) }
                        }
                    }
                }
            }
        }
        @if !item.effectiveness_reviews.is_empty() {
            section {
                h2 { "Did it help?" }
                ul.rows {
                    @for one in &item.effectiveness_reviews {
                        li {
                            p {
                                @match &one.outcome {
                                    Some(outcome) => { (badge(outcome)) " by " (parts::person(one.reviewed_by.as_ref())) }
                                    None => { "To be reviewed on " (day(one.due_on)) }
                                }
                            }
                            @if let Some(note) = &one.note { p.meta { (note) } }
                        }
                    }
                }
            }
        }
    }
}

/// What is lacking, as a list.
pub(super) fn findings(findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            section.no-print {
                h2 { "Still lacking" }
                ul.rows { @for one in findings { li { p { (badge(&one.level)) " " (one.message) } } } }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, item: &Item) -> String {
    let row = &item.row;
    let above = html! { a href={ (frame.root) "recommendations?open=yes" } { "Recommendations" } " / " (row.key) };
    let badges = html! {
        (badge(&row.status)) " " (badge(&row.priority)) " " span.badge { (parts::named(&row.kind)) }
        @if let Some(strength) = &item.strength { " " span.badge { (parts::named(strength)) " measure" } }
        (parts::restricted(&item.report.visibility))
    };
    let body = html! {
        article.document {
            (head(&above, &row.title, &badges))
            (facts(frame, item))
            (section("What is to be done", &item.description))
            @if let Some(criterion) = &item.acceptance_criterion {
                section { h2 { "Done when" } p { (criterion) } }
            }
            (causes(&frame.root, "What it treats", &item.root_causes.nodes, true))
            (work(frame, item))
            (findings(&item.findings))
            (parts::comments(&item.comments.nodes, frame.zone))
            (parts::history(&item.history.nodes, frame.zone))
        }
    };
    frame.page(&format!("{} {}", row.key, row.title), Part::Recommendations, &body)
}
