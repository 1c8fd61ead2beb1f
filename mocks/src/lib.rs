//! The simulated stick.

pub mod samples;
