//! See `fuzz/src/markdown.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| postmortem_fuzz::markdown::check(data));
