//! Snapshots of the bus.

use std::path::Path;

use rusb::{Context, Device, DeviceList, Error, UsbContext, Version};

use crate::usb::patience::{Incarnation, failed};
use crate::usb::{Access, Attached, ClassTriple, PortPath, UsbError, descriptors, sysfs};

/// Everything attached now, in order of the port paths. Root hubs are no devices.
pub(super) fn attached() -> Result<Vec<Attached>, UsbError> {
    let mut found: Vec<Attached> = listed()?.iter().filter_map(|device| describe(&device)).collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The library's own entry for one incarnation; [`UsbError::Gone`] when it is no longer there.
pub(super) fn find(incarnation: &Incarnation) -> Result<Device<Context>, UsbError> {
    let is_it = |device: &Device<Context>| {
        device.address() == incarnation.address && path(device).is_some_and(|path| path == incarnation.path)
    };
    listed()?.iter().find(is_it).ok_or(UsbError::Gone)
}

/// Whether this incarnation is still on the bus.
pub(super) fn present(incarnation: &Incarnation) -> bool {
    sysfs::present(Path::new(sysfs::DEVICES), incarnation).unwrap_or_else(|| incarnation.is_among(&attached()))
}

fn listed() -> Result<DeviceList<Context>, UsbError> {
    let context = Context::new().map_err(|error| match error {
        Error::Other | Error::NotFound | Error::NotSupported => UsbError::NoUsb { source: Some(error.into()) },
        _ => failed("starting libusb", error),
    })?;
    context.devices().map_err(|error| failed("listing the USB devices", error))
}

fn describe(device: &Device<Context>) -> Option<Attached> {
    // Both descriptors are cached; a device without a readable one has just left.
    let descriptor = device.device_descriptor().ok()?;
    let interfaces = match device.active_config_descriptor() {
        Ok(active) => descriptors::interfaces(&super::settings_of(&active)),
        Err(_) => Vec::new(),
    };
    let mut snapshot = Attached {
        path: path(device)?,
        address: device.address(),
        vendor_id: descriptor.vendor_id(),
        product_id: descriptor.product_id(),
        usb_version: binary_coded(descriptor.usb_version()),
        device_version: binary_coded(descriptor.device_version()),
        class: ClassTriple::new(descriptor.class_code(), descriptor.sub_class_code(), descriptor.protocol_code()),
        manufacturer: None,
        product: None,
        access: Access::Unknown,
        interfaces,
    };
    snapshot.access = sysfs::access(&Incarnation::of(&snapshot));
    sysfs::complete(Path::new(sysfs::DEVICES), &mut snapshot);
    Some(snapshot)
}

fn path(device: &Device<Context>) -> Option<PortPath> {
    PortPath::new(device.bus_number(), &device.port_numbers().ok()?)
}

/// The sixteen bits that rusb took apart. It adds the two digits of the major version up, so that one beyond 99 (some
/// sticks say `ff.ff`) can be told only by its first digit being as large as it gets.
fn binary_coded(Version(major, minor, sub_minor): Version) -> u16 {
    let tens = (major / 10).min(15);
    let ones = major - 10 * tens;
    u16::from_be_bytes([tens << 4 | ones, minor << 4 | sub_minor])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_back_as_the_descriptor_had_them() {
        for raw in [0x0110, 0x0200, 0x0210, 0x0102, 0x9999, 0xffff] {
            assert_eq!(binary_coded(Version::from_bcd(raw)), raw, "{raw:04x}");
        }
    }
}
