//! Text that is the template's and not the author's.

use super::blocks::{Block, Body};
use super::pattern::Pattern;

/// A whole paragraph in italics that tells the author what to write.
static PROMPT: Pattern = Pattern::new(
    r"(?i)^(?:list|describe|report|who|how|run|note|what|when|where|why|which|explain|detail|include|give|add|write|provide|summari[sz]e|identify|to be done|copy|document|use|fill|insert|link)\b",
);
static SENTENCE: Pattern = Pattern::new(r"(?i)^these are only sample sub-?headings\b");
static FIELD: Pattern = Pattern::new(r"^(?:\{\{[^{}]*\}\}|<[A-Z][^<>@/]{3,}>)$");

pub(super) fn is_boilerplate(block: &Block, is_first: bool) -> bool {
    let Body::Paragraph(text) = &block.body else {
        return false;
    };
    let shown = text.text();
    (is_first && text.is_emphasised && text.links().is_empty() && PROMPT.is_match(&shown))
        || SENTENCE.is_match(&shown)
        || FIELD.is_match(&shown)
}
