//! What can go wrong in download mode, and what it means for the flash.

use std::error::Error;

use super::question::Heard;
use super::{Command, RefusalCode};
use crate::protocol::at::AtError;
use crate::protocol::hdlc::FrameError;
use crate::protocol::text::hexadecimal;
use crate::usb::Direction;

/// What the failed conversation may have written. What earlier ones wrote is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// Nothing at all.
    Nothing,
    /// A part of the partition, or its space was erased.
    Partly,
    /// It cannot be told: the question went out, and its answer is missing.
    Unknown,
}

/// A failure in download mode. `block` counts from 1, where a block was concerned.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The stick said no.
    #[error("the stick refused {during}{}: {code} ({})", at_block(*block), code.explanation())]
    Refused {
        /// What was being asked.
        during: Command,
        /// Its reason.
        code: RefusalCode,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The stick refused the announced signature.
    #[error("the stick refused the firmware's signature: it answered {answer} where 0 and OK were expected")]
    SignatureRefused {
        /// What it answered, escaped or in hexadecimal.
        answer: String,
    },
    /// The stick refused to change to data mode.
    #[error("the stick refused to change to data mode: it answered {answer} where OK was expected")]
    DataModeRefused {
        /// What it answered, escaped or in hexadecimal.
        answer: String,
    },
    /// No answer before the deadline.
    #[error("the stick did not answer {during}{}", at_block(*block))]
    NoAnswer {
        /// What was being asked.
        during: Command,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The whole partition was sent, and whether the stick took it is not known.
    #[error("the stick took the whole partition but never said whether it was accepted")]
    EndUnknown,
    /// The stick left the bus.
    #[error("the stick left the bus during {during}{}", at_block(*block))]
    Left {
        /// What was being asked.
        during: Command,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The stick stalled an endpoint.
    #[error(
        "the stick stalled its {} endpoint during {during}{}",
        match direction { Direction::In => "IN", Direction::Out => "OUT" }, at_block(*block)
    )]
    Stalled {
        /// What was being asked.
        during: Command,
        /// Which endpoint.
        direction: Direction,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The stick took a part of a frame only.
    #[error("the stick took {sent} of the {length} bytes of {during}{} and then no more", at_block(*block))]
    ShortSend {
        /// What was being asked.
        during: Command,
        /// Bytes taken.
        sent: usize,
        /// Its length, in bytes.
        length: usize,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The answer was damaged.
    #[error("the answer to {during}{} was damaged", at_block(*block))]
    BadFrame {
        /// What was being asked.
        during: Command,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
        /// The cause.
        source: FrameError,
    },
    /// The answer is well-formed and none that is known.
    #[error("the stick answered {answer} to {during}{}, which is no answer to it", at_block(*block))]
    Unexpected {
        /// What was being asked.
        during: Command,
        /// What it answered, escaped or in hexadecimal.
        answer: String,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// Bytes that belong to no question.
    #[error(
        "the stick sent bytes that nobody asked for around {during}{} ({}); its answers can no longer be told apart",
        at_block(*block), hexadecimal(bytes)
    )]
    Unasked {
        /// What was being asked.
        during: Command,
        /// The bytes.
        bytes: Vec<u8>,
        /// The block, counted from 1, where one was concerned.
        block: Option<u32>,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The next block could not be had.
    #[error("block {block} of the partition could not be read")]
    Blocks {
        /// The block, counted from 1, where one was concerned.
        block: u32,
        /// What may have been written.
        wrote: Wrote,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A block of impossible length.
    #[error("block {block} of the partition has {length} bytes; 1 to {} are possible", super::LONGEST_BLOCK)]
    BlockLength {
        /// The block, counted from 1, where one was concerned.
        block: u32,
        /// Its length, in bytes.
        length: usize,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The blocks do not add up to the announced size.
    #[error(
        "the partition was announced with {announced} bytes, but its blocks come to {}{found}",
        if *more { "at least " } else { "" }
    )]
    Size {
        /// Bytes announced.
        announced: u32,
        /// Bytes found.
        found: u64,
        /// Whether there are more blocks, which were not counted.
        more: bool,
        /// What may have been written.
        wrote: Wrote,
    },
    /// The AT preamble failed.
    #[error("{during} failed")]
    At {
        /// What was being asked.
        during: Command,
        /// The cause.
        source: AtError,
    },
}

fn at_block(block: Option<u32>) -> String {
    block.map(|number| format!(", block {number}")).unwrap_or_default()
}

impl DownloadError {
    /// What this conversation may have written.
    #[must_use]
    pub fn wrote(&self) -> Wrote {
        match self {
            Self::Refused { wrote, .. }
            | Self::NoAnswer { wrote, .. }
            | Self::Left { wrote, .. }
            | Self::Stalled { wrote, .. }
            | Self::ShortSend { wrote, .. }
            | Self::BadFrame { wrote, .. }
            | Self::Unexpected { wrote, .. }
            | Self::Unasked { wrote, .. }
            | Self::Blocks { wrote, .. }
            | Self::BlockLength { wrote, .. }
            | Self::Size { wrote, .. } => *wrote,
            Self::EndUnknown => Wrote::Unknown,
            Self::SignatureRefused { .. } | Self::DataModeRefused { .. } | Self::At { .. } => Wrote::Nothing,
        }
    }

    /// What to do about it, where more is known than "run the same command again".
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        let replug = "re-plug the stick and run the same command again";
        match self {
            Self::Refused { during: Command::Start, code: RefusalCode(0x02 | 0x07), .. } => Some(
                "an earlier session may still be open in the stick: re-plug it and run the same command again; if that \
                 does not help, this firmware is not for this stick",
            ),
            Self::Refused { code: RefusalCode(0x0b | 0x0c), .. } => Some(
                "re-plug the stick and run the same command again, so that the signature is announced afresh; if that \
                 does not help, use unmodified firmware for this stick",
            ),
            Self::DataModeRefused { .. } => Some(
                "this stick may want signed firmware: use a file with a signature; else re-plug the stick and run the \
                 same command again",
            ),
            Self::SignatureRefused { .. } => Some("use firmware that is signed for this stick"),
            Self::NoAnswer { .. } | Self::EndUnknown | Self::Unasked { .. } | Self::BadFrame { .. } => Some(replug),
            Self::ShortSend { .. } | Self::Stalled { .. } | Self::Left { .. } => Some(replug),
            Self::At { source: AtError::Silent { .. }, .. } => Some(replug),
            _ => None,
        }
    }

    /// The error that an event other than a good answer means for the question it came upon.
    pub(super) fn of(heard: Heard, during: Command, block: Option<u32>, wrote: Wrote) -> Self {
        match heard {
            Heard::Frame(Err(source)) => Self::BadFrame { during, block, wrote, source },
            Heard::Frame(Ok(payload)) => match RefusalCode::of_answer(&payload) {
                Some(code) => Self::Refused { during, code, block, wrote },
                None => Self::Unexpected { during, answer: hexadecimal(&payload), block, wrote },
            },
            Heard::Unasked(bytes) => Self::Unasked { during, bytes, block, wrote },
            Heard::Cut { sent, length } => Self::ShortSend { during, sent, length, block, wrote },
            Heard::Stalled(direction) => Self::Stalled { during, direction, block, wrote },
            Heard::Gone => Self::Left { during, block, wrote },
            Heard::Silence | Heard::Nothing => Self::NoAnswer { during, block, wrote },
        }
    }
}
