//! A row for each mutation: what it needs, and an input that nothing is wrong with.

use serde_json::{Value, json};

use super::stage::{ISSUER, On, Stage, Things, Who};

type Input = fn(&Stage<'_>, &Things) -> Value;

pub struct Row {
    pub name: &'static str,
    pub on: On,
    input: Input,
}

const fn row(name: &'static str, on: On, input: Input) -> Row {
    Row { name, on, input }
}

fn report(_: &Stage<'_>, things: &Things) -> Value {
    json!({ "id": things.report })
}
fn item(_: &Stage<'_>, things: &Things) -> Value {
    json!({ "id": things.item })
}
fn reason(_: &Stage<'_>, things: &Things) -> Value {
    json!({ "id": things.item, "reason": "It has to be." })
}
fn other(_: &Stage<'_>, things: &Things) -> Value {
    json!({ "id": things.other })
}

/// A name that nobody has.
fn name(stage: &Stage<'_>) -> String {
    format!("name-{}", stage.app.serial())
}

fn new_incident(stage: &Stage<'_>) -> Value {
    json!({ "title": name(stage), "severity": "SEV3", "startedAt": "2026-03-01T10:00:00Z" })
}

pub const ROWS: &[Row] = &[
    row("acceptRecommendation", On::Item("PROPOSED"), item),
    row(
        "addComment",
        On::Draft,
        |_, things| json!({ "subjectId": things.report, "body": "So it is." }),
    ),
    row(
        "addRootCause",
        On::Draft,
        |_, things| json!({ "reportId": things.report, "title": "A cause", "role": "TRIGGER" }),
    ),
    row(
        "addTimelineEvent",
        On::Draft,
        |_, things| json!({ "reportId": things.report, "occurredAt": "2026-03-01T11:00:00Z", "description": "It rang." }),
    ),
    row(
        "addressRootCauses",
        On::Item("PROPOSED"),
        |_, things| json!({ "id": things.item, "rootCauseIds": [things.cause, things.loose] }),
    ),
    row(
        "anonymizeUser",
        On::Nothing,
        |stage, _| json!({ "id": stage.erased.id }),
    ),
    row("archiveReport", On::Draft, report),
    row(
        "assignRecommendation",
        On::Item("PROPOSED"),
        |stage, things| json!({ "id": things.item, "ownerId": stage.target.id }),
    ),
    row("blockRecommendation", On::Item("ACCEPTED"), reason),
    row(
        "bulkUpdateRecommendations",
        On::Item("PROPOSED"),
        |_, things| json!({ "ids": [things.item], "patch": { "priority": "P3" } }),
    ),
    row(
        "changeDueDate",
        On::Item("ACCEPTED"),
        |stage, things| json!({ "id": things.item, "dueOn": stage.app.day(60), "reason": "It has to be." }),
    ),
    row(
        "createApiToken",
        On::Nothing,
        |stage, _| json!({ "name": name(stage), "scopes": ["READ"] }),
    ),
    row(
        "createCalendarFeed",
        On::Nothing,
        |stage, _| json!({ "name": name(stage) }),
    ),
    row("createIncident", On::Nothing, |stage, _| new_incident(stage)),
    row(
        "createRecommendation",
        On::Draft,
        |_, things| json!({ "rootCauseIds": [things.cause], "title": "Limit the queue", "kind": "PREVENT", "priority": "P2" }),
    ),
    row(
        "createReport",
        On::Nothing,
        |stage, _| json!({ "incident": new_incident(stage) }),
    ),
    row(
        "createService",
        On::Nothing,
        |stage, _| json!({ "slug": name(stage), "name": "A service" }),
    ),
    row(
        "createTeam",
        On::Nothing,
        |stage, _| json!({ "slug": name(stage), "name": "A team" }),
    ),
    row(
        "createUser",
        On::Nothing,
        |stage, _| json!({ "email": format!("{}@example.org", name(stage)), "name": "Somebody" }),
    ),
    row(
        "createTrackerConnection",
        On::Nothing,
        |stage, _| json!({ "kind": "GITHUB", "name": name(stage), "project": "octo/widgets", "token": "t", "isEnabled": false }),
    ),
    row(
        "createTrackerIssue",
        On::Item("ACCEPTED"),
        |stage, things| json!({ "recommendationId": things.item, "connectionId": stage.connection }),
    ),
    row(
        "createWebhookEndpoint",
        On::Nothing,
        |_, _| json!({ "url": "https://hooks.example.org/pm" }),
    ),
    row(
        "declineRecommendation",
        On::Item("PROPOSED"),
        |_, things| json!({ "id": things.item, "reason": "REJECTED", "note": "It has to be." }),
    ),
    row("deleteTrackerConnection", On::Connection, other),
    row("deleteWebhookEndpoint", On::Webhook, other),
    row("implementRecommendation", On::Item("ACCEPTED"), item),
    row(
        "importReport",
        On::Nothing,
        |stage, _| json!({ "markdown": format!("# Outage {}\n", name(stage)) }),
    ),
    row(
        "linkIdentity",
        On::Nothing,
        |stage, _| json!({ "userId": stage.target.id, "issuer": ISSUER, "subject": name(stage) }),
    ),
    row(
        "linkRecurrence",
        On::Draft,
        |_, things| json!({ "rootCauseId": things.cause, "recurrenceOfId": null }),
    ),
    row(
        "linkTrackerIssue",
        On::Item("ACCEPTED"),
        |stage, things| json!({ "recommendationId": things.item, "url": format!("http://127.0.0.1:9/octo/stage/issues/{}", stage.app.serial()) }),
    ),
    row("publishReport", On::Publishable, report),
    row(
        "recordNoAction",
        On::Draft,
        |_, things| json!({ "rootCauseId": things.loose, "reason": "It is rare." }),
    ),
    row(
        "redeliver",
        On::Webhook,
        |_, things| json!({ "endpointId": things.other, "since": "2026-03-02T09:00:00Z" }),
    ),
    row("removeRootCause", On::Draft, |_, things| json!({ "id": things.loose })),
    row(
        "removeTimelineEvent",
        On::Draft,
        |_, things| json!({ "id": things.moment }),
    ),
    row("reopenRecommendation", On::Item("IMPLEMENTED"), reason),
    row("reopenReport", On::InReview, report),
    row(
        "reviewEffectiveness",
        On::Item("VERIFIED"),
        |_, things| json!({ "id": things.item, "outcome": "INCONCLUSIVE" }),
    ),
    row(
        "reviewReport",
        On::InReview,
        |_, things| json!({ "id": things.report, "decision": "APPROVED" }),
    ),
    row("revokeApiToken", On::Token, other),
    row("revokeCalendarFeed", On::Feed, other),
    row("rotateCalendarFeed", On::Feed, other),
    row("rotateWebhookSecret", On::Webhook, other),
    row("sendTestEvent", On::Webhook, other),
    row(
        "setDuePolicies",
        On::Nothing,
        |stage, _| json!({ "policies": [{ "name": name(stage), "appliesTo": "RECOMMENDATION", "dueInDays": 30 }] }),
    ),
    row(
        "setParticipants",
        On::Draft,
        |stage, things| json!({ "id": things.report, "participants": [{ "userId": stage.user(Who::Author).id, "role": "AUTHOR" }] }),
    ),
    // Nothing is in conflict there: who may is told so.
    row(
        "settleTrackerConflict",
        On::Link,
        |_, things| json!({ "id": things.other, "keep": "TRACKER" }),
    ),
    row("startRecommendation", On::Item("ACCEPTED"), item),
    row("submitReport", On::Draft, report),
    row("testTrackerConnection", On::Connection, other),
    row("unlinkIdentity", On::Identity, other),
    row("unlinkTrackerIssue", On::Link, other),
    row(
        "updateIncident",
        On::Draft,
        |stage, things| json!({ "id": things.incident, "title": name(stage) }),
    ),
    row(
        "updateRecommendation",
        On::Item("PROPOSED"),
        |stage, things| json!({ "id": things.item, "title": name(stage) }),
    ),
    row(
        "updateReport",
        On::Draft,
        |stage, things| json!({ "id": things.report, "title": name(stage) }),
    ),
    row(
        "updateRootCause",
        On::Draft,
        |stage, things| json!({ "id": things.cause, "title": name(stage) }),
    ),
    row(
        "updateService",
        On::Nothing,
        |stage, _| json!({ "id": stage.place, "name": name(stage) }),
    ),
    row(
        "updateTeam",
        On::Nothing,
        |stage, _| json!({ "id": stage.team, "name": name(stage) }),
    ),
    row(
        "updateTimelineEvent",
        On::Draft,
        |_, things| json!({ "id": things.moment, "description": "It rang twice." }),
    ),
    row(
        "updateUser",
        On::Nothing,
        |stage, _| json!({ "id": stage.target.id, "name": name(stage) }),
    ),
    row(
        "updateTrackerConnection",
        On::Connection,
        |stage, things| json!({ "id": things.other, "name": name(stage) }),
    ),
    row(
        "updateWebhookEndpoint",
        On::Webhook,
        |stage, things| json!({ "id": things.other, "description": name(stage) }),
    ),
    row("verifyRecommendation", On::Item("IMPLEMENTED"), item),
];

impl Row {
    /// An input that nothing is wrong with.
    pub fn good(&self, stage: &Stage<'_>, things: &Things) -> Value {
        (self.input)(stage, things)
    }

    pub async fn cell(&self, stage: &Stage<'_>, who: Who, things: &Things) -> String {
        let kind = format!("{}{}", self.name[..1].to_uppercase(), &self.name[1..]);
        let query = format!(
            "mutation ($input: {kind}Input!) {{ {}(input: $input) {{ __typename }} }}",
            self.name
        );
        let input = self.good(stage, things);
        let answer = stage.ask(who, &query, json!({ "input": input })).await;
        match answer.body.get("errors") {
            None => "ok".to_owned(),
            // What is wrong with the input, such as a cause that is unknown to whoever may not see it.
            Some(_) => match answer.problems().first() {
                Some((_, problem)) => problem.clone(),
                None => answer.code().to_owned(),
            },
        }
    }
}
