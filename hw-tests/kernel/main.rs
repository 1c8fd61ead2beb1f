//! The main job by the real binary on a real Linux kernel, through the real nusb and the real libusb, with the real
//! drivers bound. Every scenario runs there too, by the test `on_kernel` of the package hw-tests.
//!
//! The virtual sticks run in this process and reach the guest's xHCI controller over QEMU's `usb-redir`; the program under
//! test is the real binary, inside. These tests fetch a kernel and boot it, so they run only when they are asked for:
//! `cargo test --test kernel -- --ignored`

use std::time::{Duration, Instant};

use balong_mocks::Mode;
use balong_mocks::samples::filler::Filler;
use balong_mocks::samples::firmware::Content;
use balong_mocks::samples::ready::{Variant, recipes, write_firmware};
use hw_tests::Ran;
use hw_tests::guest::Program;
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_flash_holds;
use hw_tests::sticks_in_guest::SticksInGuest;
use tempfile::TempDir;

/// How much faster than a real stick the virtual ones act: the program's own deadlines pass in real time.
const SPEED: u32 = 8;

const BACKENDS: &[&str] = &[
    #[cfg(feature = "nusb")]
    "nusb",
    #[cfg(feature = "libusb")]
    "libusb",
];

/// Runs the program in the guest on the stick in one port, counted from 1.
fn balong(sticks: &mut SticksInGuest, backend: &str, port: usize, arguments: &[&str]) -> Ran {
    let port = format!("1-{port}");
    let program = Program::new(env!("CARGO_BIN_EXE_balong"))
        .arguments(["--backend", backend, "--format", "json", "--port", &port])
        .arguments(arguments);
    sticks.run(&program)
}

/// Waits until the kernel has these drivers bound to the first interfaces of a stick.
fn until_bound(sticks: &mut SticksInGuest, port: usize, drivers: &[&str]) {
    let script = (0..drivers.len())
        .map(|number| format!("basename $(readlink /sys/bus/usb/devices/1-{port}:1.{number}/driver)"))
        .collect::<Vec<_>>()
        .join("; ");
    let what = format!("{} is bound to the stick in 1-{port}", drivers.join(", "));
    sticks.until(&what, |sticks| sticks.shell(&script).output.lines().eq(drivers.iter().copied()));
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn option_is_detached_for_the_job_and_back_after_it_over_each_backend() {
    let modes = [("e3372h", Mode::BootRom), ("e3372h", Mode::HiLink)];
    let mut sticks = SticksInGuest::boot(&[], SPEED, &modes);
    until_bound(&mut sticks, 1, &["option"]);
    until_bound(&mut sticks, 2, &["cdc_ether"]);
    let tty = sticks.shell("readlink /sys/class/tty/ttyUSB0/device");
    assert!(tty.output.contains("ttyUSB0"), "option has made a tty of the boot ROM\n{tty}");

    for (&backend, port) in BACKENDS.iter().zip([1, 2]) {
        if port == 2 {
            // Late enough that even a slow guest is waiting for it.
            sticks.hand(2).needle(Duration::from_secs(25) * SPEED);
        }
        let (loader, firmware) = (text(&images().loader.path), text(&images().stick.path));
        let job = ["convert", "--yes", "--loader", loader, "--firmware", firmware];
        let ran = balong(&mut sticks, backend, port, &job).expect_exit(0);
        let result = ran.only("result");
        assert_eq!((&result["mode"], &result["software"]), (&"stick".into(), &"21.180.01.00.00".into()), "{ran}");
        assert_flash_holds(sticks.hand(port), &images().stick.description);
        until_bound(&mut sticks, port, &["option", "option"]);
    }
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn a_flash_of_31_megabytes_is_timed() {
    let backend = BACKENDS.first().expect("a build with a backend");
    const SIZE: u64 = 31_000_000;
    let folder = TempDir::new().expect("a temporary folder");
    let mut recipe = recipes::e3372h_stick().expect("the recipe is sound");
    const SYSTEM: u32 = 0x0059_0000;
    let others = images().stick.description.units.iter().filter(|unit| unit.code != SYSTEM);
    let others: u64 = others.map(|unit| unit.size).sum();
    let system = recipe.unit_mut(SYSTEM).expect("the set has a System partition");
    let piece = Filler::bytes("BALONG SAMPLE SYSTEM\n", 1 << 20, 7);
    system.content = Content::Repeated { piece, size: SIZE - others };
    let firmware = write_firmware(folder.path(), "31-megabytes", recipe, Variant::default()).expect("a sample");
    let total: u64 = firmware.description.units.iter().map(|unit| unit.size).sum();

    // In its own time: what is measured is the host's side and the bus.
    let mut sticks = SticksInGuest::boot(&[], 1, &[("e3372h", Mode::Download)]);
    until_bound(&mut sticks, 1, &["option"]);
    let began = Instant::now();
    let _ = balong(&mut sticks, backend, 1, &["flash", text(&firmware.path), "--yes", "--keep"]).expect_exit(0);
    let took = began.elapsed().as_secs_f64();
    let megabytes = total as f64 / 1e6;
    println!("{megabytes:.1} MB checked and flashed over {backend} in {took:.1} s, {:.2} MB/s", megabytes / took);
    assert_flash_holds(sticks.hand(1), &firmware.description);
}
