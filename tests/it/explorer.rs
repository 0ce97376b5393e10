//! The explorer: its examples have answers, a real browser runs them, and its files are what their sources make.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use postmortem_api::platform::secret::digest;
use postmortem_tests::{documents, explorer, live::Socket, on_both_databases};
use serde_json::{Value, json};

use crate::demo::load;

const FOLDER: &str = "api/assets/graphiql";

fn folder() -> PathBuf {
    documents::root().join(FOLDER)
}

fn read(name: &str) -> String {
    documents::read(&format!("{FOLDER}/{name}"))
}

/// The names of the files below a folder, without what npm puts there.
fn below(at: &Path, name: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(at).unwrap() {
        let entry = entry.unwrap();
        let own = entry.file_name().into_string().unwrap();
        if own == "node_modules" {
            continue;
        }
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        if entry.file_type().unwrap().is_dir() {
            names.extend(below(&entry.path(), &name));
        } else {
            names.insert(name);
        }
    }
    names
}

/// The examples, in the order of their names: question and document.
fn examples() -> Vec<(String, String)> {
    let names = below(&folder().join("source/examples"), "source/examples");
    let example = |name: &String| {
        let text = read(name);
        let question = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        (question.to_owned(), text.clone())
    };
    names.iter().map(example).collect()
}

/// Where an answer has an empty list, or a null or zero where a figure was asked for at the top.
fn empty(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(values) if values.is_empty() && at.matches('/').count() < 4 => found.push(at.to_owned()),
        Value::Null if at.matches('/').count() < 3 => found.push(at.to_owned()),
        Value::Array(values) => {
            if let Some(first) = values.first() {
                empty(first, &format!("{at}/0"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                empty(value, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[track_caller]
fn says_something(question: &str, answer: &Value) {
    assert!(answer.get("errors").is_none(), "{question}: {answer:#}");
    let mut found = Vec::new();
    empty(&answer["data"], "", &mut found);
    assert!(
        found.is_empty() && !answer["data"].is_null(),
        "{question}: nothing at {found:?} in {answer:#}"
    );
}

on_both_databases! {
    /// As they stand, by whoever has just started the demo.
    async fn the_examples_have_answers(app) {
        let admin = load(app).await;
        let examples = examples();
        assert_eq!(examples.len(), 6);
        let (live, queries) = examples.split_last().unwrap();
        for (question, query) in queries {
            assert!(question.ends_with('?'), "{question}");
            says_something(question, &app.ask(&admin, query, json!({})).await.body);
        }
        let served = app.serve();
        let mut socket = Socket::of(&served, &admin).await;
        socket.subscribe("1", &live.1, json!({})).await;
        says_something(&live.0, &socket.result("1").await);
    }

    /// Somebody new, in Chromium: with the demo's link, and signed in at the sign-in page.
    async fn a_browser_runs_the_examples(app) {
        let admin = load(app).await;
        let served = app.serve();
        let found = explorer::visit(&served, &admin).await;
        assert_eq!(found["failed"], Value::Null, "{found:#}");
        assert_eq!(found["elsewhere"], json!([]), "requests to other hosts");
        assert_eq!(found["errors"], json!([]), "messages in the console");
        assert_eq!(found["address"], "/graphiql", "the token is still in the address");
        let questions: Vec<String> = examples().into_iter().map(|(question, _)| question).collect();
        assert_eq!(found["questions"], json!(questions));
        for question in &questions {
            says_something(question, &found["answers"][question]);
        }
        assert_eq!((&found["reopened"], &found["closed"]), (&json!(true), &json!(true)));
        // Live updates come over a socket, by a token and by the session alone.
        assert_eq!(found["sockets"], json!(["/graphql", "/graphql"]));
        assert_eq!(found["session"]["stored"], 0, "the page keeps something of the session");
        says_something("by session", &found["session"]["answer"]);
    }
}

/// Without Node: whoever changes a source and does not make the explorer anew is told.
#[test]
fn the_files_are_of_their_sources() {
    let sums = read("SHA256SUMS");
    let mut listed = BTreeSet::new();
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").expect("a sum and a name");
        assert_eq!(
            digest(&read(name)),
            sum,
            "{name} has changed: run `make explorer` and commit what it makes"
        );
        listed.insert(name.to_owned());
    }
    let mut there = below(&folder(), "");
    assert!(there.remove("SHA256SUMS") && there.remove("README.md"));
    assert_eq!(listed, there, "run `make explorer` and commit what it makes");
}

/// The list of licences, the note on versions and the lock file say the same.
#[test]
fn versions_are_those_of_the_lock_file() {
    let lock: Value = serde_json::from_str(&read("source/package-lock.json")).unwrap();
    let locked = |name: &str| {
        lock["packages"][format!("node_modules/{name}")]["version"]
            .as_str()
            .map(str::to_owned)
    };
    let licences = read("LICENCES.txt");
    let mut count = 0;
    for notice in licences.split(&format!("{}\n\n", "-".repeat(80))) {
        let head = notice.lines().next().unwrap_or_default();
        let named = head.split_once(": ").and_then(|(package, _)| package.rsplit_once(' '));
        // A licence may have such a line in its own text.
        let Some((name, version)) = named.filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
        else {
            continue;
        };
        // Some packages have a version of another inside.
        let inside = lock["packages"].as_object().unwrap().iter();
        let inside = inside.filter(|(path, _)| path.ends_with(&format!("/node_modules/{name}")));
        let known: Vec<Option<&str>> = inside.map(|(_, package)| package["version"].as_str()).collect();
        assert!(
            locked(name).as_deref() == Some(version) || known.contains(&Some(version)),
            "{head}"
        );
        count += 1;
    }
    assert!(count > 50, "{count} packages");
    let wanted: Value = serde_json::from_str(&read("source/package.json")).unwrap();
    assert_eq!(wanted["devDependencies"]["graphiql"], "4.1.2");
    let note = read("README.md");
    for (name, version) in wanted["devDependencies"].as_object().unwrap() {
        assert_eq!(
            locked(name).as_deref(),
            version.as_str(),
            "{name} is not pinned, or not to what is locked"
        );
        let is_told = ["graphiql", "react", "graphql", "graphql-ws"].contains(&name.as_str());
        assert!(
            !is_told || note.contains(version.as_str().unwrap()),
            "README.md names another version of {name}"
        );
    }
}

/// With Node: byte for byte.
#[test]
fn making_it_again_makes_the_same() {
    let there = tempfile::tempdir().unwrap();
    for name in below(&folder().join("source"), "source") {
        let to = there.path().join(&name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(folder().join(&name), to).unwrap();
    }
    explorer::build(&there.path().join("source"));
    for name in [
        "LICENCES.txt",
        "explorer.css",
        "explorer.js",
        "icon.svg",
        "index.html",
        "SHA256SUMS",
    ] {
        let made = fs::read_to_string(there.path().join(name)).unwrap();
        assert!(
            made == read(name),
            "{name} is not what its sources make: run `make explorer` and commit what it makes"
        );
    }
}
