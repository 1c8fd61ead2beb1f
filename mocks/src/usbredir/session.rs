//! One conversation with a guest: bytes in, packets out, a stick in between. No socket and no clock.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::capabilities::Capabilities;
use super::outbox::Outbox;
use super::reader::{Packet, Reader, VERSION};
use super::transfers::{BulkHeader, Transfer, Transfers};
use super::{Status, Violation, announcements, kind};
use crate::stick::{In, Response, Setup, Stick};

const SET_CONFIGURATION: u8 = 9;
const SET_INTERFACE: u8 = 11;

/// What the guest believes of the stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// It knows of none.
    Absent,
    /// It knows this incarnation.
    Present(u32),
    /// It was told that the stick left, and has not said that it understood.
    Leaving,
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Session {
    reader: Reader,
    outbox: Outbox,
    /// What both sides can do, once the guest said hello.
    capabilities: Option<Capabilities>,
    presence: Presence,
    transfers: Transfers,
    /// Interrupt endpoints that the guest listens to, each with the number of its next packet.
    interrupts: BTreeMap<u8, u64>,
}

impl Session {
    /// A conversation that begins with our hello.
    pub(super) fn new() -> Self {
        let mut outbox = Outbox::default();
        outbox.packet(kind::HELLO, 0, &[&announcements::hello()]);
        let (reader, transfers, interrupts) = (Reader::default(), Transfers::default(), BTreeMap::new());
        Self { reader, outbox, capabilities: None, presence: Presence::Absent, transfers, interrupts }
    }

    /// Whether something waits to be sent.
    pub(super) fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// What is to be sent.
    pub(super) fn take_output(&mut self) -> Bytes {
        self.outbox.take()
    }

    /// Takes bytes from the guest.
    pub(super) fn receive(&mut self, bytes: &[u8], stick: &mut Stick) -> Result<(), Violation> {
        self.reader.push(bytes);
        while let Some(packet) = self.reader.next()? {
            self.handle(&packet, stick);
            self.service(stick);
        }
        Ok(())
    }

    /// Lets everything happen that the stick or the time brought about.
    pub(super) fn service(&mut self, stick: &mut Stick) {
        let Some(capabilities) = self.capabilities else {
            return;
        };
        if let Presence::Present(incarnation) = self.presence {
            let present = |stick: &Stick| stick.descriptors().is_some() && stick.incarnation() == incarnation;
            self.transfers.advance(stick, &mut self.outbox, capabilities.long_bulk(), present);
            if present(stick) {
                self.pass_interrupts(stick);
            } else {
                self.outbox.packet(kind::DEVICE_DISCONNECT, 0, &[]);
                self.transfers = Transfers::default();
                self.interrupts.clear();
                let acknowledged = capabilities.disconnect_acknowledged();
                self.presence = if acknowledged { Presence::Leaving } else { Presence::Absent };
            }
        }
        if self.presence == Presence::Absent && stick.descriptors().is_some() {
            self.announce(stick);
            if let Some(descriptors) = stick.descriptors() {
                let device = announcements::device(stick, descriptors, capabilities);
                self.outbox.packet(kind::DEVICE_CONNECT, 0, &[&device]);
            }
            self.presence = Presence::Present(stick.incarnation());
        }
    }

    /// Passes on what the stick says on interrupt endpoints, one packet after the other: the guest's side keeps them until
    /// they are asked for.
    fn pass_interrupts(&mut self, stick: &mut Stick) {
        for (endpoint, number) in &mut self.interrupts {
            while let In::Packet(packet) = stick.interrupt_in(*endpoint) {
                // An interrupt packet has at most 1024 bytes.
                let length = u16::try_from(packet.len()).unwrap_or(u16::MAX).to_le_bytes();
                let front = [*endpoint, Status::Success as u8, length[0], length[1]];
                self.outbox.packet(kind::INTERRUPT, *number, &[&front, &packet]);
                *number += 1;
            }
        }
    }

    /// Tells endpoints and interfaces, in the order that the protocol demands.
    fn announce(&mut self, stick: &Stick) {
        if let Some((descriptors, capabilities)) = stick.descriptors().zip(self.capabilities) {
            let endpoints = announcements::endpoints(stick, descriptors, capabilities);
            self.outbox.packet(kind::ENDPOINT_INFO, 0, &[&endpoints]);
            self.outbox.packet(kind::INTERFACE_INFO, 0, &[&announcements::interfaces(stick, descriptors)]);
        }
    }

    fn handle(&mut self, packet: &Packet, stick: &mut Stick) {
        let body = &packet.body;
        match (packet.kind, self.presence) {
            (kind::HELLO, _) => self.greet(body),
            (kind::DISCONNECT_ACKNOWLEDGED, Presence::Leaving) => self.presence = Presence::Absent,
            // A guest's filter is its own business: a device that it rejects stays unused.
            (kind::FILTER | kind::FILTER_REJECT, _) => {}
            (_, Presence::Present(_)) => self.request(packet, stick),
            // What else comes now was meant for a stick that is not there any more.
            _ => {}
        }
    }

    fn greet(&mut self, body: &[u8]) {
        let words = body.get(VERSION as usize..).unwrap_or_default();
        let common = Capabilities::OWN.common_with(words);
        self.reader.wide_ids = common.wide_ids();
        self.outbox.wide_ids = common.wide_ids();
        self.capabilities = Some(common);
    }

