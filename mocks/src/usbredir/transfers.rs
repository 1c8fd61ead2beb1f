//! Bulk transfers that the guest started and the stick has not completed.

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};

use super::outbox::Outbox;
use super::{Status, kind};
use crate::stick::{In, Out, Stick};

/// How many answered IN transfers are remembered, in case their cancellation is under way already.
const REMEMBERED: usize = 8;

/// The fields of a bulk packet in front of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BulkHeader {
    pub(super) endpoint: u8,
    pub(super) length: u32,
    pub(super) stream: u32,
}

impl BulkHeader {
    /// Reads the header. `None`: it is cut short.
    pub(super) fn parse(body: &Bytes, long: bool) -> Option<(Self, Bytes)> {
        let fields = body.first_chunk::<8>()?;
        let low = u32::from(u16::from_le_bytes([fields[2], fields[3]]));
        let stream = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
        let header = Self { endpoint: fields[0], length: low, stream };
        if !long {
            return Some((header, body.slice(8..)));
        }
        let high = u16::from_le_bytes([*body.get(8)?, *body.get(9)?]);
        Some((Self { length: low | u32::from(high) << 16, ..header }, body.slice(10..)))
    }

    /// The answer. `length` is what was really sent or received.
    pub(super) fn answer(self, outbox: &mut Outbox, long: bool, id: u64, status: Status, length: usize, data: &[u8]) {
        // No longer than what was asked for.
        let length = u32::try_from(length).unwrap_or(self.length).to_le_bytes();
        let front = [self.endpoint, status as u8, length[0], length[1]];
        let high = if long { &length[2..] } else { &[] };
        outbox.packet(kind::BULK, id, &[&front, &self.stream.to_le_bytes(), high, data]);
    }
}

/// One transfer.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) id: u64,
    pub(super) header: BulkHeader,
    /// What goes to the stick, or what came from it so far.
    pub(super) data: BytesMut,
    /// How much of it the stick took.
    taken: usize,
}

impl Transfer {
    pub(super) fn new(id: u64, header: BulkHeader, data: &[u8]) -> Self {
        Self { id, header, data: BytesMut::from(data), taken: 0 }
    }

    fn is_in(&self) -> bool {
        self.header.endpoint & 0x80 != 0
    }

    /// Goes on as far as the stick lets it. `None`: the stick answers NAK.
    fn advance(&mut self, stick: &mut Stick) -> Option<Status> {
        if self.is_in() { self.fill(stick) } else { self.drain(stick) }
    }

    fn drain(&mut self, stick: &mut Stick) -> Option<Status> {
        loop {
            match stick.bulk_out(self.header.endpoint, &self.data[self.taken..]) {
                Out::Taken(more) => {
                    self.taken += more;
                    if self.taken == self.data.len() {
                        return Some(Status::Success);
                    }
                    if more == 0 {
                        return None;
                    }
                }
                Out::NotNow => return None,
                Out::Stall => return Some(Status::Stall),
            }
        }
    }

    fn fill(&mut self, stick: &mut Stick) -> Option<Status> {
        let wanted = self.header.length as usize;
        while self.data.len() < wanted {
            let max_packet = stick.max_packet();
            match stick.bulk_in(self.header.endpoint, wanted - self.data.len()) {
                In::Packet(packet) => {
                    self.data.extend_from_slice(&packet);
                    if packet.len() < max_packet {
                        break;
                    }
                }
                In::NotNow => return None,
                In::Stall => return Some(Status::Stall),
            }
        }
        Some(Status::Success)
    }

    pub(super) fn answer(&self, outbox: &mut Outbox, long: bool, status: Status) {
        let success = status == Status::Success;
        let length = if !self.is_in() {
            self.taken
        } else if success {
            self.data.len()
        } else {
            0
        };
        let data = if self.is_in() { &self.data[..length] } else { &[] };
        self.header.answer(outbox, long, self.id, status, length, data);
    }
}

/// An IN transfer that was answered.
#[derive(Debug)]
struct Answered {
    id: u64,
    endpoint: u8,
    number: u64,
    data: Bytes,
}

