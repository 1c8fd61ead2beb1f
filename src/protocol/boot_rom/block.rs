//! One block of a loader, and the messages that it goes over as.

use bytes::Bytes;

use super::message::{self, PAYLOAD, Packet};

/// One block of a loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadBlock {
    /// 1: run it and come back (raminit). 2: start it for good (usbldr).
    pub mode: u8,
    /// Where it goes, in the stick's memory.
    pub address: u32,
    /// Its bytes; at least one.
    pub data: Bytes,
}

impl UploadBlock {
    pub(super) fn fault(&self) -> Option<&'static str> {
        match () {
            () if !matches!(self.mode, 1 | 2) => Some("its mode is neither 1 nor 2"),
            () if self.data.is_empty() => Some("it is empty"),
            () if u32::try_from(self.data.len()).is_err() => Some("it is larger than 4 GiB"),
            () => None,
        }
    }

    fn data_messages(&self) -> u32 {
        // The size fits 32 bits: `fault` is asked before anything is sent.
        u32::try_from(self.data.len().div_ceil(PAYLOAD)).unwrap_or(u32::MAX)
    }

    fn payload(&self, number: u32) -> &[u8] {
        let start = (number as usize).saturating_sub(1).saturating_mul(PAYLOAD).min(self.data.len());
        let end = start.saturating_add(PAYLOAD).min(self.data.len());
        &self.data[start..end]
    }

    pub(super) fn message(&self, packet: Packet) -> Bytes {
        match packet {
            Packet::Header => {
                message::header(self.mode, u32::try_from(self.data.len()).unwrap_or(u32::MAX), self.address)
            }
            Packet::Data(number) => message::data(number, self.payload(number)),
            Packet::End => message::end(self.data_messages().wrapping_add(1)),
        }
    }

    pub(super) fn after(&self, packet: Packet) -> Option<Packet> {
        match packet {
            Packet::Header => Some(Packet::Data(1)),
            Packet::Data(number) if number < self.data_messages() => Some(Packet::Data(number + 1)),
            Packet::Data(_) => Some(Packet::End),
            Packet::End => None,
        }
    }
}