    fn request(&mut self, packet: &Packet, stick: &mut Stick) {
        let Packet { kind, id, body } = packet;
        let first = body.first().copied().unwrap_or(0);
        match *kind {
            kind::RESET => {
                self.end_transfers();
                stick.bus_reset();
            }
            kind::SET_CONFIGURATION => self.set_configuration(*id, first, stick),
            kind::GET_CONFIGURATION => {
                let body = [Status::Success as u8, stick.configuration()];
                self.outbox.packet(kind::CONFIGURATION_STATUS, *id, &[&body]);
            }
            kind::SET_SETTING => {
                let setting = body.get(1).copied().unwrap_or(0);
                self.set_setting(*id, first, setting, stick);
            }
            kind::GET_SETTING => {
                let known = stick.descriptors().is_some_and(|facts| facts.interface(first).is_some());
                let status = if known { Status::Success } else { Status::Invalid };
                self.outbox.packet(kind::SETTING_STATUS, *id, &[&[status as u8, first, stick.setting(first)]]);
            }
            kind::START_INTERRUPTS | kind::STOP_INTERRUPTS => {
                let end = stick.descriptors().and_then(|facts| facts.endpoint(first));
                let known = end.is_some_and(|end| end.interrupt && end.is_in());
                let status = if known { Status::Success } else { Status::Invalid };
                self.outbox.packet(kind::INTERRUPTS_STATUS, *id, &[&[status as u8, first]]);
                match *kind {
                    kind::START_INTERRUPTS if known => drop(self.interrupts.entry(first).or_insert(0)),
                    _ => drop(self.interrupts.remove(&first)),
                }
            }
            kind::START_ISOCHRONOUS | kind::STOP_ISOCHRONOUS => {
                self.outbox.packet(kind::ISOCHRONOUS_STATUS, *id, &[&[Status::Invalid as u8, first]]);
            }
            kind::CANCEL => {
                let long = self.long_bulk();
                self.transfers.cancel(*id, &mut self.outbox, long);
            }
            kind::CONTROL => self.control(*id, body, stick),
            kind::BULK => self.bulk(*id, body, stick),
            // The stick has no interrupt OUT endpoint.
            kind::INTERRUPT => self.outbox.packet(kind::INTERRUPT, *id, &[&[first, Status::Invalid as u8, 0, 0]]),
            // Isochronous packets get no answer, an acknowledgement needs none.
            _ => {}
        }
    }

    fn long_bulk(&self) -> bool {
        self.capabilities.is_some_and(Capabilities::long_bulk)
    }

    fn end_transfers(&mut self) {
        let long = self.long_bulk();
        self.transfers.cancel_all(&mut self.outbox, long);
    }

    fn set_configuration(&mut self, id: u64, configuration: u8, stick: &mut Stick) {
        let (request, value) = (SET_CONFIGURATION, configuration.into());
        let status = self.select(Setup { request_type: 0, request, value, index: 0, length: 0 }, stick);
        let body = [status as u8, stick.configuration()];
        self.outbox.packet(kind::CONFIGURATION_STATUS, id, &[&body]);
    }

    fn set_setting(&mut self, id: u64, interface: u8, setting: u8, stick: &mut Stick) {
        let (request, value, index) = (SET_INTERFACE, setting.into(), interface.into());
        let status = self.select(Setup { request_type: 1, request, value, index, length: 0 }, stick);
        let body = [status as u8, interface, stick.setting(interface)];
        self.outbox.packet(kind::SETTING_STATUS, id, &[&body]);
    }

    /// Selects something that changes which endpoints there are, and tells of them.
    fn select(&mut self, setup: Setup, stick: &mut Stick) -> Status {
        if stick.control(setup, &[]) == Response::Stall {
            return Status::Stall;
        }
        if setup.request == SET_CONFIGURATION {
            self.end_transfers();
        }
        self.announce(stick);
        Status::Success
    }

    fn control(&mut self, id: u64, body: &Bytes, stick: &mut Stick) {
        // The reader let no shorter packet pass.
        let Some(fields) = body.first_chunk::<10>() else { return };
        let word = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
        let (request, request_type, length) = (fields[1], fields[2], word(8));
        let setup = Setup { request_type, request, value: word(4), index: word(6), length };
        let (sent, inward) = (&body[10..], request_type & 0x80 != 0);
        let sound = sent.len() == if inward { 0 } else { usize::from(length) };
        let (status, answer) = match sound.then(|| stick.control(setup, sent)) {
            Some(Response::Done(answer)) => (Status::Success, answer),
            Some(Response::Stall) => (Status::Stall, Bytes::new()),
            None => (Status::Invalid, Bytes::new()),
        };
        let done = match (status, inward) {
            // The core cuts an answer to what was asked for.
            (Status::Success, true) => u16::try_from(answer.len()).unwrap_or(length),
            (Status::Success, false) => length,
            _ => 0,
        };
        let mut front = *fields;
        front[3] = status as u8;
        front[8..].copy_from_slice(&done.to_le_bytes());
        let answer = if inward { &answer[..usize::from(done)] } else { &[] };
        self.outbox.packet(kind::CONTROL, id, &[&front, answer]);
    }

    fn bulk(&mut self, id: u64, body: &Bytes, stick: &Stick) {
        let long = self.long_bulk();
        let Some((header, data)) = BulkHeader::parse(body, long) else {
            // Only a header with the high half of its length missing: there is nothing to answer to.
            return;
        };
        let end = stick.descriptors().and_then(|facts| facts.endpoint(header.endpoint)).filter(|end| !end.interrupt);
        let expected = end.map(|end| if end.is_in() { 0 } else { header.length as usize });
        if expected == Some(data.len()) {
            self.transfers.push(Transfer::new(id, header, &data));
        } else {
            header.answer(&mut self.outbox, long, id, Status::Invalid, 0, &[]);
        }
    }
}
