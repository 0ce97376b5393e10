//! The lists that can be exported: their parameters, their columns, and their pages.

use chrono::NaiveDate;
use entity::{
    enums::{Priority, RecommendationKind, RecommendationStatus, ReportStatus, Severity},
    recommendation, report,
};
use sea_orm::{QueryFilter, Select};

use super::{
    cells::Cell,
    parameters::{Asked, Named, Parameter, Takes, input, listed, parameter, read},
};
use crate::{
    auth::{Session, scope},
    graphql::filters::FilterEnv,
    people::queries::{known_emails, service_slugs, team_slugs},
    platform::{
        db::Snapshot,
        error::Error,
        keys::KeyKind,
        page::{Cursor, Order, PageArgs},
    },
    recommendations::queries::{
        self as recommendations, RecommendationFilter, RecommendationOrder, flat::FlatRecommendation,
    },
    reports::queries::{
        filter::{self as reports, ReportFilter, ReportOrder},
        flat::{self, FlatReport},
    },
    root_causes::queries::category_slugs,
};

/// How many rows are read at a time.
const ROWS: u64 = 500;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Recommendations,
    Reports,
}

impl Kind {
    /// What its files are called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Recommendations => "recommendations",
            Self::Reports => "reports",
        }
    }
}

/// The list of this name.
pub(super) fn named(name: &str) -> Option<Kind> {
    [Kind::Recommendations, Kind::Reports]
        .into_iter()
        .find(|kind| kind.name() == name)
}

macro_rules! values {
    ($kind:ident) => {
        || $kind::ALL.iter().map(|value| value.as_str()).collect()
    };
    ($kind:ident, open) => {
        || $kind::OPEN.iter().map(|value| value.as_str()).collect()
    };
}

/// What recommendations are chosen by.
const OF_RECOMMENDATIONS: &[Parameter] = &[
    parameter("key", &["key"], Takes::Keys(KeyKind::Recommendation)),
    parameter(
        "status",
        &["status"],
        Takes::OneOf(
            values!(RecommendationStatus),
            &[("OPEN", values!(RecommendationStatus, open))],
        ),
    ),
    parameter("kind", &["kind"], Takes::OneOf(values!(RecommendationKind), &[])),
    parameter("priority", &["priority"], Takes::OneOf(values!(Priority), &[])),
    parameter("isOpen", &["isOpen"], Takes::Flag),
    parameter("isOverdue", &["isOverdue"], Takes::Flag),
    parameter("owner", &["owner"], Takes::People),
    parameter("team", &["team"], Takes::Teams),
    parameter("dueOn", &["dueOn", "eq"], Takes::Day),
    parameter("dueBefore", &["dueOn", "lt"], Takes::Day),
    parameter("dueSince", &["dueOn", "gte"], Takes::Day),
    parameter("hasDueDate", &["dueOn"], Takes::Exists),
    parameter("createdBefore", &["createdAt", "lt"], Takes::Instant),
    parameter("createdSince", &["createdAt", "gte"], Takes::Instant),
    parameter("acceptedBefore", &["acceptedAt", "lt"], Takes::Instant),
    parameter("acceptedSince", &["acceptedAt", "gte"], Takes::Instant),
    parameter("completedBefore", &["completedAt", "lt"], Takes::Instant),
    parameter("completedSince", &["completedAt", "gte"], Takes::Instant),
    parameter("title", &["title"], Takes::Text),
    parameter("label", &["label"], Takes::Texts),
    parameter("report", &["report", "key"], Takes::Keys(KeyKind::Report)),
    parameter("incident", &["incident", "key"], Takes::Keys(KeyKind::Incident)),
    parameter(
        "severity",
        &["incident", "severity"],
        Takes::OneOf(values!(Severity), &[]),
    ),
    parameter("service", &["incident", "service"], Takes::Services),
    parameter("category", &["rootCause", "category"], Takes::Categories),
    parameter("hasTrackerLink", &["hasTrackerLink"], Takes::Flag),
];

const RECOMMENDATION_ORDERS: &[&str] = &["DUE_ON", "CREATED_AT", "UPDATED_AT", "PRIORITY", "COMPLETED_AT"];

