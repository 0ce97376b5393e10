//! Import: records out of documents, once, with nothing lost. The notations themselves are tested beside the parser.

use std::collections::HashSet;

use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

const CHECKLIST: &str = include_str!("fixtures/checklist.md");
const TABLE: &str = include_str!("fixtures/table.md");

async fn import(app: &TestApp, user: &TestUser, markdown: &str, dry_run: bool) -> Answer {
    let input = json!({ "markdown": markdown, "dryRun": dry_run, "fileName": "a-document.md" });
    let selection = "created preview warnings { line message } report { id key title status markdown labels
        incident { severity startedAt detectedAt resolvedAt }
        timeline { nodes { occurredAt kind description } }
        rootCauses { nodes { title } }
        recommendations(orderBy: { field: CREATED_AT, direction: ASC }) {
            nodes { title status owner { name } description evidence { url } rootCauses { nodes { title } } implementedAt }
        } }";
    app.mutate(user, "importReport", input, selection).await
}

async fn count(app: &TestApp, user: &TestUser) -> Value {
    let query =
        "{ incidents { totalCount } reports { totalCount } recommendations { totalCount } rootCauses { totalCount } }";
    app.ask(user, query, json!({})).await.data().clone()
}

fn words(text: &str) -> HashSet<String> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 3);
    words.map(str::to_lowercase).collect()
}

fn all_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(values) => values.iter().map(all_text).collect(),
        Value::Object(fields) => fields.values().map(all_text).collect(),
        _ => String::new(),
    }
}

fn strings(value: &Value, field: &str) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node[field].as_str().unwrap_or_default().to_owned())
        .collect()
}

