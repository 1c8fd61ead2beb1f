//! Who a stick is, and a restart, in every mode: asked in the words of that mode, and of nothing that leaves a trace.

use balong_mocks::{Event, Hand, Mode, StickOptions};

use super::{assert_nothing_dangerous_was_sent, events, is_said};
use crate::images::{images, text};
use crate::{Bench, Ran};

fn plug(bench: &dyn Bench, mode: Mode) -> Hand {
    bench.plug(bench.port(), "e3372h", mode, StickOptions::default())
}

fn info(bench: &dyn Bench) -> Ran {
    bench.balong(&["info", "--format", "json"]).expect_exit(0)
}

/// What was said to a stick through its bulk endpoints, AT commands and fastboot commands as they are.
fn said(hand: &Hand) -> Vec<String> {
    let words = |event| match event {
        Event::At { command, .. } | Event::Fastboot { command } => command,
        other => format!("{other:?}"),
    };
    events(hand).into_iter().filter(is_said).map(words).collect()
}

/// In stick mode the AT port tells it all: model and chip, the firmware line, the stored composition.
pub fn info_in_stick_mode_tells_the_firmware_line_and_the_port_setting(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!(info["firmware_line"], "E3372h-153 21.180.01.00.00,CL2E3372HM Ver.A", "{ran}");
    assert_eq!(info["ports"], "A1,A2;12,10,16,A1,A2", "{ran}");
    assert_eq!((&info["platform"], &info["hardware"]), (&"V7R11".into(), &"CL2E3372HM".into()), "{ran}");
    assert_eq!(info["said_by"], "AT^HWVER", "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// Three serial ports that look alike: the AT port among them is found, and tells the same.
pub fn info_in_serial_mode_finds_the_at_port_and_asks_it(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Serial);
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!((&info["mode"], &info["platform"]), (&"serial".into(), &"V7R11".into()), "{ran}");
    assert_eq!(info["firmware_line"], "E3372h-153 21.180.01.00.00,CL2E3372HM Ver.A", "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// The other chip says so itself.
pub fn info_tells_the_e3372s_from_the_e3372h(bench: &dyn Bench) {
    let _hand = bench.plug(bench.port(), "e3372s", Mode::Stick, StickOptions::default());
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!((&info["platform"], &info["hardware"]), (&"V7R2".into(), &"CL1E3372SM".into()), "{ran}");
    assert_eq!(info["firmware_line"], "E3372S-153 21.300.05.00.00,CL1E3372SM Ver.A", "{ran}");
}

/// In HiLink mode its web server is asked; nothing goes over USB.
pub fn info_in_hilink_mode_asks_the_web_server(bench: &dyn Bench) {
    let hand = plug(bench, Mode::HiLink);
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!((&info["software"], &info["web_ui"]), (&"22.200.15.00.00".into(), &"17.100.13.01.03".into()), "{ran}");
    assert_eq!((&info["platform"], &info["said_by"]), (&"V7R11".into(), &"the stick's web server".into()), "{ran}");
    assert!(said(&hand).is_empty(), "nothing was to be said over USB, but this was: {:?}", said(&hand));
}

/// In download mode only questions in AT are asked: the way into HDLC would leave a trace.
pub fn info_in_download_mode_does_not_leave_at_mode(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Download);
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!((&info["model"], &info["software"]), (&"E3372h".into(), &"22.200.15.00.00".into()), "{ran}");
    assert_eq!(info["said_by"], "AT^DLOADINFO?", "{ran}");
    assert_eq!(said(&hand), ["AT^DLOADVER?", "AT^DLOADINFO?"]);
}

/// A stick that an earlier run left in HDLC is asked its product there, and stays in HDLC for the next run.
pub fn info_of_a_stick_left_in_hdlc_asks_its_product_there(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Download);
    drop(bench.balong(&["flash", text(&images().web_ui.path), "--keep", "--yes"]).expect_exit(0));
    let before = said(&hand).len();
    for _ in 0..2 {
        let ran = info(bench);
        let info = ran.only("info");
        assert_eq!((&info["product"], &info["platform"]), (&"BV7R11HS".into(), &"V7R11".into()), "{ran}");
        assert_eq!(info["said_by"], "the download daemon", "{ran}");
    }
    let asked = said(&hand).split_off(before);
    assert!(asked.contains(&format!("{:?}", Event::Hdlc { command: 0x45 })), "{asked:?}");
    assert!(!asked.iter().any(|one| one.starts_with("Partition")), "{asked:?}");
}

/// In fastboot the three variables are asked; its product is shown for what it is, and is no platform.
pub fn info_in_fastboot_tells_its_version_and_that_its_product_proves_no_chip(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Fastboot);
    let ran = info(bench);
    let info = ran.only("info");
    assert_eq!(
        (&info["bootloader_version"], &info["bootloader_product"]),
        (&"0.9".into(), &"balongv7r2".into()),
        "{ran}"
    );
    assert!(info["platform"].is_null() && info["product"].is_null() && info["serial"].is_null(), "{ran}");
    assert_eq!(said(&hand), ["getvar:version", "getvar:product", "getvar:serialno"]);
    let text = bench.balong(&["info"]).expect_exit(0);
    assert!(text.out.contains("cannot tell V7R2 from V7R11"), "{text}");
}

