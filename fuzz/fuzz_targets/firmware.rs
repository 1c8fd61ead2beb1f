//! The fuzz target `firmware`: what it holds is said in its function.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| balong_fuzz::firmware::run(data));
