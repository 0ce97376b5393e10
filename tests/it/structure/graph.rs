//! The features depend on each other in one direction, and inside a feature the layers do.

use super::{
    LAYERS, Source, agree,
    imports::{Mention, mentions},
    rust,
};

/// Each feature, and what it stands on; all of them stand on `platform`. Written from below to above.
const FEATURES: &[(&str, &[&str])] = &[
    ("auth", &[]),
    ("events", &["auth"]),
    ("search", &["auth"]),
    ("idempotency", &["auth"]),
    ("people", &["auth", "events"]),
    ("access", &["auth", "events", "people"]),
    ("policies", &["auth", "events"]),
    ("webhooks", &["auth", "events"]),
    ("incidents", &["auth", "events", "search", "people", "policies"]),
    (
        "reports",
        &["auth", "events", "search", "people", "policies", "incidents"],
    ),
    (
        "root_causes",
        &["auth", "events", "search", "people", "incidents", "reports"],
    ),
    (
        "recommendations",
        &[
            "auth",
            "events",
            "search",
            "people",
            "policies",
            "incidents",
            "reports",
            "root_causes",
        ],
    ),
    ("trackers", &["auth", "events", "recommendations"]),
    ("reminders", &["auth", "events", "people", "policies"]),
    ("comments", &["auth", "events"]),
    ("calendar", &["auth", "events", "people", "recommendations"]),
    (
        "action_items",
        &[
            "auth",
            "people",
            "incidents",
            "reports",
            "root_causes",
            "recommendations",
        ],
    ),
    (
        "follow_through",
        &[
            "auth",
            "events",
            "people",
            "policies",
            "incidents",
            "reports",
            "root_causes",
            "recommendations",
        ],
    ),
    ("metrics", &["auth", "trackers", "reports", "follow_through"]),
    ("live", &["auth", "events", "reports", "recommendations"]),
    ("privacy", &["auth", "events", "search", "people", "trackers"]),
    (
        "exchange",
        &[
            "auth",
            "events",
            "people",
            "incidents",
            "reports",
            "root_causes",
            "recommendations",
            "trackers",
        ],
    ),
];

/// Folders that are no feature: `platform` and `graphql` below all, the others above all.
const BELOW: [&str; 2] = ["platform", "graphql"];
const ABOVE: [&str; 6] = ["schema", "http", "jobs", "demo", "cli", "pages"];

/// Inside a feature: a layer may name itself and what stands before it. `graphql` and `loaders` may name all.
const ORDER: [&str; 7] = ["import", "model", "forms", "policy", "queries", "service", "jobs"];

/// The crates that a pure `model` may use: values and nothing that reads, writes or waits.
const VALUES: [&str; 10] = [
    "std",
    "chrono",
    "serde",
    "serde_json",
    "uuid",
    "icalendar",
    "regex",
    "iso_currency",
    "rust_stemmers",
    "unicode_normalization",
];

/// The crates that a pure file never names, not even in the middle of its code.
const IMPURE: [&str; 6] = ["sea_orm", "migration", "async_graphql", "actix_web", "tokio", "tracing"];

/// What crosses a wall all the same: file, what it names, why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "api/src/reports/model/sections.rs",
        "entity::report",
        "the twelve texts are columns of this row, read and written by name",
    ),
    (
        "api/src/graphql/enums.rs",
        "crate::root_causes::model::Coverage",
        "the one enum that is no column stands with the others",
    ),
];

/// The feature or other folder of a file, and its layer.
fn place(source: &Source) -> (String, String) {
    let module = source.module();
    let layer = module.get(1).copied().unwrap_or("mod");
    (module[0].to_owned(), layer.to_owned())
}

/// Why a file must not name a path, and what to do instead; nothing if it may.
fn refusal(source: &Source, mention: &Mention) -> Option<String> {
    let (feature, layer) = place(source);
    let part = |index: usize| mention.path.get(index).map_or("", String::as_str);
    let (target, target_layer) = (part(1), part(2));
    if matches!(layer.as_str(), "graphql" | "loaders") && feature != "graphql" {
        return None;
    }
    if part(0) != "crate" {
        return None;
    }
    if feature == "platform" {
        return (target != "platform")
            .then(|| "`platform` knows no feature: pass in what it needs as a value".to_owned());
    }
    if feature == "graphql" {
        let allowed = ["platform", "graphql", "auth"].contains(&target);
        return (!allowed).then(|| {
            "`graphql` is plumbing and knows no feature: move this to the graphql.rs of the feature".to_owned()
        });
    }
    let below = FEATURES
        .iter()
        .find(|(name, _)| *name == feature)
        .map(|(_, below)| *below)?;
    if ABOVE.contains(&target) {
        return Some(format!("`{target}` stands above all features: turn the call round"));
    }
    if target == "graphql" {
        let vocabulary = layer == "queries" && ["filters", "enums"].contains(&target_layer);
        return (!vocabulary).then(|| "only queries may use the plumbing, and of it the filters and enums: decode in graphql.rs and pass values".to_owned());
    }
    if target == "platform" {
        let values = ["error", "text", "changes"].contains(&target_layer);
        return (layer == "model" && !values)
            .then(|| "a model is pure: of `platform` it knows error, text and changes only".to_owned());
    }
    if !FEATURES.iter().any(|(name, _)| *name == target) {
        return None;
    }
    if target != feature && !below.contains(&target) {
        return Some(format!(
            "`{feature}` stands on {below:?} only: let `{target}` call `{feature}`, or follow its events, or move this to graphql.rs"
        ));
    }
    if matches!(target_layer, "graphql" | "loaders") {
        return Some(
            "nothing that decides names a GraphQL type or loader: take values, and map them in graphql.rs".to_owned(),
        );
    }
    let height = |name: &str| ORDER.iter().position(|layer| *layer == name);
    match (height(&layer), height(target_layer)) {
        (Some(from), Some(to)) if to > from => Some(format!(
            "`{layer}` stands below `{target_layer}`: the order is {ORDER:?}"
        )),
        // The viewer and the session are of no layer, and not for what is pure.
        (Some(..=1), None) if target == "auth" => {
            Some("a model does not know who asks: decide that in policy.rs".to_owned())
        }
        _ => None,
    }
}

