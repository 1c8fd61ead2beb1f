//! What a modem says on its interrupt endpoint.

use std::sync::Barrier;

use super::*;

const MODEM: u8 = 0;
const READY: &[u8] = &[0xa1, 0x20, 0, 0, MODEM, 0, 2, 0, 0b10, 0];
const READY_WITH_CARRIER: &[u8] = &[0xa1, 0x20, 0, 0, MODEM, 0, 2, 0, 0b11, 0];

/// A modem port in halves, with DTR raised.
fn modem() -> (SimulatedBus, Hand, Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
    let (bus, hand, device) = bus_with(Mode::Stick);
    let port = bus.open(&device, MODEM).expect("it is free");
    assert_eq!(port.endpoints(), Some(Endpoints { output: 0x01, input: 0x81, notices: Some(0x82) }));
    let (receiver, mut sender) = port.split();
    sender.control(ControlRequest::control_line_state(MODEM, true, true), &[], SHORT).expect("it has lines");
    (bus, hand, receiver, sender)
}

/// All that is heard until nothing comes for a while, the stream in one piece.
fn all_heard(receiver: &mut dyn UsbReceiver) -> (String, Vec<Bytes>) {
    let (mut stream, mut notices) = (Vec::new(), Vec::new());
    while let Some(heard) = receiver.hear(SHORT).expect("no fault") {
        match heard {
            Heard::Chunk(chunk) => stream.extend_from_slice(&chunk),
            Heard::Notice(notice) => notices.push(notice),
        }
    }
    (String::from_utf8_lossy(&stream).into_owned(), notices)
}

#[test]
fn a_call_raises_the_carrier_beside_its_data_and_the_hang_up_drops_it() {
    let (_, _, mut receiver, mut sender) = modem();
    assert_eq!(all_heard(&mut *receiver), (String::new(), vec![Bytes::from_static(READY)]));
    sender.send(b"ATE0\r", SHORT).expect("it is taken");
    sender.send(b"ATD*99#\r", SHORT).expect("it is taken");
    let (stream, notices) = all_heard(&mut *receiver);
    assert!(stream.contains("CONNECT"), "{stream}");
    assert_eq!(notices, [READY_WITH_CARRIER]);
    sender.control(ControlRequest::control_line_state(MODEM, false, false), &[], SHORT).expect("it has lines");
    let (stream, notices) = all_heard(&mut *receiver);
    assert!(stream.ends_with("NO CARRIER\r\n"), "{stream}");
    assert_eq!(notices, [READY]);
}

#[test]
fn a_change_of_the_carrier_ends_a_long_wait_at_once_and_a_timeout_loses_neither_it_nor_the_stream() {
    let (bus, hand, mut receiver, mut sender) = modem();
    sender.send(b"ATE0\r", SHORT).expect("it is taken");
    assert_eq!(all_heard(&mut *receiver).1, [READY]);
    hand.say(SHORT, MODEM, &b"late"[..], Ending::ZeroLengthPacket);
    assert_eq!(receiver.hear(SHORT / 2).expect("no fault"), None);
    let begun = bus.now();
    let both_there = Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Virtual time waits only for threads that it has seen.
            bus.sleep(MILLISECOND);
            both_there.wait();
            bus.sleep(SHORT);
            sender.send(b"AT&C0\r", SHORT).expect("it is taken");
        });
        both_there.wait();
        let heard = [(); 3].map(|()| receiver.hear(LONG).expect("no fault"));
        let notice = Heard::Notice(Bytes::from_static(READY_WITH_CARRIER));
        assert!(heard.contains(&Some(notice)), "{heard:?}");
        for chunk in ["late", "\r\nOK\r\n"] {
            assert!(heard.contains(&Some(Heard::Chunk(Bytes::from(chunk)))), "{heard:?}");
        }
    });
    assert!(bus.now() < begun + LONG);
}

#[test]
fn receive_gives_the_stream_alone_and_the_newest_state_is_heard_afterwards() {
    let (_, _, mut receiver, mut sender) = modem();
    for command in ["ATE0", "AT&C0", "AT&C1", "AT&C0"] {
        sender.send(format!("{command}\r").as_bytes(), SHORT).expect("it is taken");
        let answer = receiver.receive(SHORT).expect("no fault").expect("an answer");
        assert!(answer.ends_with(b"\r\nOK\r\n"), "{answer:?}");
    }
    let (stream, notices) = all_heard(&mut *receiver);
    assert_eq!((stream.as_str(), notices.last().map(|notice| &notice[..])), ("", Some(READY_WITH_CARRIER)));
}

#[test]
fn a_port_without_an_interrupt_endpoint_is_heard_as_it_is_received() {
    let (bus, _, device) = bus_with(Mode::Download);
    let (mut receiver, mut sender) = bus.open(&device, 2).expect("it is free").split();
    sender.send(ASK, SHORT).expect("it is taken");
    assert_eq!(receiver.hear(SHORT).expect("no fault"), Some(Heard::Chunk(Bytes::from_static(ANSWER))));
    assert_eq!(receiver.hear(SHORT).expect("no fault"), None);
}

#[test]
fn a_stick_that_leaves_while_it_is_heard_is_gone_at_once() {
    let (bus, hand, mut receiver, _sender) = modem();
    assert_eq!(all_heard(&mut *receiver).1, [READY]);
    hand.unplug_after(SHORT);
    let begun = bus.now();
    assert!(matches!(receiver.hear(LONG), Err(UsbError::Gone)));
    assert!(bus.now() <= begun + Duration::from_secs(1));
}
