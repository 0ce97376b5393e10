//! Every query and mutation as everybody: a table that is made by running them, and checked in.
//!
//! The rows are in `queries` and `mutations`; an operation of the schema without a row fails. To change a cell on purpose,
//! run the test with `INSTA_UPDATE=always` and look at the difference of `snapshots/authz_matrix.snap`.

pub mod mutations;
mod queries;
mod routes;
pub mod stage;

use std::fmt::Write;

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use postmortem_api::schema::sdl;
use postmortem_tests::{Engine, TestApp};

pub use self::stage::settings;
use self::stage::{EVERYBODY, Stage, Who};

/// The root fields of the served schema.
fn served(root: &str) -> Vec<String> {
    let document = parse_schema(sdl()).expect("a readable schema");
    let definition = document
        .definitions
        .into_iter()
        .find_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == root => Some(definition.node),
            _ => None,
        });
    match definition.expect("the root type").kind {
        TypeKind::Object(object) => object
            .fields
            .into_iter()
            .map(|field| field.node.name.node.to_string())
            .collect(),
        _ => panic!("{root} is no object"),
    }
}

#[test]
fn every_operation_has_a_row() {
    let rows: Vec<&str> = queries::ROWS.iter().map(|row| row.name).collect();
    let missing: Vec<String> = served("Query")
        .into_iter()
        .filter(|name| !rows.contains(&name.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "give each of these queries a row in tests/it/authz_matrix/queries.rs: {missing:?}"
    );
    let rows: Vec<&str> = mutations::ROWS.iter().map(|row| row.name).collect();
    let missing: Vec<String> = served("Mutation")
        .into_iter()
        .filter(|name| !rows.contains(&name.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "give each of these mutations a row in tests/it/authz_matrix/mutations.rs: {missing:?}"
    );
}

fn line(table: &mut String, name: &str, cells: &[String]) {
    let mut text = format!("{name:<36}");
    for cell in cells {
        let _ = write!(text, " {cell:<15}");
    }
    table.push_str(text.trim_end());
    table.push('\n');
}

async fn table(engine: Engine) -> String {
    let app = TestApp::with_settings(engine, settings).await;
    let table = run(&app).await;
    app.finish().await;
    table
}

/// Runs everything as everybody.
pub async fn run(app: &TestApp) -> String {
    let stage = Stage::set(app).await;
    let mut table = String::new();
    line(&mut table, "", &EVERYBODY.map(|who| who.label().to_owned()));
    for row in queries::ROWS {
        let mut cells = Vec::new();
        for who in EVERYBODY {
            cells.push(row.cell(&stage, who).await);
        }
        line(&mut table, &format!("Query.{}", row.name), &cells);
    }
    for row in mutations::ROWS {
        let (mut cells, mut things) = (Vec::new(), None);
        for who in EVERYBODY {
            // What was refused has changed nothing, so it serves for the next one.
            let fresh = match things.take() {
                Some(things) if who != Who::Outsider => things,
                _ => stage.things(row.on, who == Who::Outsider).await,
            };
            let cell = row.cell(&stage, who, &fresh).await;
            if cell != "ok" {
                things = Some(fresh);
            }
            cells.push(cell);
        }
        line(&mut table, &format!("Mutation.{}", row.name), &cells);
    }
    table
}

fn check(table: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    settings.set_description(
        "Who may do what, made by running every operation as everybody (tests/it/authz_matrix). The report and what stands \
         under it belong to a team; `outsider` is a lead of that team when the report is RESTRICTED and they take no part in it. \
         shown: the report, or what stands under it, is in the answer. hidden: it is not, and nothing else tells of it.",
    );
    settings.bind(|| insta::assert_snapshot!("authz_matrix", table));
}

#[actix_web::test]
async fn the_table_is_as_checked_in_on_sqlite() {
    check(&table(Engine::Sqlite).await);
}

#[actix_web::test]
async fn the_table_is_as_checked_in_on_postgres() {
    check(&table(Engine::Postgres).await);
}
