//! Scenarios over a bench.
