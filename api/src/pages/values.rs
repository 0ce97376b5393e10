//! What the pages show, as the schema answers it. The queries are in `http/pages/queries`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

/// One page of a list, or a whole one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed<T> {
    /// The rows.
    pub nodes: Vec<T>,
    /// How many match; 0 when the query does not ask.
    #[serde(default)]
    pub total_count: i64,
    /// What is before and behind; none when the query does not ask.
    pub page_info: Option<PageInfo>,
}

/// What is before and behind a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// Whether there is more behind it.
    #[serde(default)]
    pub has_next_page: bool,
    /// Whether there is more before it.
    #[serde(default)]
    pub has_previous_page: bool,
    /// The cursor of its first row; none for an empty page.
    pub start_cursor: Option<String>,
    /// The cursor of its last row; none for an empty page.
    pub end_cursor: Option<String>,
}

/// A person or another thing with a name only.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// A team, service or category.
#[derive(Debug, Clone, Deserialize)]
pub struct Choice {
    /// The short name, as in filters.
    pub slug: String,
    /// The name for people.
    pub name: String,
}

/// What a filter can choose from.
#[derive(Debug, Default)]
pub struct Choices {
    /// All teams.
    pub teams: Vec<Choice>,
    /// All services.
    pub services: Vec<Choice>,
    /// All categories of causes; empty where no filter takes one.
    pub categories: Vec<Choice>,
}

/// An incident, in a line.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentLine {
    /// Such as INC-7.
    pub key: String,
    /// What happened.
    pub title: String,
    /// SEV1 to SEV5.
    pub severity: String,
}

/// A report, in a line.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportLine {
    /// Such as PM-12.
    pub key: String,
    /// What it is about.
    pub title: String,
    /// DRAFT, IN_REVIEW, PUBLISHED or ARCHIVED.
    pub status: String,
    /// RESTRICTED or ORGANIZATION.
    pub visibility: String,
}

/// A recommendation in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemRow {
    /// Such as REC-40.
    pub key: String,
    /// In a line.
    pub title: String,
    /// Where it stands.
    pub status: String,
    /// P0 to P4.
    pub priority: String,
    /// What it is meant to do.
    pub kind: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// How late, in days; 0 when it is not.
    pub days_overdue: i64,
    /// Who does it.
    pub owner: Option<Named>,
    /// Whose it is.
    pub team: Option<Choice>,
    /// After what.
    pub incident: IncidentLine,
}

/// A report in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportRow {
    /// Its key, title and status.
    #[serde(flatten)]
    pub line: ReportLine,
    /// By when it is to be published.
    pub due_on: Option<NaiveDate>,
    /// How late, in days; 0 when it is not.
    pub days_overdue: i64,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Who writes it.
    pub owner: Option<Named>,
    /// Whose it is.
    pub team: Option<Choice>,
    /// On what.
    pub incident: IncidentLine,
}

/// An incident in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentRow {
    /// Its key, title and severity.
    #[serde(flatten)]
    pub line: IncidentLine,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it lasted; none when that is not known.
    pub time_to_resolve_seconds: Option<i64>,
    /// Whether a report is required on it.
    pub requires_report: bool,
    /// Whose it is.
    pub team: Option<Choice>,
    /// The reports on it.
    pub reports: Listed<ReportLine>,
}

/// A root cause in a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseRow {
    /// The global id.
    pub id: String,
    /// In a line.
    pub title: String,
    /// What part it played.
    pub role: String,
    /// What has become of it.
    pub coverage: String,
    /// Its kind.
    pub category: Option<Choice>,
    /// How it stood to earlier work, when it came back.
    pub recurrence_kind: Option<String>,
    /// Where it was found.
    pub report: ReportLine,
}

/// A recommendation on the map.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemMark {
    /// Such as REC-40.
    pub key: String,
    /// In a line.
    pub title: String,
    /// Where it stands.
    pub status: String,
}

/// A root cause with what treats it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TreatedCause {
    /// The cause.
    #[serde(flatten)]
    pub row: CauseRow,
    /// What treats it.
    pub recommendations: Listed<ItemMark>,
}

/// What somebody said.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Who; none when they are gone.
    pub author: Option<Named>,
    /// In Markdown.
    pub body: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Something that happened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// Such as recommendation.accepted.
    pub r#type: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// By whom.
    pub actor: Option<Named>,
}

/// What is still lacking.
#[derive(Debug, Deserialize)]
pub struct Finding {
    /// ERROR or WARNING.
    pub level: String,
    /// What to do.
    pub message: String,
}
