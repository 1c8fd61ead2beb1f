//! Devices that are known by their switch alone.

use super::switching::{EJECT, NEW_MODE, PROJECT, ask_to_leave, command, done, in_cd, later, request, wrapper};
use super::*;
use crate::composition::Role;
use crate::known::{self, Method};

const PREVENT_REMOVAL: [u8; 5] = [0x1e, 0, 0, 0, 1];

/// Tries every way out of the CD but that of `method`, each with a minute to take effect.
fn try_all_but(stick: &mut Stick, method: Method) {
    let before = stick.incarnation();
    for block in [&PREVENT_REMOVAL[..], &[0x11, 0x06, 0x30], &PROJECT, &[0xbb], &[0xa2], &[0x12]] {
        ask(stick, 0, &wrapper(block));
    }
    if !matches!(method, Method::Block(_)) {
        ask(stick, 0, &wrapper(&NEW_MODE));
    }
    if method != Method::Eject {
        ask(stick, 0, &wrapper(&EJECT));
    }
    if method != Method::SetFeature {
        assert_eq!(request(stick, 0x00, 3, 1), Response::Stall);
    }
    for configuration in [0, 1] {
        assert_eq!(request(stick, 0x00, 9, configuration), done());
    }
    assert_eq!(ask_to_leave(stick), Response::Stall);
    later(stick);
    assert_eq!(stick.incarnation(), before);
}

fn use_method(stick: &mut Stick, method: Method) {
    match method {
        Method::SetFeature => assert_eq!(request(stick, 0x00, 3, 1), done()),
        Method::Configuration(value) => {
            request(stick, 0x00, 9, value.into());
        }
        Method::Eject => {
            ask(stick, 0, &wrapper(&EJECT));
        }
        Method::Block(message) | Method::Transfer(message) => {
            let mut wrapper = wrapper(&message.block);
            wrapper[8] = u8::try_from(message.length).expect("a short one");
            (wrapper[12], wrapper[13]) = (if message.inward { 0x80 } else { 0 }, message.unit);
            ask(stick, 0, &wrapper);
        }
    }
}

#[test]
fn every_known_device_obeys_its_own_method_and_no_other_and_answers_at_afterwards() {
    for device in known::devices().iter().chain([known::brovi()]) {
        let name = device.name;
        let mut stick = in_cd(name, StickOptions::default());
        assert_eq!((id(&stick), stick.mode()), (device.product_id, Some(Mode::Cd)), "{name}");
        try_all_but(&mut stick, device.method);
        use_method(&mut stick, device.method);
        if device.method == Method::Configuration(0) {
            assert_eq!((later(&mut stick), stick.incarnation()), (device.product_id, 1), "{name} stays");
            continue;
        }
        // A configuration is taken up without leaving the bus.
        let incarnation = if matches!(device.method, Method::Configuration(_)) { 1 } else { 2 };
        assert_eq!((later(&mut stick), stick.incarnation()), (device.working_id(), incarnation), "{name}");
        assert_ne!(stick.mode(), Some(Mode::Cd), "{name}");
        let roles = &stick.composition.as_ref().expect("it is there").roles;
        let at_port = (0u8..).zip(roles).find(|(_, role)| **role == Role::At);
        if let Some((interface, _)) = at_port {
            assert!(command(&mut stick, interface, "AT").ends_with("\r\nOK\r\n"), "{name}");
            assert!(command(&mut stick, interface, "AT^GODLOAD").ends_with("\r\nERROR\r\n"), "{name}");
        } else {
            let network = [0x14db, 0x14dc].contains(&device.working_id()) || name == "12d1:380b";
            assert!(network, "{name} has neither an AT port nor a network card");
        }
    }
}

#[test]
fn a_device_at_work_under_its_own_id_does_not_switch_again() {
    let mut stick = in_cd("12d1:1003", StickOptions::default());
    request(&mut stick, 0x00, 3, 1);
    assert_eq!((later(&mut stick), stick.mode()), (0x1003, Some(Mode::Serial)));
    assert_eq!(stick.descriptors().expect("it is there").interfaces[0].settings[0].class, [0xff; 3]);
    assert_eq!(request(&mut stick, 0x00, 3, 1), Response::Stall);
    assert_eq!((later(&mut stick), stick.incarnation()), (0x1003, 2));
    stick.unplug();
    stick.plug();
    wait_for(&mut stick, Mode::Cd);
}

#[test]
fn a_known_device_has_no_boot_rom_whatever_is_shorted() {
    let mut stick = in_cd("12d1:14b5", StickOptions::default());
    stick.unplug();
    stick.short_pad(true);
    stick.plug();
    wait_for(&mut stick, Mode::Cd);
    let refused = Stick::new(stick.model(), Mode::BootRom, StickOptions::default());
    assert!(refused.is_err_and(|error| error.to_string().contains("has no bootrom mode")));
}
