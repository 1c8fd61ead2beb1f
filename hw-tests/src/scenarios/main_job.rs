//! The main job, from every mode and in both directions.

use balong_mocks::samples::ready::{SampleFirmware, SampleLoader};
use balong_mocks::{Hand, Mode, StickOptions};
use sha2::{Digest, Sha256};

use super::assert_flash_holds;
use crate::images::{images, text};
use crate::{Bench, Need, Ran};

fn convert(bench: &dyn Bench, loader: &SampleLoader, firmware: &[&SampleFirmware], more: &[&str]) -> Ran {
    let mut arguments =
        vec!["convert", "--yes", "--format", "json", "--port", bench.port(), "--loader", text(&loader.path)];
    for one in firmware {
        arguments.extend(["--firmware", text(&one.path)]);
    }
    arguments.extend(more);
    bench.balong(&arguments)
}

fn assert_converted(bench: &dyn Bench, ran: &Ran, from_mode: &str, mode: &str, software: &str) {
    let result = ran.only("result");
    assert_eq!(result["outcome"], "converted", "{ran}");
    assert_eq!(result["from_mode"], from_mode, "{ran}");
    assert_eq!(result["mode"], mode, "{ran}");
    assert_eq!(result["software"], software, "{ran}");
    assert_eq!(result["state"], "written", "{ran}");
    assert_eq!(result["port"], bench.port(), "{ran}");
    assert!(ran.events_named("error").is_empty(), "{ran}");
}

/// The RAM images are the two blocks of the sample loader, the second with its erase call taken out.
fn assert_ran_the_patched_loader(hand: &Hand, loader: &SampleLoader) {
    let mut file = std::fs::read(&loader.path).expect("the sample loader");
    for &at in &loader.description.patch_words {
        file[at..at + 4].copy_from_slice(&[0x00, 0x00, 0xa0, 0xe3]);
    }
    let images = hand.ram_images();
    assert_eq!(images.len(), 2, "raminit and usbldr");
    for (image, block) in images.iter().zip(&loader.description.blocks) {
        let (start, size) = (block.offset as usize, block.size as usize);
        let expected: [u8; 32] = Sha256::digest(&file[start..start + size]).into();
        assert_eq!((u32::from(image.mode), image.address, image.size), (block.mode, block.address, block.size));
        assert_eq!(image.sha256, expected, "the RAM image at {:08x}", image.address);
    }
    assert!(!hand.flash().erased_by_loader(), "the loader must not erase the flash");
}

/// HiLink firmware 22.200.15 becomes a stick modem, through the needle.
pub fn hilink_becomes_stick(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert_converted(bench, &ran, "hilink", "stick", "21.180.01.00.00");
    if bench.lacks(Need::WebServer).is_none() {
        assert_eq!(ran.only("result")["from_software"], "22.200.15.00.00");
    }
    assert_flash_holds(&hand, &images().stick.description);
    assert_ran_the_patched_loader(&hand, &images().loader);
    assert_eq!(hand.mode(), Some(Mode::Stick));
}

/// The text says port, old and new mode, old and new version at its end.
pub fn text_ends_by_naming_what_became_of_it(bench: &dyn Bench) {
    let _hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let loader = text(&images().loader.path);
    let ran = bench
        .balong(&["convert", "--yes", "--loader", loader, "--firmware", text(&images().stick.path)])
        .expect_exit(0);
    let last = ran.out.lines().last().unwrap_or_default();
    for word in [bench.port(), "HiLink mode", "stick mode", "22.200.15.00.00", "21.180.01.00.00"] {
        assert!(last.contains(word), "the last line must name {word}\n{ran}");
    }
}