/// Why a pure file must not name a crate.
fn impurity(source: &Source, mention: &Mention) -> Option<String> {
    let (_, layer) = place(source);
    if !["model", "import", "forms"].contains(&layer.as_str()) {
        return None;
    }
    let name = mention.path[0].as_str();
    let of_entity = name == "entity" && !matches!(mention.path.get(1).map(String::as_str), Some("ids" | "enums"));
    (of_entity || IMPURE.contains(&name)).then(|| {
        format!(
            "`{layer}` is pure: it knows {VALUES:?} and the ids and enums of `entity`; read rows in queries or service"
        )
    })
}

/// Both, for all files of the library.
#[test]
fn features_depend_on_each_other_in_one_direction() {
    let mut wrong = Vec::new();
    let mut needed = vec![false; EXCEPTIONS.len()];
    for source in rust("api/src") {
        for mention in mentions(&source) {
            let Some(reason) = refusal(&source, &mention).or_else(|| impurity(&source, &mention)) else {
                continue;
            };
            let text = mention.text();
            let exception = EXCEPTIONS
                .iter()
                .position(|(file, what, _)| *file == source.path && text.starts_with(what));
            match exception {
                Some(index) => needed[index] = true,
                None => wrong.push(format!("{}:{} names {text}: {reason}", source.path, mention.line)),
            }
        }
    }
    agree(
        "Features depend downwards only, and so do layers (docs/adr/0011-feature-graph.md).",
        &wrong,
    );
    let idle = EXCEPTIONS.iter().zip(needed).filter(|(_, needed)| !needed);
    let idle: Vec<_> = idle.map(|((file, what, _), _)| format!("{file}, {what}")).collect();
    agree(
        &format!("These exceptions are no longer needed: take them out of {}.", file!()),
        &idle,
    );
}

/// What a model brings into scope is a value.
#[test]
fn models_import_values_only() {
    let mut wrong = Vec::new();
    for source in rust("api/src").iter().filter(|source| place(source).1 == "model") {
        for (line, text) in source.code() {
            let Some(path) = text.trim_start().trim_start_matches("pub ").strip_prefix("use ") else {
                continue;
            };
            let name = path.split([':', ';', ' ']).next().unwrap_or_default();
            let excepted = EXCEPTIONS
                .iter()
                .any(|(file, what, _)| *file == source.path && path.starts_with(what));
            let known = VALUES.contains(&name) || ["crate", "super", "self", "entity"].contains(&name);
            // `use Enum::{Variants}`
            let local = name.starts_with(char::is_uppercase);
            if !known && !local && !excepted {
                wrong.push(format!(
                    "{}:{line} uses {name}: move what needs it to service or queries",
                    source.path
                ));
            }
        }
    }
    agree(
        &format!(
            "A model is pure. A crate of plain values may be added to VALUES in {}.",
            file!()
        ),
        &wrong,
    );
}

/// Every folder has its place.
#[test]
fn every_folder_is_in_the_graph() {
    let place_of = |name: &str| {
        BELOW.contains(&name) || ABOVE.contains(&name) || FEATURES.iter().any(|(feature, _)| *feature == name)
    };
    let mut wrong: Vec<_> = rust("api/src")
        .iter()
        .filter(|source| source.path.matches('/').count() > 2 && !place_of(source.module()[0]))
        .map(|source| {
            format!(
                "{}: give its folder a line in FEATURES, with what it stands on",
                source.path
            )
        })
        .collect();
    wrong.dedup();
    for (index, (feature, below)) in FEATURES.iter().enumerate() {
        let known = &FEATURES[..index];
        for name in below
            .iter()
            .filter(|name| !known.iter().any(|(earlier, _)| earlier == *name))
        {
            wrong.push(format!(
                "{feature} stands on {name}, which comes later or not at all: that would be a cycle"
            ));
        }
    }
    agree(
        &format!("Every folder of api/src has its place in the graph of {}.", file!()),
        &wrong,
    );
}

/// In a feature the name of a file or folder is its layer.
#[test]
fn file_names_are_layers() {
    // No features, or not made of layers: `auth` is the issuer, the viewer, the session and the scope.
    let own_names = |module: &[&str]| {
        let folder = module[0];
        BELOW.contains(&folder)
            || ABOVE.contains(&folder)
            || folder == "auth"
            || module.starts_with(&["exchange", "import"])
            || module.starts_with(&["exchange", "forms"])
    };
    let wrong: Vec<_> = rust("api/src")
        .iter()
        .filter(|source| source.path.matches('/').count() > 2 && !own_names(&source.module()))
        .filter(|source| !LAYERS.contains(&place(source).1.as_str()))
        .map(|source| {
            format!(
                "{}: name it after its layer, or put it into a folder that is",
                source.path
            )
        })
        .collect();
    agree(&format!("In a feature, files are called {LAYERS:?}."), &wrong);
}
