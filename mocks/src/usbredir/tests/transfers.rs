//! Control and bulk transfers.

use std::time::Duration;

use bytes::Bytes;

use super::super::kind;
use super::guest::Guest;
use crate::faults::{Effect, Fault, Moment};
use crate::model::Mode;
use crate::pipes::Ending;
use crate::stick::Deed;

const SUCCESS: u8 = 0;
const CANCELLED: u8 = 1;
const INVALID: u8 = 2;
const STALL: u8 = 4;

fn at(command: &str, effect: Effect) -> Fault {
    Fault::At(Moment::At(command.to_owned()), effect)
}

/// Lets the stick's PCUI say something unasked.
fn say(guest: &mut Guest, bytes: &[u8], ending: Ending) {
    guest.stick.plan(Duration::ZERO, Deed::Say { interface: 1, bytes: Bytes::copy_from_slice(bytes), ending });
    guest.pass(Duration::ZERO);
}

#[test]
fn a_control_request_gives_data_or_a_stall() {
    let mut guest = Guest::qemu(Mode::BootRom);
    let (status, descriptor) = guest.control([0x80, 6, 0, 1, 0, 0, 8, 0], &[]);
    assert_eq!((status, descriptor), (SUCCESS, vec![18, 1, 0x10, 0x02, 2, 0, 0, 64]));
    assert_eq!(guest.control([0x21, 0x22, 3, 0, 0, 0, 0, 0], &[]), (SUCCESS, vec![]));
    assert_eq!(guest.control([0xc0, 0x55, 0, 0, 0, 0, 4, 0], &[]), (STALL, vec![]));
    assert_eq!(guest.control([0x21, 0x20, 0, 0, 0, 0, 7, 0], &[1, 2, 3]), (INVALID, vec![]), "7 bytes announced");
}

#[test]
fn an_answer_completes_the_transfer_that_waits_for_it() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    assert_eq!(guest.hear(), [], "NAK is silence");
    guest.out(2, 0x02, b"ATZ9\r");
    guest.pass(Duration::from_secs(1));
    let answers = guest.answers();
    assert_eq!(answers[0], (2, SUCCESS, 5, vec![]));
    assert_eq!((answers[1].0, answers[1].1), (1, SUCCESS));
    assert_eq!(answers[1].3, b"ATZ9\r\r\nERROR\r\n", "the echo and the answer");
}

#[test]
fn a_full_packet_with_nothing_behind_it_completes_nothing_and_a_zero_length_packet_ends_it() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    say(&mut guest, &[7; 512], Ending::Nothing);
    assert_eq!(guest.hear(), []);
    say(&mut guest, &[], Ending::ZeroLengthPacket);
    assert_eq!(guest.answers(), [(1, SUCCESS, 512, vec![7; 512])]);
}

#[test]
fn a_transfer_that_is_full_completes_and_the_rest_waits_for_the_next() {
    let mut guest = Guest::qemu(Mode::Stick);
    say(&mut guest, &[7; 700], Ending::ZeroLengthPacket);
    guest.inward(1, 0x83, 512);
    guest.inward(2, 0x83, 512);
    let lengths: Vec<(u64, usize)> = guest.answers().iter().map(|answer| (answer.0, answer.2)).collect();
    assert_eq!(lengths, [(1, 512), (2, 188)]);
}

#[test]
fn a_cancelled_transfer_is_answered_once_and_hits_no_other() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    guest.inward(2, 0x83, 4096);
    guest.say(kind::CANCEL, 1, &[]);
    assert_eq!(guest.answers(), [(1, CANCELLED, 0, vec![])]);
    guest.say(kind::CANCEL, 1, &[]);
    guest.say(kind::CANCEL, 99, &[]);
    assert_eq!(guest.hear(), []);
    say(&mut guest, b"late", Ending::Nothing);
    assert_eq!(guest.answers(), [(2, SUCCESS, 4, b"late".to_vec())]);
}