/// In the boot ROM and in the CD stage nothing answers, so nothing is asked, and what the descriptors hint at is said.
pub fn info_where_nothing_answers_sends_nothing_and_gives_hints(bench: &dyn Bench) {
    for (mode, hint) in [(Mode::BootRom, "It proves no chip"), (Mode::Cd, "hints at HiLink firmware")] {
        let hand = plug(bench, mode);
        let ran = info(bench);
        let info = ran.only("info");
        assert_eq!((&info["usb_version"], &info["software"]), (&"0210".into(), &serde_json::Value::Null), "{ran}");
        assert!(info["hints"].to_string().contains(hint), "{ran}");
        assert!(!ran.out.contains("0123456789ABCDEF"), "a constant is no identity\n{ran}");
        assert!(said(&hand).is_empty(), "nothing was to be said in {mode}, but this was: {:?}", said(&hand));
        hand.unplug();
    }
}

/// What identifies the owner is masked in text and in JSON, unless it is asked for.
pub fn info_shows_the_imei_only_when_asked_for_it(bench: &dyn Bench) {
    let hand = plug(bench, Mode::Stick);
    let imei = hand.firmware().imei;
    let masked = format!("*************{}", &imei[13..]);
    for format in ["text", "json"] {
        let ran = bench.balong(&["info", "--format", format]).expect_exit(0);
        assert!(ran.out.contains(&masked) && !ran.out.contains(imei), "{ran}");
        let ran = bench.balong(&["info", "--format", format, "--show-identity"]).expect_exit(0);
        assert!(ran.out.contains(imei), "{ran}");
    }
}

/// `reset` in each mode that has a word for it over USB, in that word.
pub fn reset_over_usb_says_the_word_of_each_mode(bench: &dyn Bench) {
    let modes =
        [(Mode::Stick, "AT^RESET"), (Mode::Serial, "AT^RESET"), (Mode::Download, ""), (Mode::Fastboot, "reboot")];
    for (mode, word) in modes {
        let hand = plug(bench, mode);
        let ran = bench.balong(&["reset", "--format", "json"]).expect_exit(0);
        let result = ran.only("result");
        assert_eq!((&result["outcome"], &result["state"]), (&"reset".into(), &"untouched".into()), "{mode}: {ran}");
        assert!(events(&hand).contains(&Event::Left), "it must have left\n{ran}");
        assert!(word.is_empty() || said(&hand).iter().any(|one| one == word), "{word} was to be said in {mode}");
        hand.unplug();
    }
}

/// `reset` in HiLink mode goes over the web server. Whatever that makes of it, the program says what the stick did: it is
/// a reset when the stick left and came back, and a named failure when the web server refused.
pub fn reset_in_hilink_mode_says_what_became_of_it(bench: &dyn Bench) {
    let hand = plug(bench, Mode::HiLink);
    let ran = bench.balong(&["reset", "--format", "json"]);
    let over_usb = |event: &Event| is_said(event) && !matches!(event, Event::Web { .. });
    assert!(!events(&hand).iter().any(over_usb), "nothing is said over USB: {:?}", events(&hand));
    if events(&hand).contains(&Event::Left) {
        let ran = ran.expect_exit(0);
        assert_eq!(
            (&ran.only("result")["outcome"], &ran.only("result")["from_mode"]),
            (&"reset".into(), &"hilink".into())
        );
    } else {
        let ran = ran.expect_exit(6);
        let error = ran.only("error");
        assert_eq!((&error["code"], &error["state"]), (&"web_server".into(), &"untouched".into()), "{ran}");
        assert!(error["message"].to_string().contains("refused /api/device/control"), "{ran}");
    }
}

/// Where no word for a restart is known, nothing is sent, and the message says what to do.
pub fn reset_where_there_is_no_word_for_it_says_so(bench: &dyn Bench) {
    for mode in [Mode::BootRom, Mode::Cd] {
        let hand = plug(bench, mode);
        let ran = bench.balong(&["reset", "--format", "json"]).expect_exit(6);
        let error = ran.only("error");
        assert_eq!(error["code"], "wrong_mode", "{ran}");
        assert!(error["message"].to_string().contains("plug it in again"), "{ran}");
        assert!(said(&hand).is_empty(), "nothing was to be said in {mode}, but this was: {:?}", said(&hand));
        hand.unplug();
    }
}
