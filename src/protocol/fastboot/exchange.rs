//! One command and its answer.

use std::time::Duration;

use bytes::Bytes;

use super::FastbootError;
use crate::protocol::text::{hexadecimal, readable};
use crate::protocol::{Event, Step};

/// The longest command, in bytes.
pub(super) const LONGEST_COMMAND: usize = 64;
/// The longest message of an answer, in bytes.
pub(super) const LONGEST_ANSWER: usize = 256;
/// How many `INFO` messages may precede the end of an answer. None is expected for what is asked here.
pub(super) const MOST_INFORMATION: u32 = 64;
/// How many stale chunks are dropped before the command.
const MOST_STALE: u32 = 64;

/// How long the stick may take to accept a command.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// How long it may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How an answer ended. The text is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// `OKAY`.
    Okay(String),
    /// `FAIL`.
    Fail(String),
}

/// The kinds of messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Okay,
    Fail,
    Info,
    Data,
}

impl Word {
    fn of(message: &[u8]) -> Option<Self> {
        Some(match message.get(..4)? {
            b"OKAY" => Self::Okay,
            b"FAIL" => Self::Fail,
            b"INFO" => Self::Info,
            b"DATA" => Self::Data,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Looking for what an earlier program left.
    Listening,
    Asking,
    /// On its way: what happens now happened to the command itself.
    Sending,
    Answering,
    /// The end came; what is there already may be the rest of its text.
    Ending,
    Done,
}

/// One command in one transfer, and the messages up to the one that ends it.
///
/// A message is one transfer of the stick's and has no end mark of its own, so a chunk that begins with none of the four
/// words belongs to the message before it.
pub(super) struct Exchange {
    command: Bytes,
    phase: Phase,
    stale: u32,
    information: u32,
    /// The message that is coming in.
    message: Vec<u8>,
}

impl Exchange {
    /// A command of at most 64 bytes of printable ASCII.
    pub(super) fn new(command: impl Into<Bytes>) -> Self {
        Self { command: command.into(), phase: Phase::Listening, stale: 0, information: 0, message: Vec::new() }
    }

    /// The command, for messages.
    pub(super) fn command(&self) -> String {
        readable(&self.command)
    }

    /// Whether the whole command went out.
    pub(super) fn asked(&self) -> bool {
        matches!(self.phase, Phase::Answering | Phase::Ending | Phase::Done)
    }

    /// The next step, while there is no [`Exchange::ending`].
    pub(super) fn step<T>(&mut self) -> Step<T> {
        match self.phase {
            Phase::Listening | Phase::Ending | Phase::Done => Step::Receive { within: Duration::ZERO },
            Phase::Asking => {
                self.phase = Phase::Sending;
                Step::Send { bytes: self.command.clone(), within: SEND_WITHIN }
            }
            Phase::Sending | Phase::Answering => {
                self.phase = Phase::Answering;
                Step::Receive { within: ANSWER_WITHIN }
            }
        }
    }

    /// How the answer ended, once it did.
    pub(super) fn ending(&self) -> Option<Ending> {
        let word = Word::of(&self.message).filter(|_| self.phase == Phase::Done)?;
        let text = readable(&self.message[4..]);
        match word {
            Word::Okay => Some(Ending::Okay(text)),
            Word::Fail => Some(Ending::Fail(text)),
            Word::Info | Word::Data => None,
        }
    }

    pub(super) fn handle(&mut self, event: Event<'_>) -> Result<(), FastbootError> {
        match (event, self.phase) {
            (Event::Received(chunk), Phase::Listening) => self.drop_stale(chunk),
            (Event::Received(chunk), _) => self.hear(chunk),
            (Event::TimedOut, Phase::Listening) => {
                self.phase = Phase::Asking;
                Ok(())
            }
            // A stick that leaves right behind its answer has answered.
            (Event::TimedOut | Event::Gone, Phase::Ending) => {
                self.phase = Phase::Done;
                Ok(())
            }
            (Event::TimedOut, _) => Err(FastbootError::Silent { command: self.command(), within: ANSWER_WITHIN }),
            (Event::SendTimedOut { sent }, _) => Err(FastbootError::NotTaken { command: self.command(), sent }),
            (Event::Stalled(direction), _) => Err(FastbootError::Stalled { command: self.command(), direction }),
            (Event::Gone, _) => Err(FastbootError::Left { command: self.command() }),
        }
    }

    fn drop_stale(&mut self, chunk: &[u8]) -> Result<(), FastbootError> {
        self.stale += 1;
        if self.stale > MOST_STALE { Err(self.not_fastboot(chunk)) } else { Ok(()) }
    }

    fn hear(&mut self, chunk: &[u8]) -> Result<(), FastbootError> {
        let begins = Word::of(chunk).is_some();
        if begins && self.phase == Phase::Ending {
            // A second end: one of the two answers something else.
            return Err(self.not_fastboot(chunk));
        }
        if begins && Word::of(&self.message) == Some(Word::Info) {
            self.message.clear();
        }
        self.message.extend_from_slice(chunk);
        if self.message.len() > LONGEST_ANSWER {
            return Err(FastbootError::TooLong { command: self.command() });
        }
        match Word::of(&self.message) {
            Some(Word::Okay | Word::Fail) => self.phase = Phase::Ending,
            Some(Word::Data) => return Err(FastbootError::UnaskedData { command: self.command() }),
            None if self.message.len() >= 4 => return Err(self.not_fastboot(&self.message)),
            Some(Word::Info) | None => {
                // Pieces and empty chunks count too, so that nothing but those comes to an end as well.
                self.information += 1;
                if self.information > MOST_INFORMATION {
                    return Err(FastbootError::TooMuch { command: self.command() });
                }
            }
        }
        Ok(())
    }

    fn not_fastboot(&self, seen: &[u8]) -> FastbootError {
        FastbootError::NotFastboot { command: self.command(), seen: hexadecimal(seen) }
    }
}