#[test]
fn a_reply_that_crossed_its_cancellation_comes_again_before_what_was_said_later() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    guest.inward(2, 0x83, 4096);
    say(&mut guest, b"first", Ending::Nothing);
    say(&mut guest, b"second", Ending::Nothing);
    assert_eq!(guest.answers().len(), 2);
    // The guest cancelled both before it saw the answers, and drops what comes under their ids.
    guest.say(kind::CANCEL, 1, &[]);
    guest.say(kind::CANCEL, 2, &[]);
    say(&mut guest, b"third", Ending::Nothing);
    for id in 3..6 {
        guest.inward(id, 0x83, 4096);
    }
    let data: Vec<Vec<u8>> = guest.answers().into_iter().map(|answer| answer.3).collect();
    assert_eq!(data, [b"first".to_vec(), b"second".to_vec(), b"third".to_vec()]);
}

#[test]
fn what_a_cancelled_transfer_held_is_handed_to_the_next_one() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    say(&mut guest, &[7; 512], Ending::Nothing);
    guest.say(kind::CANCEL, 1, &[]);
    assert_eq!(guest.answers(), [(1, CANCELLED, 0, vec![])]);
    guest.inward(2, 0x83, 4096);
    assert_eq!(guest.answers(), [(2, SUCCESS, 512, vec![7; 512])]);
}

#[test]
fn a_halted_endpoint_stalls_until_the_guest_clears_it() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.stick.inject(at("AT", Effect::StallOut));
    guest.out(1, 0x02, b"AT\r");
    guest.out(2, 0x02, b"AT\r");
    assert_eq!(guest.answers(), [(1, STALL, 0, vec![]), (2, STALL, 0, vec![])]);
    assert_eq!(guest.control([0x02, 1, 0, 0, 0x02, 0, 0, 0], &[]), (SUCCESS, vec![]));
    guest.out(3, 0x02, b"AT\r");
    assert_eq!(guest.answers(), [(3, SUCCESS, 3, vec![])]);
}

#[test]
fn a_stick_that_stopped_listening_leaves_a_transfer_unanswered() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.stick.inject(at("AT", Effect::SilenceForGood));
    guest.out(1, 0x02, b"AT\r");
    guest.out(2, 0x02, b"AT\r");
    guest.pass(Duration::from_secs(60));
    assert_eq!(guest.answers().iter().map(|answer| answer.0).collect::<Vec<_>>(), [1]);
    guest.say(kind::CANCEL, 2, &[]);
    assert_eq!(guest.answers(), [(2, CANCELLED, 0, vec![])]);
}

#[test]
fn the_last_answer_of_a_stick_that_is_pulled_arrives_before_its_departure() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.stick.inject(at("AT", Effect::UnplugAfter));
    guest.inward(1, 0x83, 4096);
    guest.out(2, 0x02, b"AT\r");
    guest.pass(Duration::from_secs(1));
    let kinds: Vec<(u32, u64)> = guest.hear().iter().map(|packet| (packet.kind, packet.id)).collect();
    assert_eq!(kinds, [(kind::BULK, 2), (kind::BULK, 1), (kind::DEVICE_DISCONNECT, 0)]);
}

#[test]
fn a_reset_ends_what_waits_and_keeps_what_was_said() {
    let mut guest = Guest::qemu(Mode::Stick);
    say(&mut guest, b"stale", Ending::Nothing);
    guest.inward(1, 0x81, 4096);
    guest.say(kind::RESET, 0, &[]);
    assert_eq!(guest.answers(), [(1, CANCELLED, 0, vec![])]);
    guest.inward(2, 0x83, 4096);
    assert_eq!(guest.answers(), [(2, SUCCESS, 5, b"stale".to_vec())]);
}

#[test]
fn a_transfer_to_no_endpoint_or_of_another_length_than_announced_is_invalid() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x8f, 512);
    let wrong = guest.dialect.bulk(2, 0x02, 9, b"AT\r");
    guest.say_bytes(&wrong).expect("a sound packet");
    let statuses: Vec<(u64, u8)> = guest.answers().iter().map(|answer| (answer.0, answer.1)).collect();
    assert_eq!(statuses, [(1, INVALID), (2, INVALID)]);
}
