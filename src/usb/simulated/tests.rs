//! The promises of the seam, kept by the simulated bus.
//!
//! Left out is what only a kernel can do: drivers in the way, a machine without USB, a configuration selected behind the
//! kernel's back.

mod notices;

use balong_mocks::{Effect, Ending, Fault, Hand, Mode, Model, Moment, Pace, Stick, StickOptions};

use super::super::{ControlKind, PortPath, Recipient};
use super::*;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(90);
const ASK: &[u8] = b"AT^DLOADVER?\r";
const ANSWER: &[u8] = b"\r\n2.0\r\n\r\nOK\r\n";
const MILLISECOND: Duration = Duration::from_millis(1);

fn bus_with(mode: Mode) -> (SimulatedBus, Hand, Attached) {
    let model = Model::named("e3372h").expect("a model");
    let stick = Stick::new(model, mode, StickOptions::default()).expect("it has that mode");
    let bus = SimulatedBus::new(Bus::new(Pace::Virtual));
    let hand = bus.bus().plug("1-1.4", stick);
    let device = only(&bus);
    (bus, hand, device)
}

fn only(bus: &SimulatedBus) -> Attached {
    let mut devices = bus.attached().expect("a bus");
    assert_eq!(devices.len(), 1, "one stick is attached");
    devices.remove(0)
}

fn hear(port: &mut Box<dyn UsbPort>, within: Duration) -> Option<Bytes> {
    port.receive(within).expect("no fault")
}

