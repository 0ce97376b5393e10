//! What is measured, and what follows from it.

pub mod cell;
pub mod counts;
pub mod dimension;
pub mod sorted;
pub mod trend;
