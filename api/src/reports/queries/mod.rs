//! Reads reports: which ones a list holds, what their rules look at, and how they read as documents.

pub mod documents;
pub mod facts;
pub mod filter;
pub mod flat;
