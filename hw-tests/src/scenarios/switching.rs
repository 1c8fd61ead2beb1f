//! The command `switch`: from mode to mode, without writing anything.

use balong_mocks::{Event, Mode, StickOptions};

use super::{assert_nothing_dangerous_was_sent, events};
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
    assert_eq!(ran.only("result")["mode"], "download", "{ran}");
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
        assert!(!events(&hand).iter().any(Event::is_message), "nothing is sent: {:?}", events(&hand));
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
    assert!(!events(&hand).iter().any(Event::is_message), "nothing is sent: {:?}", events(&hand));
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
