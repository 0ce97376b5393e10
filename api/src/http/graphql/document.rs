//! From the query text to a document that may be executed, read once.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Name, Pos, Request, ServerError, Variables};

use super::document_limits::DocumentLimits;
use super::documents::{Documents, Known};
use super::errors::{self, code};
use super::{input_depth, introspection, token_scan};

/// Parses and measures the document of a request, keeps it in the request and tells what kind of operation it is. What is
/// known of it goes with the request as its data.
///
/// `request_bytes` is the size of the message the request came in. Every transport calls this before it hands the
/// request to the schema: without it a hostile document can end the process.
pub fn read_document(
    request: &mut Request,
    request_bytes: usize,
    limits: &DocumentLimits,
    documents: &Documents,
) -> Result<OperationType, ServerError> {
    let known = documents.known(&request.query, || parse(&request.query, limits))?;
    // What was named instead of written out is longer than its request.
    let request_bytes = request_bytes.max(request.query.len());
    // Each use of a variable copies its value, so a megabyte named a thousand times would be a gigabyte.
    if known.variables.saturating_mul(request_bytes) > limits.variable_copies_bytes {
        return Err(errors::coded(
            code::QUERY_TOO_COMPLEX,
            "The query uses large variables too often; use each once, or split it into several requests.",
            None,
        ));
    }
    input_depth::check(&known.document, &request.variables, limits.input_nesting)?;
    let operation = select(&known.document, request.operation_name.as_deref())?;
    require_variables(operation, &request.variables)?;
    let kind = operation.ty;
    request.set_parsed_query(known.document.clone());
    request.data.insert(known);
    Ok(kind)
}

/// Parses and measures a document by itself, and counts how often it uses variables.
pub(super) fn parse(query: &str, limits: &DocumentLimits) -> Result<Known, ServerError> {
    let scan = token_scan::scan(query, limits)?;
    let document = parse_query(query).map_err(|error| syntax_error(&error))?;
    limits.check(&document)?;
    introspection::check(&document, limits.introspection)?;
    Ok(Known::new(document, scan.variables))
}

/// Says what is wrong with a document that is to be kept, before anybody sends it; `against` is what the schema says against one
/// of its operations. Variables count as left out.
pub fn check_document(
    query: &str,
    limits: &DocumentLimits,
    against: impl Fn(ExecutableDocument, Option<&str>) -> Vec<ServerError>,
) -> Result<(), String> {
    let Known { document, .. } = parse(query, limits).map_err(|error| error.message)?;
    input_depth::check(&document, &Variables::default(), limits.input_nesting).map_err(|error| error.message)?;
    for (name, _) in document.operations.iter() {
        let found = against(document.clone(), name.map(Name::as_str));
        if let Some(mut error) = found
            .into_iter()
            .find(|error| !errors::is_missing_variable(&error.message))
        {
            errors::reword_request_error(&mut error);
            return Err(match error.locations.first() {
                Some(Pos { line, column }) => format!("line {line}, column {column}: {}", error.message),
                None => error.message,
            });
        }
    }
    Ok(())
}

/// The operation that will be executed.
pub(super) fn select<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ServerError> {
    let mut all = document.operations.iter();
    let found = match (name, all.next(), all.next()) {
        (Some(wanted), ..) => document
            .operations
            .iter()
            .find(|(name, _)| name.is_some_and(|name| name.as_str() == wanted))
            .ok_or_else(|| format!("The document has no operation named \"{wanted}\".")),
        (None, Some(only), None) => Ok(only),
        (None, ..) => Err("The document has several operations; say in \"operationName\" which one to run.".to_owned()),
    };
    match found {
        Ok((_, operation)) => Ok(&operation.node),
        Err(message) => Err(errors::coded(code::VALIDATION_FAILED, message, None)),
    }
}

/// The schema would notice a missing variable only while it executes, when the answer can no longer be a 400.
fn require_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), ServerError> {
    for definition in &operation.variable_definitions {
        let variable = &definition.node;
        let missing = match variables.get(&variable.name.node) {
            None => variable.default_value.is_none(),
            Some(value) => *value == async_graphql::Value::Null,
        };
        if missing && !variable.var_type.node.nullable {
            let message = format!(
                "The variable \"${}\" of type \"{}\" needs a value.",
                variable.name.node, variable.var_type.node
            );
            return Err(errors::coded(code::VALIDATION_FAILED, message, Some(definition.pos)));
        }
    }
    Ok(())
}

/// The parser's own messages span several lines and name its grammar rules.
fn syntax_error(error: &ParseError) -> ServerError {
    let position = error.positions().next();
    let message = match (error, position) {
        (ParseError::Syntax { .. }, Some(Pos { line, column })) => {
            format!("The query has a syntax error at line {line}, column {column}.")
        }
        (ParseError::MultipleOperations { .. }, _) => {
            "An operation without a name must be the only one in its document.".to_owned()
        }
        (ParseError::OperationDuplicated { operation, .. }, _) => {
            format!("The document has two operations named \"{operation}\".")
        }
        (ParseError::FragmentDuplicated { fragment, .. }, _) => {
            format!("The document has two fragments named \"{fragment}\".")
        }
        (ParseError::MissingOperation, _) => "The document has no operation.".to_owned(),
        (ParseError::RecursionLimitExceeded, _) => {
            return errors::coded(code::QUERY_TOO_COMPLEX, errors::TOO_DEEP, None);
        }
        _ => "The query cannot be read.".to_owned(),
    };
    errors::coded(code::VALIDATION_FAILED, message, position)
}
