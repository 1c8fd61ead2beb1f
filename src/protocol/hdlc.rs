//! The frames of the download mode: HDLC-like framing as in RFC 1662, section 4, without address and control fields.
//!
//! A frame is `7e payload crc 7e`. The CRC is CRC-16/IBM-SDLC (the HDLC frame check sequence) over the payload,
//! appended little-endian. In payload and CRC, every 7e and 7d becomes 7d followed by the byte XOR 20; nothing else is
//! escaped. One flag may close a frame and open the next.

mod decoder;

use bytes::{BufMut, Bytes, BytesMut};
use crc::{CRC_16_IBM_SDLC, Crc, Table};

pub use decoder::{Decoder, FrameError, LONGEST_FRAME};

/// Opens and closes a frame.
pub const FLAG: u8 = 0x7e;
/// Announces an escaped byte.
const ESCAPE: u8 = 0x7d;
/// What an escaped byte is combined with by exclusive or.
const MASK: u8 = 0x20;

const CHECK: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_SDLC);

/// The frame that carries `payload`, with both flags.
#[must_use]
pub fn encode(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + payload.len() / 16 + 8);
    frame.put_u8(FLAG);
    for &byte in payload.iter().chain(&CHECK.checksum(payload).to_le_bytes()) {
        if byte == FLAG || byte == ESCAPE {
            frame.put_u8(ESCAPE);
            frame.put_u8(byte ^ MASK);
        } else {
            frame.put_u8(byte);
        }
    }
    frame.put_u8(FLAG);
    frame.freeze()
}

#[cfg(test)]
mod tests;
