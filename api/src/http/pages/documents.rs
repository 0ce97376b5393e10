//! The pages of single things.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::desk::{Desk, Trouble};
use crate::{
    pages::{
        documents::{cause, incident, item, report},
        frame::Frame,
        values::{ItemRow, Listed},
    },
    platform::{error::Error, keys},
};

const RECOMMENDATION: &str = concat!(
    include_str!("queries/recommendation.graphql"),
    include_str!("queries/rows.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/cause_rows.graphql"),
    include_str!("queries/treated.graphql"),
);
const REPORT: &str = concat!(
    include_str!("queries/report.graphql"),
    include_str!("queries/rows.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/report_rows.graphql"),
    include_str!("queries/cause_rows.graphql"),
    include_str!("queries/treated.graphql"),
);
const CAUSE: &str = concat!(
    include_str!("queries/cause.graphql"),
    include_str!("queries/rows.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/cause_rows.graphql"),
    include_str!("queries/treated.graphql"),
);
const INCIDENT: &str = concat!(
    include_str!("queries/incident.graphql"),
    include_str!("queries/rows.graphql"),
    include_str!("queries/report_line.graphql"),
    include_str!("queries/report_rows.graphql"),
);

#[derive(Deserialize)]
struct Found<T> {
    found: Option<T>,
}

#[derive(Deserialize)]
struct FoundIncident {
    found: Option<incident::Incident>,
    recommended: Listed<ItemRow>,
}

async fn find<T: DeserializeOwned>(
    desk: &Desk<'_>,
    what: &str,
    document: &str,
    variables: Value,
) -> Result<T, Trouble> {
    desk.filters(&[])?;
    let found: Found<T> = desk.ask(document, variables).await?;
    Ok(found.found.ok_or_else(|| Error::not_found(what))?)
}

/// Rendering long texts takes milliseconds that the worker's other requests should not wait for.
async fn drawn(desk: &Desk<'_>, draw: impl FnOnce(&Frame) -> String + Send + 'static) -> Result<String, Trouble> {
    let frame = desk.frame.clone();
    let html = tokio::task::spawn_blocking(move || draw(&frame)).await;
    Ok(html.map_err(Error::internal)?)
}

pub(super) async fn recommendation(desk: &Desk<'_>, key: &str) -> Result<String, Trouble> {
    let found: item::Item = find(desk, "recommendation", RECOMMENDATION, json!({ "key": key })).await?;
    drawn(desk, move |frame| item::page(frame, &found)).await
}

pub(super) async fn report(desk: &Desk<'_>, key: &str) -> Result<String, Trouble> {
    let found: report::Report = find(desk, "report", REPORT, json!({ "key": key })).await?;
    drawn(desk, move |frame| report::page(frame, &found)).await
}

pub(super) async fn cause(desk: &Desk<'_>, id: &str) -> Result<String, Trouble> {
    // An id that is none is a page that is none.
    let found: Result<cause::Cause, Trouble> = find(desk, "root cause", CAUSE, json!({ "id": id })).await;
    let found = found.map_err(|trouble| match trouble {
        Trouble::Error(Error::Invalid(_)) if desk.query.is_empty() => Error::not_found("root cause").into(),
        other => other,
    })?;
    drawn(desk, move |frame| cause::page(frame, &found)).await
}

pub(super) async fn incident(desk: &Desk<'_>, key: &str) -> Result<String, Trouble> {
    desk.filters(&[])?;
    let key = keys::normalise(key);
    let variables = json!({ "after": { "incident": { "key": { "eq": key } } }, "key": key });
    let answer: FoundIncident = desk.ask(INCIDENT, variables).await?;
    let found = answer.found.ok_or_else(|| Error::not_found("incident"))?;
    drawn(desk, move |frame| incident::page(frame, &found, &answer.recommended)).await
}
