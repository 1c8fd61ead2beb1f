//! The fuzz target `partition_table`: what it holds is said in its function.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| balong_fuzz::partition_table::run(data));
