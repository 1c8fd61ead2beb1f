//! One command and its answer.

use std::time::Duration;

use bytes::Bytes;

use super::lines::{Line, LineSplitter, is_report};
use super::{Command, FinalResult};
use crate::protocol::{Conversation, Event, Step};
use crate::usb::Direction;

/// How long the stick may take to accept a command.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// How long the stick may take to give up a text that it was to be given.
const CANCEL_WITHIN: Duration = Duration::from_secs(2);
/// Ends the entry of a text without sending it (3GPP TS 27.005, section 3.5.1).
const ESCAPE: &[u8] = b"\x1b";
/// The invitation to enter a text (the same section), behind a line end.
const PROMPT: &[u8] = b"> ";
/// The longest answer taken of a port that is only looked at, in bytes. Unsolicited reports count too.
const LONGEST_ANSWER: usize = 16 * 1024;
/// The same for commands of anybody's: a list of all messages, or of all networks, is long.
const LONGEST_ANSWER_WANTED: usize = 1024 * 1024;

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
    #[error("the stick sent more than {most} bytes in answer to {command}, and no OK or ERROR")]
    TooMuch {
        /// The command.
        command: String,
        /// How many are taken.
        most: usize,
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
    /// The command is one that is followed by a text, as of a short message, and an exchange has none to give.
    #[error("{command} asks for a text behind it; it was called off and nothing was sent")]
    AsksForText {
        /// The command.
        command: String,
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
    /// The stick asks for a text that it must not take the next command for.
    CallingOff,
    CalledOff,
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
    calls_off_texts: bool,
    longest: usize,
    splitter: LineSplitter,
    received: usize,
    lines: Vec<String>,
    unsolicited: Vec<String>,
    /// A result that tells of a call, heard during a command that makes none.
    of_a_call: Option<FinalResult>,
}

impl Exchange {
    /// An exchange whose answer must be complete `within` a time after the stick took the command.
    #[must_use]
    pub fn new(command: Command, within: Duration) -> Self {
        Self {
            command,
            within,
            phase: Phase::Listening,
            calls_off_texts: false,
            longest: LONGEST_ANSWER,
            splitter: LineSplitter::new(),
            received: 0,
            lines: Vec::new(),
            unsolicited: Vec::new(),
            of_a_call: None,
        }
    }

    /// The same, for commands of anybody's: the answer may be long, up to 1 MiB in place of 16 KiB; and one that asks for a
    /// text is called off, so that the next command is not taken for the text.
    #[must_use]
    pub fn of_anybody(self) -> Self {
        Self { calls_off_texts: true, longest: LONGEST_ANSWER_WANTED, ..self }
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
            Phase::CallingOff => {
                self.phase = Phase::CalledOff;
                Step::Send { bytes: Bytes::from_static(ESCAPE), within: SEND_WITHIN }
            }
            Phase::CalledOff => Step::Receive { within: CANCEL_WITHIN },
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
        if self.received > self.longest {
            return Err(AtError::TooMuch { command: self.command.to_string(), most: self.longest });
        }
        let lines = self.splitter.push(chunk);
        if matches!(self.phase, Phase::CalledOff) {
            let ended = lines.iter().any(|line| !line.of_report && FinalResult::of(&line.text).is_some());
            return if ended { Err(AtError::AsksForText { command: self.command.to_string() }) } else { Ok(()) };
        }
        self.sort(lines);
        if self.calls_off_texts && matches!(self.phase, Phase::Answering) && self.splitter.unfinished() == PROMPT {
            self.phase = Phase::CallingOff;
        }
        Ok(())
    }

    /// Puts each line where it belongs. What follows the final result in the same chunk was not asked for; what follows
    /// `CONNECT` is the data of a call and no line.
    fn sort(&mut self, lines: Vec<Line>) {
        for Line { text: line, of_report } in lines {
            if matches!(self.phase, Phase::Done(FinalResult::Connect(_))) {
                return;
            }
            let asked = matches!(self.phase, Phase::Answering);
            if asked && !of_report && line.eq_ignore_ascii_case(self.command.text()) {
                continue;
            }
            if !asked || of_report || is_report(&line, self.command.text()) {
                self.unsolicited.push(line);
            } else if let Some(result) = FinalResult::of(&line) {
                if result.is_of_a_call() && !self.command.makes_calls() {
                    // An earlier call ended just now, or this is the result after all: what follows tells.
                    self.of_a_call = Some(result);
                    self.unsolicited.push(line);
                } else {
                    self.phase = Phase::Done(result);
                }
            } else {
                self.lines.push(line);
            }
        }
    }

    fn deadline(&mut self) -> Result<(), AtError> {
        match self.phase {
            Phase::Listening => {
                self.unsolicited.extend(self.splitter.rest().into_iter().map(|line| line.text));
                self.phase = Phase::Asking;
                Ok(())
            }
            Phase::CallingOff | Phase::CalledOff => Err(AtError::AsksForText { command: self.command.to_string() }),
            _ => {
                let rest = self.splitter.rest();
                self.sort(rest);
                if let (Phase::Answering, Some(result)) = (&self.phase, self.of_a_call.take()) {
                    self.phase = Phase::Done(result);
                }
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
