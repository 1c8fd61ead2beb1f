//! The command `switch` where the way back is in doubt: out of download mode and fastboot, and into what firmware has not.

use balong_mocks::{Event, Hand, Mode, StickOptions};

use super::{events, is_said};
use crate::{Bench, Ran};

fn switch(bench: &dyn Bench, target: &str, more: &[&str]) -> Ran {
    let arguments = ["switch", "--to", target, "--port", bench.port(), "--format", "json"];
    bench.balong(&arguments.iter().chain(more).copied().collect::<Vec<_>>())
}

/// The message of a refusal that left the flash alone.
fn refusal(ran: &Ran) -> String {
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["state"]), (&"not_allowed_by_firmware".into(), &"untouched".into()), "{ran}");
    error["message"].as_str().unwrap_or_default().to_owned()
}

fn assert_names(ran: &Ran, message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "`{word}` in the message\n{ran}");
    }
    assert!(!message.contains("other firmware, which") && !message.contains("only other firmware"), "{ran}");
}

/// What the plan warns of, which the person in front of the stick is told as well.
fn warnings(ran: &Ran) -> Vec<String> {
    let warnings = ran.only("plan")["warnings"].clone();
    let warnings: Vec<String> = serde_json::from_value(warnings).expect("a list of sentences");
    assert!(warnings.iter().all(|warning| ran.err.contains(warning)), "each is told: {ran}");
    warnings
}

fn is_warned_of_the_pad(ran: &Ran) -> bool {
    warnings(ran).iter().any(|warning| warning.contains("boot pad") && warning.contains("`balong load"))
}

fn has_left(hand: &Hand) -> bool {
    events(hand).contains(&Event::Left)
}

/// A stick whose version does not tell the kind of its firmware.
fn telling_nothing(software: &str) -> StickOptions {
    StickOptions { software: Some(software.to_owned()), ..StickOptions::default() }
}

/// A stick in download mode that says which firmware it holds is not restarted for a mode that this one has not.
pub fn what_download_mode_rules_out_is_refused_there(bench: &dyn Bench) {
    for (model, target, firmware) in [("e3372h", "stick", "HiLink firmware"), ("e3372s", "hilink", "stick firmware")] {
        for more in [&[][..], &["--dry-run"]] {
            let hand = bench.plug(bench.port(), model, Mode::Download, StickOptions::default());
            let ran = switch(bench, target, more).expect_exit(6);
            assert_names(&ran, &refusal(&ran), &[firmware, "balong convert", "stays in download mode"]);
            assert!(ran.events_named("stage").is_empty(), "{ran}");
            assert_eq!((hand.mode(), has_left(&hand)), (Some(Mode::Download), false), "it is where it was: {ran}");
            hand.unplug();
        }
    }
}

/// Whoever leaves download mode is told beforehand that the way back may need the boot pad, unless the end is certain.
pub fn leaving_download_mode_warns_beforehand_where_the_end_is_not_certain(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let planned = switch(bench, "serial", &["--dry-run"]).expect_exit(0);
    assert!(is_warned_of_the_pad(&planned) && !has_left(&hand), "{planned}");
    let certain = switch(bench, "hilink", &["--dry-run"]).expect_exit(0);
    assert!(warnings(&certain).is_empty(), "it says that it holds HiLink firmware: {certain}");
    let ran = switch(bench, "serial", &[]).expect_exit(0);
    assert!(is_warned_of_the_pad(&ran), "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Serial), "{ran}");
    hand.unplug();

    let hand = bench.plug(bench.port(), "e3372s", Mode::Download, telling_nothing("30.1.1.1.1"));
    let ran = switch(bench, "stick", &[]).expect_exit(0);
    let doubted = warnings(&ran).iter().any(|warning| warning.contains("does not say here which firmware"));
    assert!(doubted && is_warned_of_the_pad(&ran), "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Stick), "{ran}");
}

/// Firmware that is only found out after download mode was left is named, with where the stick is and how it gets back.
pub fn a_stick_that_left_download_mode_in_vain_is_led_back_or_told_how(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372s", Mode::Download, telling_nothing("9.1.1.1.1"));
    let ran = switch(bench, "hilink", &[]).expect_exit(6);
    assert_names(&ran, &refusal(&ran), &["the stick runs stick firmware", "it is in download mode now"]);
    assert_eq!((hand.mode(), has_left(&hand)), (Some(Mode::Download), true), "its firmware leads back: {ran}");
    hand.unplug();

    let hand = bench.plug(bench.port(), "e3372s", Mode::Download, telling_nothing("30.1.1.1.1"));
    let ran = switch(bench, "hilink", &[]).expect_exit(6);
    let message = refusal(&ran);
    assert_names(&ran, &message, &["the stick runs stick firmware", "boot pad", "`balong load LOADER`"]);
    assert_where(&ran, &message, &hand);
    assert!(!ran.err.contains("unplug it and plug it in again"), "that leads nowhere near download mode: {ran}");
}

fn assert_where(ran: &Ran, message: &str, hand: &Hand) {
    let mode = hand.mode().expect("it is there");
    let place = match mode {
        Mode::Cd => "its CD stage",
        Mode::Serial => "serial mode",
        Mode::Stick => "stick mode",
        Mode::HiLink => "HiLink mode",
        other => panic!("it is in {other}\n{ran}"),
    };
    assert!(message.contains(&format!("it is in {place} now")), "{ran}");
}

/// Fastboot says nothing of the firmware: who leaves it is warned, and a refusal says where the stick is and how it gets back.
pub fn leaving_fastboot_warns_beforehand_and_says_the_way_back(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Fastboot, StickOptions::default());
    let planned = switch(bench, "stick", &["--dry-run"]).expect_exit(0);
    assert!(is_warned_of_the_pad(&planned), "{planned}");
    assert!(!events(&hand).iter().any(is_said), "nothing is sent: {:?}", events(&hand));
    let ran = switch(bench, "stick", &[]).expect_exit(6);
    assert!(is_warned_of_the_pad(&ran), "{ran}");
    let message = refusal(&ran);
    assert_names(&ran, &message, &["runs HiLink firmware", "boot pad", "`balong load LOADER --fastboot`"]);
    assert_where(&ran, &message, &hand);
    assert!(!ran.err.contains("led back"), "no software leads there: {ran}");
}

/// The same where the firmware lets nobody lead the stick into download mode.
pub fn fastboot_left_for_a_download_mode_that_is_closed_says_the_way_back(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Fastboot, StickOptions::default());
    let ran = switch(bench, "download", &[]).expect_exit(6);
    assert!(is_warned_of_the_pad(&ran), "{ran}");
    let message = refusal(&ran);
    assert_names(&ran, &message, &["AT^GODLOAD", "`balong load LOADER --fastboot`"]);
    assert_where(&ran, &message, &hand);
}

/// What was learnt of the firmware on the way is named, although the stick was led back to where nothing shows it.
pub fn firmware_found_on_the_way_is_named(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Serial, StickOptions::default());
    let ran = switch(bench, "hilink", &[]).expect_exit(6);
    assert_names(&ran, &refusal(&ran), &["runs stick firmware, which has no HiLink mode", "it is in serial mode now"]);
    assert_eq!(hand.mode(), Some(Mode::Serial), "it is as it was: {ran}");
}