/// What reports are chosen by.
const OF_REPORTS: &[Parameter] = &[
    parameter("key", &["key"], Takes::Keys(KeyKind::Report)),
    parameter(
        "status",
        &["status"],
        Takes::OneOf(values!(ReportStatus), &[("OPEN", values!(ReportStatus, open))]),
    ),
    parameter("isOverdue", &["isOverdue"], Takes::Flag),
    parameter("owner", &["owner"], Takes::People),
    parameter("team", &["team"], Takes::Teams),
    parameter("dueOn", &["dueOn", "eq"], Takes::Day),
    parameter("dueBefore", &["dueOn", "lt"], Takes::Day),
    parameter("dueSince", &["dueOn", "gte"], Takes::Day),
    parameter("hasDueDate", &["dueOn"], Takes::Exists),
    parameter("publishedBefore", &["publishedAt", "lt"], Takes::Instant),
    parameter("publishedSince", &["publishedAt", "gte"], Takes::Instant),
    parameter("createdBefore", &["createdAt", "lt"], Takes::Instant),
    parameter("createdSince", &["createdAt", "gte"], Takes::Instant),
    parameter("title", &["title"], Takes::Text),
    parameter("label", &["label"], Takes::Texts),
    parameter("incident", &["incident", "key"], Takes::Keys(KeyKind::Incident)),
    parameter(
        "severity",
        &["incident", "severity"],
        Takes::OneOf(values!(Severity), &[]),
    ),
    parameter("service", &["incident", "service"], Takes::Services),
];

const REPORT_ORDERS: &[&str] = &["DUE_ON", "CREATED_AT", "UPDATED_AT", "PUBLISHED_AT"];

/// Which rows of a list, and how far they have been read.
pub(super) struct List {
    which: Which,
    after: Option<Cursor>,
    today: NaiveDate,
}

enum Which {
    Recommendations(Box<Select<recommendation::Entity>>, Order<recommendation::Entity>),
    Reports(Box<Select<report::Entity>>, Order<report::Entity>),
}

/// Rows as cells.
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) is_last: bool,
}

/// What a query string asks for, in the scope of whoever asks.
pub(super) async fn select(session: &Session, kind: Kind, query: &str) -> Result<List, Error> {
    let which = match kind {
        Kind::Recommendations => {
            let asked = read(query, OF_RECOMMENDATIONS, RECOMMENDATION_ORDERS)?;
            check_names(session, &asked).await?;
            let filter: RecommendationFilter = input("filter", &asked.filter)?;
            let order = asked
                .order
                .as_ref()
                .map(|order| input::<RecommendationOrder>("orderBy", order));
            let condition = FilterEnv::new(session).all_of(Some(&filter))?;
            let select = scope::recommendations(&session.viewer).filter(condition);
            Which::Recommendations(Box::new(select), recommendations::order(order.transpose()?))
        }
        Kind::Reports => {
            let asked = read(query, OF_REPORTS, REPORT_ORDERS)?;
            check_names(session, &asked).await?;
            let filter: ReportFilter = input("filter", &asked.filter)?;
            let order = asked.order.as_ref().map(|order| input::<ReportOrder>("orderBy", order));
            let select = reports::listed(&FilterEnv::new(session), Some(&filter))?;
            Which::Reports(Box::new(select), reports::order(order.transpose()?))
        }
    };
    Ok(List {
        which,
        after: None,
        today: session.today(),
    })
}

/// A name that nobody has is a slip: the export would be empty, and look as if all were well.
async fn check_names(session: &Session, asked: &Asked) -> Result<(), Error> {
    for named in &asked.named {
        let (place, names, known) = match named {
            Named::Teams(slugs) => ("team", slugs, team_slugs(&session.db).await?),
            Named::Services(slugs) => ("service", slugs, service_slugs(&session.db).await?),
            Named::Categories(slugs) => ("category", slugs, category_slugs(&session.db).await?),
            Named::Users(addresses) => ("owner", addresses, known_emails(&session.db, addresses).await?),
        };
        let Some(name) = names.iter().find(|name| !known.contains(name)) else {
            continue;
        };
        let known = listed(&known);
        let message = match named {
            Named::Teams(_) => format!("There is no team {name:?}; there are {known}, and mine and none."),
            Named::Services(_) => format!("There is no service {name:?}; there are {known}."),
            Named::Categories(_) => format!("There is no category {name:?}; there are {known}."),
            Named::Users(_) => {
                format!("There is nobody with the address {name:?}; owner is an address of a user, me or none.")
            }
        };
        return Err(Error::invalid(place, "UNKNOWN_VALUE", message));
    }
    Ok(())
}

