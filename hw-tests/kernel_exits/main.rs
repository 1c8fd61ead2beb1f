//! Ways in and out on a real Linux kernel: one process a stick, drivers given back, permission that comes late, a machine
//! without USB, and a process that was killed.
//!
//! As the kernel bench, these boot a guest, so they run only when they are asked for:
//! `cargo test --test kernel_exits -- --ignored --test-threads 1`
#![cfg(unix)]

mod bench;
mod killed;
mod no_usb;
mod panic;
mod permission;
mod second_copy;
mod signals;

use std::time::Instant;

use balong_mocks::Mode;

use bench::Bench;

/// Something that is tried with the stick in one port.
type Way = fn(&mut Bench, usize);

/// One guest, with a stick for everything that is tried.
fn every_way_out(backend: &'static str) {
    let download = Mode::Download;
    let mut bench = Bench::with(backend, &[Mode::BootRom, download, download, download, download, download]);
    let steps: [(&str, usize, Way); 9] = [
        ("killed while the loader is sent", 1, killed::while_the_loader_is_sent),
        ("killed while partitions are written", 2, killed::while_partitions_are_written),
        ("a second copy", 3, second_copy::is_refused_to_root_and_to_anybody_else),
        ("one signal", 4, signals::one_waits_for_the_answer),
        ("two signals", 4, signals::two_do_not),
        ("two signals while a send hangs", 5, signals::two_end_a_send_that_hangs),
        ("a panic", 6, panic::in_the_middle_of_a_partition),
        ("permission that comes late", 6, permission::that_comes_late_is_waited_for),
        ("permission that never comes", 6, permission::that_never_comes_is_named_with_its_remedy),
    ];
    for (what, port, step) in steps {
        let begun = Instant::now();
        step(&mut bench, port);
        println!("{backend}: {what}: passed after {:.1} s", begun.elapsed().as_secs_f32());
    }
}

#[test]
#[cfg(feature = "nusb")]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn every_way_out_over_nusb() {
    every_way_out("nusb");
}

#[test]
#[cfg(feature = "libusb")]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn every_way_out_over_libusb() {
    every_way_out("libusb");
}
