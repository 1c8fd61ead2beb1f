//! One suite of scenarios, run on several benches.
//!
//! A scenario is a plain function over a [`Bench`]: sticks in ports, and the program's own entry point with arguments and
//! a bus, so that parsing, text, JSON and exit codes are under test too. One bench is the simulated stick in this process,
//! under virtual time ([`InProcess`]); another puts the same stick on a real kernel, which [`guest`] boots, and runs the
//! program inside, over nusb and over libusb.
//!
//! Beneath the program, [`conformance`] holds every implementor of its USB seam to the same promises.

pub mod bench;
pub mod conformance;
pub mod guest;
pub mod images;
pub mod ran;
pub mod scenarios;
pub mod sticks_in_guest;

pub use bench::{Bench, InProcess, Need};
pub use ran::Ran;
