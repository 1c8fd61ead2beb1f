//! What Linux knows of a device without asking it: cached descriptors and strings, bound drivers, permissions.
//!
//! Both backends complete their snapshots here, so that the same device reads the same from either. On other systems
//! there is no such tree, every look finds nothing, and what the library said stands.

use std::fs;
use std::path::{Path, PathBuf};

use super::patience::Incarnation;
use super::{Access, Attached, PortPath, UsbError, descriptors};
use crate::processes;

/// Where the kernel lists USB devices, by port path.
pub(super) const DEVICES: &str = "/sys/bus/usb/devices";

/// Who holds an interface that no kernel driver is bound to.
const ANOTHER_PROGRAM: &str = "another program";

/// The driver name that the kernel shows for an interface claimed by a program.
pub(super) const CLAIMED_BY_A_PROGRAM: &str = "usbfs";

/// Completes a snapshot of one device with what the tree `devices` says of this very incarnation.
///
/// The interfaces come from the cached descriptors and not from the interface folders: those show the class of whatever
/// alternate setting is selected, and some of them may not be there yet while a configuration is being set.
pub(super) fn complete(devices: &Path, device: &mut Attached) {
    let folder = devices.join(device.path.to_string());
    let incarnation = Incarnation::of(device);
    let cached = fs::read(folder.join("descriptors")).ok().and_then(|bytes| descriptors::parse(&bytes));
    let Some(cached) = cached else { return };
    let active = active_configuration(&folder);
    let mut interfaces = match cached.configurations.iter().find(|(value, _)| Some(*value) == active) {
        Some((_, settings)) => descriptors::interfaces(settings),
        None => Vec::new(),
    };
    for interface in &mut interfaces {
        interface.driver = driver(devices, &device.path, interface.number);
    }
    let (manufacturer, product) = (text(&folder, "manufacturer"), text(&folder, "product"));
    if present(devices, &incarnation) != Some(true) {
        return;
    }
    device.usb_version = cached.usb_version;
    device.device_version = cached.device_version;
    device.class = cached.class;
    device.interfaces = interfaces;
    device.manufacturer = manufacturer;
    device.product = product;
}

/// Whether the tree shows this incarnation; `None` where there is no tree to look at.
pub(super) fn present(devices: &Path, incarnation: &Incarnation) -> Option<bool> {
    if !devices.is_dir() {
        return None;
    }
    let address = text(&devices.join(incarnation.path.to_string()), "devnum");
    Some(address.and_then(|digits| digits.parse::<u8>().ok()) == Some(incarnation.address))
}

/// The kernel driver bound to an interface of the active configuration; `usbfs` stands for a program that claimed it.
pub(super) fn driver(devices: &Path, path: &PortPath, interface: u8) -> Option<String> {
    let configuration = active_configuration(&devices.join(path.to_string()))?;
    let link = fs::read_link(devices.join(format!("{path}:{configuration}.{interface}")).join("driver")).ok()?;
    Some(link.file_name()?.to_string_lossy().into_owned())
}

/// An interface that somebody else holds, as an error that names the holder as far as the tree tells.
pub(super) fn busy(devices: &Path, path: &PortPath, interface: u8) -> UsbError {
    let holder = match driver(devices, path, interface) {
        Some(driver) if driver != CLAIMED_BY_A_PROGRAM => format!("the kernel driver {driver}"),
        _ => ANOTHER_PROGRAM.to_owned(),
    };
    UsbError::Busy { interface, holder }
}

/// The same error with the program that has the device open in place of [`ANOTHER_PROGRAM`], where `/proc` tells.
///
/// It takes a look at every process, which is too much for each of an attempt's many tries: this is for the last one.
pub(super) fn name_holder(proc: &Path, error: UsbError, incarnation: &Incarnation) -> UsbError {
    match error {
        UsbError::Busy { interface, holder } if holder == ANOTHER_PROGRAM => {
            let found = processes::holders(proc, &[node(incarnation)]).found;
            let named: Vec<_> = found.iter().map(|(process, _)| process.to_string()).collect();
            UsbError::Busy { interface, holder: if named.is_empty() { holder } else { named.join(" and ") } }
        }
        other => other,
    }
}

/// A device that this user may not open, as an error that names what is to be permitted.
pub(super) fn denied(incarnation: &Incarnation) -> UsbError {
    let what = if cfg!(target_os = "linux") {
        node(incarnation).display().to_string()
    } else {
        format!("the USB device in port {}", incarnation.path)
    };
    let folder = Path::new(DEVICES).join(incarnation.path.to_string());
    let number = |attribute| u16::from_str_radix(&text(&folder, attribute)?, 16).ok();
    UsbError::Denied { what, id: number("idVendor").zip(number("idProduct")) }
}

/// Whether this user may open the device, by the permissions of its node and without opening it.
#[cfg(target_os = "linux")]
pub(super) fn access(incarnation: &Incarnation) -> Access {
    use rustix::io::Errno;

    let node = node(incarnation);
    match rustix::fs::access(&node, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK) {
        Ok(()) => Access::Granted,
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Access::Denied { node: node.display().to_string() },
        Err(_) => Access::Unknown,
    }
}

/// Only an attempt tells, on a system without device nodes.
#[cfg(not(target_os = "linux"))]
pub(super) fn access(_: &Incarnation) -> Access {
    Access::Unknown
}

fn node(incarnation: &Incarnation) -> PathBuf {
    PathBuf::from(format!("/dev/bus/usb/{:03}/{:03}", incarnation.path.bus(), incarnation.address))
}

/// `bConfigurationValue`, which the kernel leaves empty for a device that is not configured.
fn active_configuration(folder: &Path) -> Option<u8> {
    text(folder, "bConfigurationValue")?.parse().ok()
}

/// An attribute without its line end. A file that is not there, or of a device that has just left, is `None`.
fn text(folder: &Path, attribute: &str) -> Option<String> {
    let bytes = fs::read(folder.join(attribute)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

#[cfg(all(test, unix))]
mod tests;
