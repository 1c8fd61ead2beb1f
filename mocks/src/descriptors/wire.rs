//! Descriptors as bytes, in the terms of the USB 2.0 specification, section 9.6.

use super::Descriptors;

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const STRING: u8 = 3;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
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
        bytes.extend([index(self.manufacturer, 1), index(self.product, 2), index(self.serial, 3), 1]);
        bytes
    }

    /// The configuration descriptor with all that belongs to it.
    #[must_use]
    pub fn configuration_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for interface in &self.interfaces {
            for (number, setting) in (0u8..).zip(&interface.settings) {
                let count = u8::try_from(setting.endpoints.len()).unwrap_or(u8::MAX);
                body.extend([9, INTERFACE, interface.number, number, count]);
                body.extend(setting.class);
                body.push(0);
                for end in &setting.endpoints {
                    body.extend([7, ENDPOINT, end.address, if end.interrupt { 3 } else { 2 }]);
                    body.extend(end.max_packet.to_le_bytes());
                    body.push(if end.interrupt { 9 } else { 0 });
                }
            }
        }
        let total = u16::try_from(body.len() + 9).unwrap_or(u16::MAX);
        let count = u8::try_from(self.interfaces.len()).unwrap_or(u8::MAX);
        let half_power = u8::try_from(self.max_power / 2).unwrap_or(u8::MAX);
        let mut bytes = vec![9, CONFIGURATION];
        bytes.extend(total.to_le_bytes());
        bytes.extend([count, 1, 0, 0x80, half_power]);
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
    fn the_14dc_configuration_is_94_bytes_less_its_cdc_functional_descriptors() {
        // Published dumps of the E3372h give wTotalLength 94. Header, union and Ethernet functional descriptors (5, 5 and
        // 13 bytes) are left out here: nothing has a use for them.
        let descriptors = Composition::of(Shape::HiLink, false).descriptors;
        let bytes = descriptors.configuration_bytes();
        assert_eq!(bytes.len(), 94 - 5 - 5 - 13);
        assert_eq!(usize::from(u16::from_le_bytes([bytes[2], bytes[3]])), bytes.len());
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
