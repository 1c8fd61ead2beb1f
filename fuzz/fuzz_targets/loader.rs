//! The fuzz target `loader`: what it holds is said in its function.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| balong_fuzz::loader::run(data));
