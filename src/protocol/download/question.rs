//! One frame and what is heard after it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::protocol::hdlc::{self, Decoder, FLAG, FrameError};
use crate::protocol::{Event, Step};
use crate::usb::Direction;

/// How many stale chunks are dropped before a session's first question.
const MOST_STALE: u32 = 64;

/// What became of a question so far.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing to act on; go on.
    Nothing,
    /// A frame, or a damaged one. There may be [`Question::more`].
    Frame(Result<Bytes, FrameError>),
    /// Bytes came before the question was sent.
    Unasked(Vec<u8>),
    /// The deadline passed.
    Silence,
    /// The stick took a part of the question.
    Cut { sent: usize, length: usize },
    /// An endpoint was stalled.
    Stalled(Direction),
    /// The stick left.
    Gone,
}

/// What to do with bytes that are there before the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stale {
    Dropped,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// About to listen for a while, counted from now.
    Settling,
    Listening,
    Asking,
    /// On its way: what happens now happened to the question itself.
    Sending,
    Answering,
}

/// One question in one transfer. It looks for stray bytes, sends, and hands out the frames that come.
#[derive(Debug)]
pub(super) struct Question {
    transfer: Bytes,
    within: Duration,
    quiet: Duration,
    stale: Stale,
    dropped: u32,
    phase: Phase,
    decoder: Decoder,
}

impl Question {
    /// A question within a session: bytes in front of it are refused.
    pub(super) fn new(payload: &[u8], within: Duration) -> Self {
        Self {
            transfer: hdlc::encode(payload),
            within,
            quiet: Duration::ZERO,
            stale: Stale::Refused,
            dropped: 0,
            phase: Phase::Listening,
            decoder: Decoder::new(),
        }
    }

    /// Drops the stale bytes in front of it, for the first question of a session and for the last.
    pub(super) fn dropping_stale(mut self) -> Self {
        self.stale = Stale::Dropped;
        self
    }

    /// Puts two flags in front, which end a frame that an earlier program left half sent. Empty frames are ignored.
    pub(super) fn flagged(mut self) -> Self {
        let mut transfer = BytesMut::with_capacity(self.transfer.len() + 2);
        transfer.extend_from_slice(&[FLAG, FLAG]);
        transfer.extend_from_slice(&self.transfer);
        self.transfer = transfer.freeze();
        self
    }

    /// Listens for this long before it sends.
    pub(super) fn after_quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self.phase = Phase::Settling;
        self
    }

    /// Whether the whole question went out.
    pub(super) fn asked(&self) -> bool {
        self.phase == Phase::Answering
    }

    /// Whether the next step asks to receive the answer.
    pub(super) fn answer_is_next(&self) -> bool {
        matches!(self.phase, Phase::Sending | Phase::Answering)
    }

    /// Sends the same once more, at once. Frames may come to both.
    pub(super) fn ask_again(&mut self) {
        self.phase = Phase::Asking;
    }

    pub(super) fn next<T>(&mut self) -> Step<T> {
        match self.phase {
            Phase::Settling => {
                self.phase = Phase::Listening;
                Step::Pause(Duration::ZERO)
            }
            Phase::Listening => Step::Receive { within: self.quiet },
            Phase::Asking => {
                self.phase = Phase::Sending;
                if self.decoder.begun() == 0 {
                    self.decoder.expect_unflagged();
                }
                Step::Send { bytes: self.transfer.clone(), within: self.within }
            }
            Phase::Sending | Phase::Answering => {
                self.phase = Phase::Answering;
                Step::Receive { within: self.within }
            }
        }
    }

    pub(super) fn handle(&mut self, event: Event<'_>) -> Heard {
        match event {
            Event::Received(chunk) if self.phase == Phase::Listening => self.stray(chunk),
            Event::Received(chunk) => {
                self.decoder.push(chunk);
                self.more().map_or(Heard::Nothing, Heard::Frame)
            }
            Event::TimedOut if self.phase == Phase::Listening => {
                self.phase = Phase::Asking;
                Heard::Nothing
            }
            Event::TimedOut => Heard::Silence,
            Event::SendTimedOut { sent } => Heard::Cut { sent, length: self.transfer.len() },
            Event::Stalled(direction) => Heard::Stalled(direction),
            Event::Gone => Heard::Gone,
        }
    }

    /// The next frame of those that have come already.
    pub(super) fn more(&mut self) -> Option<Result<Bytes, FrameError>> {
        self.decoder.next_frame()
    }

    /// What came behind the answer, if anything did.
    pub(super) fn leftover(&mut self) -> Option<Vec<u8>> {
        match self.more() {
            Some(Ok(payload)) => Some(payload.to_vec()),
            Some(Err(_)) => Some(Vec::new()),
            None => self.decoder.take_begun(),
        }
    }

    fn stray(&mut self, chunk: &[u8]) -> Heard {
        self.dropped += 1;
        let refused = self.stale == Stale::Refused && !chunk.is_empty();
        if refused || self.dropped > MOST_STALE {
            return Heard::Unasked(chunk.to_vec());
        }
        tracing::debug!(bytes = chunk.len(), "dropped stale bytes");
        Heard::Nothing
    }
}
