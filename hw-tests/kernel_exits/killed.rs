//! SIGKILL gives nothing back; the next run does, and finishes the job.

use balong_mocks::Event;
use hw_tests::images::images;
use hw_tests::scenarios::assert_flash_holds;

use crate::bench::{Bench, assert_converted, convert};

/// SIGKILL, as a shell reports it.
const KILLED: u8 = 128 + 9;

/// Starts the job, and kills it once it has told so much progress.
fn kill_in_progress(bench: &mut Bench, port: usize, stage: &str, events: usize) {
    let job = bench.balong(port, &convert());
    let running = bench.spawn(&job);
    let in_stage = format!("\"stage\":\"{stage}\"");
    bench.until(&running, "it is in the middle", |written| {
        written.out.contains(&in_stage) && written.count("progress") >= events
    });
    bench.signal(&running, "KILL");
    let _ = bench.wait(&running).expect_exit(KILLED);
}

/// In the boot ROM, in the middle of a block.
pub fn while_the_loader_is_sent(bench: &mut Bench, port: usize) {
    assert_eq!(bench.drivers(port), ["option"]);
    kill_in_progress(bench, port, "load", 10);
    let heard = bench.hand(port).transcript();
    assert!(!heard.iter().any(|event| matches!(event, Event::LoaderStarted { .. })), "{heard:?}");
    assert_eq!(bench.drivers(port), ["none"], "the kernel does not offer a released interface to its drivers again");

    let again = bench.run(port, &convert()).expect_exit(0);
    assert_converted(&again);
    assert_flash_holds(bench.hand(port), &images().stick.description);
    assert_eq!(bench.drivers(port)[..2], ["option", "option"]);
}

/// In download mode, in HDLC, in the middle of a partition: any command gives the drivers back, and the same one
/// finishes the job.
pub fn while_partitions_are_written(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    assert_eq!(before, ["option"; 3]);
    kill_in_progress(bench, port, "flash", 60);
    let left = bench.drivers(port);
    assert_eq!(left.iter().filter(|driver| *driver == "none").count(), 1, "{left:?}");

    // Even one that fails: this stick is not in its boot ROM.
    let _ = bench.run(port, &["load", "--yes", convert()[3]]).expect_exit(6);
    assert_eq!(bench.drivers(port), before);

    kill_in_progress(bench, port, "flash", 60);
    let again = bench.run(port, &convert()).expect_exit(0);
    assert_converted(&again);
    assert_flash_holds(bench.hand(port), &images().stick.description);
    assert_eq!(bench.drivers(port)[..2], ["option", "option"]);
}
