//! What is fuzzed, by the inputs that are kept and by random ones: without a build for fuzzing, and on both databases.

use std::{fs, path::Path};

use postmortem_tests::on_both_databases;
use proptest::{collection::vec, prelude::*};

use crate::demo::load;

#[path = "../../fuzz/src/lib.rs"]
pub mod targets;

use targets::{codecs, documents, filters, importer, markdown, signatures};

/// The inputs of a target, each with its name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    let mut inputs: Vec<_> = files
        .map(|file| {
            let file = file.expect("a file");
            let name = format!("fuzz/corpus/{target}/{}", file.file_name().to_string_lossy());
            (name, fs::read(file.path()).expect("an input"))
        })
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 5, "{target} has hardly any inputs");
    inputs
}

#[allow(clippy::print_stderr, reason = "which input it was, for whoever sees it fail")]
fn begin(name: &str) {
    eprintln!("{name}");
}

fn replay(target: &str, check: impl Fn(&[u8])) {
    for (name, input) in corpus(target) {
        begin(&name);
        check(&input);
    }
}

#[test]
fn kept_inputs_of_codecs() {
    replay("codecs", codecs::check);
}

#[test]
fn kept_inputs_of_documents() {
    replay("documents", documents::check);
}

#[test]
fn kept_inputs_of_the_importer() {
    replay("importer", importer::check);
}

#[test]
fn kept_inputs_of_markdown() {
    replay("markdown", markdown::check);
}

#[test]
fn kept_inputs_of_signatures() {
    replay("signatures", signatures::check);
}

/// Every target is run here, and by `make fuzz`.
#[test]
fn every_target_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(root.join(path)).expect(path);
    let (makefile, manifest, own) = (read("Makefile"), read("fuzz/Cargo.toml"), read("tests/it/fuzzed.rs"));
    for target in fs::read_dir(root.join("fuzz/fuzz_targets")).expect("targets") {
        let file = target.expect("a target").file_name().to_string_lossy().into_owned();
        let name = file.trim_end_matches(".rs");
        assert!(
            manifest.contains(&format!("fuzz_targets/{file}")),
            "{name} is not in fuzz/Cargo.toml"
        );
        assert!(
            makefile.contains(name),
            "{name} is not among FUZZ_TARGETS of the Makefile"
        );
        assert!(
            own.contains(&format!("(\"{name}\")")) || own.contains(&format!("(\"{name}\",")),
            "{name} is not run by {}",
            file!()
        );
    }
}

on_both_databases! {
    /// No filter is our fault, and a filter and its opposite part a list in two. With the data of the demo.
    async fn kept_filters(app) {
        let admin = load(app).await;
        let mut compared = 0;
        for (name, input) in corpus("filters") {
            let question = filters::question(&input);
            let answer = app.ask(&admin, &question.query, question.variables.clone()).await;
            if !answer.is_ok() {
                assert_ne!(answer.code(), "INTERNAL", "{name}: {:#}", question.variables);
                continue;
            }
            begin(&name);
            filters::check(&question, answer.data());
            compared += 1;
        }
        assert!(compared >= 10, "{compared} filters were run");
    }
}

/// Text that looks like something, and bytes that look like nothing.
fn input() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: [&str; 30] = [
        "\n",
        "# ",
        "- [ ] ",
        "| a | b |\n|---|---|\n",
        "10:00 UTC",
        "2026-03-01",
        "Owner: Ada",
        "<b onclick=x>",
        "](javascript:",
        "![",
        "```",
        "{",
        "}",
        "[",
        "(",
        "\"",
        "\"\"\"",
        "\\",
        "$a",
        "...",
        "query ",
        "fragment A on Query ",
        "rec_01h455vb4pex5vsknk084sn02q",
        "v1,",
        "sha256=",
        "whsec_",
        "GET query=",
        "POST {\"query\":\"",
        "\0",
        "\u{202e}ä",
    ];
    let part = prop_oneof![
        4 => prop::sample::select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        2 => "[ -~]{0,12}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(part, 0..24).prop_map(|parts| parts.concat())
}

// More of them: PROPTEST_CASES.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_of_codecs(data in input()) {
        codecs::check(&data);
    }

    #[test]
    fn any_input_of_documents(data in input()) {
        documents::check(&data);
    }

    #[test]
    fn any_input_of_the_importer(data in input()) {
        importer::check(&data);
    }

    #[test]
    fn any_input_of_markdown(data in input()) {
        markdown::check(&data);
    }

    #[test]
    fn any_input_of_signatures(data in input()) {
        signatures::check(&data);
    }
}
