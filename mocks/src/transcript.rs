//! What was said to the stick, and what became of it.

use std::time::Duration;

use crate::model::Mode;
use crate::web::WebOrder;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was enumerated.
    Attached {
        /// As what.
        mode: Mode,
        /// `idVendor`.
        vendor_id: u16,
        /// `idProduct`.
        product_id: u16,
        /// The address that the bus gave it.
        address: Option<u8>,
    },
    /// It left the bus.
    Left,
    /// A control request that is not part of every enumeration: of a class, of a vendor, SET_FEATURE to the device.
    Control {
        /// `bmRequestType`.
        request_type: u8,
        /// `bRequest`.
        request: u8,
        /// `wValue`.
        value: u16,
        /// `wIndex`.
        index: u16,
    },
    /// The host selected a configuration. A kernel does so at every enumeration.
    SetConfiguration {
        /// `wValue`: 0 for none.
        value: u16,
    },
    /// A boot ROM header.
    BootRomHeader {
        /// 1 raminit, 2 usbldr.
        mode: u8,
        /// Announced bytes.
        size: u32,
        /// Load address.
        address: u32,
    },
    /// Boot ROM data packets in a row.
    BootRomData {
        /// How many.
        packets: u32,
    },
    /// A boot ROM end packet.
    BootRomEnd,
    /// A message to the boot ROM that is none of its own.
    BootRomOther {
        /// Its length.
        length: usize,
    },
    /// A loader was started.
    LoaderStarted {
        /// Whether it wiped the flash.
        erased: bool,
    },
    /// A line on an AT port or to the download daemon, without its carriage return.
    At {
        /// The interface.
        interface: u8,
        /// The line, escaped.
        command: String,
    },
    /// An HDLC frame to the download daemon other than those for partitions.
    Hdlc {
        /// The command code.
        command: u8,
    },
    /// A partition was announced (41).
    PartitionStart {
        /// Its code.
        code: u32,
        /// Its announced size in bytes.
        size: u32,
    },
    /// Blocks of a partition in a row (42).
    PartitionData {
        /// How many.
        blocks: u32,
    },
    /// A partition was closed (43).
    PartitionEnd {
        /// The code that the host gave.
        code: u32,
        /// The size that the host gave.
        size: u32,
        /// Whether it stands in the flash now.
        accepted: bool,
    },
    /// A command block on a mass storage interface.
    CommandBlock {
        /// The interface.
        interface: u8,
        /// The 16 bytes.
        block: [u8; 16],
    },
    /// A fastboot command, escaped.
    Fastboot {
        /// The command.
        command: String,
    },
    /// The web server was asked for something that it let the stick do.
    Web {
        /// What.
        order: WebOrder,
    },
}

impl Event {
    /// Whether a host said this, other than by a control request.
    #[must_use]
    pub fn is_message(&self) -> bool {
        use Event as E;
        !matches!(
            self,
            E::Attached { .. } | E::Left | E::Control { .. } | E::SetConfiguration { .. } | E::LoaderStarted { .. }
        )
    }

    /// Whether this changed, or may have changed, RAM or flash: a loader, a partition, or a restart.
    #[must_use]
    pub fn is_dangerous(&self) -> bool {
        use Event as E;
        match self {
            E::BootRomHeader { .. } | E::BootRomData { .. } | E::BootRomEnd | E::LoaderStarted { .. } => true,
            E::PartitionStart { .. } | E::PartitionData { .. } | E::PartitionEnd { .. } => true,
            E::Hdlc { command } => *command == 0x0a,
            E::Web { order } => matches!(order, WebOrder::Restart | WebOrder::PowerOff),
            _ => false,
        }
    }
}

/// Everything that happened to one stick, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript {
    entries: Vec<(Duration, Event)>,
}

impl Transcript {
    /// Packets and blocks in a row become one entry that counts them: a flash of any size stays a short list.
    pub(crate) fn note(&mut self, now: Duration, event: Event) {
        match (self.entries.last_mut(), &event) {
            (Some((_, Event::BootRomData { packets: count })), Event::BootRomData { packets: more })
            | (Some((_, Event::PartitionData { blocks: count })), Event::PartitionData { blocks: more }) => {
                *count += more
            }
            _ => self.entries.push((now, event)),
        }
    }

    /// Fills in the address that the bus gave the stick after it appeared.
    pub(crate) fn assigned(&mut self, given: u8) {
        let attached = self.entries.iter_mut().rev().find_map(|(_, event)| match event {
            Event::Attached { address, .. } => Some(address),
            _ => None,
        });
        if let Some(address) = attached {
            *address = Some(given);
        }
    }

    pub(crate) fn entries(&self) -> &[(Duration, Event)] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_in_a_row_are_counted_and_not_listed() {
        let mut transcript = Transcript::default();
        for _ in 0..3 {
            transcript.note(Duration::ZERO, Event::PartitionData { blocks: 1 });
        }
        transcript.note(Duration::ZERO, Event::Left);
        let events: Vec<&Event> = transcript.entries().iter().map(|(_, event)| event).collect();
        assert_eq!(events, [&Event::PartitionData { blocks: 3 }, &Event::Left]);
    }
}
