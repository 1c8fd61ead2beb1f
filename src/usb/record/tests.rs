//! What is recorded reads back equal, changes nothing, and harms nothing.

mod reader;
mod round_trip;
mod scripted;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::usb::Heard;
use reader::{Packet, packets};
use scripted::{Answer, Scripted};
use sink::{Broken, Memory};

const AT_START: Duration = Duration::from_secs(1_700_000_000);
const SOON: Duration = Duration::from_millis(50);

/// A recording in memory around a scripted bus.
struct Bench {
    bus: RecordingBus,
    recording: Arc<Recording>,
    memory: Memory,
}

fn bench(answers: impl IntoIterator<Item = Answer>) -> Bench {
    over(Arc::new(Scripted::new(answers)), Memory::default())
}

fn over(bus: Arc<dyn UsbBus>, memory: Memory) -> Bench {
    let recording = Recording::begin(Box::new(memory.clone()), "nothing but a script", AT_START);
    let recording = Arc::new(recording.expect("memory takes it"));
    Bench { bus: RecordingBus::new(bus, Arc::clone(&recording), |_| true), recording, memory }
}

fn stick() -> Attached {
    Attached::bare("1-1.4", 7, 0x1c05)
}

impl Bench {
    fn open(&self) -> Box<dyn UsbPort> {
        self.bus.open(&stick(), 2).expect("the script opens everything")
    }

    fn packets(&self) -> Vec<Packet> {
        packets(&self.memory.bytes())
    }

    fn comments(&self) -> Vec<String> {
        self.packets().into_iter().map(|packet| packet.comment).collect()
    }
}

