//! The boot ROM, as its packet handler reads in ROM images of V7R2 and V7R11.
//!
//! It answers each message with one byte, and forgives nothing: after a wrong check sum, an unknown message, or a message
//! out of place it returns without arming its OUT endpoint again, and only re-plugging helps.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::crc;
use crate::faults::Moment;
use crate::loader::{self, EraseCall};
use crate::model::Chip;
use crate::reaction::{Next, Reaction, Then};
use crate::transcript::Event;

#[cfg(test)]
mod tests;

const HEADER: u8 = 0xfe;
const DATA: u8 = 0xda;
const END: u8 = 0xed;
const ACCEPTED: u8 = 0xaa;
const REFUSED: u8 = 0x55;
const SIGNATURE_REFUSED: u8 = 0xee;

const RAMINIT: u8 = 1;
const USBLDR: u8 = 2;
const PACKET: usize = 1024;
/// How long raminit trains the memory.
const RAMINIT_RUNS: Duration = Duration::from_secs(3);
/// How much of a block is kept until it is started.
const KEPT: usize = 16 << 20;
/// The largest message is a full data packet; longer ones overrun the buffer and fail every check.
const BUFFER: usize = PACKET + 5;

/// A block that was loaded into RAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RamImage {
    /// 1 raminit, 2 usbldr.
    pub mode: u8,
    /// Load address.
    pub address: u32,
    /// Bytes.
    pub size: u32,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

#[derive(Debug)]
struct Block {
    mode: u8,
    address: u32,
    size: usize,
    stored: usize,
    packets: u32,
    digest: Sha256,
    content: Vec<u8>,
}

/// The ROM's packet handler.
#[derive(Debug)]
pub(crate) struct BootRom {
    chip: Chip,
    secure: bool,
    /// The receive buffer. It is never cleared, so short messages are judged with what the last one left behind.
    buffer: Vec<u8>,
    length: usize,
    block: Option<Block>,
    closed: u8,
    memory_works: bool,
    /// Blocks that were closed since somebody asked.
    pub(crate) loaded: Vec<RamImage>,
}

impl BootRom {
    pub(crate) fn new(chip: Chip, secure: bool) -> Self {
        Self {
            chip,
            secure,
            buffer: vec![0; BUFFER],
            length: 0,
            block: None,
            closed: 0,
            memory_works: false,
            loaded: Vec::new(),
        }
    }

    /// Whether a message has begun and not ended.
    pub(crate) fn in_message(&self) -> bool {
        self.length > 0
    }

    /// Takes one USB packet. Gives the length of a message that it completes.
    ///
    /// A message ends at a short packet; or, with a full one, where the block's size and five more bytes are reached.
    pub(crate) fn packet(&mut self, packet: &[u8], max_packet: usize) -> Option<usize> {
        for byte in packet {
            if let Some(slot) = self.buffer.get_mut(self.length) {
                *slot = *byte;
            }
            self.length += 1;
        }
        let reached = self.block.as_ref().is_some_and(|block| block.stored + self.length >= block.size + 5);
        let ended = packet.len() < max_packet || reached;
        ended.then(|| std::mem::take(&mut self.length))
    }

