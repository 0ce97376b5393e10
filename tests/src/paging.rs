//! Walks through a list page by page and compares what comes out with the list as it should be.

use serde_json::{Value, json};

use crate::app::{TestApp, TestUser};

/// A list in the API: `field(args)` within `parent`.
#[derive(Debug, Clone)]
pub struct List {
    /// What stands around it, such as `report(id: "rep_…")`; none at the root.
    pub parent: Option<String>,
    /// Its name.
    pub field: &'static str,
    /// Filter and order; without a comma at the end.
    pub args: String,
    /// What to ask of a node: something with an `id` unless `name` says otherwise.
    pub node: &'static str,
}

/// One page of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The nodes.
    pub ids: Vec<String>,
    /// Their places.
    pub cursors: Vec<String>,
    /// pageInfo.hasNextPage
    pub has_next: bool,
    /// pageInfo.hasPreviousPage
    pub has_previous: bool,
}

/// What one page holds, with edges, nodes and page info that agree.
#[track_caller]
pub fn page_of(connection: &Value) -> Page {
    let identity = |node: &Value| node.as_object().and_then(|node| node.values().next()).cloned();
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => panic!("a node without an identity in {connection:#}"),
    };
    let edges = connection["edges"].as_array().expect("edges");
    let ids: Vec<String> = edges.iter().map(|edge| text(identity(&edge["node"]))).collect();
    let nodes: Vec<String> = connection["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| text(identity(node)))
        .collect();
    assert_eq!(ids, nodes, "edges and nodes differ");
    let cursors: Vec<String> = edges.iter().map(|edge| text(Some(edge["cursor"].clone()))).collect();
    let info = &connection["pageInfo"];
    assert_eq!(
        info["startCursor"].as_str(),
        cursors.first().map(String::as_str),
        "startCursor"
    );
    assert_eq!(
        info["endCursor"].as_str(),
        cursors.last().map(String::as_str),
        "endCursor"
    );
    Page {
        ids,
        cursors,
        has_next: info["hasNextPage"].as_bool().expect("hasNextPage"),
        has_previous: info["hasPreviousPage"].as_bool().expect("hasPreviousPage"),
    }
}

/// The selection that [`page_of`] reads.
pub fn page_selection(node: &str) -> String {
    format!(
        "{{ edges {{ cursor node {{ {node} }} }} nodes {{ {node} }} \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
    )
}

impl List {
    /// A list at the root.
    pub fn root(field: &'static str, args: impl Into<String>) -> Self {
        Self {
            parent: None,
            field,
            args: args.into(),
            node: "id",
        }
    }

    /// A list of one object.
    pub fn of(parent: impl Into<String>, field: &'static str, args: impl Into<String>) -> Self {
        Self {
            parent: Some(parent.into()),
            ..Self::root(field, args)
        }
    }

    /// The same list, its nodes told apart by another field.
    pub fn by(self, node: &'static str) -> Self {
        Self { node, ..self }
    }

    /// Reads one page.
    pub async fn page(&self, app: &TestApp, user: &TestUser, page: Value) -> Page {
        let mut variables = Vec::new();
        let mut args = Vec::new();
        if !self.args.is_empty() {
            args.push(self.args.clone());
        }
        for (name, kind) in [
            ("first", "Int"),
            ("after", "String"),
            ("last", "Int"),
            ("before", "String"),
        ] {
            if page.get(name).is_some() {
                variables.push(format!("${name}: {kind}"));
                args.push(format!("{name}: ${name}"));
            }
        }
        let list = format!(
            "list: {}({}) {}",
            self.field,
            args.join(", "),
            page_selection(self.node)
        );
        let body = match &self.parent {
            Some(parent) => format!("parent: {parent} {{ {list} }}"),
            None => list,
        };
        let answer = app
            .ask(user, &format!("query ({}) {{ {body} }}", variables.join(", ")), page)
            .await;
        let pointer = if self.parent.is_some() { "/parent/list" } else { "/list" };
        page_of(&answer.at(pointer))
    }

    /// Pages of `size` from the start, put together, are `expected`.
    pub async fn forwards(&self, app: &TestApp, user: &TestUser, size: usize, expected: &[String]) {
        let mut seen: Vec<String> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let asked = match &after {
                Some(after) => json!({ "first": size, "after": after }),
                None => json!({ "first": size }),
            };
            let page = self.page(app, user, asked).await;
            let rest = expected.len() - seen.len();
            assert_eq!(
                page.has_previous,
                !seen.is_empty(),
                "hasPreviousPage after {} of {self:?}",
                seen.len()
            );
            assert_eq!(
                page.has_next,
                rest > size,
                "hasNextPage after {} of {self:?}",
                seen.len()
            );
            assert_eq!(
                page.ids.len(),
                rest.min(size),
                "length of the page after {} of {self:?}",
                seen.len()
            );
            after = page.cursors.last().cloned();
            seen.extend(page.ids);
            if !page.has_next {
                break;
            }
        }
        assert_eq!(seen, expected, "forwards by {size}: {self:?}");
    }

    /// Pages of `size` from the end, put together, are `expected`.
    pub async fn backwards(&self, app: &TestApp, user: &TestUser, size: usize, expected: &[String]) {
        let mut seen: Vec<String> = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let asked = match &before {
                Some(before) => json!({ "last": size, "before": before }),
                None => json!({ "last": size }),
            };
            let page = self.page(app, user, asked).await;
            let rest = expected.len() - seen.len();
            assert_eq!(
                page.has_next,
                !seen.is_empty(),
                "hasNextPage before {} of {self:?}",
                seen.len()
            );
            assert_eq!(
                page.has_previous,
                rest > size,
                "hasPreviousPage before {} of {self:?}",
                seen.len()
            );
            assert_eq!(
                page.ids.len(),
                rest.min(size),
                "length of the page before {} of {self:?}",
                seen.len()
            );
            before = page.cursors.first().cloned();
            seen.splice(0..0, page.ids);
            if !page.has_previous {
                break;
            }
        }
        assert_eq!(seen, expected, "backwards by {size}: {self:?}");
    }

    /// What lies between two places, from either side, is that part of `expected`. `places` are the cursors of all of it.
    pub async fn between(
        &self,
        app: &TestApp,
        user: &TestUser,
        (after, before): (usize, usize),
        size: usize,
        expected: &[String],
        places: &[String],
    ) {
        let (after, before) = (after.min(before), after.max(before));
        let part: &[String] = expected.get(after + 1..before).unwrap_or_default();
        let bounds = json!({ "after": places[after], "before": places[before] });
        let mut asked = bounds.clone();
        asked["first"] = json!(size);
        let page = self.page(app, user, asked).await;
        assert_eq!(
            page.ids,
            &part[..size.min(part.len())],
            "the first {size} between two places: {self:?}"
        );
        let mut asked = bounds;
        asked["last"] = json!(size);
        let page = self.page(app, user, asked).await;
        assert_eq!(
            page.ids,
            &part[part.len().saturating_sub(size)..],
            "the last {size} between two places: {self:?}"
        );
    }
}
