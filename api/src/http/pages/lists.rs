//! The lists.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::desk::{Desk, Offered, Trouble};
use crate::{
    pages::{
        filters::Filters,
        frame::Frame,
        lists,
        values::{Choices, Listed},
    },
    people::queries::user_by_email,
    platform::error::Error,
};

const RECOMMENDATIONS: &str = concat!(
    include_str!("queries/recommendations.graphql"),
    include_str!("queries/rows.graphql"),
);
const REPORTS: &str = concat!(
    include_str!("queries/reports.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/report_rows.graphql"),
);
const INCIDENTS: &str = concat!(
    include_str!("queries/incidents.graphql"),
    include_str!("queries/report_line.graphql"),
);
const CAUSES: &str = concat!(
    include_str!("queries/causes.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/cause_rows.graphql"),
);

const ROWS: u32 = 50;

#[derive(Deserialize)]
struct Found<T> {
    found: Listed<T>,
    #[serde(flatten)]
    offered: Offered,
}

/// The order of the schema for a name in the address; none: its own.
fn order(filters: &Filters, orders: &[(&'static str, &str)]) -> Result<Value, Error> {
    let names: Vec<&'static str> = orders.iter().map(|(name, _)| *name).collect();
    let Some(name) = filters.one("sort", &names)?.or(names.first().copied()) else {
        return Ok(Value::Null);
    };
    let field = match name.trim_start_matches('-') {
        "due" => "DUE_ON",
        "priority" => "PRIORITY",
        "updated" => "UPDATED_AT",
        "completed" => "COMPLETED_AT",
        "published" => "PUBLISHED_AT",
        "started" => "STARTED_AT",
        "severity" => "SEVERITY",
        _ => "CREATED_AT",
    };
    let direction = if name.starts_with('-') { "DESC" } else { "ASC" };
    Ok(json!({ "field": field, "direction": direction }))
}

/// Refuses the address of nobody. Unlike a team, a person is not offered to choose from.
async fn check_owner(desk: &Desk<'_>, filters: &Filters) -> Result<(), Error> {
    let named = filters.get("owner").filter(|owner| !["me", "none"].contains(owner));
    if let Some(email) = named
        && user_by_email(&desk.session.db, email).await?.is_none()
    {
        let sentence = "Nobody has this e-mail address; “owner” takes an address, “me”, or “none”.";
        return Err(Error::invalid("owner", "UNKNOWN_FILTER", sentence));
    }
    Ok(())
}

async fn list<T: DeserializeOwned>(
    desk: &Desk<'_>,
    document: &str,
    (filters, filter): (Filters, Value),
    order_by: Value,
    page: impl FnOnce(&Frame, &Filters, &Choices, &Listed<T>) -> String,
) -> Result<String, Trouble> {
    check_owner(desk, &filters).await?;
    let (after, before) = (filters.get("after"), filters.get("before"));
    let variables = json!({
        "filter": filter,
        "orderBy": order_by,
        "first": before.is_none().then_some(ROWS),
        "after": after,
        "last": before.map(|_| ROWS),
        "before": before,
    });
    let found: Found<T> = desk.ask(document, variables).await?;
    let choices = desk.choices(found.offered).await?;
    filters.check(&choices)?;
    Ok(page(&desk.frame, &filters, &choices, &found.found))
}

pub(super) async fn recommendations(desk: &Desk<'_>) -> Result<String, Trouble> {
    let filters = desk.filters(&lists::items::FILTERS)?;
    let filter = filters.items(desk.frame.now)?;
    let order = order(&filters, &lists::items::ORDERS)?;
    list(desk, RECOMMENDATIONS, (filters, filter), order, lists::items::page).await
}

pub(super) async fn reports(desk: &Desk<'_>) -> Result<String, Trouble> {
    let filters = desk.filters(&lists::reports::FILTERS)?;
    let filter = filters.reports()?;
    let order = order(&filters, &lists::reports::ORDERS)?;
    list(desk, REPORTS, (filters, filter), order, lists::reports::page).await
}

pub(super) async fn incidents(desk: &Desk<'_>) -> Result<String, Trouble> {
    let filters = desk.filters(&lists::incidents::FILTERS)?;
    let filter = filters.incidents()?.into();
    let order = order(&filters, &lists::incidents::ORDERS)?;
    list(desk, INCIDENTS, (filters, filter), order, lists::incidents::page).await
}

pub(super) async fn causes(desk: &Desk<'_>) -> Result<String, Trouble> {
    let filters = desk.filters(&lists::causes::FILTERS)?;
    let filter = filters.causes()?;
    let order = order(&filters, &[])?;
    list(desk, CAUSES, (filters, filter), order, lists::causes::page).await
}
