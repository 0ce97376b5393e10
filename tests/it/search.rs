//! Search finds the same on both databases, in the same order, and nothing that may not be seen.

use entity::enums::{Role, Visibility};
use entity::report;
use postmortem_api::search::{jobs::index_missing, queries::hits};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use crate::restricted::Vault;

async fn find(app: &TestApp, user: &TestUser, query: &str) -> Vec<String> {
    let text = "query ($query: String!) { search(query: $query, first: 100) { nodes { key title } } }";
    let found = app.ask(user, text, json!({ "query": query })).await.at("/search/nodes");
    let name = |node: &Value| node["key"].as_str().or(node["title"].as_str()).unwrap().to_owned();
    found.as_array().unwrap().iter().map(name).collect()
}

/// What is looked for below: three reports, two causes, three recommendations.
async fn library(app: &TestApp) -> TestUser {
    let me = app.user("Mia", Role::Member).await;
    let incident = |title: &str| json!({ "title": title, "severity": "SEV2", "startedAt": "2026-03-01T09:00:00Z" });
    let storm = json!({
        "incident": incident("Checkout down"), "title": "Retry storm in the ledger", "labels": ["Überlast", "network"],
        "executiveSummary": "Clients *retried* without a limit. The ledger's queue filled up.\n\nIt recovered at 12:00.",
        "background": "See `max_size` in [the runbook](https://example.org/hidden-link).",
    });
    let storm = app.report(&me, storm).await;
    let cafe = json!({
        "incident": incident("Café menus missing"), "title": "Menüs fehlten 日本語のタイトル 🔥",
        "executiveSummary": "A naïve cache. Don't retry; see REC-2 and C:\\temp. Straße gesperrt. 100% of requests failed.",
    });
    let cafe = app.report(&me, cafe).await;
    app.report(
        &me,
        json!({ "incident": incident("Checkout slow"), "title": "Slow checkout", "conclusion": "OR AND NOT NEAR" }),
    )
    .await;
    let first = app
        .cause(
            &me,
            &storm,
            json!({ "title": "Unlimited retries", "description": "No limit was set." }),
        )
        .await;
    let second = app
        .cause(&me, &cafe, json!({ "title": "Cache key without locale" }))
        .await;
    let limit = json!({ "title": "Limit the number of retries", "labels": ["quick-win"], "acceptanceCriterion": "A load test shows 3 attempts." });
    app.item(&me, &[&first], limit).await;
    app.item(&me, &[&second], json!({ "title": "Put the locale into cache keys" }))
        .await;
    app.item(
        &me,
        &[&second],
        json!({ "title": "Alert on cache misses", "description": "| what | when |\n|---|---|\n| misses | always |" }),
    )
    .await;
    me
}

/// A query and what it finds, in order.
const QUERIES: &[(&str, &[&str])] = &[
    // Forms of a word, in the title before the text, the latest of equals first.
    ("retry", &["Unlimited retries", "REC-1", "PM-1", "PM-2"]),
    ("retries ", &["Unlimited retries", "REC-1", "PM-1", "PM-2"]),
    ("RETRIED", &["Unlimited retries", "REC-1", "PM-1", "PM-2"]),
    ("retries limit", &["REC-1", "Unlimited retries", "PM-1"]),
    // What is being typed.
    ("retrie", &["Unlimited retries", "REC-1", "PM-1", "PM-2"]),
    ("stor", &["PM-1"]),
    ("stor ", &[]),
    ("stor, x", &[]),
    ("unlim", &["Unlimited retries"]),
    ("cache ke", &["Cache key without locale", "REC-2"]),
    ("c", &["PM-2"]),
    // Phrases.
    ("\"limit the number\"", &["REC-1"]),
    ("\"number limit\"", &[]),
    ("\"retry storm\" ledger", &["PM-1"]),
    ("\"filled up it recovered\"", &[]),
    ("\"ledger clients\"", &[]),
    ("\"queue filled", &["PM-1"]),
    ("\"queue fill", &["PM-1"]),
    ("“retry storm”", &["PM-1"]),
    // Accents both ways, ligatures, sharp s.
    ("uberlast", &["PM-1"]),
    ("Überlast", &["PM-1"]),
    ("menus", &["PM-2"]),
    ("cafe", &["PM-2"]),
    ("CAFÉ", &["PM-2"]),
    ("naive", &["PM-2"]),
    ("ｎａïｖｅ", &["PM-2"]),
    ("strasse", &["PM-2"]),
    ("STRAßE", &["PM-2"]),
    // Exclusion.
    ("retry -limit", &["PM-2"]),
    ("retry -\"retry storm\" -unlimited", &["REC-1", "PM-2"]),
    ("checkout -slow", &["PM-1"]),
    // Keys, also of incidents, and mentions of them.
    ("REC-2", &["REC-2", "PM-2"]),
    ("rec-2", &["REC-2", "PM-2"]),
    ("rec 2", &["REC-2", "PM-2"]),
    ("PM-1", &["PM-1"]),
    ("INC-3", &["PM-3"]),
    ("rec-", &["REC-3", "REC-2", "REC-1", "PM-2"]),
    // Words that stand everywhere are left out, unless they are all there is.
    ("the failure of a cache", &[]),
    ("the cache of the locale", &["Cache key without locale", "REC-2"]),
    ("in the", &["PM-1"]),
    // Signs and what a database would take for more.
    ("max_size", &["PM-1"]),
    ("max size", &["PM-1"]),
    ("(max|size)", &["PM-1"]),
    ("quick-win", &["REC-1"]),
    ("ledger's", &["PM-1"]),
    ("ledgers", &["PM-1"]),
    ("don’t", &["PM-2"]),
    ("C:\\temp", &["PM-2"]),
    ("100%", &["PM-2"]),
    ("12:00", &["PM-1"]),
    ("cache* locale", &["Cache key without locale", "REC-2"]),
    ("title:cache", &[]),
    ("stems:cache", &[]),
    ("cache & !locale", &["Cache key without locale", "REC-2"]),
    ("cache | nothing", &[]),
    ("near(slow", &[]),
    ("not near", &["PM-3"]),
    ("^cache", &["REC-3", "Cache key without locale", "REC-2", "PM-2"]),
    ("'cache':A", &[]),
    ("cache<->key", &["Cache key without locale", "REC-2"]),
    ("cache'); DROP TABLE search_document; --", &[]),
    ("\\' OR 1=1 --", &[]),
    // Scripts without spaces.
    ("日本", &["PM-2"]),
    ("日本語のタイトル", &["PM-2"]),
    ("本日", &[]),
    ("タイトル 🔥", &["PM-2"]),
    // Only what people read is searched.
    ("hidden-link", &[]),
    ("runbook", &["PM-1"]),
    ("misses always", &["REC-3"]),
    ("attempts", &["REC-1"]),
];

