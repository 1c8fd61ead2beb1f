//! The conformance list on the simulated bus, under virtual time, and its one row for machines without USB on both
//! backends where this machine is one.

use std::path::Path;

use balong::usb::UsbBus;
use balong::usb::simulated::SimulatedBus;
use balong_mocks::{Bus, Mode, Model, Pace, Stick, StickOptions};
use hw_tests::conformance::{Implementor, Outcome, ROWS, Reported, Subject, Table, run};

/// A bus of its own with the test device and a modem in ports behind a hub.
fn on_a_subject<T>(show: impl FnOnce(&Subject<'_>) -> T) -> T {
    let bus = Bus::new(Pace::Virtual);
    let model = Model::named("e3372h").expect("a model");
    let device = Stick::new(model, Mode::Conformance, StickOptions::default()).expect("every model can be it");
    bus.plug("1-1.4", device);
    let modem = Stick::new(model, Mode::Stick, StickOptions::default()).expect("a mode of the model");
    bus.plug("1-1.3", modem);
    let simulated = SimulatedBus::new(bus);
    show(&Subject {
        implementor: Implementor::Simulated,
        bus: &simulated,
        path: "1-1.4".parse().expect("a path"),
        others: &[],
        modem: Some("1-1.3".parse().expect("a path")),
        through_usb_redir: false,
    })
}

macro_rules! rows {
    ($($name:ident: $number:literal;)+) => {
        $(#[test]
        fn $name() {
            let row = ROWS[$number - 1];
            let outcome = on_a_subject(|subject| row.run(subject));
            assert_eq!(outcome, Outcome::Passed, "row {}: {}", row.number, row.sentence);
        })+

        /// The rows that have a test of their own here.
        const TESTED: &[u8] = &[$($number),+];
    };
}

rows! {
    row_1_a_late_reply_is_delivered_by_the_next_receive: 1;
    row_2_replies_that_race_the_cancel_are_not_lost: 2;
    row_3_full_packets_are_handed_over_ended_or_open: 3;
    row_4_an_empty_send_is_one_zero_length_packet: 4;
    row_5_a_send_of_1029_bytes_is_one_transfer: 5;
    row_7_a_stick_that_leaves_during_receive_is_gone: 7;
    row_8_the_old_port_is_gone_and_the_new_one_opens: 8;
    row_9_the_path_is_the_same_before_and_after: 9;
    row_10_a_stall_is_cleared_and_traffic_goes_on: 10;
    row_11_a_second_open_is_busy_and_harms_nobody: 11;
    row_12_a_port_dropped_with_a_read_pending_opens_again: 12;
    row_13_two_ports_of_one_stick_are_open_at_once: 13;
    row_14_a_control_request_needs_no_claimed_interface: 14;
    row_17_halves_do_not_wait_for_each_other: 17;
    row_18_an_interface_is_free_after_both_halves_are_dropped: 18;
    row_19_a_stick_that_leaves_is_gone_for_both_halves: 19;
    row_20_a_modem_is_heard_on_both_of_its_endpoints: 20;
}

#[test]
fn the_rows_without_a_test_here_are_those_that_need_a_kernel() {
    let untested: Vec<u8> = ROWS.iter().map(|row| row.number).filter(|number| !TESTED.contains(number)).collect();
    assert_eq!(untested, [6, 15, 16]);
    for number in untested {
        let outcome = on_a_subject(|subject| ROWS[usize::from(number) - 1].run(subject));
        assert!(matches!(outcome, Outcome::DoesNotApply(_)), "row {number}: {outcome:?}");
    }
}

#[test]
fn one_run_fills_the_whole_column_of_the_table() {
    let mut table = Table::default();
    on_a_subject(|subject| {
        for (row, outcome) in run(subject) {
            table.enter(Reported { number: row.number, implementor: subject.implementor, outcome });
        }
    });
    assert_eq!(table.faults(&[Implementor::Simulated]), [""; 0], "{table}");
}

fn row_15(implementor: Implementor, bus: &dyn UsbBus) {
    // The two places where the libraries look; a container may show one and not the other.
    if Path::new("/sys/bus/usb/devices").exists() || Path::new("/dev/bus/usb").exists() {
        eprintln!("not shown: this machine has USB; the kernel test boots one that has none");
        return;
    }
    assert_eq!(ROWS[14].run_without_usb(implementor, bus), Outcome::Passed);
}

#[test]
#[cfg(all(target_os = "linux", feature = "nusb"))]
fn row_15_no_usb_on_this_machine_over_nusb() {
    row_15(Implementor::Nusb, &balong::usb::nusb::NusbBus::new());
}

#[test]
#[cfg(all(target_os = "linux", feature = "libusb"))]
fn row_15_no_usb_on_this_machine_over_libusb() {
    row_15(Implementor::Libusb, &balong::usb::libusb::LibusbBus::new());
}
