//! An incident.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::head;
use crate::pages::{
    frame::{Frame, Part},
    lists::{items, reports},
    parts::{self, badge, fact},
    values::{Choice, IncidentLine, ItemRow, Listed, ReportRow},
};

/// What the query answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Incident {
    #[serde(flatten)]
    pub line: IncidentLine,
    pub team: Option<Choice>,
    pub services: Listed<Choice>,
    pub started_at: DateTime<Utc>,
    pub detected_at: Option<DateTime<Utc>>,
    pub mitigated_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub time_to_detect_seconds: Option<i64>,
    pub time_to_mitigate_seconds: Option<i64>,
    pub time_to_resolve_seconds: Option<i64>,
    pub requires_report: bool,
    pub external_refs: Vec<ExternalRef>,
    pub reports: Listed<ReportRow>,
}

/// What another system calls it.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct ExternalRef {
    pub system: String,
    pub id: String,
    pub url: Option<String>,
}

fn facts(frame: &Frame, incident: &Incident) -> Markup {
    let steps = [
        ("Detected", incident.detected_at, incident.time_to_detect_seconds),
        ("Mitigated", incident.mitigated_at, incident.time_to_mitigate_seconds),
        ("Resolved", incident.resolved_at, incident.time_to_resolve_seconds),
    ];
    html! {
        dl.facts {
            (fact("Team", &parts::team(incident.team.as_ref())))
            @if !incident.services.nodes.is_empty() {
                (fact("Services", &html! {
                    @for (number, service) in incident.services.nodes.iter().enumerate() {
                        @if number > 0 { ", " }
                        a href={ (frame.root) "incidents?service=" (service.slug) } { (service.name) }
                    }
                }))
            }
            (fact("Began", &parts::moment(incident.started_at, frame.zone)))
            @for (name, at, after) in steps {
                @if let Some(at) = at {
                    (fact(name, &html! {
                        (parts::moment(at, frame.zone))
                        @if let Some(after) = after { " " span.meta { "after " (parts::lasted(after)) } }
                    }))
                }
            }
            @if !incident.external_refs.is_empty() {
                (fact("Also known as", &html! {
                    @for (number, one) in incident.external_refs.iter().enumerate() {
                        @if number > 0 { ", " }
                        (one.system) " "
                        @match &one.url { Some(url) => (parts::outside(url, &one.id)), None => (one.id) }
                    }
                }))
            }
        }
    }
}

/// The page, with what was recommended after it.
pub fn page(frame: &Frame, incident: &Incident, recommended: &Listed<ItemRow>) -> String {
    let line = &incident.line;
    let above = html! { a href={ (frame.root) "incidents" } { "Incidents" } " / " (line.key) };
    let badges = html! { (badge(&line.severity)) };
    let body = html! {
        article.document {
            (head(&above, &line.title, &badges))
            (facts(frame, incident))
            section {
                h2 { "Reports" }
                @if incident.reports.nodes.is_empty() {
                    p.empty {
                        @if incident.requires_report { "A report is required, and there is none yet." } @else { "There is none, and none is required." }
                    }
                } @else {
                    (reports::table(frame, &incident.reports.nodes))
                }
            }
            section {
                h2 { "Recommendations" }
                @if recommended.nodes.is_empty() {
                    p.empty { "Nothing was recommended after it yet." }
                } @else {
                    (items::table(&frame.root, &recommended.nodes))
                }
            }
        }
    };
    frame.page(&format!("{} {}", line.key, line.title), Part::Incidents, &body)
}
