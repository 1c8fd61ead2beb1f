//! The simulated stick.

pub mod web;
