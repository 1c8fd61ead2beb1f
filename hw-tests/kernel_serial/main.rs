//! `bridge` on a real Linux kernel, with programs that nobody here wrote: Debian's pppd, picocom and pyserial.
//!
//! The kernel has `option` and `usbserial` as files and has not loaded them. The virtual sticks run in this process and reach
//! the guest's xHCI controller over QEMU's `usb-redir`; the bridge is the real binary, inside. These tests fetch a kernel
//! and the programs, so they run only when they are asked for: `cargo test --test kernel_serial -- --ignored --nocapture`

mod bench;
mod call;
mod loop_back;
mod terminals;

use balong_mocks::{Mode, StickOptions};
use bench::{Bench, LINKS, PYTHON, events, stick};
use terminals::Picocom;

const BACKENDS: &[&str] = &[
    #[cfg(feature = "nusb")]
    "nusb",
    #[cfg(feature = "libusb")]
    "libusb",
];

/// How much faster than a real stick the virtual one restarts. It does not answer faster for that.
const SPEED: u32 = 8;

const MODEM: &str = "/run/balong/balong-1-1-modem";
const PCUI: &str = "/run/balong/balong-1-1-pcui";

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it, ppp, picocom and pyserial: needs qemu-system-x86 and kmod on a Debian"]
fn pppd_picocom_and_pyserial_work_over_the_bridge_without_a_tty_driver() {
    let packages = [PYTHON, call::PACKAGES, terminals::PACKAGES].concat();
    let mut bench = Bench::with(&packages, SPEED, vec![stick(Mode::Stick, StickOptions::default())]);
    for &backend in BACKENDS {
        println!("over {backend}:");
        let roles = ["--role", "modem", "--role", "pcui", "--link", LINKS];
        let bridge = bench.bridge(backend, 1, &roles, 2);
        let call = call::dial(&mut bench, MODEM, "modem");
        println!("    pppd is up");
        call::ping(&mut bench, 1000);
        call::download(&mut bench, 10);
        let mut picocom = Picocom::at(&mut bench, PCUI);
        picocom.ask(&mut bench);

        let before = bench.target(PCUI);
        bench.0.hand(1).unplug();
        let hung_up = bench.0.wait(&call).expect_exit(call::HUNG_UP);
        assert!(hung_up.out.contains("Modem hangup"), "{hung_up}");
        println!("    the stick is pulled, and pppd says: Modem hangup");
        bench.until_told(&bridge, "gone", 1);
        bench.0.hand(1).plug();
        bench.until_told(&bridge, "back", 1);
        picocom.ask(&mut bench);
        assert_eq!(bench.target(PCUI), before, "a pause changes nothing");
        let call = call::dial(&mut bench, MODEM, "local");
        println!("    pppd is up again, at the same link");
        call::ping(&mut bench, 10);
        call::end(&mut bench, &call);

        let call = call::dial(&mut bench, MODEM, "modem");
        let ready = events(&bench.0.said(&bridge.running), "bridge").len();
        picocom.end_the_call(&mut bench);
        let hung_up = bench.0.wait(&call).expect_exit(call::HUNG_UP);
        assert!(hung_up.out.contains("Modem hangup"), "{hung_up}");
        println!("    the network ends the call, and pppd says: Modem hangup");
        bench.until_told(&bridge, "bridge", ready + 1);
        let call = call::dial(&mut bench, MODEM, "modem");
        println!("    pppd is up again, at the same link");
        call::end(&mut bench, &call);
        picocom.leave(&mut bench);
        let _ = bench.stop(&bridge);
        let left = bench.0.shell(&format!("ls -A {LINKS}"));
        assert_eq!(left.output, "", "no link is left");

        let bridge = bench.bridge(backend, 1, &["--role", "pcui", "--tcp"], 1);
        let ready = events(&bench.0.said(&bridge.running), "bridge");
        let url = format!("rfc2217://{}", ready[0]["address"].as_str().expect("an address"));
        terminals::pyserial(&mut bench, &url);
        let _ = bench.stop(&bridge);
    }
    bench.assert_no_tty_driver();
}
