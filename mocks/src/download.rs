//! The download daemon: AT commands first, then HDLC frames that fill the flash.

mod at;
mod commands;
mod partition;
mod signature;
#[cfg(test)]
pub(crate) mod tests;

use crate::faults::Moment;
use crate::flash::Flash;
use crate::hdlc::Receiver;
use crate::loader::PartitionTable;
use crate::model::{Model, StickOptions};
use crate::transcript::Event;

use partition::OpenPartition;
use signature::Announced;

pub(crate) use commands::refusal;

/// The daemon's state in one incarnation.
#[derive(Debug)]
pub(crate) struct Daemon {
    model: Model,
    demands_signature: bool,
    knows_signver: bool,
    restarts_after_new_table: bool,
    /// Asked for by a loader or by AT^GODLOAD, not by an unfinished flash.
    forced: bool,
    /// The table that the loader left in RAM.
    table: Option<PartitionTable>,
    receiver: Receiver,
    data_mode: bool,
    announced: Option<Announced>,
    signature_found: bool,
    started: usize,
    open: Option<OpenPartition>,
}

/// What the daemon works on.
pub(crate) struct Ground<'a> {
    pub(crate) flash: &'a mut Flash,
}

/// A message to the daemon.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A whole transfer in AT mode.
    At(Vec<u8>),
    /// The payload of a good frame.
    Frame(Vec<u8>),
}

impl Daemon {
    pub(crate) fn new(model: Model, options: &StickOptions, forced: bool, table: Option<PartitionTable>) -> Self {
        Self {
            model,
            demands_signature: options.demands_signature,
            knows_signver: options.knows_signver,
            restarts_after_new_table: options.restarts_after_new_table,
            forced,
            table,
            receiver: Receiver::new(),
            data_mode: false,
            announced: None,
            signature_found: false,
            started: 0,
            open: None,
        }
    }

    /// Finds the messages in a transfer. In AT mode a transfer is one message; afterwards only frames count.
    pub(crate) fn messages(&mut self, transfer: &[u8]) -> Vec<Message> {
        if !self.data_mode {
            return vec![Message::At(transfer.to_vec())];
        }
        let frames = transfer.iter().filter_map(|byte| self.receiver.push(*byte));
        frames.map(Message::Frame).collect()
    }

    /// What a message is, and how the transcript has it, where it is not for the daemon itself to note.
    pub(crate) fn identify(&self, interface: u8, message: &Message) -> (Moment, Option<Event>) {
        match message {
            Message::At(bytes) => {
                let text = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                let event = Event::At { interface, command: text.escape_ascii().to_string() };
                (Moment::At(String::from_utf8_lossy(text).into_owned()), Some(event))
            }
            Message::Frame(payload) => self.identify_frame(payload),
        }
    }

    fn identify_frame(&self, payload: &[u8]) -> (Moment, Option<Event>) {
        let number = |at: usize| {
            let word = payload.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>());
            word.map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let current = self.started.saturating_sub(1);
        match payload[0] {
            0x41 => {
                let event = Event::PartitionStart { code: number(1), size: number(5) };
                (Moment::PartitionStart { partition: self.started }, Some(event))
            }
            0x42 => {
                let moment = Moment::PartitionData { partition: current, number: number(1) };
                (moment, Some(Event::PartitionData { blocks: 1 }))
            }
            // Whether it was accepted is known only afterwards.
            0x43 => (Moment::PartitionEnd { partition: current }, None),
            command => (Moment::Hdlc(command), Some(Event::Hdlc { command })),
        }
    }
}