/// A stick that waits in its boot ROM enters at the loader; its old version is learned from the download daemon.
pub fn boot_rom_becomes_stick(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert_converted(bench, &ran, "bootrom", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
    assert_ran_the_patched_loader(&hand, &images().loader);
}

/// A stick in download mode enters at the flash, and needs no loader.
pub fn download_becomes_stick_without_a_loader(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let firmware = text(&images().stick.path);
    let ran = bench.balong(&["convert", "--yes", "--format", "json", "--firmware", firmware]).expect_exit(0);
    assert_converted(bench, &ran, "download", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
    assert!(hand.ram_images().is_empty(), "no loader was needed");
}

/// A stick in its CD stage is taken out by the needle.
pub fn cd_stage_becomes_stick(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Cd, StickOptions::default());
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert_converted(bench, &ran, "cd", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
}

/// The other direction: web UI first, then the firmware, in whatever order they were named.
pub fn stick_becomes_hilink_with_its_web_pages(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, StickOptions::default());
    let ran = convert(bench, &images().loader, &[&images().hilink, &images().web_ui], &[]).expect_exit(0);
    assert_converted(bench, &ran, "stick", "hilink", "22.315.01.00.00");
    assert_eq!(ran.only("result")["from_software"], "21.180.01.00.00");
    assert_flash_holds(&hand, &images().web_ui.description);
    assert_flash_holds(&hand, &images().hilink.description);
    let plan = ran.only("plan");
    assert_eq!(plan["firmware"][0]["type"], images().web_ui.description.type_byte, "the web UI goes first: {plan}");
    assert_eq!(plan["firmware"][1]["version"], "22.315.01.00.00");
    assert_eq!(hand.mode(), Some(Mode::HiLink));
}

/// The same where the running firmware refuses `AT^GODLOAD`: the needle, twice.
pub fn stick_that_refuses_the_software_way_takes_the_needle(bench: &dyn Bench) {
    let options = StickOptions { software: Some("21.315.01.00.00".to_owned()), ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::Stick, options);
    let ran = convert(bench, &images().loader, &[&images().web_ui, &images().hilink], &[]).expect_exit(0);
    assert_converted(bench, &ran, "stick", "hilink", "22.315.01.00.00");
    assert_eq!(ran.err.matches("The boot pad is needed now").count(), 2, "{ran}");
    assert_flash_holds(&hand, &images().hilink.description);
}

/// A folder of bare partitions states no product and no version: it needs the override, and is only reported.
pub fn directory_set_becomes_stick(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    // Where it can say who it is before the load, it is refused before anything is sent.
    if bench.lacks(Need::WebServer).is_none() {
        let refused = convert(bench, &images().loader, &[&images().stick_directory], &[]).expect_exit(5);
        let next = refused.only("error")["next"].to_string();
        assert!(next.contains("--force-product"), "{refused}");
        super::assert_nothing_dangerous_was_sent(&hand);
    }
    let ran = convert(bench, &images().loader, &[&images().stick_directory], &["--force-product"]).expect_exit(0);
    assert_converted(bench, &ran, "hilink", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
}

/// The updater wrapped around the same partitions.
pub fn exe_becomes_stick(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::HiLink, StickOptions::default());
    let ran = convert(bench, &images().loader, &[&images().stick_exe], &[]).expect_exit(0);
    assert_converted(bench, &ran, "hilink", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
}

/// The E3372s, another chip, with its own files.
pub fn e3372s_with_its_own_files(bench: &dyn Bench) {
    for (mode, word) in [(Mode::Stick, "stick"), (Mode::BootRom, "bootrom"), (Mode::Download, "download")] {
        let hand = bench.plug(bench.port(), "e3372s", mode, StickOptions::default());
        let ran = convert(bench, &images().loader_s, &[&images().stick_s], &[]).expect_exit(0);
        assert_converted(bench, &ran, word, "stick", "21.300.05.00.00");
        assert_flash_holds(&hand, &images().stick_s.description);
        hand.unplug();
    }
}

/// A stick that demands the signature before it goes over to HDLC, and gets the one of the file.
pub fn signature_is_announced_where_it_is_demanded(bench: &dyn Bench) {
    let options = StickOptions { demands_signature: true, ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, options);
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert_converted(bench, &ran, "bootrom", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
}

/// A loader too old for `AT^SIGNVER` stays silent to it; that is said, and the job goes on.
pub fn old_loader_without_signver_is_no_obstacle(bench: &dyn Bench) {
    let options = StickOptions { knows_signver: false, ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, options);
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert!(ran.err.contains("AT^SIGNVER"), "{ran}");
    assert_flash_holds(&hand, &images().stick.description);
}

/// Behind a full-speed hub packets are 64 bytes long; nothing else changes.
pub fn full_speed_hub_is_no_obstacle(bench: &dyn Bench) {
    let options = StickOptions { full_speed: true, ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, options);
    let ran = convert(bench, &images().loader, &[&images().stick], &[]).expect_exit(0);
    assert_converted(bench, &ran, "bootrom", "stick", "21.180.01.00.00");
    assert_flash_holds(&hand, &images().stick.description);
}

/// A stick that restarts by itself after a new partition table is found again and gets the rest.
pub fn restart_after_a_new_partition_table_is_followed(bench: &dyn Bench) {
    let options = StickOptions { restarts_after_new_table: true, ..StickOptions::default() };
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, options);
    let ran = convert(bench, &images().loader, &[&images().stick_unsigned], &[]).expect_exit(0);
    assert!(ran.err.contains("restarts with its new partition table"), "{ran}");
    assert_converted(bench, &ran, "bootrom", "stick", "21.180.01.00.00");
    let flash = hand.flash();
    for unit in &images().stick_unsigned.description.units {
        assert_eq!(flash.partition(unit.code).and_then(|stored| stored.sha256), Some(unit.sha256), "{:08x}", unit.code);
    }
}
