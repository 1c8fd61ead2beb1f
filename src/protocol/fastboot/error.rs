//! What can go wrong in fastboot.

use std::time::Duration;

use super::exchange::{LONGEST_ANSWER, LONGEST_COMMAND, MOST_INFORMATION};
use crate::usb::Direction;

/// A text that names no variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is no name of a fastboot variable: those are printable ASCII without spaces, and the whole command has at \
     most {LONGEST_COMMAND} bytes"
)]
pub struct NameError {
    /// The text, escaped.
    pub(super) name: String,
}

/// Why a fastboot command has no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum FastbootError {
    /// Nothing that ends the command came.
    #[error("no end of the answer to {command} within {} s", within.as_secs_f32())]
    Silent {
        /// The command.
        command: String,
        /// The deadline.
        within: Duration,
    },
    /// The stick did not take the command.
    #[error("the stick took {sent} bytes of {command} and then no more")]
    NotTaken {
        /// The command.
        command: String,
        /// Bytes taken.
        sent: usize,
    },
    /// The stick refused a transfer.
    #[error(
        "the stick stalled its {} endpoint during {command}",
        match direction { Direction::In => "IN", Direction::Out => "OUT" }
    )]
    Stalled {
        /// The command.
        command: String,
        /// Which endpoint.
        direction: Direction,
    },
    /// The stick left the bus before it answered.
    #[error("the stick left the bus during {command}")]
    Left {
        /// The command.
        command: String,
    },
    /// The answer does not begin as fastboot's do.
    #[error("the answer to {command} is none of fastboot's: it begins {seen}")]
    NotFastboot {
        /// The command.
        command: String,
        /// Its first bytes, in hexadecimal.
        seen: String,
    },
    /// One message is longer than the protocol allows.
    #[error("the stick answered {command} with more than {LONGEST_ANSWER} bytes")]
    TooLong {
        /// The command.
        command: String,
    },
    /// It never stops informing.
    #[error("the stick sent more than {MOST_INFORMATION} INFO messages in answer to {command}, and no OKAY or FAIL")]
    TooMuch {
        /// The command.
        command: String,
    },
    /// The stick wants to exchange data, which no command of this program asks for.
    #[error("the stick answered {command} with DATA, though nothing was to be transferred")]
    UnaskedData {
        /// The command.
        command: String,
    },
    /// The stick refused.
    #[error("the stick refused {command}: {reason}")]
    Refused {
        /// The command.
        command: String,
        /// What it said, escaped; `no reason given` where it said nothing.
        reason: String,
    },
}
