//! Nothing dangerous without a yes.

use balong_mocks::{Mode, StickOptions};

use super::{assert_flash_holds, assert_nothing_dangerous_was_sent};
use crate::Bench;
use crate::images::{images, text};

fn job() -> Vec<&'static str> {
    vec!["convert", "--loader", text(&images().loader.path), "--firmware", text(&images().stick.path)]
}

/// No terminal and no `--yes`: exit 2, nothing sent.
pub fn without_a_terminal_and_without_yes_nothing_is_sent(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = bench.balong(&job()).expect_exit(2);
    assert!(ran.err.contains("--yes"), "{ran}");
    assert_nothing_dangerous_was_sent(&hand);
}

/// A no, and an empty line, are a no.
pub fn anything_but_a_clear_yes_is_a_no(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    for answer in ["n\n", "\n", "", "yellow\n"] {
        let _ = bench.balong_answering(&job(), answer).expect_exit(130);
    }
    assert_nothing_dangerous_was_sent(&hand);
}

/// A yes on a terminal is enough.
pub fn a_yes_on_the_terminal_starts_the_job(bench: &dyn Bench) {
    let hand = bench.plug(bench.port(), "e3372h", Mode::BootRom, StickOptions::default());
    let ran = bench.balong_answering(&job(), "y\n").expect_exit(0);
    assert!(ran.out.contains("half-way"), "the plan must say what happens if it fails half-way\n{ran}");
    assert_flash_holds(&hand, &images().stick.description);
}

/// `--dry-run` shows every partition and sends nothing, in every mode.
pub fn dry_run_shows_every_partition_and_sends_nothing(bench: &dyn Bench) {
    for mode in [Mode::HiLink, Mode::Stick, Mode::BootRom, Mode::Download] {
        let hand = bench.plug(bench.port(), "e3372h", mode, StickOptions::default());
        let mut arguments = job();
        arguments.extend(["--dry-run", "--format", "json"]);
        let ran = bench.balong(&arguments).expect_exit(0);
        assert_eq!(ran.only("result")["outcome"], "planned", "{ran}");
        let planned = ran.only("plan")["partitions"].as_array().map(Vec::len);
        assert_eq!(planned, Some(images().stick.description.units.len()), "{ran}");
        assert_nothing_dangerous_was_sent(&hand);
        hand.unplug();
    }
}