on_both_databases! {
    /// Front matter, a table of times in a zone, a checklist.
    async fn a_checklist(app) {
        let ada = app.user("Ada Larsen", Role::Member).await;
        let document = CHECKLIST.replace("ada@example.org", &ada.email);
        let done = import(app, &ada, &document, false).await;
        assert_eq!(done.at("/created"), json!(true));
        assert_eq!(done.text("/report/title"), "Kiln controller outage");
        assert_eq!(done.text("/report/status"), "DRAFT");
        assert_eq!(done.text("/report/incident/startedAt"), "2025-04-02T08:05:00Z");
        let timeline = done.at("/report/timeline/nodes");
        assert_eq!(
            strings(&timeline, "occurredAt"),
            ["2025-04-02T08:05:00Z", "2025-04-02T08:12:00Z", "2025-04-02T08:55:00Z"]
        );
        assert_eq!(done.at("/report/rootCauses/nodes").as_array().unwrap().len(), 2);
        let items = done.at("/report/recommendations/nodes");
        assert_eq!(strings(&items, "status"), ["IMPLEMENTED", "PROPOSED", "PROPOSED"]);
        assert_eq!(items[0]["evidence"][0]["url"], json!("https://tracker.example/kilns/12"));
        assert_eq!(items[1]["owner"]["name"], json!("Ada Larsen"));
        assert_eq!(items[2]["rootCauses"]["nodes"].as_array().unwrap().len(), 2);
    }

    /// The table of Google's book: type, owner, bug and state in the last cell.
    async fn a_table_with_owners(app) {
        let ada = app.user("Ada", Role::Member).await;
        let done = import(app, &ada, TABLE, false).await;
        let items = done.at("/report/recommendations/nodes");
        assert_eq!(strings(&items, "title"), ["Skip labels that cannot be printed", "Show the length of the queue"]);
        assert_eq!(strings(&items, "status"), ["IMPLEMENTED", "PROPOSED"]);
        assert_eq!(items[0]["owner"]["name"], json!("Ada"));
        assert_eq!(items[1]["owner"], json!(null));
        assert!(items[1]["description"].as_str().unwrap().contains("packing team"), "an unknown owner must not be lost");
        let warnings = strings(&done.at("/warnings"), "message").join("\n");
        assert!(warnings.contains("packing team") && warnings.contains("severity"), "{warnings}");
    }

    /// Every word of the document stands in the exported one.
    async fn nothing_is_lost(app) {
        let ada = app.user("Ada", Role::Member).await;
        for document in [CHECKLIST, TABLE] {
            let done = import(app, &ada, document, false).await;
            let report = done.at("/report");
            let kept = words(&all_text(&report));
            // Headings whose content became records, and names of columns and marks that became values.
            let structure = words(
                "Timeline Contributing factors Action items Item Type Owner Bug Time Event All times UTC CEST title date categories
                 DONE TODO prevent detect Root causes Summary Impact learned Lessons example org ada",
            );
            let lost: Vec<String> = words(document).difference(&kept).filter(|word| !structure.contains(*word)).cloned().collect();
            assert_eq!(lost, Vec::<String>::new());
        }
    }

    /// The same text again, also with other line ends and by somebody else.
    async fn the_same_text_is_imported_once(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let first = import(app, &ada, CHECKLIST, false).await;
        let before = count(app, &ada).await;
        let again = import(app, &bo, &CHECKLIST.replace('\n', "\r\n"), false).await;
        assert_eq!(again.at("/created"), json!(false));
        assert_eq!(again.at("/report/key"), first.at("/report/key"));
        assert_eq!(count(app, &ada).await, before);
    }

    /// Several importers of one text at the same time.
    async fn a_race_has_one_winner(app) {
        let ada = app.user("Ada", Role::Member).await;
        let all = futures_util::future::join_all((0..6).map(|_| import(app, &ada, TABLE, false))).await;
        let created = all.iter().filter(|answer| answer.at("/created") == json!(true)).count();
        assert_eq!(created, 1);
        assert_eq!(all.iter().map(|answer| answer.text("/report/key")).collect::<HashSet<_>>().len(), 1);
        assert_eq!(count(app, &ada).await["reports"]["totalCount"], json!(1));
    }

    /// A text that is in a report one may not see is new to whoever imports it, and gives nothing away.
    async fn a_hidden_report_stays_hidden(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let first = import(app, &ada, TABLE, false).await;
        let input = json!({ "id": first.text("/report/id"), "visibility": "RESTRICTED" });
        app.mutate(&ada, "updateReport", input, "report { id }").await.data();
        let other = import(app, &bo, TABLE, false).await;
        assert_eq!(other.at("/created"), json!(true));
        assert_ne!(other.at("/report/key"), first.at("/report/key"));
        assert_eq!(import(app, &ada, TABLE, false).await.at("/report/key"), first.at("/report/key"));
        // As with any text: new once, and known then. Otherwise the difference would tell.
        let again = import(app, &bo, TABLE, false).await;
        assert_eq!((again.at("/created"), again.at("/report/key")), (json!(false), other.at("/report/key")));
    }

    /// A dry run reads and writes nothing.
    async fn a_dry_run_writes_nothing(app) {
        let ada = app.user("Ada", Role::Member).await;
        let before = count(app, &ada).await;
        let dry = import(app, &ada, CHECKLIST, true).await;
        assert_eq!(dry.at("/report"), json!(null));
        assert_eq!(dry.text("/preview/title"), "Kiln controller outage");
        assert_eq!(dry.at("/preview/recommendations").as_array().unwrap().len(), 3);
        assert_eq!(count(app, &ada).await, before);
        let viewer = app.user("Vera", Role::Viewer).await;
        assert_eq!(import(app, &viewer, CHECKLIST, true).await.code(), "FORBIDDEN");
    }

    /// What is JSON by its text, or by its name, is an exported report or nothing.
    async fn other_json_is_refused(app) {
        let ada = app.user("Ada", Role::Member).await;
        let before = count(app, &ada).await;
        for text in ["[]", "{\"a\": 1}", "{bad", ""] {
            for dry_run in [true, false] {
                let input = json!({ "markdown": text, "dryRun": dry_run, "fileName": "Issues.JSON" });
                let refused = app.mutate(&ada, "importReport", input, "created").await;
                assert_eq!(refused.problems(), [("markdown".to_owned(), "MALFORMED_DOCUMENT".to_owned())], "{text:?}");
            }
        }
        let issues = include_str!("fixtures/github-issues.json");
        let marked = format!("\u{feff}{issues}");
        for (text, name) in [
            (issues, Some("issues.txt")),
            (marked.as_str(), Some("issues.md")),
            (issues, None),
            (" [ ]\n", Some("none")),
            ("{\"a\": 1}", None),
        ] {
            for dry_run in [true, false] {
                let input = json!({ "markdown": text, "dryRun": dry_run, "fileName": name });
                let refused = app.mutate(&ada, "importReport", input, "created").await;
                assert_eq!(refused.problems(), [("markdown".to_owned(), "MALFORMED_DOCUMENT".to_owned())], "{name:?}");
            }
        }
        assert_eq!(count(app, &ada).await, before);
        let link = import(app, &ada, "[Status page](https://status.example) was down.\n", false).await;
        assert_eq!(link.at("/created"), json!(true));
    }

    /// Whatever comes in, something sound comes out.
    async fn odd_documents(app) {
        let ada = app.user("Ada", Role::Member).await;
        for document in ["", "   \n\n", "# \n", "- [ ]\n- [x]\n", "| a |\n|---|\n", "---\ntitle: [\n---\n",
            "# T\n\n## Timeline\n\n- 2026-01-02 10:00 UTC [it broke](https://user:secret@logs.example/1)\n\n## Root cause\n\n###\n\nA queue.\n",
            &"# T\n\n".repeat(500)] {
            let done = import(app, &ada, document, false).await;
            assert!(!done.text("/report/title").is_empty(), "{document:?}");
        }
    }
}
