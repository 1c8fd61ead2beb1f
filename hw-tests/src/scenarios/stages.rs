//! The commands that are one part of the main job, and those that only look.

use balong_mocks::{Mode, StickOptions};

use super::{assert_flash_holds, assert_nothing_dangerous_was_sent};
use crate::images::{images, text};
use crate::{Bench, Need};

/// `load` brings the boot ROM into download mode and stops there.
pub fn load_ends_in_download_mode(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = bench.balong(&["load", text(&images().loader.path), "--yes", "--format", "json"]).expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["outcome"], &result["mode"]), (&"loaded".into(), &"download".into()), "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Download));
}

/// `load --fastboot` ends in fastboot.
pub fn load_with_fastboot_ends_in_fastboot(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran =
        bench.balong(&["load", text(&images().loader.path), "--fastboot", "--yes", "--format", "json"]).expect_exit(0);
    assert_eq!(ran.only("result")["mode"], "fastboot", "{ran}");
    assert_eq!(hand.mode(), Some(Mode::Fastboot));
}

/// `load` and `flash` in a mode that is not theirs say what they need, and send nothing.
pub fn a_stage_in_the_wrong_mode_says_what_it_needs(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let ran = bench.balong(&["load", text(&images().loader.path), "--yes"]).expect_exit(6);
    assert!(ran.err.contains("boot pad"), "{ran}");
    let ran = bench.balong(&["flash", text(&images().stick.path), "--yes"]).expect_exit(6);
    assert!(ran.err.contains("download mode"), "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// `flash --keep` leaves the stick in download mode; a second flash finds it in HDLC already.
pub fn flash_with_keep_can_be_followed_by_another(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let web_ui =
        bench.balong(&["flash", text(&images().web_ui.path), "--keep", "--yes", "--format", "json"]).expect_exit(0);
    assert_eq!(web_ui.only("result")["mode"], "download", "{web_ui}");
    assert!(web_ui.only("result")["software"].is_null(), "what it runs was not read back: {web_ui}");
    let ran = bench.balong(&["flash", text(&images().hilink.path), "--yes", "--format", "json"]).expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["outcome"], &result["mode"]), (&"flashed".into(), &"hilink".into()), "{ran}");
    assert_flash_holds(&hand, &images().web_ui.description);
    assert_flash_holds(&hand, &images().hilink.description);
}

/// `reset` restarts a stick in stick mode and in download mode.
pub fn reset_brings_the_stick_back(bench: &dyn Bench) {
    for mode in [Mode::Stick, Mode::Download] {
        let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
        let ran = bench.balong(&["reset", "--format", "json"]).expect_exit(0);
        assert_eq!(ran.only("result")["outcome"], "reset", "{ran}");
        hand.unplug();
    }
}

/// `list` shows every interface with its role.
pub fn list_shows_port_mode_and_roles(bench: &dyn Bench) {
    let _stick = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
    let _boot_rom = bench.plug(bench.neighbour(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = bench.balong(&["list", "--format", "json"]).expect_exit(0);
    let sticks = ran.events_named("stick");
    assert_eq!(
        sticks.iter().map(|stick| stick["port"].as_str()).collect::<Vec<_>>(),
        [Some(bench.neighbour()), Some(bench.port())]
    );
    assert_eq!((&sticks[0]["mode"], &sticks[0]["product_id"]), (&"bootrom".into(), &"1443".into()));
    assert!(sticks[1]["known_as"].as_str().is_some_and(|name| name.contains("E3372h")), "{ran}");
    let roles: Vec<_> =
        sticks[1]["interfaces"].as_array().into_iter().flatten().map(|one| one["role"].to_string()).collect();
    assert_eq!(roles, ["\"modem\"", "\"pcui\"", "\"network\"", "\"storage\"", "\"storage\""]);
}

/// An empty bus is no failure.
pub fn list_without_a_stick_is_one_sentence_and_exit_0(bench: &dyn Bench) {
    let ran = bench.balong(&["list"]).expect_exit(0);
    assert_eq!(ran.out.lines().count(), 1, "{ran}");
    let ran = bench.balong(&["list", "--format", "json"]).expect_exit(0);
    assert!(ran.out.is_empty(), "{ran}");
}

/// `info` says who it is in every mode that can, and hides what identifies its owner.
pub fn info_says_who_it_is_and_masks_what_identifies_it(bench: &dyn Bench) {
    let hilink = bench.lacks(Need::WebServer).is_none().then_some((Mode::HiLink, "22.200.15.00.00"));
    let others = [(Mode::Stick, "21.180.01.00.00"), (Mode::Download, "22.200.15.00.00")];
    for (mode, software) in others.into_iter().chain(hilink) {
        let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
        let ran = bench.balong(&["info", "--format", "json"]).expect_exit(0);
        let info = ran.only("info");
        assert_eq!((&info["software"], &info["platform"]), (&software.into(), &"V7R11".into()), "{ran}");
        if let Some(imei) = info["imei"].as_str() {
            assert!(imei.starts_with("*****"), "an IMEI must be masked: {imei}");
        }
        assert_nothing_dangerous_was_sent(&hand);
        hand.unplug();
    }
    let _hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = bench.balong(&["info", "--format", "json"]).expect_exit(0);
    assert_eq!(ran.only("info")["mode"], "bootrom", "{ran}");
}
