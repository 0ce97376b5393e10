//! How large a document may be, measured before it is executed.
//!
//! The schema builder limits depth and complexity, but by walking the document with every fragment spread out, and thirty
//! fragments that each spread the next one twice are a thousand million steps. So the size of the spread-out document is
//! computed here first, remembering each fragment's size, which takes one step per selection as written. On the way
//! fragments that spread themselves are found. Aliases and directives are counted as written.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Pos, ServerError};

use super::errors::{self, code};

/// What one document may contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Words and signs of the query text.
    pub tokens: usize,
    /// Bytes of spaces, commas and comments, which the parser reads again and again.
    pub ignored_bytes: usize,
    /// Brackets inside one another, of any kind, in the text; also selections inside one another once fragments are
    /// spread out.
    pub nesting: usize,
    /// Lists and objects inside one another in the value of an argument, variables filled in.
    pub input_nesting: usize,
    /// Aliases in the whole document, as written.
    pub aliases: usize,
    /// Directives in the whole document, as written.
    pub directives: usize,
    /// Fields at the root of one operation.
    pub root_fields: usize,
    /// Operations in the document.
    pub operations: usize,
    /// Named fragments in the document.
    pub fragments: usize,
    /// Selections of all operations together once fragments are spread out.
    pub selections: usize,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// Number of times that variables are named, times the bytes of the request: what copying their values may cost.
    pub variable_copies_bytes: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            tokens: 10_000,
            ignored_bytes: 64 * 1024,
            nesting: 64,
            input_nesting: 20,
            aliases: 100,
            directives: 50,
            root_fields: 50,
            operations: 20,
            fragments: 100,
            selections: 5_000,
            introspection: true,
            variable_copies_bytes: 64 * 1024 * 1024,
        }
    }
}

impl DocumentLimits {
    /// Refuses a document that is over one of the limits or whose fragments go in circles.
    pub(super) fn check(&self, document: &ExecutableDocument) -> Result<(), ServerError> {
        let mut written = Written::default();
        for (_, operation) in document.operations.iter() {
            let variables = &operation.node.variable_definitions;
            written.directives += operation.node.directives.len();
            written.directives += variables
                .iter()
                .map(|variable| variable.node.directives.len())
                .sum::<usize>();
            written.add(&operation.node.selection_set.node);
        }
        for fragment in document.fragments.values() {
            written.directives += fragment.node.directives.len();
            written.add(&fragment.node.selection_set.node);
        }
        at_most(document.operations.iter().count(), self.operations, "operations")?;
        at_most(document.fragments.len(), self.fragments, "fragments")?;
        at_most(written.aliases, self.aliases, "aliases")?;
        at_most(written.directives, self.directives, "directives")?;

        let mut spread_out = SpreadOut {
            document,
            nesting: self.nesting,
            known: HashMap::new(),
        };
        let mut total = Size::default();
        for (_, operation) in document.operations.iter() {
            let size = spread_out.measure(&operation.node.selection_set.node, 1)?;
            at_most(size.top, self.root_fields, "fields at the root of one operation")?;
            total = total.beside(size);
        }
        // Fragments that no operation uses are validated all the same.
        for name in document.fragments.keys() {
            let size = spread_out.measure_fragment(name, Pos::default(), 1)?;
            at_most(size.all, self.selections, "selections once fragments are spread out")?;
        }
        at_most(total.all, self.selections, "selections once fragments are spread out")
    }
}

fn at_most(count: usize, limit: usize, what: &str) -> Result<(), ServerError> {
    if count <= limit {
        return Ok(());
    }
    let message = format!("The document has more than {limit} {what}; split it into several requests.");
    Err(errors::coded(code::QUERY_TOO_COMPLEX, message, None))
}

/// What is counted as it stands in the text.
#[derive(Default)]
struct Written {
    aliases: usize,
    directives: usize,
}

impl Written {
    /// Recursion is safe: the parser gives up at 64 levels.
    fn add(&mut self, set: &SelectionSet) {
        for selection in &set.items {
            self.directives += selection.node.directives().len();
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.add(&field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.add(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// The size of a selection set with its fragments spread out.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// Fields at its own level.
    top: usize,
    /// Selections at all levels.
    all: usize,
    /// Levels, its own included.
    height: usize,
}

impl Size {
    /// Two sets at the same level.
    fn beside(self, other: Self) -> Self {
        Self {
            top: self.top.saturating_add(other.top),
            all: self.all.saturating_add(other.all),
            height: self.height.max(other.height),
        }
    }

    /// One selection more, around this set.
    fn wrapped(self, is_field: bool) -> Self {
        Self {
            top: if is_field { 1 } else { self.top },
            all: self.all.saturating_add(1),
            height: self.height.saturating_add(1),
        }
    }
}

struct SpreadOut<'a> {
    document: &'a ExecutableDocument,
    nesting: usize,
    /// The size of each fragment seen; `None` while it is being measured.
    known: HashMap<&'a str, Option<Size>>,
}

impl<'a> SpreadOut<'a> {
    fn measure(&mut self, set: &'a SelectionSet, depth: usize) -> Result<Size, ServerError> {
        self.guard_stack(depth)?;
        let mut total = Size::default();
        for selection in &set.items {
            let size = match &selection.node {
                Selection::Field(field) => self.measure(&field.node.selection_set.node, depth + 1)?.wrapped(true),
                Selection::InlineFragment(inline) => {
                    self.measure(&inline.node.selection_set.node, depth + 1)?.wrapped(false)
                }
                Selection::FragmentSpread(spread) => self
                    .measure_fragment(&spread.node.fragment_name.node, spread.pos, depth + 1)?
                    .wrapped(false),
            };
            total = total.beside(size);
        }
        Ok(total)
    }

    /// Fragments can chain deeper than the parser's own limit, and whoever walks the spread-out document recurses.
    fn guard_stack(&self, depth: usize) -> Result<(), ServerError> {
        if depth > self.nesting {
            return Err(errors::coded(code::QUERY_TOO_COMPLEX, errors::TOO_DEEP, None));
        }
        Ok(())
    }

    fn measure_fragment(&mut self, name: &str, position: Pos, depth: usize) -> Result<Size, ServerError> {
        // An unknown fragment is the schema's validation to report.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        match self.known.get(name.as_str()) {
            Some(Some(size)) => {
                self.guard_stack(depth + size.height)?;
                return Ok(*size);
            }
            Some(None) => {
                let message = format!("The fragment \"{name}\" spreads itself, directly or through others.");
                return Err(errors::coded(code::VALIDATION_FAILED, message, Some(position)));
            }
            None => {}
        }
        self.known.insert(name.as_str(), None);
        let size = self.measure(&fragment.node.selection_set.node, depth)?;
        self.known.insert(name.as_str(), Some(size));
        Ok(size)
    }
}