#[test]
fn a_reply_that_comes_after_a_timeout_is_delivered_by_the_next_receive() {
    let (bus, hand, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    hand.say(SHORT + MILLISECOND, 2, &b"late"[..], Ending::ZeroLengthPacket);
    assert_eq!(hear(&mut port, SHORT), None);
    assert_eq!(hear(&mut port, SHORT).as_deref(), Some(&b"late"[..]));
}

#[test]
fn a_reply_that_races_the_deadline_is_never_lost() {
    let (bus, hand, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    for round in 0..1000u32 {
        // Just before the deadline, on it, and just after it.
        let said = round.to_be_bytes();
        hand.say(MILLISECOND + Duration::from_nanos(u64::from(round % 3)), 2, said.to_vec(), Ending::Nothing);
        let first = hear(&mut port, MILLISECOND + Duration::from_nanos(1));
        let heard = first.or_else(|| hear(&mut port, SHORT)).expect("it was said");
        assert_eq!(&heard[..], said, "round {round}");
    }
}

#[test]
fn a_full_packet_with_an_end_and_one_without_are_both_handed_over() {
    let (bus, hand, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    hand.say(Duration::ZERO, 2, vec![0x55; 512], Ending::ZeroLengthPacket);
    hand.say(MILLISECOND, 2, vec![0xaa], Ending::Nothing);
    bus.sleep(SHORT);
    let lengths = [hear(&mut port, SHORT), hear(&mut port, SHORT)].map(|chunk| chunk.map(|bytes| bytes.len()));
    assert_eq!(lengths, [Some(512), Some(1)]);
    hand.say(Duration::ZERO, 2, vec![0x55; 512], Ending::Nothing);
    let asked = bus.now();
    assert_eq!(hear(&mut port, SHORT).map(|bytes| bytes.len()), Some(512));
    assert!(bus.now() >= asked + SHORT, "only the deadline tells that nothing follows");
}

#[test]
fn an_empty_send_is_one_zero_length_packet_and_no_other_send_makes_one() {
    let (bus, hand, device) = bus_with(Mode::BootRom);
    let mut port = bus.open(&device, 0).expect("it is free");
    port.send(&[], SHORT).expect("the boot ROM takes it, once");
    let deaf = port.send(&[0x41], SHORT);
    assert!(matches!(deaf, Err(UsbError::TimedOut { sent: 0, within: SHORT })), "{deaf:?}");
    drop(port);

    // 507 bytes of payload make a message of exactly one packet. A zero-length packet behind it would be one message
    // more, and would make the boot ROM deaf.
    hand.needle(SHORT);
    bus.sleep(LONG);
    let mut port = bus.open(&only(&bus), 0).expect("it is free");
    for message in messages(&[0x55; 507]) {
        port.send(&message, SHORT).expect("it is taken");
        assert_eq!(hear(&mut port, SHORT).as_deref(), Some(&[0xaa][..]));
    }
}

/// Header, data packet and end packet of a raminit block that fits one packet.
fn messages(payload: &[u8]) -> [Vec<u8>; 3] {
    let checked = |bytes: Vec<u8>| {
        let check = crc::Crc::<u16>::new(&crc::CRC_16_XMODEM).checksum(&bytes);
        [bytes, check.to_be_bytes().to_vec()].concat()
    };
    let size = (payload.len() as u32).to_be_bytes();
    let header = [&[0xfe, 0, 0xff, 1][..], &size, &0x1000_0000u32.to_be_bytes()].concat();
    let data = [&[0xda, 1, 0xfe], payload].concat();
    [header, data, vec![0xed, 2, 0xfd]].map(checked)
}

#[test]
fn a_send_of_1029_bytes_is_one_transfer() {
    let (bus, _, device) = bus_with(Mode::BootRom);
    let mut port = bus.open(&device, 0).expect("it is free");
    for message in messages(&[0x7e; 1024]) {
        port.send(&message, SHORT).expect("it is taken");
        assert_eq!(hear(&mut port, SHORT).as_deref(), Some(&[0xaa][..]), "{} bytes", message.len());
    }
}

#[test]
fn a_stick_that_leaves_during_a_receive_is_gone_at_once_and_for_good() {
    let (bus, hand, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    hand.unplug_after(SHORT);
    let asked = bus.now();
    assert!(matches!(port.receive(LONG), Err(UsbError::Gone)));
    assert!(bus.now() <= asked + Duration::from_secs(1));
    assert!(matches!(port.send(ASK, SHORT), Err(UsbError::Gone)));
    assert!(matches!(port.clear_halt(Direction::In), Err(UsbError::Gone)));
    let raise = ControlRequest::control_line_state(2, true, true);
    assert!(matches!(port.control(raise, &[], SHORT), Err(UsbError::Gone)));
}

#[test]
fn after_a_restart_the_old_port_is_gone_and_a_new_one_opens_at_the_same_path() {
    let (bus, _, before) = bus_with(Mode::Stick);
    let mut port = bus.open(&before, 1).expect("it is free");
    port.send(b"AT^RESET\r", SHORT).expect("it is taken");
    bus.sleep(LONG);
    let after = only(&bus);
    assert_eq!((&after.path, after.path.to_string().as_str()), (&before.path, "1-1.4"));
    assert_ne!(after.address, before.address);
    assert!(matches!(port.receive(SHORT), Err(UsbError::Gone)));
    assert!(matches!(bus.open(&before, 1), Err(UsbError::Gone)));
    assert!(bus.open(&after, 0).is_ok());
}

#[test]
fn a_stalled_endpoint_says_so_until_it_is_cleared_and_traffic_goes_on() {
    for (effect, direction) in [(Effect::StallOut, Direction::Out), (Effect::StallIn, Direction::In)] {
        let (bus, hand, device) = bus_with(Mode::Download);
        let mut port = bus.open(&device, 2).expect("it is free");
        hand.inject(Fault::At(Moment::At("AT".to_owned()), effect));
        let sent = port.send(ASK, SHORT);
        let stalled = sent.and_then(|()| port.receive(SHORT)).expect_err("one of the two stalls");
        assert!(matches!(stalled, UsbError::Stalled(on) if on == direction), "{stalled:?}");
        port.clear_halt(direction).expect("it is there");
        if direction == Direction::Out {
            port.send(ASK, SHORT).expect("it is taken now");
        }
        assert_eq!(hear(&mut port, SHORT).as_deref(), Some(ANSWER));
    }
}

#[test]
fn a_second_open_is_busy_and_harms_nobody() {
    let (bus, _, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    assert!(matches!(bus.open(&device, 2), Err(UsbError::Busy { interface: 2, .. })));
    port.send(ASK, SHORT).expect("the first one works");
    assert_eq!(hear(&mut port, SHORT).as_deref(), Some(ANSWER));
}

#[test]
fn a_port_dropped_in_the_middle_of_an_answer_opens_again_at_once() {
    let (bus, _, device) = bus_with(Mode::Download);
    let mut port = bus.open(&device, 2).expect("it is free");
    port.send(ASK, SHORT).expect("it is taken");
    drop(port);
    let mut port = bus.open(&device, 2).expect("it is free again");
    assert_eq!(hear(&mut port, SHORT).as_deref(), Some(ANSWER), "what the stick said is still there");
}

#[test]
fn two_interfaces_of_one_stick_are_open_at_once() {
    let (bus, _, device) = bus_with(Mode::Download);
    let mut diagnostics = bus.open(&device, 1).expect("it is free");
    let mut port = bus.open(&device, 2).expect("it is free");
    diagnostics.send(&[0x7e, 0x0c, 0x14, 0x3a, 0x7e], SHORT).expect("it is taken");
    port.send(ASK, SHORT).expect("it is taken");
    assert_eq!(hear(&mut port, SHORT).as_deref(), Some(ANSWER));
    let other = hear(&mut diagnostics, SHORT).expect("it answers as well");
    assert_ne!(&other[..2], &[0x0d, 0x0f]);
}

#[test]
fn the_network_card_opens_with_the_setting_that_has_a_bulk_pair() {
    let (bus, _, device) = bus_with(Mode::Stick);
    assert!(bus.open(&device, 2).is_ok());
    let (bus, _, device) = bus_with(Mode::HiLink);
    assert!(matches!(bus.open(&device, 0), Err(UsbError::Unsuitable { interface: 0, .. })));
}

#[test]
fn a_control_request_needs_no_claimed_interface() {
    let (bus, hand, device) = bus_with(Mode::Cd);
    let request = |direction, kind, request, value, length| ControlRequest {
        direction,
        kind,
        recipient: Recipient::Device,
        request,
        value,
        index: 0,
        length,
    };
    let descriptor = request(Direction::In, ControlKind::Standard, 6, 0x0100, 18);
    let bytes = bus.control(&device, descriptor, &[], SHORT).expect("every device has one");
    assert_eq!((bytes.len(), &bytes[8..12]), (18, &[0xd1, 0x12, 0x01, 0x1f][..]));
    let unknown = request(Direction::Out, ControlKind::Vendor, 0x77, 0, 0);
    assert!(matches!(bus.control(&device, unknown, &[], SHORT), Err(UsbError::Stalled(Direction::Out))));
    let leave = request(Direction::Out, ControlKind::Vendor, 0xa1, 0, 0);
    bus.control(&device, leave, &[], SHORT).expect("the way out of the CD");
    bus.sleep(LONG);
    assert_eq!(hand.mode(), Some(Mode::HiLink));
    assert!(matches!(bus.control(&device, descriptor, &[], SHORT), Err(UsbError::Gone)));
}

#[test]
fn a_configuration_is_selected_while_nothing_is_claimed() {
    let (bus, _, device) = bus_with(Mode::Download);
    bus.set_configuration(&device, 1).expect("there is one");
    assert!(matches!(bus.set_configuration(&device, 2), Err(UsbError::Stalled(Direction::Out))));
    let _port = bus.open(&device, 2).expect("it is free");
    assert!(matches!(bus.set_configuration(&device, 1), Err(UsbError::Busy { .. })));
}

#[test]
fn a_stick_is_listed_with_its_ids_and_interfaces() {
    let (_, _, device) = bus_with(Mode::Download);
    let serial = ClassTriple::new(0xff, 0xff, 0xff);
    let classes: Vec<(u8, ClassTriple)> = device.interfaces.iter().map(|found| (found.number, found.class)).collect();
    assert_eq!((device.id().as_str(), device.access), ("12d1:1c05", Access::Granted));
    assert_eq!(classes, [(0, serial), (1, serial), (2, serial)]);
    assert_eq!(Some(device.path), PortPath::new(1, &[1, 4]));
}

#[test]
fn without_permission_the_stick_is_listed_and_does_not_open() {
    let (bus, hand, _) = bus_with(Mode::Download);
    hand.deny_access_for(LONG);
    hand.unplug();
    hand.plug();
    bus.sleep(LONG / 2);
    let device = only(&bus);
    assert!(matches!(device.access, Access::Denied { .. }));
    assert!(matches!(bus.open(&device, 0), Err(UsbError::Denied { .. })));
}
