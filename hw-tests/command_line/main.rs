//! Tests of the real binary.
fn main() {}
