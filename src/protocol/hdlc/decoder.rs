//! Finding the frames in whatever chunks the bytes arrive in.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{CHECK, ESCAPE, FLAG, MASK};

/// The longest frame taken, in unescaped bytes with its CRC: the 8704 (0x2200) that the download daemon's own buffer
/// holds, and two for the CRC.
pub const LONGEST_FRAME: usize = 8704 + 2;

/// How many frames may wait to be fetched.
const MOST_WAITING: usize = 64;

/// A frame that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not even one byte and a CRC.
    #[error("a frame of {length} bytes is too short to carry anything (at least 3 with its check value)")]
    TooShort {
        /// Unescaped bytes between the flags.
        length: usize,
    },
    /// The byte after 7d was neither 5e nor 5d.
    #[error("a frame has an escape followed by {found:02x} (only 5e and 5d may follow)")]
    BadEscape {
        /// What followed.
        found: u8,
    },
    /// The CRC is wrong.
    #[error("a frame was damaged on the way: its check value is {found:04x}, its content gives {expected:04x}")]
    BadCheck {
        /// The CRC at the end of the frame.
        found: u16,
        /// The CRC of its payload.
        expected: u16,
    },
    /// The closing flag did not come in time.
    #[error("a frame does not end within {} bytes", LONGEST_FRAME)]
    TooLong,
    /// More frames came than anything could have asked for.
    #[error("more than {} frames came at once", MOST_WAITING)]
    TooMany,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between frames: everything up to the next flag is skipped.
    Hunting,
    /// Within a frame, which may still be empty.
    Within,
    /// Within a frame, behind a 7d.
    Escaped,
}

/// Re-assembles frames from chunks of any size. Its memory is bounded, whatever the stick sends.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
    frame: Vec<u8>,
    waiting: VecDeque<Result<Bytes, FrameError>>,
}

impl Decoder {
    /// A decoder that waits for an opening flag.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Hunting, frame: Vec::new(), waiting: VecDeque::new() }
    }

    /// Lets the next frame begin without its opening flag, and drops what was begun.
    ///
    /// For the moment right after a request: every loader that is known leaves the opening flag of its version answer
    /// out (seen in their canned answers).
    pub fn expect_unflagged(&mut self) {
        self.frame.clear();
        self.state = State::Within;
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: &[u8]) {
        for &byte in chunk {
            self.take(byte);
        }
    }

    /// The next complete frame's payload, or what was wrong with it. `None`: no further frame has been closed yet.
    pub fn next_frame(&mut self) -> Option<Result<Bytes, FrameError>> {
        self.waiting.pop_front()
    }

    /// Bytes of a frame that was begun and not closed.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.frame.len() + usize::from(self.state == State::Escaped)
    }

    /// Takes out what was begun and not closed, unescaped, if anything was. What follows belongs to no frame.
    pub fn take_begun(&mut self) -> Option<Vec<u8>> {
        (self.begun() > 0).then(|| {
            self.state = State::Hunting;
            std::mem::take(&mut self.frame)
        })
    }

    fn take(&mut self, byte: u8) {
        match (self.state, byte) {
            (State::Hunting, FLAG) => self.state = State::Within,
            (State::Hunting, _) => {}
            (State::Within, FLAG) => self.close(),
            (State::Within, ESCAPE) => self.state = State::Escaped,
            (State::Within, _) => self.keep(byte),
            (State::Escaped, _) if byte == FLAG ^ MASK || byte == ESCAPE ^ MASK => {
                self.state = State::Within;
                self.keep(byte ^ MASK);
            }
            (State::Escaped, _) => {
                self.fail(FrameError::BadEscape { found: byte });
                if byte == FLAG {
                    self.state = State::Within;
                }
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.frame.len() == LONGEST_FRAME {
            self.fail(FrameError::TooLong);
        } else {
            self.frame.push(byte);
        }
    }

    /// The flag that closes this frame may open the next one, so the state stays [`State::Within`].
    fn close(&mut self) {
        let frame = std::mem::take(&mut self.frame);
        match frame.split_last_chunk::<2>() {
            None if frame.is_empty() => {}
            None | Some(([], _)) => self.deliver(Err(FrameError::TooShort { length: frame.len() })),
            Some((payload, check)) => {
                let found = u16::from_le_bytes(*check);
                let expected = CHECK.checksum(payload);
                let outcome = if found == expected {
                    Ok(Bytes::copy_from_slice(payload))
                } else {
                    Err(FrameError::BadCheck { found, expected })
                };
                self.deliver(outcome);
            }
        }
    }

    fn fail(&mut self, error: FrameError) {
        self.frame.clear();
        self.state = State::Hunting;
        self.deliver(Err(error));
    }

    fn deliver(&mut self, outcome: Result<Bytes, FrameError>) {
        match self.waiting.len() {
            waiting if waiting < MOST_WAITING => self.waiting.push_back(outcome),
            // The flood is reported once, behind the frames that were still taken.
            MOST_WAITING => self.waiting.push_back(Err(FrameError::TooMany)),
            _ => {}
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
