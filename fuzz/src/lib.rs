//! What is fuzzed: one file for each target, which takes any bytes and panics when a promise does not hold.
//!
//! `make fuzz` runs the targets under libFuzzer. The inputs in `corpus`, with those that were findings, are also run by the ordinary
//! tests (`tests/it/fuzzed.rs`), which compile these files for themselves; so CI needs no build for fuzzing.

pub mod codecs;
pub mod documents;
pub mod filters;
pub mod grammar;
pub mod importer;
pub mod markdown;
pub mod signatures;
