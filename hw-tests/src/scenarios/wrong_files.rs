//! Files that are not for this stick, or not whole, or would write what must not be written.

use balong_mocks::{Mode, StickOptions};

use super::{assert_flash_holds, assert_nothing_dangerous_was_sent};
use crate::images::{images, text};
use crate::{Bench, Need};

/// Files of the E3372s on an E3372h that says who it is: exit 5, and nothing is sent.
pub fn another_chips_files_are_refused_before_anything_is_sent(bench: &dyn Bench) {
    // In HiLink mode a stick says who it is over the network alone.
    let hilink = bench.lacks(Need::WebServer).is_none().then_some(Mode::HiLink);
    for mode in [Mode::Stick, Mode::Download].into_iter().chain(hilink) {
        let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
        let before = hand.flash();
        let (loader, firmware) = (text(&images().loader_s.path), text(&images().stick_s.path));
        let force = "--force-product";
        let ran = bench
            .balong(&["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware, force])
            .expect_exit(5);
        let error = ran.only("error");
        assert_eq!(error["state"], "untouched", "{ran}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("V7R2") && message.contains("V7R11"), "both chips must be named: {message}");
        assert_nothing_dangerous_was_sent(&hand);
        assert_eq!(hand.flash().partitions(), before.partitions());
        hand.unplug();
    }
}

/// In the boot ROM nothing says who it is: the loader of another chip is taken and never heard of again.
pub fn another_chips_loader_in_the_boot_rom_leaves_the_flash_alone(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let before = hand.flash();
    let (loader, firmware) = (text(&images().loader_s.path), text(&images().stick_s.path));
    let ran = bench
        .balong(&["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware])
        .expect_exit(6);
    assert_eq!(ran.only("error")["code"], "stick_did_not_return", "{ran}");
    assert_eq!(hand.flash().partitions(), before.partitions());
}

/// The same with `--model`: what the operator knows is enough to refuse.
pub fn the_operators_word_counts_in_the_boot_rom(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let (loader, firmware) = (text(&images().loader_s.path), text(&images().stick_s.path));
    let arguments =
        ["convert", "--yes", "--format", "json", "--model", "E3372h", "--loader", loader, "--firmware", firmware];
    let ran = bench.balong(&arguments).expect_exit(5);
    assert_eq!(ran.only("error")["state"], "untouched", "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// Loader and firmware for different chips are refused before a stick is looked at.
pub fn loader_and_firmware_must_be_for_one_chip(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick_s.path));
    let _ = bench.balong(&["convert", "--yes", "--loader", loader, "--firmware", firmware]).expect_exit(5);
    assert_nothing_dangerous_was_sent(&hand);
}

/// A right loader, but the daemon it starts says it is another product: exit 6, and not one partition was begun.
pub fn another_product_after_the_load_stops_before_the_first_partition(bench: &dyn Bench) {
    use balong_mocks::{Event, Fault, Model, Return};
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let other = Model { product: "BV7R11W", ..Model::named("e3372h").expect("the model") };
    hand.inject(Fault::OnReturn(Return::AsModel(other)));
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let ran = bench
        .balong(&["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware])
        .expect_exit(6);
    let error = ran.only("error");
    assert_eq!((&error["state"], &error["code"]), (&"running_from_ram".into(), &"refused_by_guard".into()), "{ran}");
    let begun = super::events(&hand).into_iter().any(|event| matches!(event, Event::PartitionStart { .. }));
    assert!(!begun, "no partition may be begun");
}

/// A folder with one partition taken out is incomplete: named, refused, and lifted by `--partial` alone.
pub fn incomplete_set_needs_partial(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut files: Vec<_> = std::fs::read_dir(&images().stick_directory.path)
        .expect("the sample folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files.pop();
    for file in &files {
        std::fs::copy(file, folder.path().join(file.file_name().expect("a name"))).expect("a copy");
    }
    let set = folder.path().to_str().expect("UTF-8");
    let ran = bench.balong(&["flash", set, "--yes", "--force-product", "--format", "json"]).expect_exit(5);
    assert!(ran.only("error")["next"].as_str().is_some_and(|next| next.contains("--partial")), "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// A good pair of files after a refusal: the stick is as usable as before.
pub fn a_refusal_leaves_the_stick_ready_for_the_right_files(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let wrong = text(&images().stick_s.path);
    let _ = bench.balong(&["flash", wrong, "--yes"]).expect_exit(5);
    let right = text(&images().stick.path);
    let _ = bench.balong(&["flash", right, "--yes"]).expect_exit(0);
    assert_flash_holds(&hand, &images().stick.description);
}
