//! The command `switch` on every device that is known by its switch alone, on the simulated bus.

use balong_mocks::known::{self, KnownDevice, Method};
use balong_mocks::{Event, Mode, StickOptions};
use hw_tests::{Bench, InProcess, Ran};

/// What a HiLink stick works as, with a card reader and without.
const HILINK: [u16; 2] = [0x14dc, 0x14db];

/// One command on a device in its virtual CD; with the product id and the mode that it was on the bus in last, and whether
/// any way of telling it was tried.
fn switch(device: &KnownDevice) -> (Ran, (u16, Mode), bool) {
    let bench = InProcess::new();
    let hand = bench.plug(bench.port(), device.name, Mode::Cd, StickOptions::default());
    let target = if HILINK.contains(&device.working_id()) { "hilink" } else { "stick" };
    let ran = bench.balong(&["switch", "--to", target, "--port", bench.port(), "--format", "json"]);
    let transcript = hand.transcript();
    let shown = transcript.iter().rev().find_map(|event| match event {
        Event::Attached { product_id, .. } => Some(*product_id),
        _ => None,
    });
    let was_told = transcript.iter().any(|event| event.is_message() || matches!(event, Event::Control { .. }));
    (ran, (shown.expect("it was attached"), hand.mode().expect("it is there")), was_told)
}

#[test]
fn every_known_device_works_as_the_table_says_after_one_command() {
    let waits = |device: &&KnownDevice| device.method != Method::Configuration(0);
    let wrong: Vec<_> = known::devices()
        .iter()
        .filter(waits)
        .filter_map(|device| {
            let (ran, (landed, mode), _) = switch(device);
            let is_right = (ran.exit, landed) == (0, device.working_id()) && mode != Mode::Cd;
            (!is_right).then(|| format!("{} ({}) is {landed:04x}, {mode}\n{ran}", device.name, device.description))
        })
        .collect();
    assert!(wrong.is_empty(), "{} devices:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_device_that_is_to_be_left_alone_is_told_nothing_and_the_reason_is_given() {
    let left_alone = known::devices().iter().filter(|device| device.method == Method::Configuration(0));
    for device in left_alone {
        let (ran, landed, was_told) = switch(device);
        let ran = ran.expect_exit(6);
        assert_eq!(ran.only("error")["code"], "not_allowed_by_firmware", "{ran}");
        assert_eq!((landed, was_told), ((device.product_id, Mode::Cd), false), "{ran}");
    }
}
