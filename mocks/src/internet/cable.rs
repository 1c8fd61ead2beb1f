//! The cable between the PPP peer and what is behind it: IP packets, a bounded number in each direction.

use std::collections::VecDeque;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// How many packets wait in each direction.
const PACKETS: usize = 32;

/// Packets under way, as the far end sees them.
#[derive(Debug)]
pub(super) struct Cable {
    inward: VecDeque<Vec<u8>>,
    outward: VecDeque<Vec<u8>>,
    /// The largest packet to the host.
    unit: usize,
}

impl Cable {
    pub(super) fn new(unit: usize) -> Self {
        Self { inward: VecDeque::new(), outward: VecDeque::new(), unit }
    }

    /// Whether it takes one more packet from the host.
    pub(super) fn has_room(&self) -> bool {
        self.inward.len() < PACKETS
    }

    pub(super) fn push(&mut self, packet: Vec<u8>) {
        self.inward.push_back(packet);
    }

    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        self.outward.pop_front()
    }

    /// Whether it takes one more packet to the host.
    pub(super) fn is_open(&self) -> bool {
        self.outward.len() < PACKETS
    }

    /// Whether a packet of the host's waits that could be answered.
    pub(super) fn is_due(&self) -> bool {
        !self.inward.is_empty() && self.is_open()
    }
}

pub(super) struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

pub(super) struct Sent<'a>(&'a mut VecDeque<Vec<u8>>);

impl TxToken for Sent<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut packet = vec![0; length];
        let result = f(&mut packet);
        self.0.push_back(packet);
        result
    }
}

impl Device for Cable {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sent<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sent<'_>)> {
        if !self.is_due() {
            return None;
        }
        let packet = self.inward.pop_front()?;
        Some((Received(packet), Sent(&mut self.outward)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sent<'_>> {
        self.is_open().then_some(Sent(&mut self.outward))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.unit;
        capabilities
    }
}
