//! See `fuzz/src/documents.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| postmortem_fuzz::documents::check(data));
