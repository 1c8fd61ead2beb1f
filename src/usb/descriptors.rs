//! Descriptors as both libraries and the kernel hand them out, and the choice of a bulk pair from them.
//!
//! The layouts are those of the USB 2.0 specification, section 9.6. Nothing here trusts an order or an address: the
//! boot ROMs of the Balong family list OUT before IN in one USB stack and IN before OUT in the other, and the same
//! serial role sits at endpoint 1 in one composition and at endpoint 3 in the next.

use super::{ClassTriple, Direction, Interface, UsbError};

/// Bytes that one IN transfer asks for, before it is rounded to whole packets.
const IN_TRANSFER_LENGTH: usize = 4096;

/// The kinds of transfers that matter here, as `bmAttributes` of an endpoint tells them in its lowest two bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfers {
    /// 2.
    Bulk,
    /// 3.
    Interrupt,
    /// Control and isochronous ones.
    Others,
}

/// One endpoint of an alternate setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `bEndpointAddress`, the direction in bit 7.
    pub(super) address: u8,
    /// The kind of its transfers.
    pub(super) transfers: Transfers,
    /// Bytes in a full packet.
    pub(super) max_packet_size: usize,
}

impl Endpoint {
    /// An endpoint from the three fields of its descriptor that matter here.
    pub(super) fn new(address: u8, attributes: u8, max_packet_size: u16) -> Self {
        let transfers = match attributes & 0x03 {
            0x02 => Transfers::Bulk,
            0x03 => Transfers::Interrupt,
            _ => Transfers::Others,
        };
        Self { address, transfers, max_packet_size: usize::from(max_packet_size & 0x07ff) }
    }

    fn direction(&self) -> Direction {
        if self.address & 0x80 == 0 { Direction::Out } else { Direction::In }
    }
}

/// One alternate setting of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AlternateSetting {
    /// `bInterfaceNumber`.
    pub(super) interface: u8,
    /// `bAlternateSetting`.
    pub(super) number: u8,
    /// Its class.
    pub(super) class: ClassTriple,
    /// Its endpoints, in descriptor order.
    pub(super) endpoints: Vec<Endpoint>,
}

/// The endpoints that a port speaks through: a bulk pair, and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BulkPair {
    /// The alternate setting to select.
    pub(super) alternate: u8,
    /// Address of the bulk OUT endpoint.
    pub(super) output: u8,
    /// Address of the bulk IN endpoint.
    pub(super) input: u8,
    /// Bytes to ask for in one IN transfer: a multiple of the packet size, for a host that is given another length
    /// may find the stick sending more than it has room for.
    pub(super) input_length: usize,
    /// Bytes in a full packet of the IN endpoint.
    pub(super) input_packet: usize,
    /// The interrupt IN endpoint beside them, if there is one.
    pub(super) notices: Option<NoticeEndpoint>,
}

/// An interrupt IN endpoint, on which a function announces what has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoticeEndpoint {
    /// Its address.
    pub(super) address: u8,
    /// Bytes in a full packet, which is what one transfer asks for. SERIAL_STATE has 10 bytes; packets of 10, 16 and 64 were
    /// seen.
    pub(super) packet: usize,
}

/// Finds the first alternate setting of an interface that has a bulk endpoint in each direction.
pub(super) fn bulk_pair(settings: &[AlternateSetting], interface: u8) -> Result<BulkPair, UsbError> {
    let unsuitable = |why| UsbError::Unsuitable { interface, why };
    let mut of_interface = settings.iter().filter(|setting| setting.interface == interface).peekable();
    if of_interface.peek().is_none() {
        return Err(unsuitable("the active configuration has no such interface"));
    }
    of_interface.find_map(pair_of).ok_or_else(|| unsuitable("it has no pair of bulk endpoints"))
}

/// Why an interface of a device without an active configuration cannot be used.
pub(super) fn not_configured(interface: u8) -> UsbError {
    UsbError::Unsuitable { interface, why: "the device is not configured" }
}

