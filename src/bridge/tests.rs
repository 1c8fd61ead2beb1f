//! Bridges over the simulated bus, in real time that runs faster.

mod calls;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use balong_mocks::conformance::{ECHO, LEAVE, REFUSE, REPORT};
use balong_mocks::{Bus, Hand, Model, Pace, Stick, StickOptions};
use sha2::{Digest, Sha256};

use super::*;
use crate::interrupt::Interrupt;
use crate::usb::simulated::SimulatedBus;
use crate::usb::{ControlKind, ControlRequest, Direction, Recipient, UsbBus};
use crate::web::SimulatedWeb;

/// Simulated seconds a real one.
const SPEED: u32 = 20;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bridge that runs, and what it told.
struct Running<'a> {
    events: Receiver<Event>,
    links: &'a Path,
    usb: &'a SimulatedBus,
}

impl Running<'_> {
    fn event(&self) -> Event {
        self.events.recv_timeout(PATIENCE).expect("something happens")
    }

    /// The link of the next port that is ready.
    fn ready(&self) -> PathBuf {
        match self.event() {
            Event::Ready { place: Place::Pty { path, link: Some(link) }, .. } => {
                assert_eq!((fs::read_link(&link).expect("a link"), link.parent()), (path, Some(self.links)));
                link
            }
            other => panic!("no port, but {other:?}"),
        }
    }

    fn order(&self, request: u8, value: u16, index: u16) {
        self.ask(Direction::Out, request, value, index, 0);
    }

    /// The length of each transfer that came to an interface of the test device.
    fn came(&self, interface: u16) -> Vec<u32> {
        let report = self.ask(Direction::In, REPORT, 0, interface, 1024);
        report.chunks_exact(4).map(|length| u32::from_le_bytes(length.try_into().expect("four bytes"))).collect()
    }

    fn ask(&self, direction: Direction, request: u8, value: u16, index: u16, length: u16) -> bytes::Bytes {
        let device = self.usb.attached().expect("a bus").pop().expect("the device");
        let (kind, recipient) = (ControlKind::Vendor, Recipient::Device);
        let order = ControlRequest { direction, kind, recipient, request, value, index, length };
        self.usb.control(&device, order, &[], Duration::from_secs(1)).expect("obeyed")
    }
}

