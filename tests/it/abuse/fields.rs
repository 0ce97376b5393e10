//! A text that would do something anywhere, in every field that takes one; then all that leaves the service is looked at.

use std::collections::BTreeMap;

use postmortem_tests::{Engine, Receiver, TestApp};
use serde_json::{Value, json};

use super::{
    inputs::{Inputs, Text},
    told,
};
use crate::authz_matrix::{
    mutations::ROWS,
    settings,
    stage::{On, Stage, Who},
};

/// A formula, markup, an attribute, a link that runs, and those whom chats call; in one line.
pub const LINE: &str =
    "=1+1 <script>alert(1)</script>\" onload=\"alert(1)\" ' [a](javascript:alert(1)) <!here> @everyone; =2+2";
/// As much of it as finds room in a label.
pub const SHORT: &str = "=<script>alert(1)</script>\"'";
/// Lines of a calendar, of a header and of a table beside all that.
pub const LINES: &str = "=1+1 <script>alert(1)</script>\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nX-HEADER: 1\r\n\r\n# Top\n\n[a](javascript:alert(1)) \
    ![p](https://attacker.example/p.png) <img src=x onerror=alert(1)> <a href=\"javascript:alert(1)\" onclick=\"alert(1)\">x</a>\n\n\
    | a |\n|---|\n| <b onmouseover=alert(1)>c</b> |\n\n</title></style></textarea><svg onload=alert(1)>\n\n- [ ] <!channel> @here\n";
/// Nothing of it is left out or written otherwise by a parser of links.
pub const LINK: &str = "https://attacker.example/\"><script>alert(1)</script>?a='<b>&b=1";

fn hostile(scalar: &str) -> &'static [&'static str] {
    match scalar {
        "Markdown" => &[LINES],
        "URL" => &[LINK],
        // What does not take several lines takes one, and what does not take a long one takes a short one.
        _ => &[LINES, LINE, SHORT],
    }
}

/// Texts that have a form of their own, so that none of these can be one.
const OF_A_FORM: &[(&str, &str)] = &[
    // The name of a currency, and a reason that needs a date beside it, which changeDueDate has.
    ("createReport", "impact.currency"),
    ("updateReport", "impact.currency"),
    ("bulkUpdateRecommendations", "patch.dueReason"),
    // A reference names one incident, and those are taken by createIncident.
    ("updateIncident", "externalRefs.system"),
    ("updateIncident", "externalRefs.url"),
    // The words of GitHub for its statuses.
    ("createTrackerConnection", "statusMap.external"),
    ("updateTrackerConnection", "statusMap.external"),
    ("createService", "slug"),
    ("createTeam", "slug"),
    ("createUser", "email"),
    ("createTrackerConnection", "baseUrl"),
    ("createTrackerConnection", "project"),
    ("createWebhookEndpoint", "eventTypes"),
    ("createWebhookEndpoint", "url"),
    ("linkIdentity", "issuer"),
    ("linkTrackerIssue", "url"),
    ("updateService", "slug"),
    ("updateTeam", "slug"),
    ("updateWebhookEndpoint", "eventTypes"),
    ("updateWebhookEndpoint", "url"),
];

/// Whether things can be used again after a change of this kind.
fn stays(on: On) -> bool {
    matches!(on, On::Nothing | On::Draft | On::Webhook | On::Connection | On::Feed)
}

/// Tries each text of each mutation. Says which were not taken, and why.
async fn spread(app: &TestApp, stage: &Stage<'_>) -> (usize, BTreeMap<String, String>) {
    let inputs = Inputs::new();
    let (mut taken, mut refused) = (0, BTreeMap::new());
    for row in ROWS {
        let kind = format!("{}{}Input", row.name[..1].to_uppercase(), &row.name[1..]);
        let mut things = stage.things(row.on, false).await;
        for Text { path, scalar } in inputs.texts(&kind) {
            let mut problem = None;
            for text in hostile(&scalar) {
                let mut input = row.good(stage, &things);
                inputs.with(&kind, &mut input, &path, text, &stage.target.id);
                // What is for those who do it is not for admins.
                let mut answer = app
                    .mutate(stage.user(Who::Admin), row.name, input.clone(), "__typename")
                    .await;
                // Some of it only those may who do the work, lead, or wrote the report.
                for who in [Who::Author, Who::Member, Who::Lead] {
                    if !answer.is_ok() && answer.code() == "FORBIDDEN" {
                        answer = app.mutate(stage.user(who), row.name, input.clone(), "__typename").await;
                    }
                }
                assert!(answer.status.as_u16() < 500, "{} {path:?}: {:#}", row.name, answer.body);
                if answer.is_ok() {
                    problem = None;
                    taken += 1;
                    if !stays(row.on) {
                        things = stage.things(row.on, false).await;
                    }
                    break;
                }
                assert_ne!(answer.code(), "INTERNAL", "{} {path:?}: {:#}", row.name, answer.body);
                problem = Some(answer.message().to_owned());
            }
            if let Some(problem) = problem {
                refused.insert(format!("{}.{}", row.name, path.join(".")), problem);
            }
        }
    }
    (taken, refused)
}

async fn no_text_does_anything_anywhere(engine: Engine) {
    let app = TestApp::with_settings(engine, settings).await;
    spread_and_look(&app).await;
    app.finish().await;
}

async fn spread_and_look(app: &TestApp) {
    let stage = Stage::set(app).await;
    let admin = stage.user(Who::Admin).clone();
    let receivers: Vec<Receiver> = (0..4).map(|_| Receiver::new()).collect();
    for (receiver, format) in receivers.iter().zip(["STANDARD", "SLACK", "TEAMS", "DISCORD"]) {
        app.endpoint(&admin, receiver, json!({ "format": format })).await;
    }
    let (taken, refused) = spread(app, &stage).await;
    let unknown: Vec<_> = refused
        .iter()
        .filter(|(name, _)| {
            !OF_A_FORM
                .iter()
                .any(|(mutation, field)| **name == format!("{mutation}.{field}"))
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "these were not tried: say in OF_A_FORM why, or help them: {unknown:#?}"
    );
    assert!(taken > 60, "{taken} texts were taken");

    told::pages(app, &admin).await;
    told::tables(app, &admin).await;
    told::documents(app, &admin).await;
    told::metrics(app).await;
    let team = stage.team.clone();
    told::calendars(app, stage.user(Who::Member), &team).await;
    app.send_webhooks().await;
    let bodies: Vec<Vec<Value>> = receivers
        .iter()
        .map(|receiver| receiver.received().iter().map(|request| request.json()).collect())
        .collect();
    told::chats(&bodies);
}

#[actix_web::test]
async fn no_text_does_anything_anywhere_on_sqlite() {
    no_text_does_anything_anywhere(Engine::Sqlite).await;
}

#[actix_web::test]
async fn no_text_does_anything_anywhere_on_postgres() {
    no_text_does_anything_anywhere(Engine::Postgres).await;
}
