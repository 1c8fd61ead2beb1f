//! The three messages, byte for byte.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use crc::{CRC_16_XMODEM, Crc, Table};

const CHECK: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// Data bytes in every data message but the last of a block.
pub(super) const PAYLOAD: usize = 1024;

/// Which message of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// The announcement: mode, size and address.
    Header,
    /// A data message, counted from 1.
    Data(u32),
    /// The end of the block.
    End,
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the header"),
            Self::Data(number) => write!(f, "data packet {number}"),
            Self::End => f.write_str("the end packet"),
        }
    }
}

/// `fe 00 ff mode size address crc`: 14 bytes.
pub(super) fn header(mode: u8, size: u32, address: u32) -> Bytes {
    let mut message = begin(0xfe, 0, 9);
    message.put_u8(mode);
    message.put_u32(size);
    message.put_u32(address);
    close(message)
}

/// `da number ~number payload crc`: five bytes more than the payload.
pub(super) fn data(number: u32, payload: &[u8]) -> Bytes {
    let mut message = begin(0xda, number, payload.len());
    message.put(payload);
    close(message)
}

/// `ed number ~number crc`: 5 bytes. Its number follows the one of the last data message.
pub(super) fn end(number: u32) -> Bytes {
    close(begin(0xed, number, 0))
}

/// The number is one byte on the wire: 255 is followed by 0.
fn begin(kind: u8, number: u32, rest: usize) -> BytesMut {
    let [.., number] = number.to_be_bytes();
    let mut message = BytesMut::with_capacity(rest + 5);
    message.put_slice(&[kind, number, !number]);
    message
}

fn close(mut message: BytesMut) -> Bytes {
    let check = CHECK.checksum(&message);
    message.put_u16(check);
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::play::hex;

    #[test]
    fn the_check_value_is_the_one_of_the_catalogue() {
        assert_eq!(CHECK.checksum(b"123456789"), 0x31c3);
    }

    #[test]
    fn the_messages_are_those_seen_on_the_wire() {
        assert_eq!(hex(&header(1, 0xd54, 0)), "fe00ff0100000d54000000006ad7");
        assert_eq!(hex(&end(5)), "ed05fa53c0");
    }

    #[test]
    fn the_number_wraps_after_255() {
        assert_eq!(hex(&data(255, b"x")[..3]), "daff00");
        assert_eq!(hex(&data(256, b"x")[..3]), "da00ff");
    }
}
