//! What is found, what is alike, and what is not indexed yet.

pub mod hits;
pub mod likeness;
pub mod missing;
