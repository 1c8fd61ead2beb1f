//! What a bus says of a device without talking to it.

use std::fmt;

use super::PortPath;

/// Class, subclass and protocol of a device or an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassTriple {
    /// `bDeviceClass` or `bInterfaceClass`.
    pub class: u8,
    /// The subclass.
    pub subclass: u8,
    /// The protocol.
    pub protocol: u8,
}

impl ClassTriple {
    /// A triple from its three bytes, in descriptor order.
    #[must_use]
    pub const fn new(class: u8, subclass: u8, protocol: u8) -> Self {
        Self { class, subclass, protocol }
    }
}

impl fmt::Display for ClassTriple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}/{:02x}/{:02x}", self.class, self.subclass, self.protocol)
    }
}

/// One interface of the active configuration, by its first alternate setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `bInterfaceNumber`.
    pub number: u8,
    /// Its class.
    pub class: ClassTriple,
    /// The kernel driver bound to it, where the system tells.
    pub driver: Option<String>,
}

/// Whether this user may open a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// No; the device node to be permitted.
    Denied {
        /// Such as `/dev/bus/usb/001/004`.
        node: String,
    },
    /// The system does not say before an attempt is made.
    Unknown,
}

/// One device on the bus: one incarnation of whatever sits in that port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The physical port. This is the identity.
    pub path: PortPath,
    /// The address of this incarnation; new after every re-enumeration.
    pub address: u8,
    /// `idVendor`.
    pub vendor_id: u16,
    /// `idProduct`.
    pub product_id: u16,
    /// `bcdUSB`, such as `0x0210`.
    pub usb_version: u16,
    /// `bcdDevice`.
    pub device_version: u16,
    /// The class of the device descriptor.
    pub class: ClassTriple,
    /// The manufacturer string, where the system knows it without asking the device.
    pub manufacturer: Option<String>,
    /// The product string, where the system knows it without asking the device.
    pub product: Option<String>,
    /// Whether this user may open it.
    pub access: Access,
    /// The interfaces of the active configuration, by number. Empty when it is not configured.
    pub interfaces: Vec<Interface>,
}

impl Attached {
    /// The ids as they are commonly written, such as `12d1:1443`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{:04x}:{:04x}", self.vendor_id, self.product_id)
    }
}

#[cfg(test)]
impl Attached {
    /// A Huawei device for tests, of which nothing is known but where it is and what it calls itself.
    pub(crate) fn bare(path: &str, address: u8, product_id: u16) -> Self {
        Self {
            path: path.parse().expect("a port path"),
            address,
            vendor_id: 0x12d1,
            product_id,
            usb_version: 0,
            device_version: 0,
            class: ClassTriple::default(),
            manufacturer: None,
            product: None,
            access: Access::Unknown,
            interfaces: Vec::new(),
        }
    }

    /// A device that no machine has: deeper than any real chain of hubs, on the last bus.
    pub(crate) fn nowhere() -> Self {
        Self::bare("255-255.255.255.255.255.255.255", 255, 0x1443)
    }
}
