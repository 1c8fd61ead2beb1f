//! What a stick on the bus is: its mode, the roles of its interfaces, and who it says it is.
//!
//! An id or a composition is a hint. Where something is written, or a mode is claimed to have been reached, the stick is
//! asked first.

mod hints;
mod host;
mod identity;
mod known_devices;
mod mode;
mod places;
mod ports;
mod probe;
mod role;
mod switching;

pub use hints::hints;
pub use host::Host;
pub use identity::{Bootloader, Identified, IdentityError, Private, identify, of_download};
pub use known_devices::{
    BROVI_REASON, KnownComposition, KnownDevice, Landing, Leaving, known_as, known_composition, known_compositions,
    known_device, known_devices, waiting,
};
pub use mode::{Mode, ONLY_CHECKED_FILES, known_products};
pub use ports::{DownloadPort, PortError, at_port, at_port_with_role, download_port, open, open_role};
pub use probe::{Probed, probe};
pub use role::{Evidence, Role, RoleFound, role_of, roles};
pub use switching::{ask_drive, tell_to_switch};

use crate::usb::{Attached, PortPath, UsbBus, UsbError};

/// The vendor id of Huawei.
pub const HUAWEI: u16 = 0x12d1;

/// Everything on the bus that may be a Balong stick, by port path.
///
/// # Errors
///
/// Those of [`UsbBus::attached`].
pub fn sticks(bus: &dyn UsbBus) -> Result<Vec<Attached>, UsbError> {
    let mut sticks: Vec<_> = bus.attached()?.into_iter().filter(|device| Mode::of(device).is_some()).collect();
    sticks.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(sticks)
}

/// What sits in one port now, whatever it is.
///
/// # Errors
///
/// Those of [`UsbBus::attached`].
pub fn at_path(bus: &dyn UsbBus, path: &PortPath) -> Result<Option<Attached>, UsbError> {
    Ok(bus.attached()?.into_iter().find(|device| device.path == *path))
}
