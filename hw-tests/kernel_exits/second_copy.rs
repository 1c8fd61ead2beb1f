//! One process a stick.

use std::time::Duration;

use balong_mocks::{Effect, Fault, Moment};
use hw_tests::guest::Program;
use hw_tests::images::images;
use hw_tests::scenarios::assert_flash_holds;

use crate::bench::{Bench, SPEED, flash, partitions_begun};

/// The second one sends nothing and names the first, whoever runs it; the first is unharmed by it.
pub fn is_refused_to_root_and_to_anybody_else(bench: &mut Bench, port: usize) {
    // As systemd sets it: in a folder for everybody, nobody makes anew what is somebody else's.
    let protect = Program::new("sh").arguments(["-c", "echo 2 >/proc/sys/fs/protected_regular"]);
    let _ = bench.run_program(&protect).expect_exit(0);
    let hand = bench.hand(port).clone();
    let slow = Effect::DelayAnswer(Duration::from_secs(8) * SPEED);
    hand.inject(Fault::At(Moment::PartitionStart { partition: 2 }, slow));
    let job = bench.balong(port, &flash());
    let first = bench.spawn(&job);
    bench.until(&first, "it waits for a slow answer", |_| partitions_begun(&hand) == 3);

    let commands = [flash(), vec!["info"], vec!["reset"]];
    for command in &commands {
        for ran in [bench.run(port, command), bench.run_as_user(port, command)] {
            let ran = ran.expect_exit(4);
            let error = ran.only("error");
            assert_eq!((&error["code"], &error["state"]), (&"busy".into(), &"untouched".into()), "{ran}");
            let message = error["message"].as_str().unwrap_or_default();
            assert!(message.contains("process ") && message.contains("flash --keep"), "{ran}");
        }
    }
    let other = port % 2 + 1;
    let _ = bench.run(other, &["info"]).expect_exit(0);
    let _ = bench.wait(&first).expect_exit(0);
    assert_flash_holds(&hand, &images().stick.description);
}
