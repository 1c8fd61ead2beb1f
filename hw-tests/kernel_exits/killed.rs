//! SIGKILL gives nothing back; the next run does, and finishes the job.

use balong_mocks::{Event, Hand};
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_flash_holds;

use crate::bench::{Bench, flash};

/// SIGKILL, as a shell reports it.
const KILLED: u8 = 128 + 9;

/// Starts the job, and kills it once it has told so much progress.
fn kill_in_progress(bench: &mut Bench, port: usize, arguments: &[&str], events: usize) {
    let job = bench.balong(port, arguments);
    let running = bench.spawn(&job);
    bench.until(&running, "it is in the middle", |written| written.count("progress") >= events);
    bench.signal(&running, "KILL");
    let _ = bench.wait(&running).expect_exit(KILLED);
}

/// In the boot ROM, in the middle of a block.
pub fn while_the_loader_is_sent(bench: &mut Bench, port: usize) {
    let load = ["load", "--yes", text(&images().loader.path)];
    assert_eq!(bench.drivers(port), ["option"]);
    kill_in_progress(bench, port, &load, 10);
    assert!(!is_loaded(bench.hand(port)));
    assert_eq!(bench.drivers(port), ["none"], "the kernel does not offer a released interface to its drivers again");

    let ran = bench.run(port, &load).expect_exit(0);
    assert_eq!(ran.only("result")["mode"], "download", "{ran}");
    assert!(is_loaded(bench.hand(port)));
    assert_eq!(bench.drivers(port), ["option"; 3]);
}

fn is_loaded(hand: &Hand) -> bool {
    hand.transcript().iter().any(|event| matches!(event, Event::LoaderStarted { .. }))
}

/// In download mode, in HDLC, in the middle of a partition: any command gives the drivers back, and the same one
/// finishes the job.
pub fn while_partitions_are_written(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    assert_eq!(before, ["option"; 3]);
    kill_in_progress(bench, port, &flash(), 60);
    let left = bench.drivers(port);
    assert_eq!(left.iter().filter(|driver| *driver == "none").count(), 1, "{left:?}");

    // Even one that fails: this stick is not in its boot ROM.
    let load = ["load", "--yes", text(&images().loader.path)];
    let _ = bench.run(port, &load).expect_exit(6);
    assert_eq!(bench.drivers(port), before);

    kill_in_progress(bench, port, &flash(), 60);
    let _ = bench.run(port, &flash()).expect_exit(0);
    assert_flash_holds(bench.hand(port), &images().stick.description);
    assert_eq!(bench.drivers(port), before);
}
