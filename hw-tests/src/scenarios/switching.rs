//! The command `switch`: from mode to mode, without writing anything.

use balong_mocks::web::WebVariant;
use balong_mocks::{Event, Fault, Mode, Return, StickOptions};

use super::{assert_nothing_dangerous_was_sent, events, is_said};
use crate::images::{images, text};
use crate::{Bench, Ran};

/// Switches the stick in the usual port, and gives what it came to.
fn switch(bench: &dyn Bench, target: &str) -> Ran {
    bench.balong(&["switch", "--to", target, "--port", bench.port(), "--format", "json"])
}

/// Switches a stick of that model from one mode to another, and looks at what it is then.
fn lands(bench: &dyn Bench, model: &str, from: Mode, target: &str, mode: Mode, product: &str) {
    let hand = bench.plug(bench.port(), model, from, StickOptions::default());
    let before = hand.flash();
    let ran = switch(bench, target).expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["outcome"], &result["mode"]), (&"switched".into(), &mode.to_string().into()), "{ran}");
    assert_eq!(result["changed"], true, "{ran}");
    assert_eq!(hand.mode(), Some(mode), "{model} from {from} to {target}\n{ran}");
    let listed = bench.balong(&["list", "--format", "json"]).expect_exit(0);
    assert_eq!(listed.only("stick")["product_id"], product, "{model} from {from} to {target}\n{ran}");
    assert_eq!(hand.flash(), before, "a switch writes nothing");
    hand.unplug();
}

/// A virtual CD goes where it is told: the messages of the table.
pub fn a_virtual_cd_goes_where_it_is_told(bench: &dyn Bench) {
    lands(bench, "e3372h", Mode::Cd, "hilink", Mode::HiLink, "14dc");
    lands(bench, "e3372h", Mode::Cd, "serial", Mode::Serial, "1001");
    lands(bench, "e3372h-open", Mode::Cd, "download", Mode::Download, "1442");
    lands(bench, "e3372s", Mode::Cd, "stick", Mode::Stick, "1506");
    lands(bench, "e3372s", Mode::Cd, "serial", Mode::Serial, "1001");
}

/// Stick mode is left by AT commands, over the virtual CD where need be.
pub fn stick_mode_is_left_by_at_commands(bench: &dyn Bench) {
    lands(bench, "e3372h", Mode::Stick, "download", Mode::Download, "1442");
    lands(bench, "e3372h", Mode::Stick, "serial", Mode::Serial, "1001");
    lands(bench, "e3372h", Mode::Serial, "download", Mode::Download, "1442");
    lands(bench, "e3372h", Mode::Serial, "stick", Mode::Stick, "1506");
}

/// Download mode is left by a restart, and the virtual CD that comes up by its message.
pub fn download_mode_is_left_by_a_restart(bench: &dyn Bench) {
    lands(bench, "e3372s", Mode::Download, "stick", Mode::Stick, "1506");
    lands(bench, "e3372h", Mode::Download, "hilink", Mode::HiLink, "14dc");
}

/// Fastboot is left by its own word for a restart.
pub fn fastboot_is_left_by_a_reboot(bench: &dyn Bench) {
    lands(bench, "e3372h", Mode::Fastboot, "hilink", Mode::HiLink, "14dc");
}

/// The boot ROM goes to fastboot and to download mode by a loader, and says so where none was given.
pub fn the_boot_rom_goes_to_fastboot_by_a_loader(bench: &dyn Bench) {
    for (target, mode) in [("fastboot", Mode::Fastboot), ("download", Mode::Download)] {
        let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
        let without = switch(bench, target).expect_exit(6);
        let error = without.only("error");
        assert_eq!(error["code"], "wrong_mode", "{without}");
        assert!(error["message"].to_string().contains("--loader FILE"), "{without}");
        let loader = text(&images().loader.path);
        let arguments =
            ["switch", "--to", target, "--loader", loader, "--port", bench.port(), "--yes", "--format", "json"];
        let ran = bench.balong(&arguments).expect_exit(0);
        assert_eq!(ran.only("result")["outcome"], "switched", "{ran}");
        assert_eq!(hand.mode(), Some(mode), "{ran}");
        hand.unplug();
    }
}

