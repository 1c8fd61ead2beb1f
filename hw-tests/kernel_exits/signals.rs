//! Signals, in both strengths.

use std::time::Duration;

use balong_mocks::{Effect, Fault, Moment};
use hw_tests::Ran;
use hw_tests::guest::Running;

use crate::bench::{Bench, SPEED, flash, partitions_begun};

/// Longer than any test waits.
const FOR_EVER: Duration = Duration::from_secs(100_000);

/// A job that waits for a slow answer to the start of its third partition.
fn started(bench: &mut Bench, port: usize, after: Duration) -> Running {
    let hand = bench.hand(port).clone();
    let third = partitions_begun(&hand) + 2;
    hand.inject(Fault::At(Moment::PartitionStart { partition: third }, Effect::DelayAnswer(after)));
    let job = bench.balong(port, &flash());
    let running = bench.spawn(&job);
    bench.until(&running, "it waits for a slow answer", |_| partitions_begun(&hand) > third);
    running
}

fn assert_interrupted(ran: &Ran, states: &[&str]) {
    assert_eq!(ran.exit, 130, "{ran}");
    let error = ran.only("error");
    assert_eq!(error["code"], "interrupted", "{ran}");
    assert!(error["state"].as_str().is_some_and(|state| states.contains(&state)), "{states:?}\n{ran}");
    assert!(!ran.err.contains("could not be closed"), "{ran}");
}

/// SIGTERM: the answer that is owed is waited for, and no partition is begun after it.
pub fn one_waits_for_the_answer(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    let running = started(bench, port, Duration::from_secs(5) * SPEED);
    bench.signal(&running, "TERM");
    let ran = bench.wait(&running);
    assert_interrupted(&ran, &["partly_written"]);
    assert_eq!(bench.drivers(port), before);
}

/// SIGHUP and SIGINT while the stick owes an answer: what became of the frame is not known, and that is said.
pub fn two_do_not(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    let running = started(bench, port, FOR_EVER);
    bench.signal(&running, "HUP");
    bench.until(&running, "the first signal was heard", |written| written.err.contains("once more leaves at once"));
    bench.signal(&running, "INT");
    let ran = bench.wait(&running);
    assert_interrupted(&ran, &["unknown"]);
    assert!(ran.err.contains("Leaving at once"), "{ran}");
    assert_eq!(bench.drivers(port), before);
}

/// A stick that takes nothing any more holds up a send, which nothing but a stop can end early.
pub fn two_end_a_send_that_hangs(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    bench.hand(port).inject(Fault::At(Moment::At("AT^DLOADVER?".to_owned()), Effect::SilenceForGood));
    let job = bench.balong(port, &["-vvv", "info"]);
    let running = bench.spawn(&job);
    bench.until(&running, "the next send hangs", |written| written.err.matches("send").count() >= 2);
    bench.signal(&running, "INT");
    bench.until(&running, "the first signal was heard", |written| written.err.contains("once more leaves at once"));
    bench.signal(&running, "INT");
    let ran = bench.wait(&running);
    let (_, after) = ran.err.split_once("Leaving at once").unwrap_or_default();
    assert!(!after.contains("opened") && !after.contains("send"), "the send under way was the last\n{ran}");
    assert_interrupted(&ran, &["untouched"]);
    assert_eq!(bench.drivers(port), before);
}
