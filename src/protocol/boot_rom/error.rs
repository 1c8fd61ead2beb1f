//! What can go wrong with an upload, as things that a user can act on.

use super::Packet;
use crate::protocol::text::hexadecimal;
use crate::usb::Direction;

/// A failed upload. The boot ROM writes to RAM alone: the flash is untouched in every case.
///
/// Blocks are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootRomError {
    /// The upload cannot be begun.
    #[error("block {block} of the loader cannot be uploaded: {why}; nothing was sent")]
    BadBlock {
        /// The block.
        block: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no block at all.
    #[error("the loader has no blocks to upload; nothing was sent")]
    NoBlocks,
    /// The ROM does not listen, or no longer.
    #[error("the boot ROM does not take or answer {packet} of block {block}; it does not listen any more")]
    Deaf {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
    },
    /// The answer to an end packet is missing, and the stick is still there.
    #[error(
        "the boot ROM took the whole of block {block} but did not answer its end packet; \
         whether the block runs cannot be told, and it must not be sent twice"
    )]
    EndUnanswered {
        /// The block.
        block: usize,
    },
    /// Answer 55.
    #[error("the boot ROM refused {packet} of block {block} (answer 55: bad length, order, mode or check value)")]
    Refused {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
    },
    /// Answer ee: secure boot.
    #[error(
        "the boot ROM refused the signature of block {block} (answer ee): secure boot is on in this stick, so it only runs \
         loaders signed by its maker, and this one is unsigned, patched or for another stick"
    )]
    SecureBoot {
        /// The block.
        block: usize,
    },
    /// An answer byte without a known meaning.
    #[error("the boot ROM answered {answer:02x} to {packet} of block {block}; aa, 55 or ee was expected")]
    Unexpected {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
        /// The byte.
        answer: u8,
    },
    /// Bytes that belong to no question.
    #[error(
        "the stick sent bytes that nobody asked for at {packet} of block {block} ({}); \
         the answers can no longer be told apart",
        hexadecimal(bytes)
    )]
    Unasked {
        /// The block.
        block: usize,
        /// The message before or after which they came.
        packet: Packet,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// An endpoint was stalled.
    #[error(
        "the stick stalled its {} endpoint at {packet} of block {block}",
        match direction { Direction::In => "IN", Direction::Out => "OUT" }
    )]
    Stalled {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
        /// Which endpoint.
        direction: Direction,
    },
    /// The stick took a part of a message only.
    #[error("the boot ROM took {sent} of the {length} bytes of {packet} of block {block} and then no more")]
    Cut {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
        /// Bytes taken.
        sent: usize,
        /// Bytes of the message.
        length: usize,
    },
    /// The stick left the bus too early.
    #[error("the stick left the bus at {packet} of block {block}; it was unplugged or restarted")]
    Left {
        /// The block.
        block: usize,
        /// The message.
        packet: Packet,
    },
}

impl BootRomError {
    /// What to do about it, as a sentence for the user. Nothing was written to the flash.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::BadBlock { .. } | Self::NoBlocks => "use another loader file; this one is damaged",
            Self::SecureBoot { .. } => "use an unmodified loader made for exactly this stick",
            Self::Refused { .. } => {
                "check that the loader is made for this stick's chip, re-plug the stick with its boot pad shorted, and \
                 run the same command again"
            }
            _ => {
                "re-plug the stick with its boot pad shorted and run the same command again; nothing was written to it"
            }
        }
    }
}