/// A stick that is there already is told nothing.
pub fn a_stick_that_is_there_already_is_told_nothing(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let ran = switch(bench, "download").expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["mode"], &result["changed"]), (&"download".into(), &false.into()), "{ran}");
    assert!(ran.events_named("stage").is_empty(), "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// What only other firmware has is refused by name, and nothing is sent.
pub fn a_mode_of_other_firmware_is_refused_by_name(bench: &dyn Bench) {
    for (model, from, target) in [("e3372h", Mode::Cd, "stick"), ("e3372s", Mode::Stick, "hilink")] {
        let hand = bench.plug(bench.port(), model, from, StickOptions::default());
        let ran = switch(bench, target).expect_exit(6);
        let error = ran.only("error");
        assert_eq!(
            (&error["code"], &error["state"]),
            (&"not_allowed_by_firmware".into(), &"untouched".into()),
            "{ran}"
        );
        assert!(error["message"].to_string().contains("balong convert"), "{ran}");
        assert_eq!(hand.mode(), Some(from), "it is as it was");
        assert!(!events(&hand).iter().any(is_said), "nothing is sent: {:?}", events(&hand));
        hand.unplug();
    }
}

/// Firmware that refuses `AT^GODLOAD` is named with its refusal and the way that remains, and the stick is as it was.
pub fn a_refusal_is_named_with_what_remains(bench: &dyn Bench) {
    let options = StickOptions { software: Some("21.200.07.00.00".to_owned()), ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, options);
    let ran = switch(bench, "download").expect_exit(6);
    let error = ran.only("error");
    assert_eq!((&error["code"], &error["exit"]), (&"not_allowed_by_firmware".into(), &6.into()), "{ran}");
    let message = error["message"].to_string();
    assert!(message.contains("AT^GODLOAD") && message.contains("boot pad"), "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Stick), "it is as it was");
}

/// `--dry-run` shows the way and sends nothing.
pub fn dry_run_shows_the_way_and_sends_nothing(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
    let ran = bench
        .balong(&["switch", "--to", "serial", "--port", bench.port(), "--dry-run", "--format", "json"])
        .expect_exit(0);
    assert_eq!(ran.only("plan")["stages"], serde_json::json!(["restart", "message"]), "{ran}");
    assert_eq!(ran.only("result")["outcome"], "planned", "{ran}");
    assert!(!events(&hand).iter().any(is_said), "nothing is sent: {:?}", events(&hand));
}

/// A stick that is plugged in while `--catch` waits is told at once.
pub fn a_stick_is_caught_as_it_is_plugged_in(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Cd, StickOptions::default());
    hand.unplug();
    hand.plug_after(std::time::Duration::from_secs(30));
    let ran = bench
        .balong(&["switch", "--to", "serial", "--catch", "--port", bench.port(), "--format", "json"])
        .expect_exit(0);
    assert_eq!(ran.only("result")["from_mode"], "cd", "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Serial), "{ran}");
}

/// A wait for a plug ends after ten minutes, with what to do next time: nothing is known of any flash.
pub fn a_plug_that_never_comes_is_waited_for_ten_minutes(bench: &dyn Bench) {
    let ran = bench
        .balong(&["switch", "--to", "serial", "--catch", "--port", bench.vacant(), "--format", "json"])
        .expect_exit(3);
    let error = ran.only("error");
    assert!(error["message"].to_string().contains("within 10 minutes"), "{ran}");
    let next = error["next"].to_string();
    assert!(next.contains("must be pulled out first") && !next.contains("boot pad"), "{ran}");
}

/// HiLink firmware that obeys its web page goes to its debug mode over it, from there by `AT^GODLOAD`, and back.
pub fn open_hilink_firmware_is_led_over_its_web_page(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h-open", Mode::HiLink, StickOptions::default());
    for (target, product) in [("serial", "1566"), ("hilink", "14dc"), ("download", "1442"), ("serial", "1001")] {
        let ran = switch(bench, target).expect_exit(0);
        assert_eq!(ran.only("result")["outcome"], "switched", "{ran}");
        let listed = bench.balong(&["list", "--format", "json"]).expect_exit(0);
        assert_eq!(listed.only("stick")["product_id"], product, "to {target}\n{ran}");
    }
    let debug = bench.plug(bench.port(), "e3372h-open", Mode::HiLink, StickOptions::default());
    let _ = switch(bench, "serial").expect_exit(0);
    let ran = switch(bench, "download").expect_exit(0);
    assert_eq!(ran.only("stage")["stage"], "godload", "from 1566 by AT: {ran}");
    assert_eq!(debug.mode(), Some(Mode::Download));
    drop(hand);
}

/// HiLink firmware whose web page is closed goes to serial mode by a restart and a message to its virtual CD.
pub fn closed_hilink_firmware_goes_to_serial_by_a_restart(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let ran = switch(bench, "serial").expect_exit(0);
    let ways: Vec<_> = ran.events_named("stage").iter().map(|stage| stage["stage"].to_string()).collect();
    assert_eq!(ways, ["\"web\"", "\"restart\"", "\"message\""], "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Serial), "{ran}");
}

/// Where every way is refused, each refusal is named, and the stick is led back to where it was.
pub fn where_every_way_is_refused_the_stick_is_led_back(bench: &dyn Bench) {
    for (web, named) in
        [(WebVariant::Closed, "knows no such request"), (WebVariant::LoginNeeded, "its web interface wants a login")]
    {
        let options = StickOptions { web, ..StickOptions::default() };
        let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, options);
        let ran = switch(bench, "download").expect_exit(6);
        let error = ran.only("error");
        assert_eq!(
            (&error["code"], &error["state"]),
            (&"not_allowed_by_firmware".into(), &"untouched".into()),
            "{ran}"
        );
        let message = error["message"].to_string();
        assert!(message.contains(named) && message.contains("boot pad"), "{ran}");
        assert!(message.contains("it is in HiLink mode now"), "{ran}");
        assert_eq!(hand.mode(), Some(Mode::HiLink), "it is as it was: {ran}");
        hand.unplug();
    }
}

/// Devices of other families are switched as their row of the table says, by each of its methods.
pub fn devices_of_other_families_are_switched_as_the_table_says(bench: &dyn Bench) {
    for (model, method) in [
        ("12d1:14b5", "switching message"),
        ("12d1:1001", "SET_FEATURE"),
        ("12d1:101e", "SCSI command 01"),
        ("12d1:1030", "to unit 1"),
        ("12d1:380b", "ejecting"),
    ] {
        let hand = bench.plug(bench.port(), model, Mode::Cd, StickOptions::default());
        let ran = bench.balong(&["switch", "--to", "stick", "--port", bench.port()]).expect_exit(0);
        assert!(ran.out.contains(method) && ran.out.contains("switched"), "{model}: {ran}");
        assert_ne!(hand.mode(), Some(Mode::Cd), "{model}: {ran}");
        hand.unplug();
    }
}

/// A stick that obeys nothing but the request of the Mac's software is led out of its virtual CD by that.
pub fn a_stick_that_obeys_the_request_alone_is_led_by_it(bench: &dyn Bench) {
    let options = StickOptions { leaves_by_request_only: true, ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::Cd, options);
    let ran = bench.balong(&["switch", "--to", "hilink", "--port", bench.port()]).expect_exit(0);
    assert!(ran.out.contains("40/a1"), "{ran}");
    assert_eq!(hand.mode(), Some(Mode::HiLink), "{ran}");
}

/// Another stick that is plugged in meanwhile is refused by name, and told nothing.
pub fn another_stick_in_the_port_is_refused(bench: &dyn Bench) {
    for (product, code) in [(0x14dc, "another_stick"), (0x1443, "unexpected_stick")] {
        let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
        hand.inject(Fault::OnReturn(Return::WithProductId(product)));
        let ran = switch(bench, "serial").expect_exit(6);
        assert_eq!(ran.only("error")["code"], code, "{ran}");
        hand.unplug();
    }
}

/// A stick that does not come back is waited for, and the wait is bounded and named.
pub fn a_stick_that_never_comes_back_is_named(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Cd, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Never));
    let ran = switch(bench, "hilink").expect_exit(6);
    assert_eq!(ran.only("error")["code"], "stick_did_not_return", "{ran}");
}

