use super::*;

#[test]
fn a_look_gives_a_list_or_says_plainly_that_there_is_no_usb() {
    match LibusbBus::new().attached() {
        Ok(list) => assert!(list.is_sorted_by_key(|device| &device.path), "{list:?}"),
        Err(error) => assert!(matches!(error, UsbError::NoUsb { source: Some(_) }), "{error:?}"),
    }
}

#[test]
fn a_failed_open_leaves_the_interface_free_for_the_next_attempt() {
    let bus = LibusbBus::new();
    for _ in 0..2 {
        assert!(matches!(bus.open(&Attached::nowhere(), 0), Err(UsbError::Gone | UsbError::NoUsb { .. })));
    }
    assert!(matches!(bus.set_configuration(&Attached::nowhere(), 1), Err(UsbError::Gone | UsbError::NoUsb { .. })));
}

#[test]
fn the_description_names_the_library_and_its_hot_plug() {
    let text = LibusbBus::describe();
    assert!(text.starts_with("libusb 1.") && text.contains("hot-plug"), "{text}");
}

#[cfg(feature = "nusb")]
#[test]
fn both_backends_show_the_same_devices() {
    let other = crate::usb::nusb::NusbBus::new();
    match (LibusbBus::new().attached(), other.attached()) {
        (Ok(through_libusb), Ok(through_nusb)) => assert_eq!(through_libusb, through_nusb),
        (Err(UsbError::NoUsb { .. }), Err(UsbError::NoUsb { .. })) => {}
        // A container may show sysfs, where one library looks, and hide the device nodes, where the other does.
        (Err(UsbError::NoUsb { .. }), Ok(_)) if !Path::new("/dev/bus/usb").exists() => {}
        (one, other) => panic!("{one:?} and {other:?}"),
    }
}
