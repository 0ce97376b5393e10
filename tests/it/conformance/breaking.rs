//! What was released is kept: `docs/schema/released.graphql` is the schema of the last release, which clients were written against.

use std::fs;

use postmortem_api::schema::sdl;
use postmortem_tests::{conformance::script, documents::root};
use serde_json::{Value, json};
use tempfile::TempDir;

async fn changes(before: &str, now: &str) -> Value {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let files = [file("before.graphql", before), file("now.graphql", now)];
    script("breaking.mjs", &[&files[0], &files[1]]).await
}

fn released() -> String {
    fs::read_to_string(root().join("docs/schema/released.graphql"))
        .expect("docs/schema/released.graphql; `make released` writes it")
}

#[actix_web::test]
async fn nothing_that_was_released_is_broken() {
    let changes = changes(&released(), &sdl()).await;
    assert_eq!(
        changes["breaking"],
        json!([]),
        "Clients of the last release would break. Keep what was there, mark it @deprecated, and add the new beside it. With a major \
         release, `make released` writes docs/schema/released.graphql anew."
    );
}

#[actix_web::test]
async fn what_breaks_the_released_schema_is_found() {
    for (from, to, broken) in [
        (
            "daysOverdue: Int!",
            "daysLate: Int!",
            "Recommendation.daysOverdue was removed.",
        ),
        (
            "\tSTRONG\n",
            "\tSTRONGEST\n",
            "STRONG was removed from enum type Strength.",
        ),
        (
            "key: String!",
            "key: String",
            "Report.key changed type from String! to String.",
        ),
    ] {
        let now = released().replace(from, to);
        let changes = changes(&released(), &now).await;
        let breaking = changes["breaking"].as_array().expect("a list");
        assert!(breaking.iter().any(|change| change == broken), "{broken}: {breaking:?}");
    }
}

const BEFORE: &str = "
    interface Named { name: String! }
    type Query { items(first: Int, order: Order = NAME): [Item!]! one: Any }
    type Item implements Named { name: String! note: String state: Order! }
    type Other { id: ID! }
    union Any = Item | Other
    enum Order { NAME AGE }
    input New { name: String! note: String }
    type Mutation { add(input: New!): Item! }
";

#[actix_web::test]
async fn every_kind_of_break_is_found_and_nothing_else() {
    let breaks = [
        ("note: String state", "state", "Item.note was removed."),
        (
            "state: Order!",
            "state: Order",
            "Item.state changed type from Order! to Order.",
        ),
        (
            "state: Order!",
            "state: String!",
            "Item.state changed type from Order! to String!.",
        ),
        (
            "[Item!]!",
            "[Item]!",
            "Query.items changed type from [Item!]! to [Item]!.",
        ),
        ("NAME AGE", "NAME", "AGE was removed from enum type Order."),
        ("Item | Other", "Item", "Other was removed from union type Any."),
        (
            "Item implements Named",
            "Item",
            "Item no longer implements interface Named.",
        ),
        ("first: Int, ", "", "Query.items arg first was removed."),
        (
            "first: Int,",
            "first: Int!,",
            "Query.items arg first has changed type from Int to Int!.",
        ),
        (
            "first: Int,",
            "first: Int, after: ID!,",
            "A required arg after on Query.items was added.",
        ),
        ("! note: String }", "! }", "New.note was removed."),
        (
            "note: String }",
            "note: String! }",
            "New.note changed type from String to String!.",
        ),
        (
            "note: String }",
            "note: String due: ID! }",
            "A required field due on input type New was added.",
        ),
        ("type Other {", "type Others {", "Other was removed."),
        ("type Mutation { add(input: New!): Item! }", "", "Mutation was removed."),
    ];
    for (from, to, broken) in breaks {
        assert!(BEFORE.contains(from), "{from}");
        let mut now = BEFORE.replacen(from, to, 1);
        if broken == "Other was removed." {
            now = now.replace("Item | Other", "Item | Others");
        }
        let changes = changes(BEFORE, &now).await;
        let breaking = changes["breaking"].as_array().expect("a list");
        assert!(breaking.iter().any(|change| change == broken), "{broken}: {changes:#}");
    }
    for (from, to) in [
        ("note: String state", "note: String! state"),
        ("first: Int,", "first: Int, after: ID,"),
        ("first: Int,", "first: Int, size: Int! = 3,"),
        ("NAME AGE", "NAME AGE DATE"),
        ("Item | Other", "Item | Other | Third"),
        ("input New { name: String!", "input New { name: String"),
        ("note: String }", "note: String due: ID count: Int! = 1 }"),
        ("type Other {", "type Third { id: ID! } type Other { name: String"),
    ] {
        let now = BEFORE.replacen(from, to, 1);
        let now = if to.ends_with("Third") {
            now + "type Third { id: ID! }"
        } else {
            now
        };
        assert_eq!(changes(BEFORE, &now).await["breaking"], json!([]), "{to}");
    }
}