/// A mode that the stick only passes through is not reported as the end.
pub fn a_mode_that_is_only_passed_through_is_not_the_end(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372s", Mode::Cd, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Through(Mode::Serial)));
    let ran = switch(bench, "stick").expect_exit(0);
    assert_eq!((ran.only("result")["mode"].as_str(), hand.mode()), (Some("stick"), Some(Mode::Stick)), "{ran}");
}

/// A stick that drops off the bus once more while it comes up is there in the end.
pub fn a_stick_that_comes_back_twice_is_there_in_the_end(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Cd, StickOptions::default());
    hand.inject(Fault::OnReturn(Return::Twice));
    let ran = switch(bench, "hilink").expect_exit(0);
    assert_eq!((ran.only("result")["mode"].as_str(), hand.mode()), (Some("hilink"), Some(Mode::HiLink)), "{ran}");
}

/// A device that works in its second configuration has that selected, and stays on the bus for it.
pub fn a_device_is_led_into_its_second_configuration(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "12d1:1d50", Mode::Cd, StickOptions::default());
    let ran = bench.balong(&["switch", "--to", "stick", "--port", bench.port()]).expect_exit(0);
    assert!(ran.out.contains("configuration 2") && ran.out.contains("switched"), "{ran}");
    assert_ne!(hand.mode(), Some(Mode::Cd), "{ran}");
    let transcript = hand.transcript();
    assert!(transcript.contains(&Event::SetConfiguration { value: 2 }) && !transcript.contains(&Event::Left), "{ran}");
}
