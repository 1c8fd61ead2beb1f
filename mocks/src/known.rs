//! Devices of which nothing is known but how they are led out of their virtual CD, and under which id they come back.

mod table;

use crate::mass_storage::Command;

/// What the device comes back as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Under one of these product ids. The simulated one always takes the first.
    Ids(&'static [u16]),
    /// Under the id that it had, with an interface of this class.
    Class(u8),
    /// Nobody says.
    Unknown,
}

/// A bulk-only command, as far as a device looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// `dCBWDataTransferLength`.
    pub length: usize,
    /// Whether the data would go to the host.
    pub inward: bool,
    /// `bCBWLUN`.
    pub unit: u8,
    /// The command block.
    pub block: [u8; 16],
}

/// The one way that leads the device out of its virtual CD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// SET_FEATURE to the device, feature 1, index 0: Huawei's oldest sticks.
    SetFeature,
    /// This command block, whatever the wrapper says of unit and length.
    Block(Message),
    /// This command block for this unit, with this transfer length and direction.
    Transfer(Message),
    /// SET_CONFIGURATION with this value. 0 never leads anywhere: the device is to be left alone.
    Configuration(u8),
    /// START STOP UNIT that throws the medium out.
    Eject,
}

/// A device that is known by its switch alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its name as a model: the id before the switch, such as `12d1:14b5`.
    pub name: &'static str,
    /// `idVendor`.
    pub vendor_id: u16,
    /// `idProduct` before the switch.
    pub product_id: u16,
    /// What it is, in words.
    pub description: &'static str,
    /// What it obeys.
    pub method: Method,
    /// What becomes of it.
    pub target: Target,
}

const START_STOP_UNIT: u8 = 0x1b;
/// Of the fifth byte of START STOP UNIT: load or eject, and which of the two.
const LOAD_OR_EJECT: u8 = 0x02;
const START: u8 = 0x01;

impl KnownDevice {
    /// Whether this command leads it out of its CD.
    pub(crate) fn obeys(&self, command: &Command) -> bool {
        match self.method {
            Method::Block(message) => command.block == message.block,
            Method::Transfer(message) => command.message() == message,
            Method::Eject => {
                command.block[0] == START_STOP_UNIT && command.block[4] & (LOAD_OR_EJECT | START) == LOAD_OR_EJECT
            }
            Method::SetFeature | Method::Configuration(_) => false,
        }
    }

    /// The product id that it works under.
    #[must_use]
    pub fn working_id(&self) -> u16 {
        match self.target {
            Target::Ids([first, ..]) => *first,
            _ => self.product_id,
        }
    }

    /// Whether it is the one that has one id for every mode.
    pub(crate) fn is_brovi(&self) -> bool {
        *self == table::BROVI
    }
}

/// The device of that id before the switch, as `vendor:product` in hex digits of either case.
pub(crate) fn by_id(name: &str) -> Option<&'static KnownDevice> {
    table::ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// Brovi's E3372-325, which has one id for every mode.
pub(crate) fn brovi() -> &'static KnownDevice {
    &table::BROVI
}

/// Every device that can be had by its id.
#[must_use]
pub fn devices() -> &'static [KnownDevice] {
    &table::ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ids_in_order_and_each_stands_for_one_device() {
        for (row, next) in devices().iter().zip(&devices()[1..]) {
            assert!(row.product_id < next.product_id, "{}", next.name);
        }
        for row in devices() {
            assert_eq!(row.name, format!("{:04x}:{:04x}", row.vendor_id, row.product_id));
            assert_eq!(by_id(&row.name.to_uppercase()), Some(row));
        }
        assert_eq!(by_id("12d1:14dc"), None, "an id after the switch is no model");
    }

    #[test]
    fn each_method_has_as_many_devices_as_in_the_published_table() {
        let count = |wanted: fn(&Method) -> bool| devices().iter().filter(|row| wanted(&row.method)).count();
        assert_eq!(count(|method| matches!(method, Method::Block(_))), 62);
        assert_eq!(count(|method| matches!(method, Method::SetFeature)), 7);
        assert_eq!(count(|method| matches!(method, Method::Transfer(_))), 4);
        assert_eq!(count(|method| matches!(method, Method::Configuration(0))), 9);
        assert_eq!(count(|method| matches!(method, Method::Configuration(2))), 1);
        assert_eq!(count(|method| matches!(method, Method::Eject)), 1);
    }

    fn command(hex: &str) -> Command {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("digits");
        let transfer: Vec<u8> = (0..hex.len()).step_by(2).map(digits).collect();
        Command::parse(&transfer).expect("a wrapper of 31 bytes")
    }

    /// Messages as the published table has them, whole.
    #[test]
    fn a_device_obeys_the_published_message_and_no_other() {
        let new_mode = "55534243123456780000000000000011062000000101000100000000000000";
        let rezero = "55534243123456780600000080000601000000000000000000000000000000";
        let android = "55534243123456780600000080010a11060000000000000000000000000000";
        for (name, own) in [("12d1:14b5", new_mode), ("12d1:101e", rezero), ("12d1:1030", android), ("12d1:1003", "")] {
            let device = by_id(name).expect("a device");
            for message in [new_mode, rezero, android] {
                assert_eq!(device.obeys(&command(message)), message == own, "{name} {message}");
            }
        }
    }

    #[test]
    fn a_phone_looks_at_unit_and_length_as_well_as_at_the_block() {
        let device = by_id("12d1:1031").expect("a device");
        for message in [
            "55534243123456780000000080010a11060000000000000000000000000000",
            "55534243123456780600000000010a11060000000000000000000000000000",
            "55534243123456780600000080000a11060000000000000000000000000000",
        ] {
            assert!(!device.obeys(&command(message)), "{message}");
        }
    }

    #[test]
    fn only_an_eject_is_an_eject() {
        let device = by_id("12d1:380b").expect("a device");
        for (byte, obeyed) in [(0x02, true), (0x00, false), (0x01, false), (0x03, false)] {
            let message = format!("5553424312345678000000000000061b000000{byte:02x}000000000000000000000000");
            assert_eq!(device.obeys(&command(&message[..62])), obeyed, "{byte:02x}");
        }
    }
}
