//! Hello, the device, its departures and returns, and what is selected on it.

use std::time::Duration;

use super::super::kind;
use super::guest::{Guest, QEMU, hello};
use crate::model::Mode;

#[test]
fn the_hello_names_the_program_and_what_it_can_do() {
    let mut guest = Guest::silent(Mode::HiLink);
    let packets = guest.hear();
    assert_eq!((packets.len(), packets[0].kind, packets[0].body.len()), (1, kind::HELLO, 64 + 4));
    assert!(packets[0].body.starts_with(b"balong-mock "));
    assert_eq!(packets[0].body[64..], [0b0111_1110, 0, 0, 0], "no bulk streams and no buffered bulk input");
}

#[test]
fn a_device_is_told_only_after_the_guests_hello_and_only_once() {
    let mut guest = Guest::silent(Mode::HiLink);
    guest.hear();
    guest.pass(Duration::from_secs(1));
    assert_eq!(guest.hear(), []);
    let mut guest = Guest::qemu(Mode::HiLink);
    guest.pass(Duration::from_secs(1));
    assert_eq!(guest.hear(), []);
}

#[test]
fn the_tables_of_14dc_hold_its_three_interfaces_and_seven_endpoints() {
    let mut guest = Guest::silent(Mode::HiLink);
    guest.hear();
    guest.say_bytes(&hello(QEMU)).expect("a sound hello");
    guest.dialect = super::guest::Dialect::of(QEMU);
    let [endpoints, interfaces, device] = <[_; 3]>::try_from(guest.hear()).expect("three packets");
    let types = &endpoints.body[..32];
    assert_eq!((types[0], types[2], types[3], types[1]), (0, 2, 2, 255), "OUT: control, 02, 03, nothing at 01");
    assert_eq!((types[16], types[18], types[19], types[20], types[17]), (0, 2, 3, 2, 255), "IN: 82, 83 interrupt, 84");
    assert_eq!((endpoints.body[32 + 19], endpoints.body[64 + 20]), (9, 2), "an interval, an interface");
    assert_eq!((endpoints.body.len(), &endpoints.body[96 + 2 * 18..][..2]), (160, &[0, 2][..]), "packets of 512");
    assert_eq!(interfaces.body[..7], [3, 0, 0, 0, 0, 1, 2]);
    assert_eq!(interfaces.body[36..39], [0x02, 0x0a, 0x08]);
    assert_eq!(device.body, [2, 2, 0, 0, 0xd1, 0x12, 0xdc, 0x14, 0x02, 0x01]);
}

#[test]
fn a_guest_that_can_do_nothing_gets_short_tables_and_short_ids() {
    let mut guest = Guest::silent(Mode::BootRom);
    guest.hear();
    guest.say_bytes(&hello(0)).expect("a sound hello");
    let lengths: Vec<usize> = guest.hear().iter().map(|packet| packet.body.len()).collect();
    assert_eq!(lengths, [96, 132, 8]);
    guest.inward(3, 0x81, 4096);
    guest.out(4, 0x01, b"nothing that it knows");
    assert_eq!(guest.answers().iter().map(|answer| answer.0).collect::<Vec<_>>(), [4, 3]);
}

#[test]
fn a_stick_that_left_is_told_again_only_after_the_guest_understood() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.inward(1, 0x83, 4096);
    guest.stick.unplug();
    guest.pass(Duration::ZERO);
    assert_eq!(guest.hear().iter().map(|packet| packet.kind).collect::<Vec<_>>(), [kind::DEVICE_DISCONNECT]);
    guest.stick.plug();
    guest.pass(Duration::from_secs(60));
    // What the guest sent before it heard of the departure belongs to the past.
    guest.out(2, 0x02, b"AT^RESET\r");
    guest.say(kind::CANCEL, 1, &[]);
    assert_eq!(guest.hear(), []);
    guest.say(kind::DISCONNECT_ACKNOWLEDGED, 0, &[]);
    let kinds: Vec<u32> = guest.hear().iter().map(|packet| packet.kind).collect();
    assert_eq!(kinds, [kind::ENDPOINT_INFO, kind::INTERFACE_INFO, kind::DEVICE_CONNECT]);
    assert!(!format!("{:?}", guest.stick.transcript()).contains("RESET"));
}

