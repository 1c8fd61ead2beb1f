//! Row 15: a machine without USB.

use std::time::Duration;

use balong::usb::{Access, Attached, ClassTriple, Direction, PortPath, UsbBus, UsbError};

use super::super::subject::{Kept, check, vendor};

/// Row 15: each call says that there is no USB, in plain words, or that this device is gone; none panics or hangs.
pub(super) fn clean_error(bus: &dyn UsbBus) -> Kept {
    match bus.attached() {
        Err(error @ UsbError::NoUsb { .. }) => {
            let sentence = "this machine has no USB bus that this program can see";
            check(error.to_string() == sentence, || format!("it says `{error}`"))?;
        }
        other => return Err(format!("a look at the bus ended with {other:?}")),
    }
    let device = some_device().ok_or("no port path could be made")?;
    none("an open", bus.open(&device, 0).map(drop))?;
    let question = vendor(Direction::In, 0, 0, 0);
    none("a control request", bus.control(&device, question, &[], Duration::from_secs(1)).map(drop))?;
    none("selecting a configuration", bus.set_configuration(&device, 1))
}

fn none(what: &str, done: Result<(), UsbError>) -> Kept {
    match done {
        Err(UsbError::NoUsb { .. } | UsbError::Gone) => Ok(()),
        other => Err(format!("{what} ended with {other:?}")),
    }
}

/// A device from a time when there was USB.
fn some_device() -> Option<Attached> {
    Some(Attached {
        path: PortPath::new(1, &[1])?,
        address: 2,
        vendor_id: 0x12d1,
        product_id: 0x1443,
        usb_version: 0x0200,
        device_version: 0,
        class: ClassTriple::default(),
        manufacturer: None,
        product: None,
        access: Access::Unknown,
        interfaces: Vec::new(),
    })
}
