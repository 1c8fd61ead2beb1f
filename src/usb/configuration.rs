//! SET_CONFIGURATION with the kernel's drivers out of the way and given back.
//!
//! Linux refuses the change while a driver is bound to any interface, and rightly so: the driver would go on speaking
//! to endpoints that no longer exist. So every driver of the active configuration is detached first. Afterwards each
//! of those interfaces is offered to its driver again; a new configuration has been offered to the drivers by the
//! kernel. The same offer is made for interfaces that a killed process left without a driver.

use super::UsbError;

/// What a library can do to an open device, as far as a change of configuration needs it.
pub(super) trait Configurable {
    /// Detaches the kernel driver of an interface; whether there was one.
    fn detach(&self, interface: u8) -> Result<bool, UsbError>;
    /// Offers an interface to the kernel's drivers. An interface that has a driver already, or that no driver wants, or
    /// that the new configuration does not have, is no failure.
    fn attach(&self, interface: u8) -> Result<(), UsbError>;
    /// The library's own SET_CONFIGURATION.
    fn select(&self, value: u8) -> Result<(), UsbError>;
}

/// Selects a configuration; `interfaces` are those of the active one. Drivers are given back on every way out.
pub(super) fn select(device: &dyn Configurable, interfaces: &[u8], value: u8) -> Result<(), UsbError> {
    let mut detached = Vec::new();
    let selected = detach_all(device, interfaces, &mut detached).and_then(|()| device.select(value));
    for interface in detached {
        if let Err(error) = device.attach(interface) {
            tracing::warn!(interface, %error, "the kernel driver could not be given back");
        }
    }
    selected
}

/// Offers those of `interfaces` that nobody has to the kernel's drivers. `has_driver` says whether one is bound, a program
/// that holds an interface included.
pub(super) fn offer(
    device: &dyn Configurable,
    interfaces: &[u8],
    has_driver: impl Fn(u8) -> bool,
) -> Result<(), UsbError> {
    let free = interfaces.iter().filter(|&&interface| !has_driver(interface));
    free.map(|&interface| device.attach(interface)).fold(Ok(()), Result::and)
}

fn detach_all(device: &dyn Configurable, interfaces: &[u8], detached: &mut Vec<u8>) -> Result<(), UsbError> {
    for &interface in interfaces {
        if device.detach(interface)? {
            detached.push(interface);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    struct Device {
        bound: Vec<u8>,
        stuck: Option<u8>,
        refuses: bool,
        done: RefCell<Vec<String>>,
    }

    impl Device {
        fn with_drivers_on(bound: &[u8]) -> Self {
            Self { bound: bound.to_vec(), stuck: None, refuses: false, done: RefCell::default() }
        }

        fn note(&self, what: String) {
            self.done.borrow_mut().push(what);
        }
    }

    impl Configurable for Device {
        fn detach(&self, interface: u8) -> Result<bool, UsbError> {
            if self.stuck == Some(interface) {
                return Err(UsbError::Busy { interface, holder: "another program".into() });
            }
            let bound = self.bound.contains(&interface);
            if bound {
                self.note(format!("detach {interface}"));
            }
            Ok(bound)
        }
        fn attach(&self, interface: u8) -> Result<(), UsbError> {
            self.note(format!("attach {interface}"));
            Ok(())
        }
        fn select(&self, value: u8) -> Result<(), UsbError> {
            self.note(format!("select {value}"));
            if self.refuses { Err(UsbError::Stalled(crate::usb::Direction::Out)) } else { Ok(()) }
        }
    }

    #[test]
    fn only_bound_drivers_are_detached_and_each_is_given_back_after_the_change() {
        let device = Device::with_drivers_on(&[0, 2]);
        select(&device, &[0, 1, 2], 1).expect("nothing stands in the way");
        assert_eq!(*device.done.borrow(), ["detach 0", "detach 2", "select 1", "attach 0", "attach 2"]);
    }

    #[test]
    fn drivers_are_given_back_when_the_stick_refuses() {
        let device = Device { refuses: true, ..Device::with_drivers_on(&[0]) };
        assert!(matches!(select(&device, &[0], 2), Err(UsbError::Stalled(_))));
        assert_eq!(*device.done.borrow(), ["detach 0", "select 2", "attach 0"]);
    }

    #[test]
    fn only_interfaces_that_nobody_has_are_offered() {
        let device = Device::with_drivers_on(&[1]);
        offer(&device, &[0, 1, 2], |interface| device.bound.contains(&interface)).expect("nothing fails");
        assert_eq!(*device.done.borrow(), ["attach 0", "attach 2"]);
    }

    #[test]
    fn an_interface_that_another_program_holds_stops_the_change_before_it_is_made() {
        let device = Device { stuck: Some(1), ..Device::with_drivers_on(&[0]) };
        assert!(matches!(select(&device, &[0, 1], 1), Err(UsbError::Busy { interface: 1, .. })));
        assert_eq!(*device.done.borrow(), ["detach 0", "attach 0"]);
    }
}
