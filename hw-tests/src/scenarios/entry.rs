//! The ways out of the running firmware: by software where it allows that, else by the boot pad.

use balong_mocks::{Event, Hand, Mode, StickOptions};

use super::{assert_flash_holds, events};
use crate::images::{images, text};
use crate::{Bench, Ran};

const PAD: &str = "The boot pad is needed now";

fn convert(bench: &dyn Bench, entry: &str) -> Ran {
    let images = images();
    let (loader, firmware) = (text(&images.loader.path), text(&images.stick.path));
    bench.balong(&[
        "convert",
        "--loader",
        loader,
        "--firmware",
        firmware,
        "--entry",
        entry,
        "--yes",
        "--port",
        bench.port(),
        "--format",
        "json",
    ])
}

fn assert_converted(ran: &Ran, hand: &Hand) {
    assert_eq!(ran.only("result")["mode"], "stick", "{ran}");
    assert_flash_holds(hand, &images().stick.description);
}

/// HiLink firmware that still obeys its web page is led into download mode without the pad.
pub fn open_firmware_is_left_over_its_web_page(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h-open", Mode::HiLink, StickOptions::default());
    let ran = convert(bench, "auto").expect_exit(0);
    assert!(!ran.err.contains(PAD), "no pad is needed: {ran}");
    assert_converted(&ran, &hand);
}

/// Firmware that still obeys the message for the project mode is led there from its virtual CD.
pub fn open_firmware_is_left_from_its_virtual_cd(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h-open", Mode::Cd, StickOptions::default());
    let ran = convert(bench, "software").expect_exit(0);
    assert!(!ran.err.contains(PAD), "no pad is needed: {ran}");
    assert_converted(&ran, &hand);
}

/// Closed firmware is said to be closed, and the pad is asked for.
pub fn closed_firmware_is_named_before_the_pad_is_asked_for(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let ran = convert(bench, "auto").expect_exit(0);
    let refused = ran.err.find("knows no such request").unwrap_or_else(|| panic!("the refusal is told: {ran}"));
    let pad = ran.err.find(PAD).unwrap_or_else(|| panic!("the pad is asked for: {ran}"));
    assert!(refused < pad, "first the refusal, then the pad: {ran}");
    assert_converted(&ran, &hand);
}

/// `--entry software` on closed firmware ends with what it refuses and what remains, and leaves the stick as it was.
pub fn software_alone_ends_where_firmware_is_closed(bench: &dyn Bench) {
    for mode in [Mode::HiLink, Mode::Cd] {
        let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
        let before = hand.flash();
        let ran = convert(bench, "software").expect_exit(6);
        let error = ran.only("error");
        assert_eq!(
            (&error["code"], &error["state"]),
            (&"not_allowed_by_firmware".into(), &"untouched".into()),
            "{ran}"
        );
        assert!(error["message"].to_string().contains("boot pad"), "{ran}");
        assert_eq!(hand.flash(), before, "nothing is written");
        assert_eq!(hand.mode(), Some(mode), "it is as it was: {ran}");
        hand.unplug();
    }
}

/// `--entry needle` asks for the pad at once, and says nothing to the firmware that would make it leave.
pub fn the_needle_alone_says_nothing_to_the_firmware(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h-open", Mode::Stick, StickOptions::default());
    let ran = convert(bench, "needle").expect_exit(0);
    assert!(ran.err.contains(PAD), "{ran}");
    let said = events(&hand);
    let asked = said.iter().any(|event| matches!(event, Event::At { command, .. } if command.contains("GODLOAD")));
    assert!(!asked, "it was not asked to leave: {said:?}");
    assert_converted(&ran, &hand);
}
