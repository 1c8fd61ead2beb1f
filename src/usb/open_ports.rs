//! The table of what one bus has open.
//!
//! It answers for two facts that the libraries do not: libusb lets a second claim of an interface through on the same
//! handle, and the release of the second then takes the interface away from the first; and two interfaces of one stick
//! must share one device handle, which lives as long as a port of it does.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::UsbError;
use super::patience::Incarnation;

/// The holder that is named when this very bus has the interface open.
const THIS_PROGRAM: &str = "this program";

/// Open interfaces and shared device handles of one bus. A clone is the same table.
pub(super) struct OpenPorts<Handle> {
    entries: Arc<Mutex<Entries<Handle>>>,
}

struct Entries<Handle> {
    open: HashSet<(Incarnation, u8)>,
    handles: HashMap<Incarnation, Weak<Handle>>,
}

impl<Handle> OpenPorts<Handle> {
    /// An empty table.
    pub(super) fn new() -> Self {
        Self { entries: Arc::new(Mutex::new(Entries { open: HashSet::new(), handles: HashMap::new() })) }
    }

    /// Marks an interface as open until the reservation is dropped; [`UsbError::Busy`] when it is open already.
    pub(super) fn reserve(&self, device: &Incarnation, interface: u8) -> Result<Reservation<Handle>, UsbError> {
        let key = (device.clone(), interface);
        if !lock(&self.entries).open.insert(key.clone()) {
            return Err(UsbError::Busy { interface, holder: THIS_PROGRAM.into() });
        }
        Ok(Reservation { entries: Arc::clone(&self.entries), key })
    }

    /// [`UsbError::Busy`] when any interface of the device is open.
    pub(super) fn refuse_if_open(&self, device: &Incarnation) -> Result<(), UsbError> {
        let entries = lock(&self.entries);
        match entries.open.iter().filter(|(open, _)| open == device).map(|(_, interface)| *interface).min() {
            Some(interface) => Err(UsbError::Busy { interface, holder: THIS_PROGRAM.into() }),
            None => Ok(()),
        }
    }

    /// The handle that the device's ports share, opened by `open` when there is none.
    ///
    /// The table stays locked meanwhile, so that two threads cannot open two handles of one device.
    pub(super) fn handle<Error>(
        &self,
        device: &Incarnation,
        open: impl FnOnce() -> Result<Handle, Error>,
    ) -> Result<Arc<Handle>, Error> {
        let mut entries = lock(&self.entries);
        entries.handles.retain(|_, handle| handle.strong_count() > 0);
        if let Some(handle) = entries.handles.get(device).and_then(Weak::upgrade) {
            return Ok(handle);
        }
        let handle = Arc::new(open()?);
        entries.handles.insert(device.clone(), Arc::downgrade(&handle));
        Ok(handle)
    }
}

/// An interface that is marked as open. Dropping it frees the mark.
pub(super) struct Reservation<Handle> {
    entries: Arc<Mutex<Entries<Handle>>>,
    key: (Incarnation, u8),
}

impl<Handle> Drop for Reservation<Handle> {
    fn drop(&mut self) {
        lock(&self.entries).open.remove(&self.key);
    }
}

/// No entry is ever left half written, so a table whose lock is poisoned is still right.
fn lock<Handle>(entries: &Mutex<Entries<Handle>>) -> MutexGuard<'_, Entries<Handle>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stick(address: u8) -> Incarnation {
        Incarnation { path: "1-1.4".parse().expect("a path"), address }
    }

    #[test]
    fn a_second_open_of_an_interface_is_busy_and_the_first_stays_open() {
        let table = OpenPorts::<()>::new();
        let first = table.reserve(&stick(4), 2).expect("free");
        for _ in 0..2 {
            assert!(matches!(table.reserve(&stick(4), 2), Err(UsbError::Busy { interface: 2, .. })));
        }
        drop(first);
        assert!(table.reserve(&stick(4), 2).is_ok());
    }

    #[test]
    fn other_interfaces_and_other_incarnations_are_free() {
        let table = OpenPorts::<()>::new();
        let _held = table.reserve(&stick(4), 2).expect("free");
        assert!(table.reserve(&stick(4), 0).is_ok());
        assert!(table.reserve(&stick(5), 2).is_ok());
    }

    #[test]
    fn a_device_with_an_open_port_is_named_with_that_interface() {
        let table = OpenPorts::<()>::new();
        let held = table.reserve(&stick(4), 2).expect("free");
        assert!(matches!(table.refuse_if_open(&stick(4)), Err(UsbError::Busy { interface: 2, .. })));
        assert!(table.refuse_if_open(&stick(5)).is_ok());
        drop(held);
        assert!(table.refuse_if_open(&stick(4)).is_ok());
    }

    #[test]
    fn two_ports_share_one_handle_and_the_last_one_closes_it() {
        let table = OpenPorts::<u32>::new();
        let first = table.handle(&stick(4), || Ok::<_, ()>(1)).expect("opened");
        let second = table.handle(&stick(4), || Ok::<_, ()>(2)).expect("shared");
        assert!(Arc::ptr_eq(&first, &second));
        drop((first, second));
        assert_eq!(*table.handle(&stick(4), || Ok::<_, ()>(3)).expect("opened anew"), 3);
    }

    #[test]
    fn a_handle_that_failed_to_open_is_tried_again() {
        let table = OpenPorts::<u32>::new();
        assert_eq!(table.handle(&stick(4), || Err("no permission yet")).err(), Some("no permission yet"));
        assert_eq!(table.handle(&stick(4), || Ok::<_, ()>(1)).as_deref(), Ok(&1));
    }
}
