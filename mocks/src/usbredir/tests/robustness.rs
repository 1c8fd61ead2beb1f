//! A guest that says anything at all.

use std::time::Duration;

use proptest::prelude::*;

use super::super::{Violation, kind};
use super::guest::{Dialect, Guest, QEMU, hello};
use crate::model::Mode;

#[test]
fn whoever_does_not_say_hello_is_not_listened_to() {
    let mut guest = Guest::silent(Mode::Stick);
    let violation = guest.say_bytes(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(violation, Err(Violation::NoHello(u32::from_le_bytes(*b"GET "))));
    let text = violation.expect_err("a violation").to_string();
    assert!(text.contains("begins with a hello"), "{text}");
}

#[test]
fn a_length_that_no_packet_has_is_refused_before_its_body_comes() {
    let mut guest = Guest::qemu(Mode::Stick);
    let mut packet = guest.dialect.packet(kind::BULK, 1, &[]);
    packet[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let violation = guest.say_bytes(&packet).expect_err("a violation");
    assert!(matches!(violation, Violation::Length { kind: kind::BULK, found: u32::MAX, .. }), "{violation}");
}

/// A packet with a type and a length that a guest may send, and anything inside.
fn packet() -> impl Strategy<Value = (u32, u64, Vec<u8>)> {
    let kinds = prop_oneof![0u32..30, 100u32..105];
    (kinds, 0u64..6, prop::collection::vec(any::<u8>(), 0..40))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_session_panic_or_answer_without_end(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
        polite: bool,
    ) {
        let mut guest = Guest::silent(Mode::Stick);
        let greeting = if polite { hello(QEMU) } else { Vec::new() };
        let _ = guest.say_bytes(&greeting);
        for piece in pieces {
            if guest.say_bytes(&piece).is_err() {
                break;
            }
            guest.pass(Duration::from_millis(10));
        }
        prop_assert!(guest.session.take_output().len() < 1 << 16);
    }

    #[test]
    fn no_packets_make_a_session_panic_and_every_answer_is_whole(
        packets in prop::collection::vec(packet(), 0..40),
        capabilities in prop_oneof![Just(QEMU), Just(0), any::<u32>()],
        mode in prop_oneof![Just(Mode::Stick), Just(Mode::HiLink), Just(Mode::BootRom), Just(Mode::Download)],
    ) {
        let mut guest = Guest::silent(mode);
        guest.hear();
        guest.say_bytes(&hello(capabilities)).expect("a sound hello");
        guest.dialect = Dialect::of(capabilities);
        for (kind, id, body) in packets {
            let packet = guest.dialect.packet(kind, id, &body);
            if guest.say_bytes(&packet).is_err() {
                break;
            }
            guest.pass(Duration::from_millis(10));
            guest.hear();
        }
    }
}
