//! The conformance list on a real Linux kernel, through the real nusb and the real libusb, with `option` bound.
//!
//! The test device and a modem run in this process and reach a guest over QEMU's `usb-redir`; the list itself runs inside. A
//! second guest has no USB modules. These fetch a kernel and boot it, so they run only when they are asked for:
//! `cargo test -p hw-tests --test conformance_on_kernel -- --ignored --nocapture` shows the whole table.

#![cfg(all(target_os = "linux", feature = "nusb", feature = "libusb"))]

use std::time::Duration;

use balong_mocks::usbredir::Server;
use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::conformance::{Implementor, Reported, Table};
use hw_tests::guest::{Guest, Packages, Program, UsbModules};
use tempfile::TempDir;

/// One backend's list: half a minute under emulation at most, and much room for a busy machine.
const WITHIN: Duration = Duration::from_secs(240);

/// Runs the list in a guest and enters what it reports.
fn conformance(guest: &mut Guest, backend: Implementor, options: &[&str], table: &mut Table) {
    let program = Program::new(env!("CARGO_BIN_EXE_conformance"))
        .arguments(["--json", "--backend", &backend.to_string()])
        .arguments(options);
    let ran = guest.run(&program, WITHIN).expect("the guest is up");
    assert!(matches!(ran.status(), Some(0 | 1)), "the list did not end by itself\n{ran}");
    for line in ran.output.lines() {
        table.enter(Reported::parse(line).unwrap_or_else(|| panic!("`{line}` reports no row\n{ran}")));
    }
    eprintln!("{backend}: {} rows in {:.1} s", ran.output.lines().count(), ran.took.as_secs_f32());
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn every_row_is_kept_by_every_implementor() {
    let packages = Packages::ready().unwrap_or_else(|missing| panic!("no guest on this machine: {missing}"));
    let mut table = Table::default();

    let folder = TempDir::new().expect("a temporary folder");
    let model = Model::named("e3372h").expect("a model");
    let device = Stick::new(model, Mode::Conformance, StickOptions::default()).expect("every model can be it");
    let modem = Stick::new(model, Mode::Stick, StickOptions::default()).expect("a mode of the model");
    let bus = Bus::new(Pace::Scaled { speed: 1 });
    let servers = [("1-1", device), ("1-2", modem)]
        .map(|(port, stick)| Server::start(&folder.path().join(port), &bus.plug(port, stick)).expect("a socket"));
    let builder = servers.iter().fold(Guest::builder(&packages), |builder, server| builder.usb_redir(server.path()));
    let mut guest = builder.start().expect("a guest");
    for backend in [Implementor::Nusb, Implementor::Libusb] {
        conformance(&mut guest, backend, &["--port", "1-1", "--modem", "1-2", "--usb-redir"], &mut table);
    }
    conformance(&mut guest, Implementor::Simulated, &[], &mut table);
    drop(guest);

    let mut guest = Guest::builder(&packages).modules(UsbModules::only([])).start().expect("a guest without USB");
    for backend in [Implementor::Nusb, Implementor::Libusb] {
        conformance(&mut guest, backend, &["--no-usb"], &mut table);
    }
    println!("{table}");
    let faults = table.faults(&Implementor::ALL);
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), guest.console());
}
