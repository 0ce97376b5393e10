//! docs/clients.md, as somebody would follow it.

use entity::enums::Role;
use postmortem_tests::{conformance::schema_file, on_both_databases};
use serde_json::json;

use super::examples;

on_both_databases! {
    /// Each client says what there is.
    async fn the_examples_run(app) {
        let user = app.user("Ada", Role::Member).await;
        let admin = app.user("Root", Role::Admin).await;
        let report = app.report(&user, json!({ "ownerId": user.id })).await;
        let cause = app.cause(&user, &report, json!({})).await;
        let mut keys = Vec::new();
        for title in ["First", "Second", "Third"] {
            let item = app.item(&user, &[&cause], json!({ "title": title })).await;
            app.accept(&admin, &item, &user, app.day(1)).await;
            keys.push(item.key);
        }
        app.advance(chrono::Duration::days(3));
        let served = app.serve();
        let workshop = examples("clients.md", &served, &user);
        std::fs::copy(schema_file(), workshop.path().join("schema.graphql")).expect("the schema");

        let mine = workshop.run("bash", &["mine.sh"]).await;
        assert!(mine.contains(&format!("{}\tFirst", keys[0])), "{mine}");
        let overdue = workshop.run("bash", &["codegen.sh"]).await;
        for (key, title) in keys.iter().zip(["First", "Second", "Third"]) {
            assert!(overdue.contains(&format!("{key}  2 days  Ada  {title}")), "{overdue}");
        }
        let pages = workshop.run("node", &["apollo.mjs"]).await;
        assert_eq!(pages.trim(), keys.join(" "));
        let live = workshop.run("node", &["urql.mjs"]).await;
        assert_eq!(live, "Ada\nrecommendation.created\n");
        workshop.run("bash", &["relay.sh"]).await;
        let artifact = workshop.read("src/__generated__/ItemsNextPageQuery.graphql.js");
        assert!(artifact.contains("recommendations"), "{artifact}");
    }
}
