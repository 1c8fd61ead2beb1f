//! Which stick is written: the one in the port that was named, and no other.

use balong_mocks::{Mode, StickOptions};

use super::{assert_flash_holds, assert_nothing_dangerous_was_sent};
use crate::Bench;
use crate::images::{images, text};

/// Two identical sticks: nothing happens without `--port`; with it, only that one changes.
pub fn of_two_identical_sticks_only_the_named_one_changes(bench: &dyn Bench) {
    let left = bench.plug(bench.neighbour(), "e3372h", Mode::BootRom, StickOptions::default());
    let right = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
    let job = ["convert", "--yes", "--format", "json", "--loader", loader, "--firmware", firmware];

    let ran = bench.balong(&job).expect_exit(3);
    let message = ran.only("error")["message"].to_string();
    assert!(message.contains(bench.neighbour()) && message.contains(bench.port()), "both must be listed: {message}");
    assert_nothing_dangerous_was_sent(&left);
    assert_nothing_dangerous_was_sent(&right);

    let before = left.flash();
    let with_port: Vec<_> = job.into_iter().chain(["--port", bench.port()]).collect();
    let ran = bench.balong(&with_port).expect_exit(0);
    assert_eq!(ran.only("result")["port"], bench.port());
    assert_flash_holds(&right, &images().stick.description);
    assert_nothing_dangerous_was_sent(&left);
    assert_eq!(left.flash().partitions(), before.partitions());
    assert_eq!(left.mode(), Some(Mode::BootRom));
}

/// With `--all`, one stick that dies does not keep the other from its job; the worst exit status counts.
pub fn one_of_two_dies_and_the_other_is_finished(bench: &dyn Bench) {
    use balong_mocks::{Effect, Fault, Moment};
    let left = bench.plug(bench.neighbour(), "e3372h", Mode::Download, StickOptions::default());
    let right = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    left.inject(Fault::At(Moment::PartitionData { partition: 1, number: 1 }, Effect::UnplugBefore));
    let ran = bench.balong(&["flash", text(&images().stick.path), "--yes", "--all", "--format", "json"]).expect_exit(7);
    assert_eq!(ran.only("error")["port"], bench.neighbour(), "{ran}");
    assert_eq!(ran.only("result")["port"], bench.port(), "{ran}");
    assert_flash_holds(&right, &images().stick.description);
}

/// A port that nothing sits in, and a port that is none.
pub fn a_port_without_a_stick_is_exit_3_and_no_port_at_all_is_exit_2(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::Download, StickOptions::default());
    let firmware = text(&images().stick.path);
    let _ = bench.balong(&["flash", firmware, "--yes", "--port", bench.vacant()]).expect_exit(3);
    let _ = bench.balong(&["flash", firmware, "--yes", "--port", "ttyUSB0"]).expect_exit(2);
    assert_nothing_dangerous_was_sent(&hand);
}