fn pair_of(setting: &AlternateSetting) -> Option<BulkPair> {
    let first = |transfers: Transfers, direction: Direction| {
        setting.endpoints.iter().find(|endpoint| {
            endpoint.transfers == transfers
                && endpoint.direction() == direction
                && (1..=4096).contains(&endpoint.max_packet_size)
        })
    };
    let (output, input) = (first(Transfers::Bulk, Direction::Out)?, first(Transfers::Bulk, Direction::In)?);
    let notices = first(Transfers::Interrupt, Direction::In);
    Some(BulkPair {
        alternate: setting.number,
        output: output.address,
        input: input.address,
        input_length: IN_TRANSFER_LENGTH - IN_TRANSFER_LENGTH % input.max_packet_size,
        input_packet: input.max_packet_size,
        notices: notices.map(|found| NoticeEndpoint { address: found.address, packet: found.max_packet_size }),
    })
}

/// The interfaces of a configuration by their first alternate setting, in order of their numbers, without drivers.
pub(super) fn interfaces(settings: &[AlternateSetting]) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for setting in settings {
        if !found.iter().any(|interface| interface.number == setting.interface) {
            found.push(Interface { number: setting.interface, class: setting.class, driver: None });
        }
    }
    found.sort_by_key(|interface| interface.number);
    found
}

/// The numbers of the interfaces of a configuration, in order.
pub(super) fn numbers(settings: &[AlternateSetting]) -> Vec<u8> {
    interfaces(settings).iter().map(|interface| interface.number).collect()
}

/// What a device's cached descriptors say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeviceDescriptors {
    /// `bcdUSB`.
    pub(super) usb_version: u16,
    /// `bcdDevice`.
    pub(super) device_version: u16,
    /// The class of the device.
    pub(super) class: ClassTriple,
    /// `bConfigurationValue` and the alternate settings of each configuration.
    pub(super) configurations: Vec<(u8, Vec<AlternateSetting>)>,
}

/// Reads a device descriptor and the configurations that follow it, as the Linux kernel hands them out.
///
/// Descriptors that are cut off end the reading; those of other types are stepped over.
pub(super) fn parse(bytes: &[u8]) -> Option<DeviceDescriptors> {
    let (device, mut rest) = split_descriptor(bytes)?;
    if device.len() < 18 || device[1] != 0x01 {
        return None;
    }
    let mut read = DeviceDescriptors {
        usb_version: u16::from_le_bytes([device[2], device[3]]),
        device_version: u16::from_le_bytes([device[12], device[13]]),
        class: ClassTriple::new(device[4], device[5], device[6]),
        configurations: Vec::new(),
    };
    while let Some((descriptor, behind)) = split_descriptor(rest) {
        rest = behind;
        let settings = read.configurations.last_mut().map(|(_, settings)| settings);
        match (descriptor, settings) {
            ([_, 0x02, _, _, _, value, ..], _) => read.configurations.push((*value, Vec::new())),
            ([_, 0x04, interface, number, _, class, subclass, protocol, ..], Some(settings)) => {
                settings.push(AlternateSetting {
                    interface: *interface,
                    number: *number,
                    class: ClassTriple::new(*class, *subclass, *protocol),
                    endpoints: Vec::new(),
                });
            }
            ([_, 0x05, address, attributes, low, high, ..], Some(settings)) => {
                if let Some(setting) = settings.last_mut() {
                    let max_packet_size = u16::from_le_bytes([*low, *high]);
                    setting.endpoints.push(Endpoint::new(*address, *attributes, max_packet_size));
                }
            }
            _ => {}
        }
    }
    Some(read)
}

fn split_descriptor(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(*bytes.first()?);
    if length < 2 { None } else { bytes.split_at_checked(length) }
}

#[cfg(test)]
pub(super) mod tests;
