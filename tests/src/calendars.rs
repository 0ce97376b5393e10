//! Calendar feeds as others read them: `icalendar` of PyPI and `ical.js` of npm, in `tests/calendars`; and line by line.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::{node, python, standard_webhooks::verdicts};

/// What Python finds in each of these calendars.
pub fn python_reads(calendars: &[String]) -> Value {
    let read = || {
        let mut command = Command::new(python::prepared("calendars")?);
        command.arg("check.py").current_dir(python::folder("calendars"));
        verdicts(command, &serde_json::json!(calendars))
    };
    read().unwrap_or_else(|error| panic!("{error:#}"))
}

/// What Node finds in each of these calendars.
pub fn node_reads(calendars: &[String]) -> Value {
    let mut command = Command::new("node");
    command.arg("check.mjs").current_dir(node::prepared("calendars"));
    verdicts(command, &serde_json::json!(calendars)).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The lines of a calendar, put together where they were folded. Panics when they end or fold as RFC 5545 does not allow.
pub fn lines(calendar: &str) -> Vec<String> {
    let text = calendar.strip_suffix("\r\n").expect("the last line ends");
    let mut lines: Vec<String> = Vec::new();
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "a line of {} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "a line that ends wrongly: {line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().expect("a line before").push_str(rest),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The to-dos and events of a calendar by UID, each with its values by name. Alarms are left out.
pub fn components(calendar: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut current = BTreeMap::new();
    let mut within: Vec<String> = Vec::new();
    for line in lines(calendar) {
        let (name, value) = line.split_once(':').expect("a name and a value");
        let name = name.split(';').next().unwrap_or(name);
        match (name, within.last().map(String::as_str)) {
            ("BEGIN", _) => within.push(value.to_owned()),
            ("END", _) => {
                let ended = within.pop();
                if matches!(ended.as_deref(), Some("VTODO" | "VEVENT")) {
                    let whole: BTreeMap<String, String> = std::mem::take(&mut current);
                    let before = found.insert(whole["UID"].clone(), whole);
                    assert!(before.is_none(), "two components have one UID");
                }
            }
            (_, Some("VTODO" | "VEVENT")) => {
                current.insert(name.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
    found
}
