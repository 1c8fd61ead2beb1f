use super::*;
use crate::usb::descriptors::tests::BOOT_ROM;
use crate::usb::{ClassTriple, Interface};
use std::os::unix::fs::symlink;

/// A tree with one boot ROM in port 1-1.4 at address 7, its interface bound to `driver`.
fn tree(driver: Option<&str>) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("1-1.4");
    fs::create_dir(&folder).expect("a folder");
    for (attribute, text) in [
        ("devnum", &b"7\n"[..]),
        ("bConfigurationValue", b"1\n"),
        ("manufacturer", b"HUA WEI\n"),
        ("product", b"USB \xff COM\n"),
        ("descriptors", &BOOT_ROM),
    ] {
        fs::write(folder.join(attribute), text).expect("an attribute");
    }
    let interface = root.path().join("1-1.4:1.0");
    fs::create_dir(&interface).expect("a folder");
    if let Some(driver) = driver {
        symlink(format!("../../../bus/usb/drivers/{driver}"), interface.join("driver")).expect("a link");
    }
    root
}

#[test]
fn a_boot_rom_is_completed_with_versions_strings_interfaces_and_driver() {
    let root = tree(Some("option"));
    let mut device = Attached::bare("1-1.4", 7, 0x1443);
    complete(root.path(), &mut device);
    let serial = Interface { number: 0, class: ClassTriple::new(0xff, 0xff, 0xff), driver: Some("option".into()) };
    let expected = Attached {
        usb_version: 0x0110,
        device_version: 0x0001,
        class: ClassTriple::new(2, 0, 0),
        manufacturer: Some("HUA WEI".into()),
        product: Some("USB \u{fffd} COM".into()),
        interfaces: vec![serial],
        ..Attached::bare("1-1.4", 7, 0x1443)
    };
    assert_eq!(device, expected);
}

#[test]
fn another_incarnation_in_the_same_port_lends_nothing_to_this_one() {
    let root = tree(Some("option"));
    let mut device = Attached::bare("1-1.4", 6, 0x1443);
    complete(root.path(), &mut device);
    assert_eq!(device, Attached::bare("1-1.4", 6, 0x1443));
}

#[test]
fn a_device_that_is_not_configured_has_no_interfaces() {
    let root = tree(None);
    fs::write(root.path().join("1-1.4/bConfigurationValue"), "\n").expect("an attribute");
    let mut device = Attached::bare("1-1.4", 7, 0x1443);
    device.interfaces = vec![Interface { number: 0, class: ClassTriple::default(), driver: None }];
    complete(root.path(), &mut device);
    assert_eq!((device.usb_version, device.interfaces), (0x0110, Vec::new()));
}

#[test]
fn an_interface_folder_that_is_not_there_yet_costs_only_the_driver() {
    let root = tree(None);
    fs::remove_dir(root.path().join("1-1.4:1.0")).expect("an empty folder");
    let mut device = Attached::bare("1-1.4", 7, 0x1443);
    complete(root.path(), &mut device);
    assert_eq!(device.interfaces.iter().map(|it| (it.number, it.driver.clone())).collect::<Vec<_>>(), [(0, None)]);
}

#[test]
fn a_snapshot_stands_as_it_is_where_there_is_no_tree() {
    let mut device = Attached::bare("1-1.4", 7, 0x1443);
    complete(Path::new("/nonexistent/devices"), &mut device);
    assert_eq!(device, Attached::bare("1-1.4", 7, 0x1443));
    assert_eq!(present(Path::new("/nonexistent/devices"), &Incarnation::of(&device)), None);
}

#[test]
fn presence_is_by_port_and_address() {
    let root = tree(None);
    let seen = |address| present(root.path(), &Incarnation::of(&Attached::bare("1-1.4", address, 0x1443)));
    assert_eq!((seen(7), seen(6)), (Some(true), Some(false)));
    fs::remove_dir_all(root.path().join("1-1.4")).expect("removed");
    assert_eq!(seen(7), Some(false));
}

#[test]
fn the_holder_is_the_kernel_driver_by_name_or_else_another_program() {
    for (bound, named) in
        [(Some("option"), "the kernel driver option"), (Some("usbfs"), ANOTHER_PROGRAM), (None, ANOTHER_PROGRAM)]
    {
        let root = tree(bound);
        match busy(root.path(), &Attached::bare("1-1.4", 7, 0x1443).path, 0) {
            UsbError::Busy { interface: 0, holder } => assert_eq!(holder, named),
            other => panic!("busy, not {other:?}"),
        }
    }
}

#[test]
fn a_program_that_has_the_device_open_is_named_and_a_kernel_driver_keeps_its_name() {
    let proc = tempfile::tempdir().expect("a temporary folder");
    let stick = Incarnation::of(&Attached::bare("1-1.4", 7, 0x1443));
    let named = |holder: &str| {
        let error = UsbError::Busy { interface: 0, holder: holder.to_owned() };
        name_holder(proc.path(), error, &stick).to_string()
    };
    assert_eq!(named(ANOTHER_PROGRAM), "interface 0 is held by another program");
    processes::tests::add(proc.path(), 70, "qemu", &["/dev/bus/usb/001/007"]);
    assert_eq!(named(ANOTHER_PROGRAM), "interface 0 is held by `qemu` (process 70)");
    assert_eq!(named("the kernel driver option"), "interface 0 is held by the kernel driver option");
}

#[test]
fn the_device_node_is_written_with_three_digits_each() {
    let incarnation = Incarnation::of(&Attached::bare("1-1.4", 7, 0x1443));
    assert_eq!(node(&incarnation), Path::new("/dev/bus/usb/001/007"));
}

#[test]
fn the_permission_of_a_node_that_is_not_there_is_unknown() {
    let nowhere = Incarnation { path: "255-7.7.7".parse().expect("a path"), address: 255 };
    assert_eq!(access(&nowhere), Access::Unknown);
}
