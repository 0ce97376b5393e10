//! Compilers of clients: Relay's, and the generator of TypeScript.

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    TestApp,
    conformance::{Workshop, schema_file, script},
    on_both_databases,
};
use serde_json::{Value, json};

/// What Relay's compiler makes of the components in `tests/conformance/relay`, in a folder with `persisted.json`.
async fn compiled() -> (Workshop, Value) {
    let workshop = Workshop::new();
    let folder = workshop.path().to_string_lossy().into_owned();
    let operations = script("relay.mjs", &[&schema_file().to_string_lossy(), &folder]).await;
    (workshop, operations)
}

fn id_of<'a>(operations: &'a Value, name: &str) -> &'a str {
    let found = operations.as_object().expect("operations").iter().find(|(_, text)| {
        let text = text.as_str().unwrap_or_default();
        text.split([' ', '(']).nth(1) == Some(name)
    });
    found.unwrap_or_else(|| panic!("no {name} in {operations:#}")).0
}

on_both_databases! {
    /// Connections, fragments that are fetched again by id, of a type and of an interface, edges that are put into lists, and a
    /// subscription. All that Relay makes of them is valid here, and is run by its hash.
    async fn relay_compiles_and_runs(app) {
        let (workshop, operations) = compiled().await;
        assert_eq!(operations.as_object().map(serde_json::Map::len), Some(7), "{operations:#}");
        let manifest = workshop.path().join("persisted.json");
        let app = &TestApp::with_settings(app.engine, |settings| Settings { trusted_documents: Some(manifest), ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let run = async |name: &str, variables: Value| {
            let body = json!({ "documentId": id_of(&operations, name), "variables": variables });
            app.post(Some(&user.token), body).await.data().clone()
        };
        let board = run("BoardQuery", json!({ "first": 5 })).await;
        assert_eq!(board["viewer"]["user"]["name"], "Ada");
        assert_eq!(board["recommendations"]["edges"], json!([]));
        let page = run("BoardItemsPaginationQuery", json!({ "first": 5, "after": null })).await;
        assert_eq!(page["recommendations"]["pageInfo"]["hasNextPage"], false);
        let unknown = json!({ "id": "rec_01jeg8zm80eanvp89akc403jsg" });
        assert_eq!(run("CardRefetchQuery", unknown.clone()).await["node"], Value::Null);
        assert_eq!(run("CardSubjectRefetchQuery", unknown).await["node"], Value::Null);
    }
}

/// The generated types fit a program that uses them well, and no other.
#[actix_web::test]
async fn generated_types_compile() {
    let workshop = Workshop::new();
    let folder = workshop.path().to_string_lossy().into_owned();
    let said = script("codegen.mjs", &[&schema_file().to_string_lossy(), &folder]).await;
    assert_eq!(said["right"], "");
    let mistaken = said["mistaken"].as_str().unwrap_or_default();
    assert!(
        mistaken.contains("Property 'state' does not exist on type"),
        "{mistaken}"
    );
}

/// What Relay has compiled is held against the schema at start, so what is not valid is noticed then.
#[actix_web::test]
async fn what_relay_compiled_for_another_schema_does_not_start() {
    let (workshop, _) = compiled().await;
    let file = workshop.path().join("persisted.json");
    let text = workshop.read("persisted.json").replace("daysOverdue", "daysLate");
    std::fs::write(&file, text).expect("a file");
    let settings = Settings {
        trusted_documents: Some(file),
        ..Settings::default()
    };
    let refused = postmortem_api::http::server::trusted_documents(&settings).expect_err("a refusal");
    assert!(
        refused.contains("daysLate") && refused.contains("persisted.json"),
        "{refused}"
    );
}