    /// What a completed message is, and how the transcript has it.
    pub(crate) fn identify(&self, length: usize) -> (Option<Moment>, Event) {
        let number = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|offset| self.buffer[at + offset]));
        let block = self.closed;
        match self.buffer[0] {
            HEADER if length == 14 => {
                let event = Event::BootRomHeader { mode: self.buffer[3], size: number(4), address: number(8) };
                (Some(Moment::BootRomHeader { block }), event)
            }
            DATA if length > 5 => {
                let packet = self.block.as_ref().map_or(1, |block| block.packets + 1);
                (Some(Moment::BootRomData { block, packet }), Event::BootRomData { packets: 1 })
            }
            END if length == 5 => (Some(Moment::BootRomEnd { block }), Event::BootRomEnd),
            _ => (None, Event::BootRomOther { length }),
        }
    }

    /// Judges a completed message: the complement first, then the check sum, then the first byte.
    pub(crate) fn judge(&mut self, length: usize) -> Reaction {
        if length == 0 {
            return Reaction::deaf();
        }
        if self.buffer[1] ^ self.buffer[2] != 0xff {
            return reply(REFUSED);
        }
        let Some(checked) = length.checked_sub(2).filter(|_| length <= BUFFER) else {
            return Reaction::deaf();
        };
        let check = u16::from_be_bytes([self.buffer[checked], self.buffer[checked + 1]]);
        if crc::xmodem(&self.buffer[..checked]) != check {
            return Reaction::deaf();
        }
        match self.buffer[0] {
            HEADER => self.header(length),
            DATA => self.data(length),
            END => self.end(length),
            _ => Reaction::deaf(),
        }
    }

    fn header(&mut self, length: usize) -> Reaction {
        let mode = self.buffer[3];
        if length != 14 || self.buffer[1] != 0 || !(RAMINIT..=USBLDR).contains(&mode) {
            return reply(REFUSED);
        }
        let number = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|offset| self.buffer[at + offset]));
        let (size, address) = (number(4), number(8));
        self.block = Some(Block {
            mode,
            address,
            size: size as usize,
            stored: 0,
            packets: 0,
            digest: Sha256::new(),
            content: Vec::new(),
        });
        reply(ACCEPTED)
    }

    fn data(&mut self, length: usize) -> Reaction {
        let Some(block) = &mut self.block else {
            return Reaction::deaf();
        };
        let number = self.buffer[1];
        // Numbers are one byte and go round; the last one may be repeated while there is no doubt about which it is.
        if block.packets > 0 && block.packets < 256 && number == block.packets as u8 {
            return reply(ACCEPTED);
        }
        let payload = PACKET.min(block.size - block.stored);
        if number != (block.packets + 1) as u8 || payload == 0 || length != payload + 5 {
            return reply(REFUSED);
        }
        let bytes = &self.buffer[3..3 + payload];
        block.digest.update(bytes);
        let room = KEPT.saturating_sub(block.content.len());
        block.content.extend_from_slice(&bytes[..payload.min(room)]);
        block.stored += payload;
        block.packets += 1;
        reply(ACCEPTED)
    }

    fn end(&mut self, length: usize) -> Reaction {
        let Some(block) = &self.block else {
            return Reaction::deaf();
        };
        let wrong_number = self.buffer[1] != (block.packets + 1) as u8;
        let all_there = block.stored == block.size;
        if !all_there || (wrong_number && length != 5) {
            return reply(REFUSED);
        }
        let refused = self.secure && !passes_fuses(self.chip, block.mode, &block.content);
        match self.block.take() {
            Some(_) if refused => reply(SIGNATURE_REFUSED),
            Some(block) => self.run(block),
            None => Reaction::deaf(),
        }
    }

    fn run(&mut self, block: Block) -> Reaction {
        self.closed = self.closed.saturating_add(1);
        self.loaded.push(RamImage {
            mode: block.mode,
            address: block.address,
            size: block.size as u32,
            sha256: block.digest.finalize().into(),
        });
        let lands_in_ram =
            windows(self.chip, block.mode).iter().any(|(from, to)| (*from..*to).contains(&block.address));
        let answer = reply(ACCEPTED);
        if block.mode == RAMINIT {
            self.memory_works |= lands_in_ram;
            // Code that is nowhere never returns to the packet handler.
            return answer.then(if lands_in_ram { Then::BusyFor(RAMINIT_RUNS) } else { Then::Deaf });
        }
        let runs = lands_in_ram && self.memory_works;
        let loaded = if runs { loader::start(self.chip, &block.content) } else { loader::Loaded::Crashed };
        answer.then(Then::Leave { after: Duration::from_millis(200), next: Next::Loaded(loaded) })
    }
}

fn reply(byte: u8) -> Reaction {
    Reaction::answer(vec![byte])
}

/// Where each block may be loaded. 10000000 (or 0, the same memory) and 57900000 are in real loaders of V7R11; for V7R2
/// nothing was published, so the same windows and those of the older V7R1 are let through.
fn windows(chip: Chip, mode: u8) -> &'static [(u32, u32)] {
    match (chip, mode) {
        (_, RAMINIT) => &[(0, 0x2_0000), (0x1000_0000, 0x1010_0000), (0x2ffe_0000, 0x3000_0000)],
        (Chip::V7R11, _) => &[(0x5700_0000, 0x6000_0000)],
        (Chip::V7R2, _) => &[(0x3000_0000, 0x4000_0000), (0x5000_0000, 0x6000_0000)],
    }
}

/// What a fused stick lets through: raminit that says how much of it is signed (the word at 576), and a loader whose code
/// nobody changed. Signatures themselves are not checked; their layout is not known.
fn passes_fuses(chip: Chip, mode: u8, content: &[u8]) -> bool {
    match mode {
        RAMINIT => content.get(576..580).is_some_and(|length| length.iter().any(|byte| *byte != 0)),
        _ => loader::erase_call(chip, content) != EraseCall::PatchedOut,
    }
}
