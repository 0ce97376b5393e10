//! A row for each query: what to ask, and what is looked for in the answer.

use serde_json::{Value, json};

use super::stage::{Stage, Things, Who};

pub struct Row {
    pub name: &'static str,
    /// With `$id`, the thing that is looked for.
    query: &'static str,
    /// What is looked for.
    thing: fn(&Stage<'_>, &Things) -> String,
}

fn report(_: &Stage<'_>, things: &Things) -> String {
    things.report.clone()
}
fn cause(_: &Stage<'_>, things: &Things) -> String {
    things.cause.clone()
}
fn item(_: &Stage<'_>, things: &Things) -> String {
    things.item.clone()
}
fn incident(_: &Stage<'_>, things: &Things) -> String {
    things.incident.clone()
}
fn team(stage: &Stage<'_>, _: &Things) -> String {
    stage.team.clone()
}
fn place(stage: &Stage<'_>, _: &Things) -> String {
    stage.place.clone()
}
fn target(stage: &Stage<'_>, _: &Things) -> String {
    stage.target.id.clone()
}
/// Anything at all.
fn anything(_: &Stage<'_>, _: &Things) -> String {
    "_".to_owned()
}

const fn row(name: &'static str, query: &'static str, thing: fn(&Stage<'_>, &Things) -> String) -> Row {
    Row { name, query, thing }
}

pub const ROWS: &[Row] = &[
    row(
        "actionItems",
        "{ it: actionItems(first: 100) { nodes { id } } }",
        report,
    ),
    row("apiTokens", "{ it: apiTokens { nodes { id } } }", anything),
    row(
        "calendarFeeds",
        "query ($id: ID!) { it: calendarFeeds(ownerId: $id) { nodes { owner { id } } } }",
        |stage, _| stage.user(Who::Author).id.clone(),
    ),
    row("causeCategories", "{ it: causeCategories { id } }", anything),
    row("duePolicies", "{ it: duePolicies { id } }", anything),
    row(
        "events",
        "query ($id: ID!) { it: events(subject: $id) { nodes { subject { id } } } }",
        report,
    ),
    row(
        "followThrough",
        "{ it: followThrough(groupBy: REPORT) { groups { node { id } } } }",
        report,
    ),
    row(
        "followThroughTrend",
        "{ it: followThroughTrend(from: \"2026-01-01\", to: \"2026-12-31\", interval: MONTH) { open } }",
        anything,
    ),
    row(
        "incident",
        "query ($id: ID!) { it: incident(id: $id) { id } }",
        incident,
    ),
    row("incidents", "{ it: incidents(first: 100) { nodes { id } } }", incident),
    row("node", "query ($id: ID!) { it: node(id: $id) { id } }", report),
    row("nodes", "query ($id: ID!) { it: nodes(ids: [$id]) { id } }", cause),
    row(
        "recommendation",
        "query ($id: ID!) { it: recommendation(id: $id) { id } }",
        item,
    ),
    row(
        "recommendations",
        "{ it: recommendations(first: 100) { nodes { id } } }",
        item,
    ),
    row(
        "recurrenceSummary",
        "{ it: recurrenceSummary { recurrences } }",
        anything,
    ),
    row(
        "recurringCauses",
        "{ it: recurringCauses(first: 100) { cause { id } } }",
        anything,
    ),
    row("report", "query ($id: ID!) { it: report(id: $id) { id } }", report),
    row(
        "reportDocument",
        "{ it: reportDocument(key: \"PM-1\") { fileName } }",
        |_, _| "PM-1.md".to_owned(),
    ),
    row("reportFunnel", "{ it: reportFunnel { incidents } }", anything),
    row("reports", "{ it: reports(first: 100) { nodes { id } } }", report),
    row("rootCause", "query ($id: ID!) { it: rootCause(id: $id) { id } }", cause),
    row("rootCauses", "{ it: rootCauses(first: 100) { nodes { id } } }", cause),
    row(
        "search",
        "{ it: search(query: \"report\", first: 100) { nodes { subject { id } } } }",
        report,
    ),
    row("services", "{ it: services(first: 100) { nodes { id } } }", place),
    row("teams", "{ it: teams(first: 100) { nodes { id } } }", team),
    row(
        "trackerConnections",
        "{ it: trackerConnections(first: 100) { nodes { id } } }",
        |stage, _| stage.connection.clone(),
    ),
    row("users", "{ it: users(first: 100) { nodes { id } } }", target),
    row("viewer", "{ it: viewer { __typename } }", anything),
    row("webhookEndpoints", "{ it: webhookEndpoints { __typename } }", anything),
];

impl Row {
    pub async fn cell(&self, stage: &Stage<'_>, who: Who) -> String {
        let things = &stage.lasting[usize::from(who == Who::Outsider)];
        let id = (self.thing)(stage, things);
        let variables = if self.query.contains("$id") {
            json!({ "id": id })
        } else {
            json!({})
        };
        let answer = stage.ask(who, self.query, variables).await;
        if answer.body.get("errors").is_some() {
            return answer.code().to_owned();
        }
        let it: &Value = &answer.body["data"]["it"];
        let shown = it.to_string().contains(&id);
        if shown { "shown" } else { "hidden" }.to_owned()
    }
}
