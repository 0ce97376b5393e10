//! See `fuzz/src/codecs.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| postmortem_fuzz::codecs::check(data));
