//! What may stand in which file.

use super::{Source, agree, files, imports::mentions, read, rust};

/// Begin transactions without being a `service`: file, why.
const BEGINNERS: &[(&str, &str)] = &[
    (
        "api/src/auth/signing_keys.rs",
        "makes the first signing key, and seals them",
    ),
    ("api/src/auth/session.rs", "hands a transaction to services"),
];

/// Open reference data, which resolvers may list without a query of their own: file, tables.
const OPEN_TABLES: &[(&str, &[&str])] = &[
    ("api/src/people/graphql/mod.rs", &["user", "team", "service"]),
    ("api/src/root_causes/graphql/mod.rs", &["cause_category"]),
];

/// Reads TODO in the documents of others.
const IMPORTER: [&str; 2] = ["api/src/exchange/import/", "tests/it/import.rs"];

const MAX_LINES: usize = 500;

fn is_layer(source: &Source, layer: &str) -> bool {
    source.module().get(1) == Some(&layer)
}

#[test]
fn only_services_begin_transactions() {
    let allowed = |source: &Source| {
        is_layer(source, "service")
            || source.path.starts_with("api/src/platform/db/")
            || BEGINNERS.iter().any(|(path, _)| *path == source.path)
    };
    let sources = rust("api/src");
    let wrong: Vec<_> = sources
        .iter()
        .filter(|source| !allowed(source))
        .flat_map(|source| {
            [".begin(", ".begin_with_", ".transaction("]
                .into_iter()
                .flat_map(|call| source.saying(call))
        })
        .collect();
    agree(
        "Only services begin transactions: move the write to the service.rs of its feature.",
        &wrong,
    );
}

#[test]
fn only_the_event_service_writes_events() {
    let mut wrong = Vec::new();
    for source in rust("api/src")
        .iter()
        .filter(|source| source.path != "api/src/events/service.rs")
    {
        for mention in mentions(source) {
            let path = mention.text();
            let path = path.strip_prefix("entity::").unwrap_or(&path);
            let writes = ["ActiveModel", "Entity::insert", "Entity::update", "Entity::delete"];
            if writes
                .iter()
                .any(|what| path.strip_prefix("event::").is_some_and(|rest| rest.starts_with(what)))
            {
                wrong.push(format!("{}:{} names {path}", source.path, mention.line));
            }
        }
        wrong.extend(
            source
                .saying("INTO event")
                .into_iter()
                .chain(source.saying("INTO \"event\"")),
        );
    }
    agree(
        "Events are written by events::service::record, last in the transaction of the change, and altered only to take a name away.",
        &wrong,
    );
}

#[test]
fn entity_and_migration_know_their_own_thing_only() {
    let mut wrong = Vec::new();
    for source in files("entity", &["rs", "toml"]) {
        for name in [
            "async_graphql",
            "async-graphql",
            "actix",
            "postmortem_api",
            "postmortem-api",
            "Utc::now",
            "SystemTime",
        ] {
            wrong.extend(source.saying(name));
        }
    }
    for source in files("migration", &["toml"]) {
        wrong.extend(source.saying("entity"));
    }
    agree(
        "`entity` has tables without GraphQL, HTTP and clock; `migration` spells names out, so that a landed step never changes.",
        &wrong,
    );
}

/// Else a list could be made that does not start at the scope of the viewer.
#[test]
fn resolvers_read_no_table_of_their_own() {
    let mut wrong = Vec::new();
    let mut read_tables = Vec::new();
    let sources = rust("api/src");
    for source in sources
        .iter()
        .filter(|source| is_layer(source, "graphql") || source.path.starts_with("api/src/graphql/"))
    {
        let open = OPEN_TABLES
            .iter()
            .find(|(path, _)| *path == source.path)
            .map_or(&[][..], |(_, tables)| *tables);
        for (line, text) in source.code() {
            for (at, _) in text.match_indices("Entity::find") {
                let before = text[..at].trim_end_matches("::");
                let table = before
                    .rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .next()
                    .unwrap_or_default();
                read_tables.push((source.path.as_str(), table));
                if !open.contains(&table) {
                    wrong.push(format!("{}:{line} reads {table:?}", source.path));
                }
            }
        }
    }
    agree(
        "Resolvers call a service, a loader or a query that starts at auth::scope.",
        &wrong,
    );
    for (path, tables) in OPEN_TABLES {
        for table in *tables {
            assert!(
                read_tables.contains(&(*path, *table)),
                "{path} no longer reads {table}: take it out of {}",
                file!()
            );
        }
    }
}

