//! Random bytes to a port with a loop-back plug and back: through the bridge's pty, and through the tty of `option`.

use balong_mocks::{Mode, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::Program;

use crate::BACKENDS;
use crate::bench::{Bench, LINKS, PYTHON, stick};

const LOOP_BACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hw-tests/kernel_serial/loop_back.py");

/// In serial mode all ports look alike; the second one is the diagnostic port, known by its place.
const ROLE: &str = "diag";
const LINK: &str = "/run/balong/balong-1-1-diag";
const TTY: &str = "/dev/ttyUSB1";

const HUNDRED: u64 = 100_000_000;
const TWENTY: u64 = 20_000_000;

/// How many bytes may be on their way where `option` is to lose none: it goes on fetching for a program that reads slower
/// than the stick says, and throws away what exceeds some 640 KiB.
const WINDOW: u64 = 256 << 10;
/// As many as the port takes.
const NO_WINDOW: u64 = 0;

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it: needs qemu-system-x86 and kmod on a Debian"]
fn a_hundred_megabytes_come_back_whole_through_the_bridge_and_beside_it_through_option() {
    let looping = stick(Mode::Serial, StickOptions { loops_back: true, ..StickOptions::default() });
    // The stick's own time is real time: what is measured is the host's side and the bus.
    let mut bench = Bench::with(PYTHON, 1, vec![looping]);
    for &backend in BACKENDS {
        let bridge = bench.bridge(backend, 1, &["--role", ROLE, "--link", LINKS], 1);
        let through = format!("the bridge over {backend}");
        transfer(&mut bench, &through, LINK, HUNDRED, WINDOW);
        transfer(&mut bench, &through, LINK, TWENTY, NO_WINDOW);
        let _ = bench.stop(&bridge);
    }
    transfer(&mut bench, "a pty alone", "pty", TWENTY, WINDOW);
    if cfg!(feature = "nusb") {
        let bridge = bench.bridge("nusb", 1, &["--role", ROLE, "--link", LINKS], 1);
        paused(&mut bench);
        let _ = bench.stop(&bridge);
    }
    bench.assert_no_tty_driver();
    let loaded = bench.0.shell("modprobe option");
    assert_eq!(loaded.status(), Some(0), "{loaded}");
    bench.0.until("option has made its ttys", |sticks| sticks.shell(&format!("[ -c {TTY} ]")).status() == Some(0));
    transfer(&mut bench, "option's tty", TTY, HUNDRED, WINDOW);
}

/// A program that goes on to write and does not read for so long that the stick takes nothing more either: it waits, and
/// nothing is lost. Over libusb this cannot be shown here: it takes back what waits for longer than it is told to wait, and
/// QEMU counts that as sent.
fn paused(bench: &mut Bench) {
    let pause = "6";
    let ran = run(bench, &[LINK, &TWENTY.to_string(), &NO_WINDOW.to_string(), pause]);
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines.len() == 3 && lines[1] == lines[2], "something was lost over a pause\n{ran}");
    println!("20 MB through the bridge over nusb to a program that does not read for {pause} s: SHA-256 equal");
}

fn run(bench: &mut Bench, arguments: &[&str]) -> Ran {
    let program = Program::new("/usr/bin/python3").argument(LOOP_BACK).arguments(arguments);
    bench.0.run(&program).expect_exit(0)
}

/// There and back, and equal.
fn transfer(bench: &mut Bench, through: &str, port: &str, count: u64, window: u64) {
    let ran = run(bench, &[port, &count.to_string(), &window.to_string()]);
    let lines: Vec<_> = ran.out.lines().collect();
    let [took, sent, came] = lines[..] else { panic!("{ran}") };
    assert!(sent.len() == 64 && sent == came, "what came back through {through} is not what was sent\n{ran}");
    let (took, megabytes): (f64, _) = (took.parse().expect("seconds"), count as f64 / 1e6);
    let rate = megabytes / took;
    let window =
        if window == NO_WINDOW { "no window".to_owned() } else { format!("{} KiB on their way", window >> 10) };
    println!(
        "{megabytes:.0} MB there and back through {through}, {window}: {took:.1} s, {rate:.2} MB/s, SHA-256 equal"
    );
}