on_both_databases! {
    /// The table above.
    async fn the_same_is_found_on_both(app) {
        let me = library(app).await;
        let mut wrong = Vec::new();
        for (query, expected) in QUERIES {
            let found = find(app, &me, query).await;
            if found != *expected {
                wrong.push(format!("{query}\n  found    {found:?}\n  expected {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// What cannot be answered is refused with a sentence.
    async fn bad_queries_are_refused(app) {
        let me = library(app).await;
        let text = "query ($query: String!) { search(query: $query) { totalCount } }";
        for (query, code) in [
            ("", "NO_WORD"), ("   ", "NO_WORD"), ("🔥", "NO_WORD"), ("\"", "NO_WORD"), ("-retry", "NO_WORD"), ("%_*:&|!()<->", "NO_WORD"),
            (&"long ".repeat(101), "TOO_LONG"), (&"w ".repeat(40), "TOO_MANY_WORDS"), (&"語".repeat(200), "TOO_MANY_WORDS"),
        ] {
            let answer = app.ask(&me, text, json!({ "query": query })).await;
            assert_eq!(answer.problems(), [("query".to_owned(), code.to_owned())], "{query}");
        }
        for query in ["\u{200d}a\u{300}\u{301}", &"x".repeat(500), &"a-".repeat(30), "\u{fdfa}", "ﷺ ½ ㎉", "e\u{301}\u{301} \u{1f1e9}\u{1f1ea}x"] {
            app.ask(&me, text, json!({ "query": query })).await.data();
        }
    }

    /// Titles and excerpts show what was found, as text.
    async fn hits_show_why(app) {
        let me = library(app).await;
        let query = "{ search(query: \"ledger queues\") { totalCount nodes {
            score key title titleParts { text isMatch } snippet snippetParts { text isMatch } subject { id ... on Report { key } } } } }";
        let found = app.ask(&me, query, json!({})).await.at("/search");
        assert_eq!(found["totalCount"], 1);
        let hit = &found["nodes"][0];
        assert_eq!(hit["subject"]["key"], "PM-1");
        assert_eq!(hit["titleParts"][1], json!({ "text": "ledger", "isMatch": true }));
        let snippet = hit["snippet"].as_str().unwrap();
        assert!(snippet.contains("Clients retried without a limit. The ledger's queue filled up. It recovered"), "{snippet}");
        let parts = hit["snippetParts"].as_array().unwrap();
        let matches: Vec<_> = parts.iter().filter(|part| part["isMatch"] == true).map(|part| &part["text"]).collect();
        assert_eq!(matches, ["ledger", "queue"]);
        let whole: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        assert_eq!(whole, snippet);
        let score = hit["score"].as_f64().unwrap();
        assert!(score > 0.4 && score < 0.6, "{score}");
    }

    /// Pages put together are the list; a cursor of another search is refused.
    async fn pages_are_the_list(app) {
        let me = library(app).await;
        let query = "query ($query: String!, $after: String, $first: Int) { search(query: $query, first: $first, after: $after) {
            totalCount edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }";
        let all = app.ask(&me, query, json!({ "query": "retry" })).await.at("/search");
        let titles = |page: &Value| -> Vec<Value> {
            page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["title"].clone()).collect()
        };
        let (mut together, mut after) = (Vec::new(), Value::Null);
        for page in 1..=4 {
            let found = app.ask(&me, query, json!({ "query": "retry", "first": 1, "after": after })).await.at("/search");
            assert_eq!(found["totalCount"], 4);
            assert_eq!(found["pageInfo"]["hasNextPage"], page < 4);
            assert_eq!(found["pageInfo"]["hasPreviousPage"], page > 1);
            together.extend(titles(&found));
            after = found["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(together, titles(&all));
        let end = app.ask(&me, query, json!({ "query": "retry", "after": after })).await.at("/search");
        assert_eq!((titles(&end), &end["totalCount"]), (Vec::new(), &json!(4)));
        let foreign = app.ask(&me, query, json!({ "query": "ledger", "after": after })).await;
        assert_eq!(foreign.problems(), [("after".to_owned(), "FOREIGN_CURSOR".to_owned())]);
        let none = app.ask(&me, query, json!({ "query": "retry", "first": 0 })).await.at("/search");
        assert_eq!(none["edges"], json!([]));
        let much = app.ask(&me, query, json!({ "query": "retry", "first": 101 })).await;
        assert_eq!(much.problems(), [("first".to_owned(), "PAGE_SIZE".to_owned())]);
    }

    /// A RESTRICTED report and what stands under it is found by those who take part and by admins.
    async fn secrets_are_not_found(app) {
        let vault = Vault::new(app).await;
        for user in [&vault.owner, &vault.insider, &vault.admin] {
            let mut found = find(app, user, "vault").await;
            found.sort();
            assert_eq!(found, ["PM-1", "REC-1", "Vault hinge"], "{}", user.name);
        }
        for query in ["vault", "vau", "hinge", "PM-1", "REC-1", "\"vault lock\""] {
            assert_eq!(find(app, &vault.outsider, query).await, Vec::<String>::new(), "{query}");
        }
        let count = app.ask(&vault.outsider, "{ search(query: \"vault\") { totalCount pageInfo { endCursor } } }", json!({})).await;
        assert_eq!(count.at("/search"), json!({ "totalCount": 0, "pageInfo": { "endCursor": null } }));
    }

    /// Fifty hits of all kinds cost the statements of a few.
    async fn a_page_costs_the_same_statements(app) {
        let me = library(app).await;
        for number in 0..20 {
            let report = app.report(&me, json!({ "title": format!("Gateway {number}") })).await;
            let cause = app.cause(&me, &report, json!({ "title": format!("Gateway {number}") })).await;
            app.item(&me, &[&cause], json!({ "title": format!("Gateway {number}") })).await;
        }
        let query = "query ($first: Int) { search(query: \"gateway\", first: $first) { totalCount nodes { snippet subject { id
            ... on Report { key } ... on RootCause { title } ... on Recommendation { key } } } } }";
        let mut costs = Vec::new();
        for first in [3, 50] {
            app.forget_statements();
            let found = app.ask(&me, query, json!({ "first": first })).await.at("/search");
            assert_eq!(found["nodes"].as_array().unwrap().len(), first);
            assert_eq!(found["totalCount"], 60);
            costs.push(app.statements());
        }
        assert_eq!(costs[0].len(), costs[1].len(), "{:#?}\n{:#?}", costs[0], costs[1]);
    }

    /// A word of more things than are put in order finds the newest of them, the same on both databases.
    async fn a_word_that_stands_everywhere_has_a_bound(app) {
        let me = app.user("Mia", Role::Member).await;
        let incident = app.incident_row();
        let rows: Vec<report::Model> = (0..hits::MOST_RANKED + 50)
            .map(|number| report::Model {
                title: if number % 1_000 == 0 { "Everywhere".to_owned() } else { format!("Number {number}") },
                executive_summary: "It stands everywhere.".to_owned(),
                visibility: if number % 2 == 0 { Visibility::Organization } else { Visibility::Restricted },
                ..app.report_row(incident.id)
            })
            .collect();
        app.store([incident]).await;
        for rows in rows.chunks(500) {
            app.store(rows.to_vec()).await;
        }
        let operator = app.operator().await;
        assert_eq!(index_missing(&operator).await.unwrap(), rows.len());
        assert_eq!(index_missing(&operator).await.unwrap(), 0);
        let query = "{ search(query: \"everywhere\", first: 6) { totalCount nodes { title key } } }";
        let seen = app.ask(&me, query, json!({})).await.at("/search");
        assert_eq!(seen["totalCount"], 1_000);
        assert_eq!(seen["nodes"][4]["title"], "Everywhere");
        let newest = &rows[rows.len() - 2];
        assert_eq!(seen["nodes"][5]["key"].as_str(), Some(newest.key.as_str()));
        // An admin sees all of them, which are more than are put in order: the oldest, though it has the word in its title, is not.
        let admin = app.user("Root", Role::Admin).await;
        let seen = app.ask(&admin, query, json!({})).await.at("/search");
        assert_eq!(seen["totalCount"], 1_000);
        assert_eq!(seen["nodes"][3]["title"], "Everywhere");
        assert_ne!(seen["nodes"][4]["title"], "Everywhere");
    }
}
