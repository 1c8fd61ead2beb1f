//! The conversation that uploads a loader.

use std::time::Duration;

use super::BootRomError;
use super::block::UploadBlock;
use super::message::{PAYLOAD, Packet};
use crate::protocol::{Conversation, Event, Step};

/// For a transfer as well as for its answer.
const STEP_WITHIN: Duration = Duration::from_secs(3);
/// For the header after a block that ran: the ROM runs it (DRAM training) within its message loop, and accepts and
/// answers nothing until it returns.
const HEADER_AFTER_RUN_WITHIN: Duration = Duration::from_secs(10);
/// How long to watch for the departure of a stick whose very last answer was lost.
const DEPARTURE_WITHIN: Duration = Duration::from_secs(10);
/// How long a late answer may still come in before the new header.
const QUIET: Duration = Duration::from_millis(200);
/// How many stale chunks are dropped before the first header.
const MOST_STALE: u32 = 64;

/// What became of the very last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAnswer {
    /// It came.
    Answered,
    /// It did not, but the stick left the bus, as one does whose loader was started.
    LostButLeft,
}

/// A whole loader was uploaded. Whether it runs is shown by the stick's return in another mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// What became of the very last answer.
    pub last_answer: LastAnswer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Dropping what an earlier session left.
    Draining,
    /// Looking for bytes that nobody asked for, before the next message.
    Listening,
    Asking,
    /// The message is on its way: what happens now happened to it.
    Sending,
    Answering,
    /// The answer was lost: about to wait for a late one.
    Pausing,
    /// Dropping a late answer before the new header.
    Settling,
    /// The very last answer was lost: about to watch the stick leave.
    Doubting,
    Watching,
    Done(LastAnswer),
}

/// The upload of all blocks of a loader, one message and one answer at a time.
///
/// It begins with the header, never with a probe, and sends no empty transfer. Nothing is ever sent before the answer
/// to the message before it.
pub struct Upload<'a> {
    blocks: Vec<UploadBlock>,
    on_progress: Box<dyn FnMut(u64, u64) + 'a>,
    phase: Phase,
    block: usize,
    packet: Packet,
    /// The new header for this block has been spent.
    restarted: bool,
    stale: u32,
    total: u64,
    before_block: u64,
}

impl<'a> Upload<'a> {
    /// An upload of these blocks in this order. `on_progress` is told the data bytes accepted so far, and all there
    /// are; the first falls back when a block must be begun anew.
    ///
    /// A block that cannot be uploaded is refused before anything is sent.
    #[must_use]
    pub fn new(blocks: Vec<UploadBlock>, on_progress: Box<dyn FnMut(u64, u64) + 'a>) -> Self {
        let total = blocks.iter().map(|block| block.data.len() as u64).sum();
        Self {
            blocks,
            on_progress,
            phase: Phase::Draining,
            block: 0,
            packet: Packet::Header,
            restarted: false,
            stale: 0,
            total,
            before_block: 0,
        }
    }

    fn check_blocks(&self) -> Result<(), BootRomError> {
        if self.blocks.is_empty() {
            return Err(BootRomError::NoBlocks);
        }
        let bad = |(index, block): (usize, &UploadBlock)| {
            block.fault().map(|why| BootRomError::BadBlock { block: index + 1, why })
        };
        self.blocks.iter().enumerate().find_map(bad).map_or(Ok(()), Err)
    }

    fn number(&self) -> usize {
        self.block + 1
    }

    fn is_last_message(&self) -> bool {
        self.packet == Packet::End && self.number() == self.blocks.len()
    }

    fn within(&self) -> Duration {
        let runs_before = self.block.checked_sub(1).and_then(|before| self.blocks.get(before));
        match self.packet {
            Packet::Header if runs_before.is_some_and(|block| block.mode == 1) => HEADER_AFTER_RUN_WITHIN,
            _ => STEP_WITHIN,
        }
    }

    fn deaf(&self) -> BootRomError {
        BootRomError::Deaf { block: self.number(), packet: self.packet }
    }

    fn unasked(&self, bytes: &[u8]) -> BootRomError {
        BootRomError::Unasked { block: self.number(), packet: self.packet, bytes: bytes.to_vec() }
    }

    fn hear(&mut self, chunk: &[u8]) -> Result<(), BootRomError> {
        match (self.phase, chunk) {
            (Phase::Listening, []) => self.timed_out(),
            (Phase::Answering | Phase::Watching, []) => Ok(()),
            (Phase::Draining | Phase::Settling, _) => {
                tracing::debug!(bytes = chunk.len(), "dropped stale bytes");
                self.stale += 1;
                if self.stale > MOST_STALE { Err(self.unasked(chunk)) } else { Ok(()) }
            }
            (Phase::Answering | Phase::Watching, [answer]) => self.answer(*answer),
            _ => Err(self.unasked(chunk)),
        }
    }

