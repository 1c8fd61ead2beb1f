//! The boot ROM's loader upload (12d1:1443), as read statically from public V7R1, V7R2, V7R11 and V7R22 boot ROM
//! images.
//!
//! Each block of a loader is one header, data messages of up to 1024 bytes, and one end message. A message is one USB
//! transfer and is answered by one byte. All numbers are big-endian; each message ends with its CRC-16/XMODEM.
//!
//! Most of these ROMs do not listen any more after a damaged message, so nothing here is repeated, apart from one new
//! header for the current block after an answer was lost: the ROM then begins that block anew. An end message is never
//! followed by a new header for the same block, because the first block would run twice.

mod block;
mod error;
mod message;
mod upload;

pub use block::UploadBlock;
pub use error::BootRomError;
pub use message::Packet;
pub use upload::{LastAnswer, Upload, Uploaded};

#[cfg(test)]
mod tests;
