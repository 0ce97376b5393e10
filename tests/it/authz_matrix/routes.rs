//! Every address that is no operation of GraphQL as everybody: a second table, made and checked in like the first.

use std::{collections::BTreeSet, fs, path::Path};

use actix_web::{http::Method, test::TestRequest};
use postmortem_tests::{Engine, TestApp};
use serde_json::json;

use super::{
    line,
    stage::{EVERYBODY, Stage, Who},
};

/// A template of a path as the server has it; and what is asked, where `OPEN` or `SECRET` is the key of a report.
struct Row {
    template: &'static str,
    method: Method,
    asked: &'static [&'static str],
}

const fn get(template: &'static str, asked: &'static [&'static str]) -> Row {
    Row {
        template,
        method: Method::GET,
        asked,
    }
}

const fn post(template: &'static str, asked: &'static [&'static str]) -> Row {
    Row {
        template,
        method: Method::POST,
        asked,
    }
}

const ROWS: &[Row] = &[
    get("/healthz", &["/healthz"]),
    get("/readyz", &["/readyz"]),
    get("/.well-known/jwks.json", &["/.well-known/jwks.json"]),
    get("/events/schemas", &["/events/schemas"]),
    get("/events/schemas/{name}", &["/events/schemas/incident.created.v1.json"]),
    get("/metrics", &["/metrics"]),
    get("/login", &["/login"]),
    post("/login", &["/login"]),
    get("/login/style.css", &["/login/style.css"]),
    get("/login/token.js", &["/login/token.js"]),
    get("/login/oidc/{place}", &["/login/oidc/7"]),
    get("/login/callback", &["/login/callback"]),
    post("/logout", &["/logout"]),
    get("/graphiql", &["/graphiql"]),
    get("/graphiql/{file}", &["/graphiql/nothing"]),
    post("/graphql", &["/graphql"]),
    get("/graphql", &["/graphql?query=%7Bviewer%7Bname%7D%7D"]),
    post("/hooks/trackers/{connection}", &["/hooks/trackers/CONNECTION"]),
    get("/calendar/{file}", &["/calendar/pmcal_nothing.ics"]),
    get(
        "/export/{file}",
        &["/export/recommendations.csv", "/export/reports.ndjson"],
    ),
    get(
        "/export/reports/{name}",
        &[
            "/export/reports/OPEN.md",
            "/export/reports/SECRET.md",
            "/export/reports/SECRET.html",
        ],
    ),
    // What nothing else serves: the pages.
    get("", &["/", "/reports", "/reports/OPEN", "/reports/SECRET", "/nothing"]),
];

/// The templates that the server has, by its source.
fn served() -> BTreeSet<String> {
    fn sources(folder: &Path, found: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("tests") {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push_str(&fs::read_to_string(path).expect("a source"));
            }
        }
    }
    let mut text = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/src/http"),
        &mut text,
    );
    let mut found = BTreeSet::new();
    for before in [".route(", "web::resource(", "web::redirect("] {
        let templates = text.split(before).skip(1).filter_map(|rest| {
            let (template, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            template
                .starts_with('/')
                .then(|| template.trim_end_matches('/').to_owned())
        });
        found.extend(templates);
    }
    found
}

#[test]
fn every_route_has_a_row() {
    let served = served();
    assert!(served.len() >= 18, "{served:?}");
    let missing: Vec<_> = served
        .iter()
        .filter(|template| !ROWS.iter().any(|row| row.template == template.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "give each of these routes a row in {}: {missing:?}",
        file!()
    );
    let gone: Vec<_> = ROWS
        .iter()
        .map(|row| row.template)
        .filter(|template| !template.is_empty() && !served.contains(*template))
        .collect();
    assert!(gone.is_empty(), "these routes are gone: {gone:?}");
}

async fn key(app: &TestApp, stage: &Stage<'_>, report: &str) -> String {
    let shown = app.show(stage.user(Who::Author), "report", report, "key").await;
    shown["key"].as_str().expect("a key").to_owned()
}

async fn table(engine: Engine) -> String {
    let app = TestApp::with_settings(engine, super::settings).await;
    let stage = Stage::set(&app).await;
    let [open, secret] = [&stage.lasting[0].report, &stage.lasting[1].report];
    let (open, secret) = (key(&app, &stage, open).await, key(&app, &stage, secret).await);
    let title = json!({ "id": stage.lasting[1].report, "title": "Vault opened" });
    app.mutate(stage.user(Who::Author), "updateReport", title, "report { id }")
        .await
        .data();
    let mut table = String::new();
    line(&mut table, "", &EVERYBODY.map(|who| who.label().to_owned()));
    for row in ROWS {
        for asked in row.asked {
            let path = asked
                .replace("OPEN", &open)
                .replace("SECRET", &secret)
                .replace("CONNECTION", &stage.connection);
            let mut cells = Vec::new();
            for who in EVERYBODY {
                let mut request = TestRequest::with_uri(&path).method(row.method.clone());
                if let Some(token) = stage.token(who) {
                    request = request.insert_header(("Authorization", format!("Bearer {token}")));
                }
                if row.method == Method::POST {
                    request = request
                        .insert_header(("Content-Type", "application/json"))
                        .set_payload(r#"{"query":"{viewer{name}}"}"#);
                }
                let reply = app.send(request).await;
                let tells = if reply.body.to_lowercase().contains("vault") {
                    " secret"
                } else {
                    ""
                };
                cells.push(format!("{}{tells}", reply.status.as_u16()));
            }
            line(&mut table, &format!("{} {asked}", row.method), &cells);
        }
    }
    app.finish().await;
    table
}

fn check(table: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    settings.set_description(
        "Who may open what, made by asking every address as everybody (tests/it/authz_matrix/routes.rs): the status of the answer, and \
         `secret` where it tells of the RESTRICTED report. OPEN and SECRET are the keys of a report that everybody may see and of one \
         that only who takes part in it, and admins, may.",
    );
    settings.bind(|| insta::assert_snapshot!("authz_routes", table));
}

#[actix_web::test]
async fn the_table_of_routes_is_as_checked_in_on_sqlite() {
    check(&table(Engine::Sqlite).await);
}

#[actix_web::test]
async fn the_table_of_routes_is_as_checked_in_on_postgres() {
    check(&table(Engine::Postgres).await);
}
