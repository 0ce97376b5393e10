//! What is counted and traced of an operation: its type and its name, and how it ended. Never what it asks for.

use async_graphql::{Request, Response, parser::types::OperationType};

use super::{errors::code_to_be, refusal::Refusal};
use crate::platform::meters::Operation;

/// How it is called when nothing failed.
pub(super) const OK: &str = "OK";

/// The type and the name of an operation.
#[derive(Debug, Clone)]
pub struct About {
    /// query, mutation or subscription; unknown as long as the document has not been read.
    pub kind: &'static str,
    /// Its name in the document.
    pub name: Option<String>,
}

impl Default for About {
    fn default() -> Self {
        Self {
            kind: "unknown",
            name: None,
        }
    }
}

impl About {
    /// Of a request whose document has been read.
    pub fn of(request: &mut Request) -> Self {
        let wanted = request.operation_name.clone();
        let Ok(document) = request.parsed_query() else {
            return Self::default();
        };
        let mut all = document.operations.iter();
        let chosen = match &wanted {
            Some(wanted) => all.find(|(name, _)| name.is_some_and(|name| name.as_str() == wanted)),
            None => all.next(),
        };
        let Some((name, operation)) = chosen else {
            return Self::default();
        };
        Self {
            kind: match operation.node.ty {
                OperationType::Query => "query",
                OperationType::Mutation => "mutation",
                OperationType::Subscription => "subscription",
            },
            name: name.map(|name| name.to_string()),
        }
    }

    /// What is counted, once it is known how it ended.
    pub fn ended<'a>(&'a self, outcome: &'a str, was_run: bool) -> Operation<'a> {
        Operation {
            kind: self.kind,
            name: self.name.as_deref(),
            outcome,
            was_run,
        }
    }

    /// What people call it.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {name}", self.kind),
            None => self.kind.to_owned(),
        }
    }
}

/// The code of the first error, or OK.
pub fn outcome_of(answer: Result<&Response, &Refusal>) -> String {
    match answer {
        Err(refusal) => refusal.code.to_owned(),
        Ok(response) => code_to_be(response).unwrap_or_else(|| OK.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, Pos, Response, ServerError};

    use super::outcome_of;

    #[test]
    fn logs_have_the_code_that_the_caller_gets() {
        let error = |message: &str, path: &[&str]| {
            let mut error = ServerError::new(message, Some(Pos::default()));
            error.path = path.iter().map(|name| PathSegment::Field((*name).to_owned())).collect();
            Response::from_errors(vec![error])
        };
        for (response, outcome) in [
            (Response::default(), "OK"),
            (
                error("Unknown field \"nope\" on type \"Query\".", &[]),
                "VALIDATION_FAILED",
            ),
            (error("Query is too complex.", &[]), "QUERY_TOO_COMPLEX"),
            (error("Failed to parse \"Int\"", &["double"]), "VALIDATION_FAILED"),
            (error("the disk is full", &["report"]), "INTERNAL"),
        ] {
            assert_eq!(outcome_of(Ok(&response)), outcome, "{response:?}");
        }
    }
}
