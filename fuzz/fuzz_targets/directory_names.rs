//! The fuzz target `directory_names`: what it holds is said in its function.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| balong_fuzz::directory_names::run(data));
