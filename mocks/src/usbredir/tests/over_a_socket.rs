//! The server as QEMU meets it: on a socket, in real time.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use proptest::prelude::*;

use super::super::{Server, kind};
use super::guest::{Dialect, Heard, QEMU, hello};
use crate::bus::Bus;
use crate::clock::Pace;
use crate::hand::Hand;
use crate::model::{Mode, Model, StickOptions};
use crate::stick::Stick;

struct Machine {
    stream: UnixStream,
    dialect: Dialect,
    bytes: Vec<u8>,
}

impl Machine {
    fn connect(server: &Server) -> Self {
        let stream = UnixStream::connect(server.path()).expect("a server");
        // Only so that a failing test ends; nothing is measured by it.
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        let mut machine = Self { stream, dialect: Dialect::of(0), bytes: Vec::new() };
        assert_eq!(machine.hear().expect("a hello").kind, kind::HELLO);
        machine.stream.write_all(&hello(QEMU)).expect("a server that listens");
        machine.dialect = Dialect::of(QEMU);
        machine
    }

    fn say(&mut self, packet: &[u8]) {
        self.stream.write_all(packet).expect("a server that listens");
    }

    /// The next packet; nothing after the end of the connection.
    fn hear(&mut self) -> Option<Heard> {
        loop {
            if let Some(packet) = self.dialect.split(&mut self.bytes) {
                return Some(packet);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).expect("a server that answers") {
                0 => return None,
                length => self.bytes.extend(&buffer[..length]),
            }
        }
    }

    fn hear_kinds(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.hear().expect("a packet").kind).collect()
    }
}

const RETURN: [u32; 3] = [kind::ENDPOINT_INFO, kind::INTERFACE_INFO, kind::DEVICE_CONNECT];

fn served(mode: Mode, speed: u32) -> (tempfile::TempDir, Hand, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let stick = Stick::new(Model::named("e3372h").expect("a model"), mode, StickOptions::default());
    let hand = Bus::new(Pace::Scaled { speed }).plug("1-1", stick.expect("a mode of the model"));
    let server = Server::start(&folder.path().join("stick"), &hand).expect("a socket");
    (folder, hand, server)
}

#[test]
fn a_late_answer_a_departure_and_a_return_come_without_being_asked_for() {
    // Slow enough that firmware says nothing unasked (after 20 s of its time) before the question is there.
    let (_folder, hand, server) = served(Mode::Stick, 50);
    let mut machine = Machine::connect(&server);
    assert_eq!(machine.hear_kinds(3), RETURN);
    machine.say(&machine.dialect.bulk(1, 0x83, 4096, &[]));
    machine.say(&machine.dialect.bulk(2, 0x02, 3, b"AT\r"));
    let answers = [machine.hear().expect("an answer"), machine.hear().expect("another")];
    assert_eq!(answers.map(|answer| answer.id), [2, 1]);
    hand.unplug();
    assert_eq!(machine.hear_kinds(1), [kind::DEVICE_DISCONNECT]);
    hand.plug();
    machine.say(&machine.dialect.packet(kind::DISCONNECT_ACKNOWLEDGED, 0, &[]));
    assert_eq!(machine.hear_kinds(3), RETURN);
    assert!(server.is_connected());
}

#[test]
fn the_next_guest_finds_the_stick_as_the_last_one_left_it() {
    let (_folder, hand, server) = served(Mode::HiLink, 1000);
    drop(Machine::connect(&server));
    assert_eq!(Machine::connect(&server).hear_kinds(3), RETURN);
    assert_eq!(hand.mode(), Some(Mode::HiLink));
}

#[test]
fn a_guest_that_talks_nonsense_is_hung_up_on_and_the_trouble_is_told() {
    let (_folder, _hand, server) = served(Mode::HiLink, 1000);
    let mut machine = Machine::connect(&server);
    machine.hear_kinds(3);
    machine.say(&machine.dialect.packet(99, 0, &[]));
    assert_eq!(machine.hear(), None);
    // The next guest is served only once the last one is done with.
    let mut next = Machine::connect(&server);
    assert_eq!(next.hear_kinds(3), RETURN);
    let trouble = server.trouble().expect("trouble");
    assert!(trouble.contains("type 99"), "{trouble}");
}

#[test]
fn a_server_that_is_dropped_hangs_up() {
    let (_folder, _hand, server) = served(Mode::HiLink, 1000);
    let mut machine = Machine::connect(&server);
    machine.hear_kinds(3);
    drop(server);
    assert_eq!(machine.hear(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_bytes_make_the_server_hang(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let (_folder, _hand, server) = served(Mode::Stick, 1000);
        let mut machine = Machine::connect(&server);
        // A server that hung up already does not take the rest, which is its right.
        let _ = machine.stream.write_all(&bytes);
        drop(machine);
        let mut next = Machine::connect(&server);
        prop_assert_eq!(next.hear_kinds(3), RETURN);
    }
}
