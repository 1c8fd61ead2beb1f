//! Descriptors as bytes, in the terms of the USB 2.0 specification, section 9.6.

use super::{Descriptors, Endpoint};

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const STRING: u8 = 3;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const DEVICE_QUALIFIER: u8 = 6;
const OTHER_SPEED_CONFIGURATION: u8 = 7;
const BINARY_OBJECT_STORE: u8 = 15;
const DEVICE_CAPABILITY: u8 = 16;
const USB_2_EXTENSION: u8 = 2;
const UNITED_STATES_ENGLISH: u16 = 0x0409;

impl Descriptors {
    /// The device descriptor.
    #[must_use]
    pub fn device_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![18, DEVICE];
        bytes.extend(self.usb_version.to_le_bytes());
        bytes.extend(self.class);
        bytes.push(64);
        for word in [self.vendor_id, self.product_id, self.device_version] {
            bytes.extend(word.to_le_bytes());
        }
        let index = |text: Option<&str>, index: u8| if text.is_some() { index } else { 0 };
        bytes.extend([index(self.manufacturer, 1), index(self.product, 2), index(self.serial, 3), self.configurations]);
        bytes
    }

    /// The configuration descriptor with all that belongs to it.
    #[must_use]
    pub fn configuration_bytes(&self) -> Vec<u8> {
        self.configuration(CONFIGURATION, |end| end.max_packet)
    }

    /// The configuration descriptor as it would be at the other of the two speeds.
    #[must_use]
    pub fn other_speed_bytes(&self) -> Vec<u8> {
        let other = if self.max_packet() == 64 { 512 } else { 64 };
        self.configuration(OTHER_SPEED_CONFIGURATION, |end| if end.interrupt { end.max_packet } else { other })
    }

    /// The device qualifier: what the device descriptor would say at the other of the two speeds.
    #[must_use]
    pub fn qualifier_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![10, DEVICE_QUALIFIER];
        bytes.extend(self.usb_version.to_le_bytes());
        bytes.extend(self.class);
        bytes.extend([64, self.configurations, 0]);
        bytes
    }

    /// The binary object store, which a device of version 2.01 or later has: a USB 2.0 extension that promises nothing.
    #[must_use]
    pub fn object_store_bytes(&self) -> Option<Vec<u8>> {
        let extension = [7, DEVICE_CAPABILITY, USB_2_EXTENSION, 0, 0, 0, 0];
        let header = [5, BINARY_OBJECT_STORE, 12, 0, 1];
        (self.usb_version > 0x0200).then(|| [&header[..], &extension].concat())
    }

    fn configuration(&self, kind: u8, max_packet: impl Fn(&Endpoint) -> u16) -> Vec<u8> {
        let mut body = Vec::new();
        for interface in &self.interfaces {
            for (number, setting) in (0u8..).zip(&interface.settings) {
                let count = u8::try_from(setting.endpoints.len()).unwrap_or(u8::MAX);
                body.extend([9, INTERFACE, interface.number, number, count]);
                body.extend(setting.class);
                body.push(0);
                body.extend(&setting.functional);
                for end in &setting.endpoints {
                    body.extend([7, ENDPOINT, end.address, if end.interrupt { 3 } else { 2 }]);
                    body.extend(max_packet(end).to_le_bytes());
                    body.push(end.interval());
                }
            }
        }
        let total = u16::try_from(body.len() + 9).unwrap_or(u16::MAX);
        let count = u8::try_from(self.interfaces.len()).unwrap_or(u8::MAX);
        let half_power = u8::try_from(self.max_power / 2).unwrap_or(u8::MAX);
        let mut bytes = vec![9, kind];
        bytes.extend(total.to_le_bytes());
        bytes.extend([count, self.configuration, 0, 0x80, half_power]);
        bytes.extend(body);
        bytes
    }

    /// A string descriptor. Index 0 is the list of languages.
    #[must_use]
    pub fn string_bytes(&self, index: u8) -> Option<Vec<u8>> {
        let units: Vec<u16> = match index {
            0 => vec![UNITED_STATES_ENGLISH],
            1 => self.manufacturer?.encode_utf16().collect(),
            2 => self.product?.encode_utf16().collect(),
            3 => self.serial?.encode_utf16().collect(),
            4 => self.network_address.as_ref()?.encode_utf16().collect(),
            _ => return None,
        };
        let length = u8::try_from(units.len() * 2 + 2).ok()?;
        let mut bytes = vec![length, STRING];
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use crate::composition::{Composition, Shape};

    #[test]
    fn the_14dc_configuration_is_94_bytes_as_published_dumps_give_it() {
        let descriptors = Composition::of(Shape::HiLink, false).descriptors;
        let bytes = descriptors.configuration_bytes();
        assert_eq!(bytes.len(), 94);
        assert_eq!(usize::from(u16::from_le_bytes([bytes[2], bytes[3]])), bytes.len());
        let string = descriptors.string_bytes(4).expect("the address that the Ethernet descriptor names");
        assert_eq!(string.len(), 2 + 2 * 12);
    }

    #[test]
    fn the_other_speed_has_the_other_bulk_packets_and_the_same_length() {
        let descriptors = Composition::of(Shape::BootRom, false).descriptors;
        let (here, other) = (descriptors.configuration_bytes(), descriptors.other_speed_bytes());
        assert_eq!((here.len(), here[1], other[1]), (other.len(), 2, 7));
        assert_eq!((&here[22..24], &other[22..24]), (&[0x00, 0x02][..], &[0x40, 0x00][..]));
        assert_eq!(descriptors.qualifier_bytes(), [10, 6, 0x10, 0x02, 2, 0, 0, 64, 1, 0]);
    }

    #[test]
    fn the_object_store_counts_its_own_bytes() {
        let store = Composition::of(Shape::BootRom, false).descriptors.object_store_bytes().expect("version 2.10");
        assert_eq!((store.len(), store[2], store[4], store[5]), (12, 12, 1, 7));
    }

    #[test]
    fn the_boot_roms_device_descriptor_names_1443() {
        let descriptors = Composition::of(Shape::BootRom, false).descriptors;
        let bytes = descriptors.device_bytes();
        assert_eq!((bytes.len(), &bytes[8..12]), (18, &[0xd1, 0x12, 0x43, 0x14][..]));
        assert_eq!(descriptors.string_bytes(3), None);
        assert_eq!(descriptors.string_bytes(0), Some(vec![4, 3, 9, 4]));
    }
}
