//! The simulated bus. To be written.
