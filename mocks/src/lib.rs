//! The simulated stick.