    fn answer(&mut self, answer: u8) -> Result<(), BootRomError> {
        let (block, packet) = (self.number(), self.packet);
        match answer {
            0xaa => {
                self.advance();
                Ok(())
            }
            0x55 => Err(BootRomError::Refused { block, packet }),
            0xee if packet == Packet::End => Err(BootRomError::SecureBoot { block }),
            answer => Err(BootRomError::Unexpected { block, packet, answer }),
        }
    }

    fn advance(&mut self) {
        if self.is_last_message() {
            self.phase = Phase::Done(LastAnswer::Answered);
            return;
        }
        self.phase = Phase::Listening;
        let Some(block) = self.blocks.get(self.block) else { return };
        let size = block.data.len() as u64;
        if let Packet::Data(number) = self.packet {
            let accepted = (u64::from(number) * PAYLOAD as u64).min(size);
            (self.on_progress)(self.before_block + accepted, self.total);
        }
        self.packet = block.after(self.packet).unwrap_or_else(|| {
            self.before_block += size;
            self.block += 1;
            self.restarted = false;
            Packet::Header
        });
    }

    /// An answer did not come. Only a block that is still open may be begun anew, and only once.
    fn lost(&mut self) -> Result<(), BootRomError> {
        match self.packet {
            Packet::End if self.is_last_message() => {
                self.phase = Phase::Doubting;
                Ok(())
            }
            Packet::End => Err(BootRomError::EndUnanswered { block: self.number() }),
            _ if self.restarted => Err(self.deaf()),
            _ => {
                self.phase = Phase::Pausing;
                self.restarted = true;
                self.stale = 0;
                Ok(())
            }
        }
    }

    fn timed_out(&mut self) -> Result<(), BootRomError> {
        match self.phase {
            Phase::Draining => {
                self.phase = Phase::Asking;
                self.check_blocks()
            }
            Phase::Settling => {
                self.packet = Packet::Header;
                self.phase = Phase::Asking;
                Ok(())
            }
            Phase::Answering => self.lost(),
            Phase::Watching => Err(BootRomError::EndUnanswered { block: self.number() }),
            _ => {
                self.phase = Phase::Asking;
                Ok(())
            }
        }
    }

    fn short(&self, sent: usize) -> BootRomError {
        let (block, packet) = (self.number(), self.packet);
        let length = self.blocks.get(self.block).map_or(0, |block| block.message(packet).len());
        if sent == 0 { self.deaf() } else { BootRomError::Cut { block, packet, sent, length } }
    }

    fn gone(&mut self) -> Result<(), BootRomError> {
        let answering = matches!(self.phase, Phase::Answering | Phase::Watching);
        if answering && self.is_last_message() {
            self.phase = Phase::Done(LastAnswer::LostButLeft);
            return Ok(());
        }
        Err(BootRomError::Left { block: self.number(), packet: self.packet })
    }
}

impl Conversation for Upload<'_> {
    type Output = Uploaded;
    type Error = BootRomError;

    fn next(&mut self) -> Step<Uploaded> {
        match (self.phase, self.blocks.get(self.block)) {
            (Phase::Done(last_answer), _) => Step::Finished(Uploaded { last_answer }),
            (Phase::Asking, Some(block)) => {
                self.phase = Phase::Sending;
                Step::Send { bytes: block.message(self.packet), within: self.within() }
            }
            (Phase::Sending | Phase::Answering, _) => {
                self.phase = Phase::Answering;
                Step::Receive { within: self.within() }
            }
            (Phase::Pausing, _) => {
                self.phase = Phase::Settling;
                Step::Pause(Duration::ZERO)
            }
            (Phase::Settling, _) => Step::Receive { within: QUIET },
            (Phase::Doubting, _) => {
                self.phase = Phase::Watching;
                Step::Pause(Duration::ZERO)
            }
            (Phase::Watching, _) => Step::Receive { within: DEPARTURE_WITHIN },
            _ => Step::Receive { within: Duration::ZERO },
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), BootRomError> {
        match event {
            Event::Received(chunk) => self.hear(chunk),
            Event::TimedOut => self.timed_out(),
            Event::SendTimedOut { sent } => Err(self.short(sent)),
            Event::Stalled(direction) => {
                Err(BootRomError::Stalled { block: self.number(), packet: self.packet, direction })
            }
            Event::Gone => self.gone(),
        }
    }
}
