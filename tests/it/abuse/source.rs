//! What keeps whole kinds of attack away, held in the source.

use std::{fs, path::Path};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("a source")));
        }
    }
}

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["api/src", "entity/src", "migration/src"] {
        sources(&root.join(folder), &mut found);
    }
    found
}

/// Each crate of ours takes the lints of the workspace, which forbid it; so none can allow it for itself.
#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = read("Cargo.toml");
    assert!(
        workspace.contains("unsafe_code = \"forbid\""),
        "Cargo.toml allows unsafe code"
    );
    let members = workspace
        .lines()
        .find(|line| line.starts_with("members"))
        .expect("members");
    for member in members.split('"').skip(1).step_by(2) {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{member} does not take the lints of the workspace"
        );
    }
    assert!(read("fuzz/Cargo.toml").contains("unsafe_code = \"forbid\""));
}

/// Where patterns are made, each of text that stands there.
const PATTERNS: [&str; 5] = [
    "exchange/import/pattern.rs",
    "exchange/forms/public/redact.rs",
    "exchange/forms/github.rs",
    "reports/model/wording.rs",
    // Of names that are erased, each escaped.
    "privacy/model.rs",
];

/// `regex` takes time in proportion to the text, whatever the pattern; engines that go back do not. No pattern comes from a caller.
#[test]
fn patterns_are_ours_and_take_linear_time() {
    let deny = read("deny.toml");
    for engine in ["fancy-regex", "onig", "pcre2"] {
        assert!(
            deny.contains(&format!("crate = \"{engine}\"")),
            "deny.toml lets {engine} in"
        );
    }
    let wrong: Vec<String> = all()
        .iter()
        .filter(|(path, text)| {
            let makes = text.contains("Regex::new(") || text.contains("RegexBuilder") || text.contains("RegexSet");
            makes && !PATTERNS.iter().any(|known| path.ends_with(known))
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert!(
        wrong.is_empty(),
        "no pattern comes from a caller: look whether these are of text that stands there, and add them to PATTERNS: {wrong:?}"
    );
    let pattern = read("api/src/exchange/import/pattern.rs");
    assert!(
        pattern.contains("source: &'static str"),
        "a pattern is not fixed when the program is built"
    );
}

/// A comparison that ends at the first difference tells how much was right.
#[test]
fn secrets_are_not_compared_as_text() {
    let compares = |line: &str| {
        let line = line.split("//").next().unwrap_or_default();
        line.contains("reveal()") && (line.contains("==") || line.contains("!="))
    };
    let mut wrong = Vec::new();
    for (path, text) in all() {
        wrong.extend(
            text.lines()
                .filter(|line| compares(line))
                .map(|line| format!("{path}: {}", line.trim())),
        );
    }
    assert!(wrong.is_empty(), "ask Secret::is, or verify with ring: {wrong:#?}");
}

/// Tables derive `Debug` for sea-orm; what they hold of secrets is sealed or a digest, but for these, which end with their sign-in.
const SHOWN: &[(&str, &str)] = &[
    ("entity/src/login_attempt.rs", "nonce"),
    ("entity/src/login_attempt.rs", "pkce_verifier"),
];

/// What holds a secret as text does not derive `Debug`: it would be in the next message of a log.
#[test]
fn secrets_are_not_shown_by_debug() {
    let mut wrong = Vec::new();
    for (path, text) in all() {
        let mut derives = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[derive(") {
                derives = line.contains("Debug");
            } else if line.starts_with('}') {
                derives = false;
            } else if let Some((name, ty)) = line.trim_start_matches("pub ").split_once(": ") {
                let last = name.rsplit([' ', '_', ')']).next().unwrap_or_default();
                let is_secret =
                    ["secret", "token", "password", "verifier", "nonce", "cookie", "private"].contains(&last);
                let is_sealed = name.contains("sealed") || name.contains("hash");
                let is_known = SHOWN
                    .iter()
                    .any(|(file, field)| path.ends_with(file) && name.ends_with(field));
                if derives && is_secret && !is_sealed && !is_known && ty.contains("String") {
                    wrong.push(format!("{path}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "hold them as platform::secret::Secret: {wrong:#?}");
}

/// Every proof that docs/security.md names is there, and every target of `make fuzz` is explained.
#[test]
fn the_document_names_what_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = read("docs/security.md");
    let named: Vec<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && name.contains('.'))
        .collect();
    assert!(named.len() > 40, "{named:?}");
    let missing: Vec<_> = named
        .iter()
        .filter(|name| name.starts_with("tests/") || name.starts_with("api/") || name.starts_with(".ci/"))
        .filter(|name| !root.join(name).is_file())
        .collect();
    assert!(missing.is_empty(), "docs/security.md names what is gone: {missing:?}");
    for target in fs::read_dir(root.join("fuzz/fuzz_targets")).expect("targets") {
        let name = target
            .expect("a target")
            .file_name()
            .to_string_lossy()
            .replace(".rs", "");
        assert!(
            text.contains(&format!("| `{name}` |")),
            "docs/security.md does not explain the target {name}"
        );
    }
}
