//! The main job on a real Linux kernel, through the real nusb and the real libusb, with the real drivers bound.
//!
//! The virtual sticks run in this process and reach the guest's xHCI controller over QEMU's `usb-redir`; the program under
//! test is the real binary, inside. These tests fetch a kernel and boot it, so they run only when they are asked for:
//! `cargo test --test kernel -- --ignored`

use std::time::Duration;

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Effect, Fault, Hand, Mode, Model, Moment, Pace, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{Guest, Packages, Program};
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_flash_holds;
use tempfile::TempDir;

/// How much faster than a real stick the virtual ones act: the program's own deadlines pass in real time.
const SPEED: u32 = 8;

/// One program in the guest: generous, under emulation.
const WITHIN: Duration = Duration::from_secs(180);

/// A guest with a stick in each of its first ports.
struct Bench {
    guest: Guest,
    backend: &'static str,
    sticks: Vec<(Hand, Server)>,
}

impl Bench {
    fn with(backend: &'static str, sticks: &[(&str, Mode)]) -> Self {
        let packages = Packages::ready().unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"));
        let folder = TempDir::new().expect("a temporary folder");
        let bus = Bus::new(Pace::Scaled { speed: SPEED });
        let serve = |(number, (model, mode)): (usize, &(&str, Mode))| {
            let model = Model::named(model).expect("a model");
            let stick = Stick::new(model, *mode, StickOptions::default()).expect("a mode that the model has");
            let hand = bus.plug(&format!("1-{}", number + 1), stick);
            let server = Server::start(&folder.path().join(format!("stick-{number}")), &hand).expect("a socket");
            (hand, server)
        };
        let sticks: Vec<_> = sticks.iter().enumerate().map(serve).collect();
        let builder =
            sticks.iter().fold(Guest::builder(&packages), |builder, (_, server)| builder.usb_redir(server.path()));
        let guest = builder.start().expect("a guest");
        Self { guest, backend, sticks }
    }

    /// Runs the program in the guest on the stick in one port, counted from 1.
    fn balong(&mut self, port: usize, arguments: &[&str]) -> Ran {
        let program = Program::new(env!("CARGO_BIN_EXE_balong"))
            .arguments(["--backend", self.backend, "--format", "json", "--port", &format!("1-{port}")])
            .arguments(arguments);
        let ran = self.guest.run(&program, WITHIN).expect("the guest is up");
        let exit = ran.status().unwrap_or_else(|| panic!("it did not end by itself\n{ran}"));
        Ran { exit, out: ran.output, err: ran.errors }
    }

    fn hand(&self, port: usize) -> &Hand {
        &self.sticks[port - 1].0
    }

    /// The drivers that the kernel has bound to the interfaces of the stick in one port.
    fn drivers(&mut self, port: usize) -> Vec<String> {
        let ran = self.balong(port, &["list"]).expect_exit(0);
        let path = format!("1-{port}");
        let stick =
            ran.events_named("stick").into_iter().find(|stick| stick["port"] == path.as_str()).expect("it is listed");
        let interfaces = stick["interfaces"].as_array().cloned().unwrap_or_default();
        interfaces.iter().map(|interface| interface["driver"].as_str().unwrap_or("none").to_owned()).collect()
    }
}

fn job_h() -> Vec<&'static str> {
    vec!["convert", "--yes", "--loader", text(&images().loader.path), "--firmware", text(&images().stick.path)]
}

fn job_s() -> Vec<&'static str> {
    vec!["convert", "--yes", "--loader", text(&images().loader_s.path), "--firmware", text(&images().stick_s.path)]
}

fn assert_stick_mode(ran: &Ran, version: &str) {
    let result = ran.only("result");
    assert_eq!((&result["mode"], &result["software"]), (&"stick".into(), &version.into()), "{ran}");
}

fn the_main_job(backend: &'static str) {
    let mut bench = Bench::with(
        backend,
        &[("e3372h", Mode::BootRom), ("e3372h", Mode::Download), ("e3372s", Mode::BootRom), ("e3372h", Mode::HiLink)],
    );
    assert_eq!(bench.drivers(1), ["option"], "the kernel has bound its driver to the boot ROM");
    assert_eq!(bench.drivers(2), ["option"; 3]);

    let ran = bench.balong(1, &job_h()).expect_exit(0);
    assert_stick_mode(&ran, "21.180.01.00.00");
    assert_flash_holds(bench.hand(1), &images().stick.description);
    assert_eq!(bench.drivers(1)[..2], ["option", "option"], "the drivers are back after the job");

    // Pulled in the middle, plugged in again: the same command finishes it.
    let moment = Moment::PartitionData { partition: 3, number: 2 };
    bench.hand(2).inject(Fault::At(moment, Effect::UnplugAfter));
    let ran = bench.balong(2, &job_h()).expect_exit(7);
    assert_eq!(ran.only("error")["state"], "partly_written", "{ran}");
    bench.hand(2).plug();
    assert!(bench.hand(2).wait_until_attached().is_some(), "it is plugged in again");
    let ran = bench.balong(2, &job_h()).expect_exit(0);
    assert_stick_mode(&ran, "21.180.01.00.00");
    assert_flash_holds(bench.hand(2), &images().stick.description);

    let ran = bench.balong(3, &job_s()).expect_exit(0);
    assert_stick_mode(&ran, "21.300.05.00.00");
    assert_flash_holds(bench.hand(3), &images().stick_s.description);

    // HiLink, with a hand that shorts the pad while the program waits for it: late, so that even a slow guest is waiting.
    bench.hand(4).needle(Duration::from_secs(25) * SPEED);
    let ran = bench.balong(4, &job_h()).expect_exit(0);
    assert!(ran.err.contains("The boot pad is needed now"), "{ran}");
    assert_stick_mode(&ran, "21.180.01.00.00");
    assert_flash_holds(bench.hand(4), &images().stick.description);
}

#[test]
#[cfg(feature = "nusb")]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn the_main_job_over_nusb() {
    the_main_job("nusb");
}

#[test]
#[cfg(feature = "libusb")]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn the_main_job_over_libusb() {
    the_main_job("libusb");
}
