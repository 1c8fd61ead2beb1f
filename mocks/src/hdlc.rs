//! HDLC framing, as the download daemon does it.

use bytes::Bytes;

use crate::crc;

const FLAG: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;
const MASK: u8 = 0x20;

/// The receiver's buffer before the first partition is announced.
pub(crate) const SMALL_BUFFER: usize = 1024;
/// The receiver's buffer afterwards.
pub(crate) const LARGE_BUFFER: usize = 8704;

#[derive(Debug, PartialEq, Eq)]
enum State {
    Hunting,
    InFrame,
    Escaped,
}

/// The receiver: hunts for a flag, drops without a word whatever is no good frame.
#[derive(Debug)]
pub(crate) struct Receiver {
    state: State,
    buffer: Vec<u8>,
    limit: usize,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        Self { state: State::Hunting, buffer: Vec::new(), limit: SMALL_BUFFER }
    }

    pub(crate) fn use_large_buffer(&mut self) {
        self.limit = LARGE_BUFFER;
    }

    /// Takes one byte. Gives the payload of a frame that it completes.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Vec<u8>> {
        match (&self.state, byte) {
            (State::Hunting, FLAG) => self.begin(),
            (State::Hunting, _) => {}
            // An empty frame: the flag may as well open the next one.
            (State::InFrame, FLAG) if self.buffer.is_empty() => {}
            (State::InFrame, FLAG) => {
                self.state = State::Hunting;
                return self.finish();
            }
            (State::InFrame, ESCAPE) => self.state = State::Escaped,
            (State::InFrame, plain) => self.store(plain),
            (State::Escaped, escaped @ (0x5e | 0x5d)) => {
                self.state = State::InFrame;
                self.store(escaped ^ MASK);
            }
            (State::Escaped, _) => self.state = State::Hunting,
        }
        None
    }

    fn begin(&mut self) {
        self.state = State::InFrame;
        self.buffer.clear();
    }

    fn store(&mut self, byte: u8) {
        if self.buffer.len() == self.limit {
            self.state = State::Hunting;
        } else {
            self.buffer.push(byte);
        }
    }

    fn finish(&mut self) -> Option<Vec<u8>> {
        let frame = std::mem::take(&mut self.buffer);
        let (payload, check) = frame.split_last_chunk::<2>()?;
        let good = !payload.is_empty() && crc::frame_check(payload) == u16::from_le_bytes(*check);
        good.then(|| payload.to_vec())
    }
}

/// A frame with both flags.
pub(crate) fn frame(payload: &[u8]) -> Bytes {
    let mut frame = vec![FLAG];
    append(&mut frame, payload);
    frame.into()
}

/// A frame without its opening flag: how every known device answers `0c`.
pub(crate) fn frame_without_opening_flag(payload: &[u8]) -> Bytes {
    let mut frame = Vec::new();
    append(&mut frame, payload);
    frame.into()
}

fn append(frame: &mut Vec<u8>, payload: &[u8]) {
    for &byte in payload.iter().chain(&crc::frame_check(payload).to_le_bytes()) {
        if byte == FLAG || byte == ESCAPE {
            frame.extend([ESCAPE, byte ^ MASK]);
        } else {
            frame.push(byte);
        }
    }
    frame.push(FLAG);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receive(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut receiver = Receiver::new();
        receiver.use_large_buffer();
        bytes.iter().filter_map(|byte| receiver.push(*byte)).collect()
    }

    #[test]
    fn the_vectors_frames_are_read_and_written_as_given() {
        let vectors = crate::download::tests::vectors();
        let entries = ["commands", "replies"].iter().flat_map(|list| vectors[list].as_array().expect("a list"));
        let mut seen = 0;
        for entry in entries.filter(|entry| entry["frame"].is_string()) {
            let payload = crate::download::tests::bytes(&entry["payload"]);
            let written = crate::download::tests::bytes(&entry["frame"]);
            assert_eq!(frame(&payload), written, "writing {}", entry["name"]);
            assert_eq!(receive(&written), [payload], "reading {}", entry["name"]);
            seen += 1;
        }
        assert!(seen > 20, "the vectors hold more than {seen} frames");
    }

    #[test]
    fn malformed_frames_are_dropped_and_the_next_good_one_is_heard() {
        let vectors = crate::download::tests::vectors();
        for entry in vectors["bad_frames_a_receiver_must_reject"].as_array().expect("a list") {
            let mut bytes = crate::download::tests::bytes(&entry["hex"]);
            assert!(receive(&bytes).is_empty(), "{}", entry["why"]);
            bytes.extend([FLAG, FLAG]);
            bytes.extend(frame(&[0x0c]));
            assert_eq!(receive(&bytes).last(), Some(&vec![0x0c]), "after: {}", entry["why"]);
        }
    }

    #[test]
    fn before_the_first_partition_1025_bytes_are_too_many() {
        let mut receiver = Receiver::new();
        assert!(frame(&[1; 1022]).iter().filter_map(|byte| receiver.push(*byte)).count() == 1);
        assert!(frame(&[1; 1023]).iter().filter_map(|byte| receiver.push(*byte)).count() == 0);
    }

    proptest! {
        #[test]
        fn any_payload_survives_the_way_through_a_frame(payload in prop::collection::vec(any::<u8>(), 1..300)) {
            prop_assert_eq!(receive(&frame(&payload)), [payload]);
        }
    }
}
