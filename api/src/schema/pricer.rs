//! What a document costs, without anything being run: for those that cost too much, so that whoever sent one knows by how much.
//!
//! The library says of such a document that it is too complex, and not how complex it is. To know that of every document would cost
//! every field a look aside, so it is counted once more, of the few that are refused.

use async_graphql::{Name, Request, Value, Variables, extensions::Analyzer, parser::types::ExecutableDocument};
use futures_util::FutureExt;

use super::{PostmortemSchema, checker::NothingRuns, unlimited};

/// The schema, which only counts.
pub struct Pricer(PostmortemSchema);

/// What a document costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Fields, those of a list once for each row of its page.
    pub complexity: u64,
    /// How deep it nests.
    pub depth: u64,
}

impl Pricer {
    /// Knows no limits.
    pub fn new() -> Self {
        Self(unlimited().extension(NothingRuns).extension(Analyzer).finish())
    }

    /// The price of an operation.
    pub fn price(&self, document: ExecutableDocument, name: Option<String>, variables: Variables) -> Option<Price> {
        let mut request = Request::new("").variables(variables);
        request.operation_name = name;
        request.set_parsed_query(document);
        // Validation waits for nothing.
        let response = self.0.execute(request).now_or_never()?;
        let Some(Value::Object(counted)) = response.extensions.get("analyzer") else {
            return None;
        };
        let number = |name: &str| match counted.get(&Name::new(name)) {
            Some(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        Some(Price {
            complexity: number("complexity")?,
            depth: number("depth")?,
        })
    }
}

impl Default for Pricer {
    fn default() -> Self {
        Self::new()
    }
}
