//! Snapshots of the bus.

use std::path::Path;

use ::nusb::{DeviceInfo, ErrorKind, MaybeFuture};

use crate::usb::patience::{Incarnation, failed};
use crate::usb::{Access, Attached, ClassTriple, Interface, PortPath, UsbError, sysfs};

/// Everything attached now, in order of the port paths. Root hubs are no devices.
pub(super) fn attached() -> Result<Vec<Attached>, UsbError> {
    let mut found: Vec<Attached> = listed()?.iter().filter_map(describe).collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The library's own entry for one incarnation; [`UsbError::Gone`] when it is no longer there.
pub(super) fn find(incarnation: &Incarnation) -> Result<DeviceInfo, UsbError> {
    let is_it = |info: &DeviceInfo| {
        info.device_address() == incarnation.address && path(info).is_some_and(|path| path == incarnation.path)
    };
    listed()?.into_iter().find(is_it).ok_or(UsbError::Gone)
}

/// Whether this incarnation is still on the bus.
pub(super) fn present(incarnation: &Incarnation) -> bool {
    sysfs::present(Path::new(sysfs::DEVICES), incarnation).unwrap_or_else(|| incarnation.is_among(&attached()))
}

fn listed() -> Result<Vec<DeviceInfo>, UsbError> {
    let listed = ::nusb::list_devices().wait();
    listed.map(Iterator::collect).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => failed("listing the USB devices", error),
        _ => UsbError::NoUsb { source: Some(error.into()) },
    })
}

fn describe(info: &DeviceInfo) -> Option<Attached> {
    let interfaces = info.interfaces().map(|interface| Interface {
        number: interface.interface_number(),
        class: ClassTriple::new(interface.class(), interface.subclass(), interface.protocol()),
        driver: None,
    });
    let mut device = Attached {
        path: path(info)?,
        address: info.device_address(),
        vendor_id: info.vendor_id(),
        product_id: info.product_id(),
        usb_version: info.usb_version(),
        device_version: info.device_version(),
        class: ClassTriple::new(info.class(), info.subclass(), info.protocol()),
        manufacturer: info.manufacturer_string().map(str::to_owned),
        product: info.product_string().map(str::to_owned),
        access: Access::Unknown,
        interfaces: interfaces.collect(),
    };
    device.access = sysfs::access(&Incarnation::of(&device));
    sysfs::complete(Path::new(sysfs::DEVICES), &mut device);
    Some(device)
}

fn path(info: &DeviceInfo) -> Option<PortPath> {
    PortPath::new(bus_number(info)?, info.port_chain())
}

#[cfg(target_os = "linux")]
fn bus_number(info: &DeviceInfo) -> Option<u8> {
    Some(info.busnum())
}

/// The top byte of the location id, in hexadecimal; libusb takes the same byte.
#[cfg(target_os = "macos")]
fn bus_number(info: &DeviceInfo) -> Option<u8> {
    u8::from_str_radix(info.bus_id(), 16).ok()
}

/// Windows names its buses; they are counted from 1 in the order in which it lists them.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn bus_number(info: &DeviceInfo) -> Option<u8> {
    let position = ::nusb::list_buses().wait().ok()?.position(|bus| bus.bus_id() == info.bus_id())?;
    u8::try_from(position + 1).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_gone() {
        match find(&Incarnation::of(&Attached::nowhere())) {
            Err(UsbError::Gone | UsbError::NoUsb { .. }) => {}
            other => panic!("gone, not {:?}", other.map(|info| info.product_id())),
        }
    }
}