impl List {
    pub(super) fn columns(&self) -> Vec<&'static str> {
        match self.which {
            Which::Recommendations(..) => RECOMMENDATION_COLUMNS.to_vec(),
            Which::Reports(..) => REPORT_COLUMNS.to_vec(),
        }
    }

    /// The rows after those that have been read.
    pub(super) async fn next_page(&mut self, db: &Snapshot, session: &Session) -> Result<Rows, Error> {
        let args = PageArgs {
            limit: ROWS,
            backward: false,
            after: self.after.take(),
            before: None,
        };
        let public_url = &session.app.settings.public_url;
        let (rows, last, has_next) = match &self.which {
            Which::Recommendations(select, order) => {
                let page = recommendations::flat::flat(&**db, session, (**select).clone(), *order, &args).await?;
                let last = page.rows.last().map(|(place, _)| place.clone());
                let cells = page
                    .rows
                    .into_iter()
                    .map(|(_, flat)| of_recommendation(flat, self.today, public_url));
                (cells.collect(), last, page.has_next)
            }
            Which::Reports(select, order) => {
                let page = flat::flat(&**db, session, (**select).clone(), *order, &args).await?;
                let last = page.rows.last().map(|(place, _)| place.clone());
                let cells = page
                    .rows
                    .into_iter()
                    .map(|(_, flat)| of_report(flat, self.today, public_url));
                (cells.collect(), last, page.has_next)
            }
        };
        self.after = last;
        Ok(Rows {
            rows,
            is_last: !has_next,
        })
    }
}

/// The days since something open was due; 0 unless it is overdue.
fn days_overdue(is_open: bool, due_on: Option<NaiveDate>, today: NaiveDate) -> i64 {
    let late = due_on.filter(|due| is_open && *due < today);
    late.map_or(0, |due| (today - due).num_days())
}

const RECOMMENDATION_COLUMNS: &[&str] = &[
    "key",
    "title",
    "status",
    "kind",
    "priority",
    "severity",
    "owner_name",
    "owner_email",
    "team",
    "due_on",
    "original_due_on",
    "is_overdue",
    "days_overdue",
    "report_key",
    "incident_key",
    "root_causes",
    "labels",
    "closure_reason",
    "created_at",
    "accepted_at",
    "implemented_at",
    "completed_at",
    "verified_at",
    "updated_at",
    "url",
];

fn of_recommendation(flat: FlatRecommendation, today: NaiveDate, public_url: &str) -> Vec<Cell> {
    let row = flat.row;
    let late = days_overdue(row.status.is_open(), row.due_on, today);
    vec![
        Cell::word(&row.key),
        Cell::Text(row.title),
        Cell::word(row.status),
        Cell::word(row.kind),
        Cell::word(row.priority),
        Cell::word(flat.severity),
        Cell::text(flat.owner_name),
        Cell::text(flat.owner_email),
        Cell::text(flat.team),
        Cell::day(row.due_on),
        Cell::day(row.original_due_on),
        Cell::Flag(late > 0),
        Cell::Number(late),
        Cell::word(flat.report_key),
        Cell::word(flat.incident_key),
        Cell::Texts(flat.root_causes),
        Cell::Texts(flat.labels),
        row.closure_reason.map_or(Cell::Nothing, Cell::word),
        Cell::Instant(row.created_at),
        Cell::instant(row.accepted_at),
        Cell::instant(row.implemented_at),
        Cell::instant(row.completed_at),
        Cell::instant(row.verified_at),
        Cell::Instant(row.updated_at),
        Cell::Word(format!("{public_url}/recommendations/{}", row.key)),
    ]
}

const REPORT_COLUMNS: &[&str] = &[
    "key",
    "title",
    "status",
    "severity",
    "owner_name",
    "owner_email",
    "team",
    "due_on",
    "original_due_on",
    "is_overdue",
    "days_overdue",
    "incident_key",
    "incident_started_at",
    "labels",
    "customers_affected",
    "requests_failed",
    "downtime_seconds",
    "cost_minor_units",
    "currency",
    "created_at",
    "published_at",
    "updated_at",
    "url",
];

fn of_report(flat: FlatReport, today: NaiveDate, public_url: &str) -> Vec<Cell> {
    let row = flat.row;
    let late = days_overdue(row.status.is_open(), row.due_on, today);
    vec![
        Cell::word(&row.key),
        Cell::Text(row.title),
        Cell::word(row.status),
        Cell::word(flat.severity),
        Cell::text(flat.owner_name),
        Cell::text(flat.owner_email),
        Cell::text(flat.team),
        Cell::day(row.due_on),
        Cell::day(row.original_due_on),
        Cell::Flag(late > 0),
        Cell::Number(late),
        Cell::word(flat.incident_key),
        Cell::Instant(flat.started_at),
        Cell::Texts(flat.labels),
        Cell::number(row.customers_affected),
        Cell::number(row.requests_failed),
        Cell::number(row.downtime_seconds),
        Cell::number(row.cost_minor_units),
        row.currency.map_or(Cell::Nothing, Cell::word),
        Cell::Instant(row.created_at),
        Cell::instant(row.published_at),
        Cell::Instant(row.updated_at),
        Cell::Word(format!("{public_url}/reports/{}", row.key)),
    ]
}
