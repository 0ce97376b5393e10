//! Reads all that somebody can reach.

use std::collections::{BTreeMap, VecDeque};

use postmortem_api::schema::sdl;
use serde_json::{Value, json};

use super::{LOOKUPS, ROOTS, selection::Types};
use crate::{TestApp, TestUser};

/// Everything that somebody was shown, by what they asked for.
#[derive(Debug, PartialEq)]
pub struct Crawl(BTreeMap<String, Value>);

/// The things with an id that stand somewhere in an answer: type and id.
fn things(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| things(value, found)),
        Value::Object(fields) => {
            if let (Some(Value::String(kind)), Some(Value::String(id))) = (fields.get("__typename"), fields.get("id")) {
                // An id of another system has no type of ours before it.
                if id.contains('_') && fields.len() == 2 {
                    found.push((kind.clone(), id.clone()));
                }
            }
            fields.values().for_each(|value| things(value, found));
        }
        _ => {}
    }
}

impl Crawl {
    /// As somebody.
    pub async fn of(app: &TestApp, user: &TestUser) -> Self {
        let types = Types::new(&sdl());
        for field in types.fields("Query") {
            let name = field.name.node.as_str();
            let known = LOOKUPS.contains(&name) || ROOTS.iter().any(|(root, _)| *root == name);
            assert!(
                known,
                "give the query {name} a line in ROOTS of tests/src/secrets/mod.rs, with arguments that could tell of a secret"
            );
        }
        let mut answers = BTreeMap::new();
        let mut queue = VecDeque::new();
        let mut seen = Vec::new();
        for (root, variants) in ROOTS {
            for arguments in *variants {
                let answer = app.ask(user, &types.root(root, arguments), json!({})).await.at("/it");
                things(&answer, &mut seen);
                answers.insert(format!("{root}({arguments})"), answer);
            }
        }
        queue.extend(seen.drain(..));
        while let Some((kind, id)) = queue.pop_front() {
            if answers.contains_key(&id) {
                continue;
            }
            let answer = app.ask(user, &types.node(&kind), json!({ "id": id })).await.at("/it");
            things(&answer, &mut seen);
            answers.insert(id, answer);
            queue.extend(seen.drain(..));
        }
        Self(answers)
    }

    /// Whether a thing was reached.
    pub fn reached(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|answer| !answer.is_null())
    }

    /// All answers as text. What was asked is not in it: it may name a secret.
    pub fn text(&self) -> String {
        self.0.values().map(|answer| format!("{answer}\n")).collect()
    }

    /// What is otherwise in another crawl, a line each.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names = self
            .0
            .keys()
            .chain(other.0.keys())
            .collect::<std::collections::BTreeSet<_>>();
        names
            .into_iter()
            .filter(|name| self.0.get(*name) != other.0.get(*name))
            .map(|name| {
                format!(
                    "{name}\n  before {:?}\n  after  {:?}",
                    self.0.get(name),
                    other.0.get(name)
                )
            })
            .collect()
    }
}
