//! What is asked for, and how it comes back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

macro_rules! document {
    ($head:literal, $list:literal, $tail:literal) => {
        concat!(
            $head,
            $list,
            "(filter: $filter, first: $first, after: $after) { nodes { ...Item } pageInfo { hasNextPage endCursor } } ",
            $tail,
            " fragment Item on ActionItem { __typename key title dueOn isOverdue daysOverdue url owner { name email } \
             team { slug } incident { key severity } ... on Recommendation { status priority report { key } } \
             ... on Report { reportStatus: status } }"
        )
    };
}

/// Reports and recommendations of everybody.
pub(super) const ACTION_ITEMS: &str = document!(
    "query Overdue($filter: ActionItemFilter, $first: Int, $after: String) { page: ",
    "actionItems",
    "}"
);
/// Those of whoever asks.
pub(super) const MINE: &str = document!(
    "query Mine($filter: ActionItemFilter, $first: Int, $after: String) { viewer { page: ",
    "actionItems",
    "} }"
);
/// Recommendations.
pub(super) const RECOMMENDATIONS: &str = document!(
    "query Items($filter: RecommendationFilter, $first: Int, $after: String) { page: ",
    "recommendations",
    "}"
);
/// The short names of teams.
pub(super) const TEAMS: &str = "query Teams($after: String) { page: teams(first: 100, after: $after) { nodes { slug } \
                                pageInfo { hasNextPage endCursor } } }";

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    pub nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Where the next page begins, if there is one.
    pub(super) fn next(&self) -> Result<Option<String>, String> {
        match (self.page_info.has_next_page, &self.page_info.end_cursor) {
            (false, _) => Ok(None),
            (true, Some(cursor)) if !self.nodes.is_empty() => Ok(Some(cursor.clone())),
            (true, _) => Err("the server says that there is more, but not where; ask again.".to_owned()),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Team {
    pub slug: String,
}

#[derive(Deserialize)]
struct Owner {
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Incident {
    key: String,
    severity: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(rename = "__typename")]
    kind: String,
    key: String,
    title: String,
    due_on: Option<NaiveDate>,
    is_overdue: bool,
    days_overdue: i64,
    url: String,
    owner: Option<Owner>,
    team: Option<Team>,
    incident: Incident,
    status: Option<String>,
    report_status: Option<String>,
    priority: Option<String>,
    report: Option<Keyed>,
}

/// A recommendation or a report, flat, as it is printed for programs. Null: there is none.
#[derive(Deserialize, Serialize)]
#[serde(from = "Node", rename_all = "camelCase")]
pub(super) struct Item {
    pub key: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: String,
    /// Of a recommendation.
    pub priority: Option<String>,
    pub severity: String,
    pub due_on: Option<NaiveDate>,
    pub is_overdue: bool,
    pub days_overdue: i64,
    pub owner: Option<String>,
    pub owner_email: Option<String>,
    pub team: Option<String>,
    /// In which the recommendation was made.
    pub report: Option<String>,
    pub incident: String,
    pub url: String,
}

impl From<Node> for Item {
    fn from(node: Node) -> Self {
        let (owner, owner_email) = node.owner.map(|owner| (owner.name, owner.email)).unzip();
        Self {
            key: node.key,
            kind: node.kind.to_uppercase(),
            title: node.title,
            status: node.status.or(node.report_status).unwrap_or_default(),
            priority: node.priority,
            severity: node.incident.severity,
            due_on: node.due_on,
            is_overdue: node.is_overdue,
            days_overdue: node.days_overdue,
            owner,
            owner_email,
            team: node.team.map(|team| team.slug),
            report: node.report.map(|report| report.key),
            incident: node.incident.key,
            url: node.url,
        }
    }
}
