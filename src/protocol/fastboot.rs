//! The loader's fastboot: one command in one transfer, answered by short messages that begin with four letters.
//!
//! Android's published fastboot protocol: a command of at most 64 bytes; answers `OKAY`, `FAIL`, `INFO` and `DATA`, of at
//! most 64 bytes each (256 in newer versions), where any number of `INFO` precedes the one that ends the command. The
//! loader of these sticks knows few commands (its published source: version 0.9). Only two are spoken here: one that
//! asks and one that restarts. Nothing is written by way of fastboot.

mod error;
mod exchange;
mod get_variable;
mod reboot;

pub use error::{FastbootError, NameError};
pub use get_variable::{GetVariable, Variable};
pub use reboot::{Reboot, Rebooted};

#[cfg(test)]
mod tests;