/// Runs a bridge to the stick in this mode while `test` does, and then stops it.
fn bridged(mode: balong_mocks::Mode, wanted: &[&str], test: impl FnOnce(&Running<'_>, &Hand)) {
    bridged_model("e3372h", mode, wanted, test);
}

/// The same, to a stick of this model.
fn bridged_model(model: &str, mode: balong_mocks::Mode, wanted: &[&str], test: impl FnOnce(&Running<'_>, &Hand)) {
    let bus = Bus::new(Pace::Scaled { speed: SPEED });
    let model = Model::named(model).expect("a model");
    let hand = bus.plug("1-1.4", Stick::new(model, mode, StickOptions::default()).expect("it has that mode"));
    let (usb, web) = (SimulatedBus::new(bus.clone()), SimulatedWeb::new(bus.clone()));
    let interrupt = Interrupt::new();
    let folder = tempfile::tempdir().expect("a folder");
    let links = folder.path();
    let device = usb.attached().expect("a bus").pop().expect("the stick");
    let wanted: Vec<_> = wanted.iter().map(|&word| word.to_owned()).collect();
    let meeting = Meeting::Ptys { links: links.to_owned(), simulated: false };
    let bridge = Bridge::new(device, &wanted, &meeting).expect("its ports");
    let ((say, events), (done, ended)) = (channel(), channel());
    let stop = StopAtLast(interrupt.clone());
    // On a thread that nothing joins: a bridge that hangs is a failure, and not a test that hangs too.
    thread::spawn(move || {
        let usb = SimulatedBus::new(bus);
        let host = Host { bus: &usb, web: &web, interrupt };
        drop(done.send(bridge.run(&host, &|event| drop(say.send(event)))));
    });
    test(&Running { events, links, usb: &usb }, &hand);
    drop(stop);
    ended.recv_timeout(PATIENCE).expect("it stops").expect("a stop is its ordinary end");
    assert_eq!(fs::read_dir(links).expect("the folder").count(), 0, "no link is left");
}

/// A test that fails must not leave the bridge running, or it would wait for it for ever.
struct StopAtLast(Interrupt);

impl Drop for StopAtLast {
    fn drop(&mut self) {
        self.0.request();
    }
}

fn open(link: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(link).expect("the pty opens")
}

fn hear(program: &mut File, end: &[u8]) -> String {
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(end) {
        program.read_exact(&mut byte).expect("it goes on");
        heard.push(byte[0]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// Bytes without a pattern, and their digest.
fn noise(length: usize) -> (Vec<u8>, [u8; 32]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect();
    let digest = Sha256::digest(&bytes).into();
    (bytes, digest)
}

#[test]
fn a_program_asks_and_the_stick_answers_under_names_that_tell_port_and_role() {
    bridged(balong_mocks::Mode::Stick, &[], |running, _| {
        let links: Vec<_> = [running.ready(), running.ready()].into();
        let mut names: Vec<_> = links.iter().filter_map(|link| link.file_name()?.to_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["balong-1-1.4-modem", "balong-1-1.4-pcui"]);
        for link in &links {
            let mut program = open(link);
            program.write_all(b"ATI\r").expect("written");
            assert!(hear(&mut program, b"OK\r\n").contains("Manufacturer: huawei"));
        }
    });
}

#[test]
fn three_megabytes_come_back_whole_from_an_echo_to_a_program_that_pauses_while_it_reads() {
    bridged(balong_mocks::Mode::Conformance, &["serial-0"], |running, _| {
        let link = running.ready();
        running.order(ECHO, 1, 0);
        let (bytes, digest) = noise(3 << 20);
        let program = open(&link);
        thread::scope(|scope| {
            scope.spawn(|| (&program).write_all(&bytes).expect("written"));
            let mut heard = vec![0; bytes.len()];
            for (number, part) in heard.chunks_mut(1 << 18).enumerate() {
                (&program).read_exact(part).expect("it comes");
                if number % 4 == 0 {
                    thread::sleep(Duration::from_millis(100));
                }
            }
            assert_eq!(<[u8; 32]>::from(Sha256::digest(&heard)), digest);
        });
    });
}

#[test]
fn two_ports_do_not_wait_for_each_other() {
    bridged(balong_mocks::Mode::Conformance, &[], |running, _| {
        let (first, second) = (running.ready(), running.ready());
        running.order(ECHO, 1, 0);
        running.order(ECHO, 1, 1);
        let mut stuck = open(&first);
        // More than a pty holds, and nobody reads what comes back.
        let (bytes, _) = noise(1 << 19);
        thread::scope(|scope| {
            scope.spawn(|| stuck.write_all(&bytes).expect("written"));
            let mut program = open(&second);
            for _ in 0..20 {
                program.write_all(b"not held up\n").expect("written");
                assert_eq!(hear(&mut program, b"\n"), "not held up\n");
            }
        });
    });
}

#[test]
fn a_stick_that_re_enumerates_is_a_pause_on_a_port_without_calls() {
    bridged(balong_mocks::Mode::Conformance, &["serial-0"], |running, _| {
        let link = running.ready();
        running.order(ECHO, 1, 0);
        let before = fs::read_link(&link).expect("a link");
        let mut program = open(&link);
        program.write_all(b"before\n").expect("written");
        assert_eq!(hear(&mut program, b"\n"), "before\n");
        running.order(LEAVE, 100, 2000);
        assert!(matches!(running.event(), Event::Gone(device) if device.path.to_string() == "1-1.4"));
        program.write_all(b"meanwhile\n").expect("the pty takes it");
        assert!(matches!(running.event(), Event::Back(device) if device.path.to_string() == "1-1.4"));
        // What went out at once was not echoed: the device forgot that it should.
        running.order(ECHO, 1, 0);
        program.write_all(b"after\n").expect("written");
        assert!(hear(&mut program, b"after\n").ends_with("after\n"));
        assert_eq!(fs::read_link(&link).expect("a link"), before);
    });
}

/// Waits until the lines were set to these values, one after the other.
fn until_lines(hand: &Hand, wanted: &[u16]) {
    let lines = || {
        let wanted = |event: &balong_mocks::Event| match event {
            balong_mocks::Event::Control { request: 0x22, value, .. } => Some(*value),
            _ => None,
        };
        hand.transcript().iter().filter_map(wanted).collect::<Vec<_>>()
    };
    let begun = Instant::now();
    while lines() != wanted {
        assert!(begun.elapsed() < PATIENCE, "the lines were set to {:?}, not {wanted:?}", lines());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn lines_are_up_while_a_program_has_the_pty_open_and_at_no_other_time() {
    bridged(balong_mocks::Mode::Stick, &["pcui"], |running, hand| {
        let link = running.ready();
        until_lines(hand, &[0]);
        let program = open(&link);
        until_lines(hand, &[0, 3]);
        drop(program);
        until_lines(hand, &[0, 3, 0]);
        let _program = open(&link);
        until_lines(hand, &[0, 3, 0, 3]);
    });
}

#[test]
fn a_program_that_closes_before_a_stick_that_takes_nothing_drops_the_lines_and_takes_its_words_along() {
    bridged(balong_mocks::Mode::Conformance, &["serial-0"], |running, hand| {
        let link = running.ready();
        running.order(REFUSE, 1, 0);
        let mut program = open(&link);
        program.write_all(b"never taken\n").expect("written");
        until_lines(hand, &[0, 3]);
        drop(program);
        until_lines(hand, &[0, 3, 0]);
        running.order(REFUSE, 0, 0);
        running.order(ECHO, 1, 0);
        let mut program = open(&link);
        program.write_all(b"taken\n").expect("written");
        assert_eq!(hear(&mut program, b"\n"), "taken\n");
    });
}

#[test]
fn what_a_program_says_while_the_stick_is_away_is_not_carried_out_once_the_program_is_gone() {
    bridged(balong_mocks::Mode::Conformance, &["serial-0"], |running, _| {
        let link = running.ready();
        running.order(LEAVE, 100, 2000);
        assert!(matches!(running.event(), Event::Gone(_)));
        open(&link).write_all(b"stale\n").expect("the pty takes it");
        assert!(matches!(running.event(), Event::Back(_)));
        running.order(ECHO, 1, 0);
        let mut program = open(&link);
        program.write_all(b"fresh one\n").expect("written");
        assert_eq!(hear(&mut program, b"\n"), "fresh one\n");
        assert_eq!(running.came(0), [10]);
    });
}

#[test]
fn a_port_that_cannot_be_opened_at_once_after_a_return_is_tried_on_until_it_can() {
    bridged(balong_mocks::Mode::Conformance, &["serial-0"], |running, hand| {
        let link = running.ready();
        hand.deny_access_for(Duration::from_secs(30));
        running.order(LEAVE, 100, 2000);
        assert!(matches!(running.event(), Event::Gone(_)));
        match running.event() {
            Event::Remark { text, .. } => assert!(text.contains("cannot be opened yet"), "{text}"),
            other => panic!("no remark, but {other:?}"),
        }
        assert!(matches!(running.event(), Event::Back(_)));
        running.order(ECHO, 1, 0);
        let mut program = open(&link);
        program.write_all(b"after\n").expect("written");
        assert_eq!(hear(&mut program, b"\n"), "after\n");
    });
}

#[test]
fn a_stick_without_serial_ports_and_a_role_that_it_does_not_show_are_refused() {
    let bus = Bus::new(Pace::Virtual);
    for (port, mode, wanted, why) in [
        ("1-1", balong_mocks::Mode::Download, vec![], "what goes to its ports can write the flash"),
        ("1-2", balong_mocks::Mode::HiLink, vec![], "it shows no serial port; `balong switch --to serial`"),
        ("1-3", balong_mocks::Mode::Stick, vec!["gps".to_owned()], "it shows no gps port there, only"),
        ("1-4", balong_mocks::Mode::HiLink, vec!["pcui".to_owned()], "it shows no serial port; `balong"),
    ] {
        let model = Model::named("e3372h").expect("a model");
        bus.plug(port, Stick::new(model, mode, StickOptions::default()).expect("it has that mode"));
        let all = SimulatedBus::new(bus.clone()).attached().expect("a bus");
        let device = all.into_iter().find(|device| device.path.to_string() == port).expect("the stick");
        match ports(&device, &wanted) {
            Err(Cause::WrongMode { needed, .. }) => assert!(needed.starts_with(why), "{needed}"),
            other => panic!("{mode}: {other:?}"),
        }
    }
    let brovi = Attached { vendor_id: 0x3566, ..Attached::bare("1-5", 5, 0x2001) };
    assert!(matches!(ports(&brovi, &[]), Err(Cause::Port(PortError::LeftAlone { .. }))));
}
