//! Packets from the guest, out of a stream of bytes that is cut anywhere.

use bytes::{Buf, Bytes, BytesMut};

use super::{Violation, kind};

/// No transfer of a guest is longer: kernels cut theirs long before.
const LONGEST_TRANSFER: u32 = 16 << 20;
/// The version text of a hello.
pub(super) const VERSION: u32 = 64;
/// Capabilities beyond this many words would be another protocol.
const MOST_CAPABILITIES: u32 = 4 * 32;
const LONGEST_FILTER: u32 = 64 << 10;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) kind: u32,
    pub(super) id: u64,
    pub(super) body: Bytes,
}

/// Collects bytes until a packet is whole.
#[derive(Debug, Default)]
pub(super) struct Reader {
    waiting: BytesMut,
    greeted: bool,
    /// Both sides agreed on ids of 64 bits.
    pub(super) wide_ids: bool,
}

impl Reader {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// The next whole packet. A wrong type or length is seen in the header already: nothing waits for a body that cannot
    /// be right.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, Violation> {
        let header = if self.wide_ids { 16 } else { 12 };
        let Some((kind, length)) = self.word(0).zip(self.word(4)) else {
            return Ok(None);
        };
        self.check(kind, length)?;
        if self.waiting.len() < header + length as usize {
            return Ok(None);
        }
        self.waiting.advance(8);
        let id = if self.wide_ids { self.waiting.get_u64_le() } else { u64::from(self.waiting.get_u32_le()) };
        self.greeted = true;
        Ok(Some(Packet { kind, id, body: self.waiting.split_to(length as usize).freeze() }))
    }

    fn word(&self, at: usize) -> Option<u32> {
        self.waiting.get(at..)?.first_chunk::<4>().map(|word| u32::from_le_bytes(*word))
    }

    fn check(&self, kind: u32, found: u32) -> Result<(), Violation> {
        match (self.greeted, kind) {
            (false, kind::HELLO) => {}
            (false, other) => return Err(Violation::NoHello(other)),
            (true, kind::HELLO) => return Err(Violation::SecondHello),
            (true, _) => {}
        }
        let (least, most) = lengths(kind).ok_or(Violation::UnknownType(kind))?;
        if found < least || found > most {
            return Err(Violation::Length { kind, found, least, most });
        }
        Ok(())
    }
}

/// The shortest and the longest body of each packet that a guest sends.
fn lengths(kind: u32) -> Option<(u32, u32)> {
    let u16_max = u32::from(u16::MAX);
    Some(match kind {
        kind::HELLO => (VERSION, VERSION + MOST_CAPABILITIES),
        kind::RESET | kind::GET_CONFIGURATION | kind::CANCEL | kind::FILTER_REJECT | kind::DISCONNECT_ACKNOWLEDGED => {
            (0, 0)
        }
        kind::SET_CONFIGURATION | kind::GET_SETTING => (1, 1),
        kind::SET_SETTING => (2, 2),
        kind::START_ISOCHRONOUS => (3, 3),
        kind::STOP_ISOCHRONOUS | kind::START_INTERRUPTS | kind::STOP_INTERRUPTS => (1, 1),
        kind::FILTER => (1, LONGEST_FILTER),
        kind::CONTROL => (10, 10 + u16_max),
        kind::BULK => (8, 10 + LONGEST_TRANSFER),
        kind::ISOCHRONOUS | kind::INTERRUPT => (4, 4 + u16_max),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> Vec<u8> {
        let mut bytes = vec![0; 12];
        bytes[4] = 64;
        bytes.resize(12 + 64, b'x');
        bytes
    }

    #[test]
    fn a_packet_is_read_from_single_bytes() {
        let mut reader = Reader::default();
        let (last, first) = hello().split_last().map(|(last, rest)| (*last, rest.to_vec())).expect("bytes");
        for byte in first {
            reader.push(&[byte]);
            assert_eq!(reader.next(), Ok(None));
        }
        reader.push(&[last]);
        let packet = reader.next().expect("a sound packet").expect("a whole packet");
        assert_eq!((packet.kind, packet.id, packet.body.len()), (kind::HELLO, 0, 64));
    }

    #[test]
    fn what_cannot_be_right_is_refused_by_its_first_eight_bytes() {
        let violation = |bytes: &[u8], greeted: bool| {
            let mut reader = Reader { greeted, ..Reader::default() };
            reader.push(bytes);
            reader.next()
        };
        assert_eq!(violation(&[3, 0, 0, 0, 0, 0, 0, 0], false), Err(Violation::NoHello(3)));
        assert_eq!(violation(&[0, 0, 0, 0, 64, 0, 0, 0], true), Err(Violation::SecondHello));
        assert_eq!(violation(&[99, 0, 0, 0, 0, 0, 0, 0], true), Err(Violation::UnknownType(99)));
        let length = Violation::Length { kind: 6, found: 0xffff_ffff, least: 1, most: 1 };
        assert_eq!(violation(&[6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], true), Err(length));
    }
}
