//! Writing one partition.

mod blocks;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;

use self::blocks::{Ahead, Blocks};
use super::question::{Heard, Question};
use super::{Command, DownloadError, Wrote, command};
use crate::protocol::hdlc::FrameError;
use crate::protocol::{Conversation, Event, Step};

/// Bytes in the largest block: what today's tools send. The daemon's buffer would hold about twice as much.
pub const LONGEST_BLOCK: usize = 4096;

/// For 41 and 42, to be taken and to be answered: the stick erases and writes within them.
const BLOCK_WITHIN: Duration = Duration::from_secs(30);
/// For 43: the stick writes the rest and verifies.
const END_WITHIN: Duration = Duration::from_secs(90);
/// How long nothing may come before 43 is sent, so that the answer to it is beyond doubt its own.
const QUIET_BEFORE_END: Duration = Duration::from_millis(20);

/// A partition was written and accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Blocks sent.
    pub blocks: u32,
    /// Bytes sent.
    pub bytes: u32,
}

/// Writes one partition: 41, a 42 for each block, 43.
///
/// Block k+1 is read and encoded while the stick works on block k; the first one is read before 41 is sent, so that a
/// source that cannot be read at all costs nothing. Nothing is repeated, unless
/// [`WritePartition::surviving_one_lost_answer`] asks for it.
pub struct WritePartition<'a, I> {
    code: u32,
    size: u32,
    blocks: Blocks<I>,
    on_progress: Box<dyn FnMut(u64, u64) + 'a>,
    during: Command,
    question: Question,
    ahead: Option<Ahead>,
    /// The block in flight, or the last one that was.
    number: u32,
    /// Its length.
    length: u16,
    acknowledged: u64,
    /// Acknowledgements still to come for the frame in flight.
    outstanding: u32,
    may_repeat: bool,
    /// The frame in flight was sent twice.
    repeated: bool,
    /// Whether an acknowledgement never came, and may come yet.
    owed: bool,
    written: Option<Written>,
}

