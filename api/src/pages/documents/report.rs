//! A report, whole.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::{causes, head, item::findings, section};
use crate::pages::{
    frame::{Frame, Part},
    lists::items,
    parts::{self, badge, fact},
    values::{Comment, Finding, Happened, ItemRow, Listed, Named, ReportRow, TreatedCause},
};

/// What the query answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Report {
    #[serde(flatten)]
    pub row: ReportRow,
    pub executive_summary: String,
    pub background: String,
    pub root_cause_analysis: String,
    pub impact_analysis: String,
    pub lessons_learned: String,
    pub conclusion: String,
    pub impact: Impact,
    pub labels: Vec<String>,
    pub timeline: Listed<Moment>,
    pub root_causes: Listed<TreatedCause>,
    pub recommendations: Listed<ItemRow>,
    pub participants: Vec<Participant>,
    pub approvals: Vec<Approval>,
    pub findings: Vec<Finding>,
    pub comments: Listed<Comment>,
    pub history: Listed<Happened>,
}

/// The impact in figures.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Impact {
    pub downtime_seconds: Option<i64>,
    pub customers_affected: Option<i64>,
    pub requests_failed: Option<i64>,
    pub data_lost: Option<bool>,
}

/// Something on the timeline.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Moment {
    pub occurred_at: DateTime<Utc>,
    pub kind: String,
    pub description: String,
    pub source_url: Option<String>,
}

/// Somebody who took part.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Participant {
    pub role: String,
    pub user: Named,
}

/// What a reviewer decided.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Approval {
    pub decision: String,
    pub comment: Option<String>,
    pub decided_at: DateTime<Utc>,
    pub user: Named,
}

fn facts(frame: &Frame, report: &Report) -> Markup {
    let row = &report.row;
    html! {
        dl.facts {
            (fact("Incident", &html! { (parts::incident(&frame.root, &row.incident)) " " (badge(&row.incident.severity)) }))
            (fact("Owner", &parts::person(row.owner.as_ref())))
            (fact("Team", &parts::team(row.team.as_ref())))
            @match row.published_at {
                Some(at) => (fact("Published", &parts::day_of(at, frame.zone))),
                None => (fact("Due", &parts::due(row.due_on, row.days_overdue))),
            }
            @if !report.labels.is_empty() { (fact("Labels", &html! { (report.labels.join(", ")) })) }
            @if !report.participants.is_empty() {
                (fact("Took part", &html! {
                    @for one in &report.participants {
                        div { (one.user.name) " " span.meta { (parts::named(&one.role).to_lowercase()) } }
                    }
                }))
            }
        }
    }
}

fn impact(report: &Report) -> Markup {
    let impact = &report.impact;
    let figures = [
        ("Downtime", impact.downtime_seconds.map(parts::lasted)),
        (
            "Customers affected",
            impact.customers_affected.map(|count| count.to_string()),
        ),
        ("Requests failed", impact.requests_failed.map(|count| count.to_string())),
        (
            "Data lost",
            impact.data_lost.map(|lost| if lost { "Yes" } else { "No" }.to_owned()),
        ),
    ];
    html! {
        @if figures.iter().any(|(_, value)| value.is_some()) || !report.impact_analysis.trim().is_empty() {
            section {
                h2 { "Impact" }
                dl.facts { @for (name, value) in &figures { @if let Some(value) = value { (fact(name, &html! { (value) })) } } }
                (parts::prose(&report.impact_analysis, 3))
            }
        }
    }
}

fn timeline(frame: &Frame, found: &Listed<Moment>) -> Markup {
    let moments = &found.nodes;
    let has_more = found.page_info.as_ref().is_some_and(|info| info.has_next_page);
    html! {
        @if !moments.is_empty() {
            section {
                h2 { "Timeline" }
                ol.timeline {
                    @for one in moments {
                        li {
                            p.meta { (parts::moment(one.occurred_at, frame.zone)) " " (badge(&one.kind)) }
                            (parts::prose(&one.description, 3))
                            @if let Some(url) = &one.source_url { p.meta { "Source: " (parts::outside(url, url)) } }
                        }
                    }
                }
                @if has_more { p.meta { "There is more; the API has all of it." } }
            }
        }
    }
}

fn approvals(frame: &Frame, approvals: &[Approval]) -> Markup {
    html! {
        @if !approvals.is_empty() {
            section {
                h2 { "Review" }
                ul.rows {
                    @for one in approvals {
                        li {
                            p { (badge(&one.decision)) " " (one.user.name) ", " (parts::day_of(one.decided_at, frame.zone)) }
                            @if let Some(comment) = &one.comment { p.meta { (comment) } }
                        }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, report: &Report) -> String {
    let line = &report.row.line;
    let above = html! { a href={ (frame.root) "reports" } { "Reports" } " / " (line.key) };
    let badges = html! { (badge(&line.status)) (parts::restricted(&line.visibility)) };
    let body = html! {
        article.document {
            (head(&above, &line.title, &badges))
            (facts(frame, report))
            (section("Summary", &report.executive_summary))
            (section("Background", &report.background))
            (timeline(frame, &report.timeline))
            (section("Root cause analysis", &report.root_cause_analysis))
            (causes(&frame.root, "From causes to recommendations", &report.root_causes.nodes, false))
            (impact(report))
            @if !report.recommendations.nodes.is_empty() {
                section { h2 { "Recommendations" } (items::table(&frame.root, &report.recommendations.nodes)) }
            }
            (section("Lessons learned", &report.lessons_learned))
            (section("Conclusion", &report.conclusion))
            (approvals(frame, &report.approvals))
            (findings(&report.findings))
            (parts::comments(&report.comments.nodes, frame.zone))
            (parts::history(&report.history.nodes, frame.zone))
        }
    };
    frame.page(&format!("{} {}", line.key, line.title), Part::Reports, &body)
}
