//! HDLC-like framing (RFC 1662): flags, transparency, and the 16-bit frame check sequence.

use crate::crc;

const FLAG: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;
const MASK: u8 = 0x20;
const ALL_STATIONS: u8 = 0xff;
const UNNUMBERED: u8 = 0x03;

/// The largest information field: RFC 1661 demands that one of this size is always taken.
pub(super) const LARGEST: usize = 1500;
/// Address, control, a protocol of two bytes, and the check sequence around it.
const LONGEST_FRAME: usize = LARGEST + 6;
/// Address, control, a protocol of two bytes, the check sequence: fewer bytes are a frame only where fields are left out.
const SHORTEST_FRAME: usize = 4;

/// The asynchronous control character map before anything was negotiated: every control character is escaped.
pub(super) const EVERY_CONTROL_CHARACTER: u32 = 0xffff_ffff;

/// A frame without its framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) protocol: u16,
    pub(super) information: Vec<u8>,
}

/// How frames to the host look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Framing {
    /// Bit n: control character n is escaped.
    pub(super) control_characters: u32,
    /// Address and control are left out.
    pub(super) compresses_address: bool,
    /// A protocol below 0x100 is one byte.
    pub(super) compresses_protocol: bool,
}

impl Framing {
    /// What every receiver understands; LCP's own packets are always sent so.
    pub(super) const PLAIN: Self =
        Self { control_characters: EVERY_CONTROL_CHARACTER, compresses_address: false, compresses_protocol: false };

    /// Writes one frame behind what is there.
    pub(super) fn write(self, protocol: u16, information: &[u8], out: &mut Vec<u8>) {
        let mut content = Vec::with_capacity(information.len() + 6);
        if !self.compresses_address {
            content.extend([ALL_STATIONS, UNNUMBERED]);
        }
        let [high, low] = protocol.to_be_bytes();
        if !(self.compresses_protocol && high == 0 && low & 1 == 1) {
            content.push(high);
        }
        content.push(low);
        content.extend_from_slice(information);
        content.extend(crc::frame_check(&content).to_le_bytes());
        out.reserve(content.len() + content.len() / 8 + 2);
        out.push(FLAG);
        for byte in content {
            if self.escapes(byte) { out.extend([ESCAPE, byte ^ MASK]) } else { out.push(byte) }
        }
        out.push(FLAG);
    }

    fn escapes(self, byte: u8) -> bool {
        matches!(byte, FLAG | ESCAPE) || (byte < 0x20 && self.control_characters >> byte & 1 == 1)
    }
}

/// Takes bytes, gives frames. What is no sound frame is dropped without a word.
#[derive(Debug)]
pub(super) struct Receiver {
    content: Vec<u8>,
    escaped: bool,
    spoiled: bool,
    /// Bit n: an unescaped control character n was put in by something on the way, and does not count.
    pub(super) control_characters: u32,
}

impl Receiver {
    pub(super) fn new() -> Self {
        let control_characters = EVERY_CONTROL_CHARACTER;
        // What comes before the first flag is no frame: noise, or what is left of a command line.
        Self { content: Vec::new(), escaped: false, spoiled: true, control_characters }
    }

    pub(super) fn push(&mut self, byte: u8) -> Option<Frame> {
        if byte == FLAG {
            let content = std::mem::take(&mut self.content);
            // An escape in front of a flag aborts the frame.
            let (spoiled, aborted) = (std::mem::take(&mut self.spoiled), std::mem::take(&mut self.escaped));
            return if spoiled || aborted { None } else { frame(&content) };
        }
        if byte < 0x20 && self.control_characters >> byte & 1 == 1 {
            return None;
        }
        if byte == ESCAPE {
            self.escaped = true;
            return None;
        }
        let byte = if std::mem::take(&mut self.escaped) { byte ^ MASK } else { byte };
        if self.content.len() == LONGEST_FRAME {
            self.spoiled = true;
            self.content.clear();
        }
        if !self.spoiled {
            self.content.push(byte);
        }
        None
    }
}

