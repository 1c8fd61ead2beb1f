//! Packets to the guest.

use bytes::{Bytes, BytesMut};

/// What is to be sent, in order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: BytesMut,
    /// Both sides agreed on ids of 64 bits.
    pub(super) wide_ids: bool,
}

impl Outbox {
    /// Adds a packet whose body is made of these parts.
    pub(super) fn packet(&mut self, kind: u32, id: u64, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        // Bodies are tables of fixed size, or answers no longer than what was asked for, which is bounded.
        let length = u32::try_from(length).expect("a body of less than 4 GiB");
        self.bytes.extend_from_slice(&kind.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        let id = id.to_le_bytes();
        self.bytes.extend_from_slice(if self.wide_ids { &id[..] } else { &id[..4] });
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Everything so far.
    pub(super) fn take(&mut self) -> Bytes {
        self.bytes.split().freeze()
    }
}
