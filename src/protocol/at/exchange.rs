//! One command and its answer.

use std::fmt;
use std::time::Duration;

use super::Command;
use super::lines::{final_result, is_report, take_lines, take_rest};
use crate::protocol::{Conversation, Event, Step};
use crate::usb::Direction;

/// How long the stick may take to accept a command.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// The longest answer taken, in bytes. Unsolicited reports count too.
const LONGEST_ANSWER: usize = 16 * 1024;

/// How an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// `ERROR`.
    Error,
    /// `+CME ERROR:`, with its code or text (3GPP TS 27.007, section 9.2).
    EquipmentError(String),
    /// `+CMS ERROR:`, with its code or text (3GPP TS 27.005, section 3.2.5).
    MessageError(String),
}

impl fmt::Display for FinalResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Error => f.write_str("ERROR"),
            Self::EquipmentError(code) => write!(f, "+CME ERROR: {code}"),
            Self::MessageError(code) => write!(f, "+CMS ERROR: {code}"),
        }
    }
}

/// A complete answer. All text is escaped: no control character of the stick's is left in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lines of the answer, without the echo, empty lines and the final result.
    pub lines: Vec<String>,
    /// What the stick reported on its own, before or between them, with what had come before the command was sent.
    pub unsolicited: Vec<String>,
    /// How it ended.
    pub result: FinalResult,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AtError {
    /// Nothing came.
    #[error("no answer to {command} within {} s", within.as_secs_f32())]
    Silent {
        /// The command.
        command: String,
        /// The deadline.
        within: Duration,
    },
    /// Something came, but no final result.
    #[error(
        "the answer to {command} did not end with OK or ERROR within {} s; it said: {}",
        within.as_secs_f32(), lines.join(" | ")
    )]
    Unfinished {
        /// The command.
        command: String,
        /// The deadline.
        within: Duration,
        /// What came, escaped.
        lines: Vec<String>,
    },
    /// It never stops talking.
    #[error("the stick sent more than {LONGEST_ANSWER} bytes in answer to {command}, and no OK or ERROR")]
    TooMuch {
        /// The command.
        command: String,
    },
    /// The stick did not take the command.
    #[error("the stick took {sent} bytes of {command} and then no more")]
    NotTaken {
        /// The command.
        command: String,
        /// Bytes taken.
        sent: usize,
    },
    /// The stick refused a transfer.
    #[error(
        "the stick stalled its {} endpoint during {command}",
        match direction { Direction::In => "IN", Direction::Out => "OUT" }
    )]
    Stalled {
        /// The command.
        command: String,
        /// Which endpoint.
        direction: Direction,
    },
    /// The stick left the bus. After a command that restarts it, this is what was wanted.
    #[error("the stick left the bus during {command}")]
    Left {
        /// The command.
        command: String,
    },
}

enum Phase {
    Listening,
    Asking,
    Answering,
    Done(FinalResult),
}

/// The conversation of one command: one transfer, then everything up to a final result or the deadline.
///
/// What is there before the command is sent is no part of its answer. An echo is tolerated, and so are foreign lines in
/// front.
pub struct Exchange {
    command: Command,
    within: Duration,
    phase: Phase,
    buffer: Vec<u8>,
    received: usize,
    lines: Vec<String>,
    unsolicited: Vec<String>,
}

impl Exchange {
    /// An exchange whose answer must be complete `within` a time after the stick took the command.
    #[must_use]
    pub fn new(command: Command, within: Duration) -> Self {
        Self {
            command,
            within,
            phase: Phase::Listening,
            buffer: Vec::new(),
            received: 0,
            lines: Vec::new(),
            unsolicited: Vec::new(),
        }
    }

    /// The step that the exchange wants while it has no answer.
    pub(in crate::protocol) fn step<T>(&mut self) -> Step<T> {
        match self.phase {
            Phase::Asking => {
                self.phase = Phase::Answering;
                self.received = 0;
                Step::Send { bytes: self.command.transfer(), within: SEND_WITHIN }
            }
            Phase::Answering => Step::Receive { within: self.within },
            Phase::Listening | Phase::Done(_) => Step::Receive { within: Duration::ZERO },
        }
    }

    /// The answer, once it is complete.
    pub(in crate::protocol) fn answer(&mut self) -> Option<Answer> {
        let Phase::Done(result) = &self.phase else { return None };
        Some(Answer {
            lines: std::mem::take(&mut self.lines),
            unsolicited: std::mem::take(&mut self.unsolicited),
            result: result.clone(),
        })
    }

    fn hear(&mut self, chunk: &[u8]) -> Result<(), AtError> {
        // An empty chunk counts too, so that nothing but empty ones comes to an end as well.
        self.received = self.received.saturating_add(chunk.len().max(1));
        if self.received > LONGEST_ANSWER {
            return Err(AtError::TooMuch { command: self.command.to_string() });
        }
        self.buffer.extend_from_slice(chunk);
        let lines = take_lines(&mut self.buffer);
        self.sort(lines);
        Ok(())
    }

    /// Puts each line where it belongs. What follows the final result in the same chunk was not asked for.
    fn sort(&mut self, lines: Vec<String>) {
        for line in lines {
            let asked = matches!(self.phase, Phase::Answering);
            if asked && line.eq_ignore_ascii_case(self.command.text()) {
                continue;
            }
            if !asked || is_report(&line, self.command.text()) {
                self.unsolicited.push(line);
            } else if let Some(result) = final_result(&line) {
                self.phase = Phase::Done(result);
            } else {
                self.lines.push(line);
            }
        }
    }

    fn deadline(&mut self) -> Result<(), AtError> {
        match self.phase {
            Phase::Listening => {
                let rest = take_rest(&mut self.buffer);
                self.unsolicited.extend(rest);
                self.phase = Phase::Asking;
                Ok(())
            }
            _ => {
                let rest = take_rest(&mut self.buffer);
                self.sort(rest);
                let (command, within) = (self.command.to_string(), self.within);
                match self.phase {
                    Phase::Done(_) => Ok(()),
                    _ if self.lines.is_empty() => Err(AtError::Silent { command, within }),
                    _ => Err(AtError::Unfinished { command, within, lines: std::mem::take(&mut self.lines) }),
                }
            }
        }
    }
}

impl Conversation for Exchange {
    type Output = Answer;
    type Error = AtError;

    fn next(&mut self) -> Step<Answer> {
        match self.answer() {
            Some(answer) => Step::Finished(answer),
            None => self.step(),
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), AtError> {
        let command = || self.command.to_string();
        match event {
            Event::Received(chunk) => self.hear(chunk),
            Event::TimedOut => self.deadline(),
            Event::SendTimedOut { sent } => Err(AtError::NotTaken { command: command(), sent }),
            Event::Stalled(direction) => Err(AtError::Stalled { command: command(), direction }),
            Event::Gone => Err(AtError::Left { command: command() }),
        }
    }
}
