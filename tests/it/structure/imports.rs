//! Which modules a file names: in `use`, with braces and aliases taken apart, and in the middle of its code.

use std::collections::HashMap;

use super::Source;

/// A path that a file names.
pub(super) struct Mention {
    pub line: usize,
    /// From the root of the crate when the first is `crate`; else as it stands there.
    pub path: Vec<String>,
}

impl Mention {
    /// Written with `::`.
    pub(super) fn text(&self) -> String {
        self.path.join("::")
    }
}

/// All paths of two or more parts, in order.
pub(super) fn mentions(source: &Source) -> Vec<Mention> {
    let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
    let mut found = Vec::new();
    let mut aliases = HashMap::<String, Vec<String>>::new();
    let (mut at, mut before) = (0, ' ');
    while let Some(next) = code[at..].chars().next() {
        let word = word(&code[at..]);
        if word.is_empty() || before == ':' || is_word(before) {
            (at, before) = (at + next.len_utf8(), next);
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let imports = code[..at].trim_end().ends_with("use");
        let mut leaves = Vec::new();
        let length = tree(&code[at..], &[], &mut leaves);
        before = code[at..at + length].chars().last().unwrap_or(' ');
        at += length;
        for (path, alias) in leaves {
            let path = resolved(source, &path, &aliases);
            if imports && path[0] == "crate" {
                aliases.insert(alias, path.clone());
            }
            if path.len() > 1 || imports {
                found.push(Mention { line, path });
            }
        }
    }
    found
}

/// Reads one path, or one tree of `use`, and tells how long it is.
fn tree(text: &str, prefix: &[String], leaves: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = 0;
    loop {
        let part = word(&text[at..]);
        at += part.len();
        if part.is_empty() && text[at..].starts_with('*') {
            at += 1;
        }
        // `a::{self}` is `a`.
        if part != "self" || path.is_empty() {
            path.push(if part.is_empty() {
                "*".to_owned()
            } else {
                part.to_owned()
            });
        }
        if !text[at..].starts_with("::") {
            break;
        }
        at += 2;
        if text[at..].starts_with('{') {
            at += 1;
            loop {
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\n', ',']).len();
                if text[at..].starts_with('}') {
                    return at + 1;
                }
                match tree(&text[at..], &path, leaves) {
                    0 => return at,
                    length => at += length,
                }
            }
        }
    }
    let mut alias = path.last().cloned().unwrap_or_default();
    if let Some(rest) = text[at..].strip_prefix(" as ") {
        alias = word(rest).to_owned();
        at += " as ".len() + alias.len();
    }
    leaves.push((path, alias));
    at
}

/// Makes `super::model` of `reports/service/create.rs` into `crate::reports::service::model`, and takes aliases back.
fn resolved(source: &Source, path: &[String], aliases: &HashMap<String, Vec<String>>) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    if ups > 0 {
        let module = source.module();
        let above = module[..module.len().saturating_sub(ups)]
            .iter()
            .map(|part| (*part).to_owned());
        return ["crate".to_owned()]
            .into_iter()
            .chain(above)
            .chain(path[ups..].iter().cloned())
            .collect();
    }
    match aliases.get(&path[0]) {
        Some(whole) => whole.iter().chain(&path[1..]).cloned().collect(),
        None => path.to_vec(),
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn word(text: &str) -> &str {
    &text[..text.find(|letter| !is_word(letter)).unwrap_or(text.len())]
}

#[test]
fn paths_are_taken_apart() {
    let text = "use super::{policy, Held as Row};\nuse crate::{\n    people::{self, queries::*},\n    reports as r, // crate::no\n};\nr::service::hold(crate::auth::scope::reports);";
    let source = Source {
        path: "api/src/reports/service/create.rs".to_owned(),
        text: text.to_owned(),
    };
    let found: Vec<_> = mentions(&source)
        .iter()
        .map(|mention| format!("{} {}", mention.line, mention.text()))
        .collect();
    let expected = [
        "1 crate::reports::service::policy",
        "1 crate::reports::service::Held",
        "2 crate::people",
        "2 crate::people::queries::*",
        "2 crate::reports",
        "6 crate::reports::service::hold",
        "6 crate::auth::scope::reports",
    ];
    assert_eq!(found, expected);
}
