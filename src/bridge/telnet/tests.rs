use proptest::prelude::*;

use super::com_port::{ComPort, Seen, Wish};
use super::*;
use crate::serial::{Lines, Signals};

/// Everything in these pieces: the data as a whole, and what was said beside it.
fn decode(pieces: &[&[u8]], binary: bool) -> (Vec<u8>, Vec<Received>) {
    let (mut decoder, mut data, mut beside) = (Decoder::new(), Vec::new(), Vec::new());
    for piece in pieces {
        let mut left = *piece;
        while !left.is_empty() {
            let (bytes, found) = decoder.next(&mut left, binary);
            data.extend(bytes);
            beside.extend(found);
        }
    }
    (data, beside)
}

proptest! {
    #[test]
    fn any_bytes_come_out_of_the_wire_as_they_went_in_wherever_it_is_cut(
        bytes in prop::collection::vec(prop_oneof![Just(255u8), Just(13), Just(0), any::<u8>()], 0..400),
        cut in any::<prop::sample::Index>(),
    ) {
        let wire = escape(&bytes, true);
        let (left, right) = wire.split_at(cut.index(wire.len() + 1));
        prop_assert_eq!(decode(&[left, right], true), (bytes, vec![]));
    }

    #[test]
    fn text_comes_out_of_the_wire_as_it_went_in_without_binary_mode_too(
        bytes in prop::collection::vec(prop_oneof![Just(255u8), Just(13), Just(10), 32u8..127], 0..400),
        cut in any::<prop::sample::Index>(),
    ) {
        let wire = escape(&bytes, false);
        let (left, right) = wire.split_at(cut.index(wire.len() + 1));
        prop_assert_eq!(decode(&[left, right], false), (bytes, vec![]));
    }

    #[test]
    fn a_subnegotiation_is_read_as_it_was_said_between_data(
        value in prop::collection::vec(any::<u8>(), 0..200),
        cut in any::<prop::sample::Index>(),
    ) {
        let wire = [b"AT".to_vec(), subnegotiation(COM_PORT, &value), b"I\r".to_vec()].concat();
        let (left, right) = wire.split_at(cut.index(wire.len() + 1));
        let said = Received::Subnegotiation(COM_PORT, value);
        prop_assert_eq!(decode(&[left, right], true), (b"ATI\r".to_vec(), vec![said]));
    }

    #[test]
    fn no_bytes_of_a_client_make_trouble(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (mut options, mut com_port) = (Options::default(), ComPort::new(Seen::Present));
        for found in decode(&[&bytes], false).1 {
            match found {
                Received::Negotiation(verb, option) => prop_assert!(options.answer(verb, option).len() <= 3),
                Received::Subnegotiation(_, said) => {
                    prop_assert!(said.len() <= 256);
                    let (answer, _) = com_port.command(&said);
                    prop_assert_eq!(decode(&[&answer], true).0, b"");
                }
            }
        }
    }
}

#[test]
fn an_endless_subnegotiation_is_thrown_away_and_what_follows_is_not() {
    let wire = [subnegotiation(COM_PORT, &[7; 5000]), b"AT".to_vec()].concat();
    assert_eq!(decode(&[&wire], true), (b"AT".to_vec(), vec![]));
}

#[test]
fn a_wish_is_answered_once_and_an_agreement_not_at_all() {
    let mut options = Options::default();
    assert_eq!(options.answer(Verb::Will, COM_PORT), [IAC, 253, COM_PORT]);
    assert_eq!(options.answer(Verb::Will, COM_PORT), [0u8; 0]);
    assert_eq!(options.answer(Verb::Do, 1), [IAC, 252, 1], "it echoes nothing");
    assert_eq!(options.answer(Verb::Wont, COM_PORT), [IAC, 254, COM_PORT]);
    options.greet();
    assert!(!options.ours(BINARY) && !options.theirs(BINARY));
    assert_eq!(options.answer(Verb::Do, BINARY), [0u8; 0], "it asked for that itself");
    assert_eq!(options.answer(Verb::Wont, BINARY), [0u8; 0]);
    assert!(options.ours(BINARY) && !options.theirs(BINARY));
}

