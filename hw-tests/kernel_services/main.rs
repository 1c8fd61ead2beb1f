//! The program beside the services of a desktop on a real Linux kernel: ModemManager, udevd, usb_modeswitch.
//!
//! They are Debian's own packages, laid over the guest's root and started there. These tests fetch them and a kernel, so
//! they run only when they are asked for: `cargo test --test kernel_services -- --ignored`

mod comparison;
mod desk;
mod races;

use balong_mocks::{Event, Mode};
use desk::{Desk, Rules, member_of_plugdev, said_to};
use hw_tests::guest::{DBUS, MODE_SWITCH, MODEM_MANAGER, UDEV};
use hw_tests::images::{images, text};
use hw_tests::scenarios::assert_flash_holds;
use hw_tests::sticks_in_guest::SticksInGuest;

const BACKENDS: &[&str] = &[
    #[cfg(feature = "nusb")]
    "nusb",
    #[cfg(feature = "libusb")]
    "libusb",
];

const WITH_MODEM_MANAGER: &[&[&str]] = &[UDEV, DBUS, MODEM_MANAGER];

/// The modes that ModemManager has no business in.
const MAINTENANCE: [(&str, Mode); 2] = [("e3372h", Mode::BootRom), ("e3372h", Mode::Download)];

fn job() -> [&'static str; 6] {
    ["convert", "--yes", "--loader", text(&images().loader.path), "--firmware", text(&images().stick.path)]
}

fn convert(desk: &mut Desk, backend: &str, port: usize, who: Option<hw_tests::guest::Identity>) {
    let ran = desk.balong(backend, port, who, &job()).expect_exit(0);
    let result = ran.only("result");
    assert_eq!((&result["mode"], &result["software"]), (&"stick".into(), &"21.180.01.00.00".into()), "{ran}");
    assert_flash_holds(desk.hand(port), &images().stick.description);
    eprintln!("{backend}: converted at 1-{port}");
}

/// AT commands to a stick in stick mode: the sign that ModemManager is at work.
fn is_probed(sticks: &SticksInGuest, port: usize) -> bool {
    said_to(sticks, port).iter().any(|event| matches!(event, Event::At { .. }))
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it and ModemManager: needs qemu-system-x86 and kmod on a Debian"]
fn with_the_rules_modem_manager_leaves_the_maintenance_modes_alone_and_keeps_the_modem() {
    let sticks = [MAINTENANCE[0], MAINTENANCE[1], ("e3372h", Mode::Stick)];
    let mut desk = Desk::with(WITH_MODEM_MANAGER, Rules::Installed, &sticks);
    desk.0.until("ModemManager probes the stick in stick mode", |sticks| is_probed(sticks, 3));
    let ttys = desk.shell("ls -d /sys/bus/usb/devices/1-[12]:1.*/ttyUSB*").output;
    let ttys: Vec<_> = ttys.lines().filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect();
    assert_eq!(ttys.len(), 4, "one of the boot ROM and three of download mode: {ttys:?}");
    // It goes through all ttys first and through the network last, so by then it has judged each of ours.
    desk.0.until("ModemManager has gone through every port", |sticks| {
        sticks.shell("cat /run/modem-manager.log").output.contains("adding port lo at")
    });
    let open = desk.shell("ls -l /proc/$(pidof ModemManager)/fd").output;
    let open: Vec<_> = open.lines().filter_map(|line| line.split_once(" -> /dev/tty")).map(|(_, tty)| tty).collect();
    for tty in &ttys {
        assert!(!open.iter().any(|open| tty == &format!("tty{open}")), "{tty} may not be open: {open:?}");
    }
    for port in [1, 2] {
        assert_eq!(said_to(&desk.0, port), [], "nothing may be said to the stick in 1-{port}");
    }
    eprintln!("ModemManager has open: {open:?}, and nothing of {ttys:?}");
    for (backend, port) in BACKENDS.iter().zip([1, 2]) {
        convert(&mut desk, backend, port, None);
    }
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it and ModemManager: needs qemu-system-x86 and kmod on a Debian"]
fn without_the_rules_modem_manager_is_in_the_way_and_the_job_is_done_all_the_same() {
    let mut desk = Desk::with(WITH_MODEM_MANAGER, Rules::Missing, &MAINTENANCE);
    desk.0.until("ModemManager has said something to both", |sticks| {
        [1, 2].iter().all(|&port| !said_to(sticks, port).is_empty())
    });
    for (backend, port) in BACKENDS.iter().zip([2, 1]) {
        convert(&mut desk, backend, port, None);
    }
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it, udev and usb_modeswitch: needs qemu-system-x86 and kmod on a Debian"]
fn with_udevd_and_usb_modeswitch_active_a_user_of_the_group_does_the_whole_job() {
    let sticks = [("e3372h", Mode::BootRom), ("e3372h", Mode::Download), ("e3372s", Mode::Cd)];
    let mut desk = Desk::with(&[UDEV, MODE_SWITCH], Rules::Installed, &sticks);
    // The proof that it is active: nobody else takes a stick out of its CD stage here.
    desk.0.until("usb_modeswitch has switched the stick in 1-3", |sticks| sticks.hand(3).mode() == Some(Mode::Stick));
    for (backend, port) in BACKENDS.iter().zip([1, 2]) {
        convert(&mut desk, backend, port, Some(member_of_plugdev()));
    }
}
