//! What a report is, apart from where it is stored.

pub mod document;
pub mod findings;
pub mod inputs;
pub mod sections;
pub mod wording;