/// The frame in what stood between two flags. The fields that may be left out are taken either way, as RFC 1661
/// recommends.
fn frame(content: &[u8]) -> Option<Frame> {
    if content.len() < SHORTEST_FRAME {
        return None;
    }
    let (body, check) = content.split_last_chunk::<2>()?;
    if crc::frame_check(body) != u16::from_le_bytes(*check) {
        return None;
    }
    let body = body.strip_prefix(&[ALL_STATIONS, UNNUMBERED]).unwrap_or(body);
    let (protocol, information) = match *body {
        // The last byte of every protocol number is odd, and that of the first is not.
        [low, ref rest @ ..] if low & 1 == 1 => (u16::from(low), rest),
        [high, low, ref rest @ ..] if low & 1 == 1 => (u16::from_be_bytes([high, low]), rest),
        _ => return None,
    };
    Some(Frame { protocol, information: information.to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn receive(receiver: &mut Receiver, bytes: &[u8]) -> Vec<Frame> {
        bytes.iter().filter_map(|byte| receiver.push(*byte)).collect()
    }

    fn written(framing: Framing, protocol: u16, information: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        framing.write(protocol, information, &mut out);
        out
    }

    const COMPRESSED: Framing = Framing { control_characters: 0, compresses_address: true, compresses_protocol: true };

    /// A Configure-Request as pppd sends it first: asyncmap 0, magic number, both compressions.
    const FROM_PPPD: [u8; 42] =
        *b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7d\x21\x7d\x20\x7d\x34\x7d\x22\x7d\x26\x7d\x20\x7d\x20\
\x7d\x20\x7d\x20\x7d\x25\x7d\x26\x21\x43\x65\x87\x7d\x27\x7d\x22\x7d\x28\x7d\x22";

    #[test]
    fn every_control_character_of_a_plain_frame_is_escaped() {
        let request = *b"\x01\x01\x00\x14\x02\x06\x00\x00\x00\x00\x05\x06\x21\x43\x65\x87\x07\x02\x08\x02";
        let bytes = written(Framing::PLAIN, 0xc021, &request);
        assert_eq!(bytes[..FROM_PPPD.len()], FROM_PPPD);
        assert_eq!(bytes.last(), Some(&FLAG));
        let frame = Frame { protocol: 0xc021, information: request.to_vec() };
        assert_eq!(receive(&mut Receiver::new(), &bytes), [frame]);
    }

    #[test]
    fn a_compressed_frame_of_ip_has_one_byte_in_front_of_the_packet() {
        let bytes = written(COMPRESSED, 0x21, &[0x45, 0x00]);
        assert_eq!((bytes.len(), &bytes[..4]), (7, &[FLAG, 0x21, 0x45, 0x00][..]));
        let ipcp = written(COMPRESSED, 0x8021, &[1]);
        assert_eq!(&ipcp[..4], [FLAG, 0x80, 0x21, 1], "a protocol above 0xff has two bytes all the same");
    }

    #[test]
    fn one_flag_between_two_frames_is_enough() {
        let mut bytes = written(COMPRESSED, 0x21, b"one");
        bytes.pop();
        bytes.extend(written(COMPRESSED, 0x21, b"two"));
        let informations: Vec<_> =
            receive(&mut Receiver::new(), &bytes).into_iter().map(|frame| frame.information).collect();
        assert_eq!(informations, [b"one", b"two"]);
    }

    #[test]
    fn an_escape_before_a_flag_aborts_the_frame_and_the_next_one_is_sound() {
        let mut bytes = written(COMPRESSED, 0x21, b"aborted");
        bytes.insert(bytes.len() - 1, ESCAPE);
        bytes.extend(written(COMPRESSED, 0x21, b"sound"));
        let frames = receive(&mut Receiver::new(), &bytes);
        assert_eq!(frames, [Frame { protocol: 0x21, information: b"sound".to_vec() }]);
    }

    #[test]
    fn a_control_character_that_was_to_be_escaped_and_is_not_does_not_count() {
        let mut bytes = written(Framing::PLAIN, 0x21, b"text");
        bytes.insert(4, 0x11);
        assert_eq!(receive(&mut Receiver::new(), &bytes).len(), 1);
        let mut receiver = Receiver::new();
        receiver.control_characters = 0;
        assert_eq!(receive(&mut receiver, &bytes), [], "with an empty map it is part of the frame, and spoils it");
    }

    #[test]
    fn the_largest_packet_is_taken_and_a_larger_one_dropped_up_to_its_end() {
        let mut receiver = Receiver::new();
        for (length, taken) in [(LARGEST, 1), (LARGEST + 1, 0), (20_000, 0), (LARGEST, 1)] {
            let bytes = written(Framing::PLAIN, 0xc023, &vec![0x7e; length]);
            assert_eq!(receive(&mut receiver, &bytes).len(), taken, "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_received_whatever_the_framing(
            protocol in (0u8..=127, any::<u8>()).prop_map(|(high, low)| u16::from_be_bytes([high << 1, low | 1])),
            information in prop::collection::vec(any::<u8>(), 1..=LARGEST),
            control_characters in any::<u32>(),
            compresses_address in any::<bool>(),
            compresses_protocol in any::<bool>(),
        ) {
            // Without address and control, a frame of protocol ff03 would look like one with them; no such one exists.
            let framing = Framing { control_characters, compresses_address, compresses_protocol };
            let bytes = written(framing, protocol, &information);
            let mut receiver = Receiver::new();
            receiver.control_characters = control_characters;
            prop_assert_eq!(receive(&mut receiver, &bytes), vec![Frame { protocol, information }]);
        }

        #[test]
        fn a_frame_with_one_wrong_bit_is_not_taken_for_what_it_was(
            information in prop::collection::vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let mut bytes = written(COMPRESSED, 0x21, &information);
            let at = place.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            let mut receiver = Receiver::new();
            receiver.control_characters = 0;
            let sent = Frame { protocol: 0x21, information };
            let came = receive(&mut receiver, &bytes);
            // A flag that is spoilt takes the frame along; one within cuts it in two.
            prop_assert!(!came.contains(&sent));
        }

        #[test]
        fn no_bytes_upset_the_receiver(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
            let mut receiver = Receiver::new();
            receive(&mut receiver, &bytes);
            receiver.push(FLAG);
            let sound = written(COMPRESSED, 0x21, b"\xff sound");
            receiver.control_characters = 0;
            prop_assert_eq!(receive(&mut receiver, &sound).len(), 1);
        }
    }
}