/// All transfers of one incarnation, by endpoint and in order.
///
/// A guest that cancels an IN transfer throws away what comes under its id afterwards, as QEMU does: the answer that was
/// under way, and what a transfer held that had not completed. On a real bus neither is lost. So both are kept here, and
/// the endpoint's next transfers get them before anything else, each as a transfer of its own.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    waiting: BTreeMap<u8, VecDeque<Transfer>>,
    kept: BTreeMap<u8, BTreeMap<u64, Bytes>>,
    answered: VecDeque<Answered>,
    /// The next number of something received.
    number: u64,
}

impl Transfers {
    pub(super) fn push(&mut self, transfer: Transfer) {
        self.waiting.entry(transfer.header.endpoint).or_default().push_back(transfer);
    }

    /// Lets every transfer go on, as long as `present` says that the stick is still the same.
    pub(super) fn advance(
        &mut self,
        stick: &mut Stick,
        outbox: &mut Outbox,
        long: bool,
        present: impl Fn(&Stick) -> bool,
    ) {
        let endpoints: Vec<u8> = self.waiting.keys().copied().collect();
        for endpoint in endpoints {
            while present(stick)
                && let Some((transfer, status)) = self.complete(endpoint, stick)
            {
                transfer.answer(outbox, long, status);
                self.remember(transfer, status);
            }
        }
    }

    /// Takes the first transfer of an endpoint, if it completes now.
    fn complete(&mut self, endpoint: u8, stick: &mut Stick) -> Option<(Transfer, Status)> {
        let queue = self.waiting.get_mut(&endpoint)?;
        let first = queue.front_mut()?;
        let status = match self.kept.get_mut(&endpoint).and_then(BTreeMap::first_entry) {
            Some(mut kept) => {
                let length = kept.get().len().min(first.header.length as usize);
                first.data.extend_from_slice(&kept.get_mut().split_to(length));
                if kept.get().is_empty() {
                    kept.remove();
                }
                Status::Success
            }
            None => first.advance(stick)?,
        };
        queue.pop_front().map(|transfer| (transfer, status))
    }

    fn remember(&mut self, transfer: Transfer, status: Status) {
        if transfer.is_in() && status == Status::Success && !transfer.data.is_empty() {
            let (id, endpoint) = (transfer.id, transfer.header.endpoint);
            self.number += 1;
            self.answered.push_back(Answered { id, endpoint, number: self.number, data: transfer.data.freeze() });
            if self.answered.len() > REMEMBERED {
                self.answered.pop_front();
            }
        }
    }

    /// Cancels a transfer. One that was answered already gets no second answer.
    pub(super) fn cancel(&mut self, id: u64, outbox: &mut Outbox, long: bool) {
        let hit = self.waiting.values_mut().find_map(|queue| {
            let index = queue.iter().position(|transfer| transfer.id == id)?;
            queue.remove(index)
        });
        if let Some(mut transfer) = hit {
            transfer.answer(outbox, long, Status::Cancelled);
            if transfer.is_in() {
                self.keep_received(transfer.header.endpoint, &mut transfer.data);
            }
            return;
        }
        if let Some(index) = self.answered.iter().position(|answered| answered.id == id)
            && let Some(answered) = self.answered.remove(index)
        {
            self.stash_first(answered.endpoint);
            self.kept.entry(answered.endpoint).or_default().insert(answered.number, answered.data);
        }
    }

    /// What the endpoint's first transfer holds so far came later than what is being put back before it.
    fn stash_first(&mut self, endpoint: u8) {
        let first = self.waiting.get_mut(&endpoint).and_then(VecDeque::front_mut).filter(|first| first.is_in());
        if let Some(mut data) = first.map(|first| first.data.split()) {
            self.keep_received(endpoint, &mut data);
        }
    }

    fn keep_received(&mut self, endpoint: u8, data: &mut BytesMut) {
        if !data.is_empty() {
            self.number += 1;
            self.kept.entry(endpoint).or_default().insert(self.number, data.split().freeze());
        }
    }

    /// Ends every transfer: the guest is about to begin anew.
    pub(super) fn cancel_all(&mut self, outbox: &mut Outbox, long: bool) {
        for transfer in std::mem::take(&mut self.waiting).into_values().flatten() {
            transfer.answer(outbox, long, Status::Cancelled);
        }
        *self = Self { number: self.number, ..Self::default() };
    }
}
