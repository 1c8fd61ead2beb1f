//! The fuzz target `decompression`: what it holds is said in its function.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| balong_fuzz::decompression::run(data));
