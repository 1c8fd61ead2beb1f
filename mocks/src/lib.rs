//! The simulated stick.

pub mod samples;
pub mod web;