#[test]
fn the_file_begins_with_its_section_and_one_interface_of_usbmon() {
    let bytes = bench([]).memory.bytes();
    assert_eq!(bytes[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header");
    assert_eq!(bytes[8..16], [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0], "little endian, version 1.0");
    let section = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize;
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    assert!(text(&bytes[..section]).contains("layout=1 masked_digits=14"), "it says that digits are masked");
    let interface = &bytes[section..];
    assert_eq!(interface[..4], [1, 0, 0, 0], "an interface description");
    assert_eq!(interface[8..16], [220, 0, 0, 0, 0, 0, 0, 0], "link type 220, and no packet is cut");
    let described = format!("balong {}, nothing but a script", env!("CARGO_PKG_VERSION"));
    assert!(text(interface).contains(&described), "{}", text(interface));
    assert!(interface.windows(8).any(|option| option == [9, 0, 1, 0, 9, 0, 0, 0]), "times in nanoseconds");
}

#[test]
fn a_send_is_written_before_it_is_made_and_its_end_after() {
    let bench = bench([Answer::Taken { after: SOON }]);
    let mut port = bench.open();
    port.send(b"AT\r", Duration::from_secs(3)).expect("taken");
    let [opened, begun, ended] = bench.packets().try_into().expect("three packets");
    assert_eq!(opened.comment, "opened opening=1 port=1-1.4 address=7 interface=2 output=03 input=83 notices=84");
    assert_eq!((opened.kind, opened.address, opened.bus), (0xff, 7, 1));
    assert_eq!((begun.event, begun.kind, begun.endpoint, begun.status), (b'S', 3, 0x03, -115));
    assert_eq!((begun.data.as_slice(), begun.length, begun.at), (&b"AT\r"[..], 3, AT_START));
    assert_eq!(begun.comment, "send opening=1 within_ns=3000000000");
    assert_eq!((ended.event, ended.id, ended.endpoint, ended.status), (b'C', begun.id, 0x03, 0));
    assert_eq!((ended.data.len(), ended.length, ended.at), (0, 3, AT_START + SOON));
    assert_eq!(ended.comment, "");
}

#[test]
fn what_came_and_what_did_not_come_are_told_apart() {
    let bench = bench([Answer::brought(b"\r\nOK\r\n"), Answer::Nothing]);
    let mut port = bench.open();
    assert_eq!(port.receive(SOON).expect("no fault").as_deref(), Some(&b"\r\nOK\r\n"[..]));
    assert_eq!(port.receive(SOON).expect("no fault"), None);
    let ended: Vec<_> = bench.packets().into_iter().filter(|packet| packet.event == b'C' && packet.kind == 3).collect();
    assert_eq!((ended[0].status, ended[0].data.as_slice(), ended[0].endpoint), (0, &b"\r\nOK\r\n"[..], 0x83));
    assert_eq!((ended[1].status, ended[1].length), (-2, 0), "a cancelled transfer");
}

#[test]
fn a_notification_is_an_interrupt_transfer_behind_the_call_that_brought_it() {
    let state = [0xa1, 0x20, 0, 0, 2, 0, 2, 0, 0b10, 0];
    let bench = bench([Answer::Announced(state.to_vec()), Answer::brought(b"868575027654321"), Answer::Nothing]);
    let (mut receiver, _sender) = bench.open().split();
    let heard = [(); 3].map(|()| receiver.hear(SOON).expect("no fault"));
    let said = [Heard::Notice(Bytes::copy_from_slice(&state)), Heard::Chunk(Bytes::from_static(b"868575027654321"))];
    assert_eq!(heard, [Some(said[0].clone()), Some(said[1].clone()), None]);
    let packets = bench.packets().into_iter().skip(1);
    let seen: Vec<_> = packets
        .map(|packet| {
            (char::from(packet.event), packet.kind, packet.endpoint, packet.status, packet.comment, packet.data)
        })
        .collect();
    let entry = |event, kind, endpoint, status, comment: &str, data: &[u8]| {
        (event, kind, endpoint, status, comment.to_owned(), data.to_vec())
    };
    let asked = "hear opening=1 within_ns=50000000";
    let expected = [
        entry('S', 3, 0x83, -115, asked, b""),
        entry('C', 3, 0x83, -2, "notified", b""),
        entry('S', 1, 0x84, -115, "notice opening=1", b""),
        entry('C', 1, 0x84, 0, "", &state),
        entry('S', 3, 0x83, -115, asked, b""),
        entry('C', 3, 0x83, 0, "masked=15", b"***************"),
        entry('S', 3, 0x83, -115, asked, b""),
        entry('C', 3, 0x83, -2, "", b""),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn requests_carry_their_setup_packet() {
    let bench = bench([Answer::brought(b""), Answer::brought(&[1, 2, 3]), Answer::brought(b""), Answer::brought(b"")]);
    let mut port = bench.open();
    port.control(ControlRequest::control_line_state(2, true, true), &[], SOON).expect("taken");
    let direction = Direction::In;
    let question = ControlRequest { direction, length: 8, ..ControlRequest::control_line_state(0, false, false) };
    bench.bus.control(&stick(), question, &[], SOON).expect("answered");
    port.clear_halt(Direction::In).expect("cleared");
    bench.bus.set_configuration(&stick(), 2).expect("selected");
    let begun: Vec<_> = bench.packets().into_iter().filter(|packet| packet.event == b'S').collect();
    let setups: Vec<_> = begun.iter().map(|packet| packet.setup).collect();
    assert_eq!(
        setups,
        [
            [0x21, 0x22, 3, 0, 2, 0, 0, 0],
            [0xa1, 0x22, 0, 0, 0, 0, 8, 0],
            [0x02, 0x01, 0, 0, 0x83, 0, 0, 0],
            [0x00, 0x09, 2, 0, 0, 0, 0, 0],
        ]
    );
    assert!(begun.iter().all(|packet| packet.kind == 2 && packet.setup_flag == 0));
    let comments: Vec<_> = begun.iter().map(|packet| packet.comment.as_str()).collect();
    assert_eq!(
        comments,
        [
            "control opening=1 within_ns=50000000",
            "control port=1-1.4 within_ns=50000000",
            "clear_halt opening=1 direction=in",
            "set_configuration port=1-1.4 value=2",
        ]
    );
}

#[test]
fn a_port_that_is_dropped_is_closed_and_the_next_opening_has_another_number() {
    let bench = bench([]);
    drop(bench.open());
    drop(bench.open());
    let comments = bench.comments();
    assert_eq!(comments[1], "closed opening=1");
    assert!(comments[2].starts_with("opened opening=2 "), "{comments:?}");
}

#[test]
fn a_port_that_does_not_open_is_noted_with_the_reason() {
    let bench = over(Arc::new(Scripted::held_by("ModemManager (pid 612)")), Memory::default());
    let refused = bench.bus.open(&stick(), 2).err().expect("it is held");
    assert_eq!(refused.to_string(), "interface 2 is held by ModemManager (pid 612)");
    let expected = r#"not_opened port=1-1.4 address=7 interface=2 error=busy held=2 holder="ModemManager (pid 612)""#;
    assert_eq!(bench.comments(), [expected]);
}

#[test]
fn an_imei_is_heard_by_the_program_and_not_by_the_recording() {
    let said = b"\r\nIMEI: 868575027654321\r\n\r\nOK\r\n";
    let bench = bench([Answer::brought(said)]);
    let mut port = bench.open();
    assert_eq!(port.receive(SOON).expect("no fault").as_deref(), Some(&said[..]));
    let last = bench.packets().pop().expect("a packet");
    assert_eq!(last.data, b"\r\nIMEI: ***************\r\n\r\nOK\r\n");
    assert_eq!(last.comment, "masked=15");
}

#[test]
fn firmware_that_is_sent_is_never_masked() {
    let bench = bench([Answer::Taken { after: Duration::ZERO }]);
    bench.open().send(b"868575027654321", SOON).expect("taken");
    assert_eq!(bench.packets()[1].data, b"868575027654321");
}

#[test]
fn a_file_that_fills_up_ends_the_recording_after_a_whole_packet_and_nothing_else() {
    let (memory, room) = (Memory::that_fills_up_at(1000), 1000);
    let answers = std::iter::repeat_n(Answer::Taken { after: Duration::ZERO }, 20);
    let bench = over(Arc::new(Scripted::new(answers)), memory);
    let mut port = bench.open();
    for _ in 0..20 {
        port.send(&[0x5a; 200], SOON).expect("the stick takes it all the same");
    }
    drop(port);
    let (recorded, bytes) = (bench.recording.recorded(), bench.memory.bytes());
    assert_eq!(recorded.cut_short.as_deref(), Some("no space left"));
    assert_eq!(recorded.bytes, bytes.len() as u64, "half a packet was taken back");
    assert!(bytes.len() <= room, "{}", bytes.len());
    let packets = packets(&bytes);
    assert_eq!(recorded.packets, packets.len() as u64);
    assert!(packets.len() >= 2 && packets.len() < 20, "{}", packets.len());
}

#[test]
fn a_file_that_cannot_even_be_cut_leaves_the_job_alone_too() {
    let answers = std::iter::repeat_n(Answer::Taken { after: Duration::ZERO }, 2);
    let recording = Arc::new(Recording::begin(Box::new(Broken::after(1)), "a script", AT_START).expect("it begins"));
    let bus = RecordingBus::new(Arc::new(Scripted::new(answers)), Arc::clone(&recording), |_| true);
    let mut port = bus.open(&stick(), 2).expect("opened");
    for _ in 0..2 {
        port.send(b"x", SOON).expect("taken");
    }
    assert_eq!(recording.recorded().cut_short.as_deref(), Some("broken"));
}

#[cfg(unix)]
#[test]
fn the_file_is_new_and_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("x.pcapng");
    drop(Recording::create(&path, "a script").expect("it is new"));
    let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&path, "precious").expect("written");
    let refused = Recording::create(&path, "a script").err().expect("it exists");
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).expect("still there"), b"precious");
}