/// Policies and the role of the viewer are asked where a change is made, so that every way to it is asked.
#[test]
fn resolvers_decide_nothing() {
    let mut wrong = Vec::new();
    for source in rust("api/src")
        .iter()
        .filter(|source| is_layer(source, "graphql") || is_layer(source, "loaders"))
    {
        let policies = mentions(source)
            .into_iter()
            .filter(|mention| mention.path.iter().any(|part| part == "policy"));
        wrong.extend(policies.map(|mention| format!("{}:{} names {}", source.path, mention.line, mention.text())));
        for question in [
            "viewer.role",
            "viewer.kind",
            "viewer.is_",
            "viewer.may_",
            "viewer.can_",
            "viewer.leads",
        ] {
            wrong.extend(source.saying(question));
        }
    }
    agree(
        "Resolvers and loaders do not decide who may: ask the policy in service.rs, or start at auth::scope.",
        &wrong,
    );
}

#[test]
fn files_are_short() {
    // The last is one table: every comparator of every filter.
    let kept = ["api/assets/", "api/src/demo/data/", "tests/it/filters.rs"];
    let long: Vec<_> = files(".", &["rs", "md", "toml"])
        .iter()
        .filter(|source| !kept.iter().any(|folder| source.path.starts_with(folder)))
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(source, lines)| format!("{} has {lines} lines", source.path))
        .collect();
    agree(
        "Split files by 500 lines: make a folder of the layer, and a file of each thing it does.",
        &long,
    );
}

#[test]
fn nothing_is_left_to_do() {
    let mut wrong = Vec::new();
    for source in ["api", "bench", "chaos", "entity", "migration", "tests"]
        .into_iter()
        .flat_map(rust)
    {
        if source.path == file!() {
            continue;
        }
        for name in ["todo!", "unimplemented!", "dbg!"] {
            wrong.extend(source.saying(name));
        }
        let reads_them = IMPORTER.iter().any(|path| source.path.starts_with(path));
        for (number, line) in (1..).zip(source.text.lines()) {
            let note = line
                .split("//")
                .skip(1)
                .any(|comment| comment.trim_start_matches(['/', '!', ' ']).starts_with("TODO"));
            // A to-do of a calendar is called so.
            let line = line.replace("VTODO", "");
            if note || (line.contains("TODO") && !reads_them) {
                wrong.push(format!("{}:{number} says TODO", source.path));
            }
        }
    }
    agree("Do it now, or say in a sentence what is not done and why.", &wrong);
}

/// Documents name files as whoever looks for them types them: from the root, or from a folder further down. Capitals, `…` and `*` stand for a name.
#[test]
fn documents_name_files_that_exist() {
    let sources: Vec<_> = ["api", "bench", "chaos", "entity", "migration", "tests"]
        .into_iter()
        .flat_map(rust)
        .collect();
    let exists = |name: &str| {
        sources.iter().any(|source| {
            let before = source.path.strip_suffix(name);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    };
    let mut documents = vec!["ARCHITECTURE.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    documents.extend(files("docs", &["md"]).into_iter().map(|document| document.path));
    let mut missing = Vec::new();
    for document in documents {
        let text = read(&document);
        let quoted = text.split('`').skip(1).step_by(2);
        let stands_for = |name: &str| name.contains(|c: char| c.is_uppercase() || "…*".contains(c));
        let named = quoted.filter(|name| name.ends_with(".rs") && !stands_for(name));
        let gone = named.filter(|name| !exists(name));
        missing.extend(gone.map(|name| format!("{document} names {name}")));
    }
    agree("Documents name files that exist.", &missing);
}