impl<'a, I, E> WritePartition<'a, I>
where
    I: Iterator<Item = Result<Bytes, E>>,
    E: Error + Send + Sync + 'static,
{
    /// Writes `size` bytes, in blocks of 1 to [`LONGEST_BLOCK`] bytes, to the partition with this code. `on_progress`
    /// is told the bytes acknowledged, and all there are.
    pub fn new(code: u32, size: u32, blocks: I, on_progress: Box<dyn FnMut(u64, u64) + 'a>) -> Self {
        Self {
            code,
            size,
            blocks: Blocks::new(blocks, size),
            on_progress,
            during: Command::Start,
            question: Question::new(&command::start(code, size), BLOCK_WITHIN),
            ahead: None,
            number: 0,
            length: 0,
            acknowledged: 0,
            outstanding: 1,
            may_repeat: false,
            repeated: false,
            owed: false,
            written: None,
        }
    }

    /// Allows one 42 of this partition to be sent a second time, when its answer did not come by the whole deadline.
    ///
    /// The daemon acknowledges a repeated block and ignores it, so two answers are owed then: the second is waited for
    /// before the next frame, or it would pass for the answer to that one.
    #[must_use]
    pub fn surviving_one_lost_answer(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Bytes that the stick has acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// What a conversation that is broken off here may have written.
    #[must_use]
    pub fn wrote(&self) -> Wrote {
        match (self.during, self.question.asked()) {
            (Command::Start, false) => Wrote::Nothing,
            (Command::Start | Command::End, true) => Wrote::Unknown,
            _ => Wrote::Partly,
        }
    }

    fn block(&self) -> Option<u32> {
        (self.during == Command::Data).then_some(self.number)
    }

    fn error(&self, heard: Heard) -> DownloadError {
        match (self.during, heard) {
            (Command::End, Heard::Silence) => DownloadError::EndUnknown,
            (during, heard) => DownloadError::of(heard, during, self.block(), self.wrote()),
        }
    }

    /// A frame came in answer to the one in flight.
    fn hear(&mut self, first: Result<Bytes, FrameError>) -> Result<(), DownloadError> {
        let mut frame = Some(first);
        while let Some(answer) = frame {
            match &answer {
                Ok(payload) if payload[..] == [0x02] => self.outstanding = self.outstanding.saturating_sub(1),
                _ => return Err(self.refused(answer)),
            }
            if self.outstanding == 0 {
                return self.acknowledge();
            }
            frame = self.question.more();
        }
        Ok(())
    }

    /// A plain refusal is an answer: then it is known what was written.
    fn refused(&self, answer: Result<Bytes, FrameError>) -> DownloadError {
        match self.error(Heard::Frame(answer)) {
            DownloadError::Refused { during, code, block, .. } => {
                let wrote = if during == Command::Start { Wrote::Nothing } else { Wrote::Partly };
                DownloadError::Refused { during, code, block, wrote }
            }
            other => other,
        }
    }

    fn acknowledge(&mut self) -> Result<(), DownloadError> {
        if let Some(bytes) = self.question.leftover() {
            return Err(self.error(Heard::Unasked(bytes)));
        }
        match self.during {
            Command::End => {
                self.written = Some(Written { blocks: self.number, bytes: self.size });
                return Ok(());
            }
            Command::Data => {
                self.acknowledged += u64::from(self.length);
                (self.on_progress)(self.acknowledged, u64::from(self.size));
            }
            _ => {}
        }
        self.advance()
    }

    fn advance(&mut self) -> Result<(), DownloadError> {
        let ahead = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.blocks.read(),
        };
        match ahead {
            Ahead::Fault(fault) => return Err(fault.into_error(self.size, Wrote::Partly)),
            Ahead::Block { number, length, question } => {
                self.during = Command::Data;
                self.question = question;
                self.number = number;
                self.length = length;
            }
            Ahead::End => {
                self.during = Command::End;
                self.question =
                    Question::new(&command::end(self.code, self.size), END_WITHIN).after_quiet(QUIET_BEFORE_END);
            }
        }
        // An acknowledgement that is still owed could pass for the answer to 43; then both are waited for.
        self.repeated = self.owed && self.during == Command::End;
        self.outstanding = if self.repeated { 2 } else { 1 };
        Ok(())
    }

    /// No (further) answer came by the whole deadline.
    fn silence(&mut self) -> Result<(), DownloadError> {
        if self.repeated && self.outstanding == 1 {
            // The first acknowledgement was lost, most likely for good. Should it come yet, the next question refuses it.
            self.owed = true;
            return self.acknowledge();
        }
        if self.during == Command::Data && self.may_repeat {
            self.may_repeat = false;
            self.repeated = true;
            self.outstanding = 2;
            self.question.ask_again();
            return Ok(());
        }
        Err(self.error(Heard::Silence))
    }

    /// Before anything is sent, a source that is broken from the start is refused.
    fn check_source(&mut self) -> Result<(), DownloadError> {
        match self.ahead.take() {
            Some(Ahead::Fault(fault)) if self.during == Command::Start && !self.question.asked() => {
                Err(fault.into_error(self.size, Wrote::Nothing))
            }
            ahead => {
                self.ahead = ahead;
                Ok(())
            }
        }
    }
}

impl<I, E> Conversation for WritePartition<'_, I>
where
    I: Iterator<Item = Result<Bytes, E>>,
    E: Error + Send + Sync + 'static,
{
    type Output = Written;
    type Error = DownloadError;

    fn next(&mut self) -> Step<Written> {
        if let Some(written) = self.written {
            return Step::Finished(written);
        }
        let read_now = self.during == Command::Start || self.question.answer_is_next();
        if read_now && self.ahead.is_none() && self.during != Command::End {
            self.ahead = Some(self.blocks.read());
        }
        self.question.next()
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), DownloadError> {
        match self.question.handle(event) {
            Heard::Nothing => self.check_source(),
            Heard::Frame(answer) => self.hear(answer),
            Heard::Silence => self.silence(),
            other => Err(self.error(other)),
        }
    }
}

#[cfg(test)]
mod tests;