#[test]
fn without_acknowledgements_the_return_follows_the_departure() {
    let mut guest = Guest::with(Mode::Stick, QEMU & !(1 << 3));
    guest.stick.unplug();
    guest.stick.plug();
    guest.pass(Duration::from_secs(60));
    let kinds: Vec<u32> = guest.hear().iter().map(|packet| packet.kind).collect();
    let return_of = [kind::ENDPOINT_INFO, kind::INTERFACE_INFO, kind::DEVICE_CONNECT];
    assert_eq!(kinds, [&[kind::DEVICE_DISCONNECT][..], &return_of].concat());
}

#[test]
fn a_selection_is_answered_after_its_new_tables() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.say(kind::SET_SETTING, 5, &[2, 1]);
    let [endpoints, interfaces, status] = <[_; 3]>::try_from(guest.hear()).expect("three packets");
    assert_eq!((endpoints.kind, endpoints.body[16 + 4]), (kind::ENDPOINT_INFO, 2), "84 is there now");
    assert_eq!((interfaces.kind, interfaces.body[0]), (kind::INTERFACE_INFO, 5));
    assert_eq!((status.kind, status.id, status.body), (kind::SETTING_STATUS, 5, vec![0, 2, 1]));
    guest.say(kind::SET_CONFIGURATION, 6, &[1]);
    let [endpoints, _, status] = <[_; 3]>::try_from(guest.hear()).expect("three packets");
    assert_eq!(endpoints.body[16 + 4], 255, "and gone again with the first setting");
    assert_eq!((status.kind, status.body), (kind::CONFIGURATION_STATUS, vec![0, 1]));
    guest.say(kind::GET_SETTING, 7, &[2]);
    guest.say(kind::GET_CONFIGURATION, 8, &[]);
    let bodies: Vec<Vec<u8>> = guest.hear().into_iter().map(|packet| packet.body).collect();
    assert_eq!(bodies, [vec![0, 2, 0], vec![0, 1]]);
}

#[test]
fn a_selection_that_does_not_exist_is_stalled_and_changes_nothing() {
    let mut guest = Guest::qemu(Mode::Stick);
    guest.say(kind::SET_CONFIGURATION, 1, &[7]);
    guest.say(kind::SET_SETTING, 2, &[2, 9]);
    let answers: Vec<(u32, Vec<u8>)> = guest.hear().into_iter().map(|packet| (packet.kind, packet.body)).collect();
    assert_eq!(answers, [(kind::CONFIGURATION_STATUS, vec![4, 1]), (kind::SETTING_STATUS, vec![4, 2, 0])]);
}

#[test]
fn interrupts_may_be_awaited_where_there_is_an_interrupt_endpoint() {
    let mut guest = Guest::qemu(Mode::HiLink);
    guest.say(kind::START_INTERRUPTS, 1, &[0x83]);
    guest.say(kind::START_INTERRUPTS, 2, &[0x82]);
    guest.say(kind::STOP_INTERRUPTS, 3, &[0x83]);
    let heard: Vec<(u32, Vec<u8>)> = guest.hear().into_iter().map(|packet| (packet.kind, packet.body)).collect();
    let status = |status, endpoint| (kind::INTERRUPTS_STATUS, vec![status, endpoint]);
    // The network card says that its link is up: eight bytes, NETWORK_CONNECTION 1 of interface 0.
    let link = (kind::INTERRUPT, vec![0x83, 0, 8, 0, 0xa1, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(heard, [status(0, 0x83), link, status(2, 0x82), status(0, 0x83)]);
}

#[test]
fn what_an_interrupt_endpoint_says_waits_until_the_guest_listens() {
    let mut guest = Guest::qemu(Mode::HiLink);
    guest.pass(Duration::from_secs(1));
    assert_eq!(guest.hear(), []);
    guest.say(kind::START_INTERRUPTS, 1, &[0x83]);
    assert_eq!(guest.hear().len(), 2);
    guest.say(kind::STOP_INTERRUPTS, 2, &[0x83]);
    guest.say(kind::SET_CONFIGURATION, 3, &[1]);
    let kinds: Vec<u32> = guest.hear().iter().map(|packet| packet.kind).collect();
    assert!(!kinds.contains(&kind::INTERRUPT), "nobody listens any more: {kinds:?}");
}
