//! See `fuzz/src/importer.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| postmortem_fuzz::importer::check(data));
