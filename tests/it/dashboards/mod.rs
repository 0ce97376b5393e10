//! docs/dashboards.md and `deploy/`: all that they name is there, and all that they show works.

mod deployed;
mod grafana;
mod names;
mod prometheus;

pub use self::deployed::yaml;
use postmortem_tests::documents::{Snippet, document, examples, read, root};

/// The snippets of a language, in order.
fn snippets(language: &str) -> Vec<Snippet> {
    let mut found = examples(&document("dashboards.md"));
    let known = ["sh", "yaml", "console", "graphql", "promql"];
    for snippet in &found {
        assert!(
            known.contains(&snippet.language.as_str()),
            "no test runs snippets in {:?}",
            snippet.language
        );
    }
    found.retain(|snippet| snippet.language == language);
    assert!(!found.is_empty(), "there is no snippet in {language}");
    found
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The dashboards of Grafana.
fn dashboards() -> Vec<serde_json::Value> {
    let folder = root().join("deploy/grafana/dashboards");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let dashboards: Vec<_> = files
        .map(|file| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())
        .collect();
    assert_eq!(dashboards.len(), 2);
    dashboards
}

/// The queries of their panels, as Grafana sends them when everything is chosen.
fn panel_queries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for dashboard in dashboards() {
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                let query = target["expr"].as_str().unwrap().replace("$team", ".*");
                found.push((panel["title"].as_str().unwrap().to_owned(), query));
            }
        }
    }
    assert!(found.len() > 30);
    found
}
