//! See `fuzz/src/signatures.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| postmortem_fuzz::signatures::check(data));