/// The answer without its frame.
fn told(com_port: &mut ComPort, said: &[u8]) -> Vec<u8> {
    match &decode(&[&com_port.command(said).0], true).1[..] {
        [Received::Subnegotiation(COM_PORT, value)] => value.clone(),
        other => panic!("the answer is {other:?}"),
    }
}

#[test]
fn settings_are_told_back_and_a_zero_asks_for_them() {
    let mut com_port = ComPort::new(Seen::Present);
    assert_eq!(told(&mut com_port, &[1, 0, 0, 0x25, 0x80]), [101, 0, 0, 0x25, 0x80]);
    assert_eq!(told(&mut com_port, &[1, 0, 0, 0, 0]), [101, 0, 0, 0x25, 0x80]);
    for (command, before, wanted, impossible) in [(2, 8, 7, 9), (3, 1, 3, 6), (4, 1, 2, 4)] {
        assert_eq!(told(&mut com_port, &[command, 0]), [command + 100, before]);
        assert_eq!(told(&mut com_port, &[command, wanted]), [command + 100, wanted]);
        assert_eq!(told(&mut com_port, &[command, impossible]), [command + 100, wanted]);
    }
    assert_eq!(told(&mut com_port, &[12, 3]), [112, 3]);
    assert!(told(&mut com_port, &[0]).starts_with(b"\x64balong "));
}

#[test]
fn dtr_and_rts_follow_the_client_and_are_told_when_asked() {
    let mut com_port = ComPort::new(Seen::Present);
    let down = Lines { data_terminal_ready: false, request_to_send: true };
    assert_eq!(com_port.command(&[5, 9]).1, Some(Wish::Lines(down)));
    assert_eq!(com_port.command(&[5, 9]).1, None, "it is down already");
    assert_eq!((told(&mut com_port, &[5, 7]), told(&mut com_port, &[5, 10])), (vec![105, 9], vec![105, 11]));
    assert_eq!(com_port.command(&[5, 12]).1, Some(Wish::Lines(Lines::DOWN)));
    assert_eq!(told(&mut com_port, &[5, 5]), [105, 6], "there is no break on USB");
}

#[test]
fn a_stick_that_leaves_takes_the_carrier_with_it_and_only_who_wants_to_know_is_told() {
    let mut com_port = ComPort::new(Seen::Present);
    let lost = subnegotiation(COM_PORT, &[107, 0x0b]);
    assert_eq!((com_port.see(Seen::Present), com_port.see(Seen::Absent)), (vec![], lost));
    assert_eq!(com_port.see(Seen::Present), subnegotiation(COM_PORT, &[107, 0xbb]));
    com_port.command(&[11, 0]);
    assert_eq!(com_port.see(Seen::Absent), [0u8; 0]);
}

#[test]
fn the_lines_that_a_stick_drives_are_told_with_what_changed_of_them() {
    let signals = |data_carrier_detect, ring_indicator| {
        Seen::Signals(Signals { data_carrier_detect, data_set_ready: true, ring_indicator })
    };
    let mut com_port = ComPort::new(signals(false, false));
    let state = |state| subnegotiation(COM_PORT, &[107, state]);
    assert_eq!(com_port.see(signals(true, false)), state(0xb8), "a carrier");
    assert_eq!(com_port.see(signals(false, false)), state(0x38), "it is lost");
    assert_eq!(com_port.see(signals(false, true)), state(0x70), "it rings");
    assert_eq!(com_port.see(signals(false, true)), [0u8; 0], "and goes on");
    assert_eq!(com_port.see(signals(false, false)), state(0x34), "it has rung");
}
