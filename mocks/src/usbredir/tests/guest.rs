//! A guest: it writes its own packets and takes the server's apart.

use std::time::Duration;

use super::super::session::Session;
use super::super::{Violation, kind};
use crate::model::{Mode, Model, StickOptions};
use crate::stick::Stick;

/// Every capability that QEMU 7.2 announces.
pub(super) const QEMU: u32 = 0xff;

/// A packet from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) kind: u32,
    pub(super) id: u64,
    pub(super) body: Vec<u8>,
}

/// How packets look after both sides said hello.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) wide_ids: bool,
    pub(super) long_bulk: bool,
}

impl Dialect {
    pub(super) fn of(capabilities: u32) -> Self {
        Self { wide_ids: capabilities & 1 << 5 != 0, long_bulk: capabilities & 1 << 6 != 0 }
    }

    pub(super) fn packet(self, kind: u32, id: u64, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).expect("a short body");
        let mut bytes = [kind.to_le_bytes(), length.to_le_bytes()].concat();
        let id = id.to_le_bytes();
        bytes.extend(if self.wide_ids { &id[..] } else { &id[..4] });
        bytes.extend(body);
        bytes
    }

    pub(super) fn bulk(self, id: u64, endpoint: u8, length: usize, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(length).expect("a short transfer").to_le_bytes();
        let mut body = vec![endpoint, 0, length[0], length[1], 0, 0, 0, 0];
        body.extend(if self.long_bulk { &length[2..] } else { &[] });
        body.extend(data);
        self.packet(kind::BULK, id, &body)
    }

    /// Takes the first packet off the bytes, if it is whole.
    pub(super) fn split(self, bytes: &mut Vec<u8>) -> Option<Heard> {
        let header = if self.wide_ids { 16 } else { 12 };
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        if bytes.len() < header || bytes.len() < header + word(4) as usize {
            return None;
        }
        let (kind, length) = (word(0), word(4) as usize);
        let high = if self.wide_ids { word(12) } else { 0 };
        let id = u64::from(word(8)) | u64::from(high) << 32;
        let body = bytes[header..header + length].to_vec();
        bytes.drain(..header + length);
        Some(Heard { kind, id, body })
    }
}

/// The hello of a guest with these capabilities.
pub(super) fn hello(capabilities: u32) -> Vec<u8> {
    let mut body = b"a guest for tests".to_vec();
    body.resize(64, 0);
    body.extend(capabilities.to_le_bytes());
    Dialect::of(0).packet(kind::HELLO, 0, &body)
}

/// A guest that talks to a session without a socket.
pub(super) struct Guest {
    pub(super) session: Session,
    pub(super) stick: Stick,
    pub(super) dialect: Dialect,
    now: Duration,
    bytes: Vec<u8>,
}

pub(super) fn stick(mode: Mode) -> Stick {
    let model = Model::named("e3372h").expect("a model");
    let mut stick = Stick::new(model, mode, StickOptions::default()).expect("a mode of the model");
    stick.plug();
    stick
}

impl Guest {
    /// A guest that has said nothing.
    pub(super) fn silent(mode: Mode) -> Self {
        let dialect = Dialect::of(0);
        Self { session: Session::new(), stick: stick(mode), dialect, now: Duration::ZERO, bytes: Vec::new() }
    }

    /// A guest that has said hello and knows the stick.
    pub(super) fn with(mode: Mode, capabilities: u32) -> Self {
        let mut guest = Self::silent(mode);
        let greeting = guest.hear();
        assert_eq!(greeting.len(), 1, "the server says hello before anything else");
        guest.say_bytes(&hello(capabilities)).expect("a sound hello");
        guest.dialect = Dialect::of(capabilities);
        let kinds: Vec<u32> = guest.hear().iter().map(|packet| packet.kind).collect();
        assert_eq!(kinds, [kind::ENDPOINT_INFO, kind::INTERFACE_INFO, kind::DEVICE_CONNECT]);
        guest
    }

    pub(super) fn qemu(mode: Mode) -> Self {
        Self::with(mode, QEMU)
    }

    pub(super) fn say_bytes(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        self.session.receive(bytes, &mut self.stick)
    }

    pub(super) fn say(&mut self, kind: u32, id: u64, body: &[u8]) {
        let packet = self.dialect.packet(kind, id, body);
        self.say_bytes(&packet).expect("a sound packet");
    }

    pub(super) fn out(&mut self, id: u64, endpoint: u8, data: &[u8]) {
        let packet = self.dialect.bulk(id, endpoint, data.len(), data);
        self.say_bytes(&packet).expect("a sound packet");
    }

    pub(super) fn inward(&mut self, id: u64, endpoint: u8, length: usize) {
        let packet = self.dialect.bulk(id, endpoint, length, &[]);
        self.say_bytes(&packet).expect("a sound packet");
    }

    /// A control request; its status and its data.
    pub(super) fn control(&mut self, setup: [u8; 8], data: &[u8]) -> (u8, Vec<u8>) {
        let [request_type, request, rest @ ..] = setup;
        let mut body = vec![request_type & 0x80, request, request_type, 0];
        body.extend(rest);
        body.extend(data);
        self.say(kind::CONTROL, 77, &body);
        let [answer] = <[Heard; 1]>::try_from(self.hear()).expect("one answer");
        assert_eq!((answer.kind, answer.id), (kind::CONTROL, 77));
        (answer.body[3], answer.body[10..].to_vec())
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.stick.advance(self.now);
        self.session.service(&mut self.stick);
    }

    /// Everything that the server said since the last question.
    pub(super) fn hear(&mut self) -> Vec<Heard> {
        self.bytes.extend(self.session.take_output());
        let mut heard = Vec::new();
        while let Some(packet) = self.dialect.split(&mut self.bytes) {
            heard.push(packet);
        }
        assert_eq!(self.bytes, [0; 0], "the server sends whole packets");
        heard
    }

    /// Answers to bulk transfers as (id, status, length, data).
    pub(super) fn answers(&mut self) -> Vec<(u64, u8, usize, Vec<u8>)> {
        let front = if self.dialect.long_bulk { 10 } else { 8 };
        let answer = |Heard { kind, id, body }| {
            assert_eq!(kind, kind::BULK);
            let length = usize::from(u16::from_le_bytes([body[2], body[3]]));
            (id, body[1], length, body[front..].to_vec())
        };
        self.hear().into_iter().map(answer).collect()
    }
}
