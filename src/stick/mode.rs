//! The mode that a stick is in, by its ids and interfaces.

use std::fmt;

use super::HUAWEI;
use super::known_devices::{BROVI, known_composition, known_compositions, waiting};
use crate::usb::{Attached, ClassTriple};

/// What a stick shows itself as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A CD-ROM drive that waits to be switched to its working composition.
    Cd,
    /// A small router: an Ethernet device and no modem ports.
    HiLink,
    /// A modem with AT ports and a network interface of its own.
    Stick,
    /// A composition of serial ports, for debugging or for routers.
    Serial,
    /// The boot ROM, waiting for a loader ("needle" mode).
    BootRom,
    /// The download daemon, by its id; only its answer to `AT^DLOADVER?` proves it.
    Download,
    /// The loader's fastboot.
    Fastboot,
    /// Charging only; no job ends here.
    ChargeOnly,
    /// A stick that looks like one of these and is none: the Brovi E3372-325, built on another chip.
    Unsupported,
    /// A Huawei device in a composition that is not known here.
    Unknown,
}

/// Mass storage, SCSI, bulk-only.
const MASS_STORAGE: u8 = 0x08;
/// Vendor-specific.
const VENDOR: u8 = 0xff;

/// The product ids of Huawei's that name one mode.
pub fn known_products() -> impl Iterator<Item = u16> {
    known_compositions().filter(|known| known.mode.is_some()).map(|known| known.product_id)
}

/// Why neither programs nor people talk to the ports of a stick in the modes of [`Mode::ways_with_checked_files`].
pub const ONLY_CHECKED_FILES: &str = "what goes to its ports can write the flash, and only checked files go there";

impl Mode {
    /// The mode of a device, or `None` when it is neither a Huawei device nor one that is taken for one.
    ///
    /// A device of the table of known devices that still waits for its switch is in its CD stage, whatever its id stands
    /// for after it. Ids that name no mode are judged by their interfaces: storage alone is the CD stage, an Ethernet
    /// function without serial ones is HiLink, a serial function whose protocol byte names a modem role is a stick.
    #[must_use]
    pub fn of(device: &Attached) -> Option<Self> {
        if (device.vendor_id, device.product_id) == BROVI {
            return Some(Self::Unsupported);
        }
        if device.vendor_id != HUAWEI {
            return None;
        }
        if waiting(device).is_some() {
            return Some(Self::Cd);
        }
        let named = known_composition(device.vendor_id, device.product_id).and_then(|known| known.mode);
        Some(named.unwrap_or_else(|| Self::by_interfaces(device)))
    }

    fn by_interfaces(device: &Attached) -> Self {
        let any = |wanted: fn(ClassTriple) -> bool| device.interfaces.iter().any(|found| wanted(found.class));
        let is_ethernet = |class: ClassTriple| {
            (class.class == 0x02 && class.subclass == 0x06) || (class.class == 0xe0 && class.subclass == 0x01)
        };
        if any(|class| class.class == VENDOR && matches!(class.subclass, 1..=6)) {
            Self::Stick
        } else if any(|class| class.class == VENDOR) {
            Self::Serial
        } else if any(is_ethernet) {
            Self::HiLink
        } else if !device.interfaces.is_empty() && device.interfaces.iter().all(|one| one.class.class == MASS_STORAGE) {
            Self::Cd
        } else {
            Self::Unknown
        }
    }

    /// The word for this mode on the command line and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cd => "cd",
            Self::HiLink => "hilink",
            Self::Stick => "stick",
            Self::Serial => "serial",
            Self::BootRom => "bootrom",
            Self::Download => "download",
            Self::Fastboot => "fastboot",
            Self::ChargeOnly => "charge_only",
            Self::Unsupported => "unsupported",
            Self::Unknown => "unknown",
        }
    }

    /// The mode behind the word "in", such as "its boot ROM".
    #[must_use]
    pub fn place(self) -> String {
        match self {
            Self::BootRom | Self::Cd => format!("its {self}"),
            other => other.to_string(),
        }
    }

    /// In the modes in which [`ONLY_CHECKED_FILES`] is so: the commands that lead on from there, as a sentence without its stop.
    #[must_use]
    pub const fn ways_with_checked_files(self) -> Option<&'static str> {
        match self {
            Self::Download => Some(
                "`balong info` and `balong at` ask it, `balong flash` writes a firmware, `balong reset` leads out of it",
            ),
            Self::BootRom => Some(
                "`balong convert` goes on from there, `balong load` sends a loader alone; a stick that is unplugged and \
                 plugged in without touching its boot pad runs its firmware",
            ),
            _ => None,
        }
    }

    /// Whether firmware from the flash is running in this mode.
    #[must_use]
    pub const fn runs_firmware(self) -> bool {
        matches!(self, Self::Cd | Self::HiLink | Self::Stick | Self::Serial)
    }
}

impl fmt::Display for Mode {
    /// The mode as people call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cd => "CD stage",
            Self::HiLink => "HiLink mode",
            Self::Stick => "stick mode",
            Self::Serial => "serial mode",
            Self::BootRom => "boot ROM",
            Self::Download => "download mode",
            Self::Fastboot => "fastboot",
            Self::ChargeOnly => "charge-only mode",
            Self::Unsupported => "Brovi E3372-325, which is another chip and not supported",
            Self::Unknown => "a mode that is not known",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::Interface;

    fn device(vendor_id: u16, product_id: u16, classes: &[(u8, u8, u8)]) -> Attached {
        let interfaces = classes.iter().zip(0..).map(|(&(class, subclass, protocol), number)| Interface {
            number,
            class: ClassTriple::new(class, subclass, protocol),
            driver: None,
        });
        Attached { vendor_id, interfaces: interfaces.collect(), ..Attached::bare("1-1", 1, product_id) }
    }

    #[test]
    fn the_ids_of_the_main_job_name_their_modes() {
        let named = |product| Mode::of(&device(HUAWEI, product, &[]));
        assert_eq!(named(0x1443), Some(Mode::BootRom));
        assert_eq!(named(0x1c05), Some(Mode::Download));
        assert_eq!(named(0x14dc), Some(Mode::HiLink));
        assert_eq!(named(0x1506), Some(Mode::Stick));
    }

    #[test]
    fn ids_that_are_not_known_are_judged_by_their_interfaces() {
        let judged = |classes: &[(u8, u8, u8)]| Mode::of(&device(HUAWEI, 0xabcd, classes));
        assert_eq!(judged(&[(8, 6, 0x50)]), Some(Mode::Cd));
        assert_eq!(judged(&[(2, 6, 0), (0x0a, 6, 0), (8, 6, 0x50)]), Some(Mode::HiLink));
        assert_eq!(judged(&[(0xff, 3, 0x12), (8, 6, 0x50)]), Some(Mode::Stick));
        assert_eq!(judged(&[(0xff, 6, 0x42), (8, 6, 0x50)]), Some(Mode::Stick), "Vodafone's spelling");
        assert_eq!(judged(&[(0xff, 0xff, 0xff)]), Some(Mode::Serial));
        assert_eq!(judged(&[]), Some(Mode::Unknown));
    }

    #[test]
    fn a_brovi_is_known_by_name_and_never_taken_for_a_balong() {
        let brovi = Mode::of(&device(0x3566, 0x2001, &[(0xff, 3, 0x12)]));
        assert_eq!(brovi, Some(Mode::Unsupported));
        assert!(!Mode::Unsupported.runs_firmware());
    }

    #[test]
    fn a_device_of_another_vendor_is_no_stick() {
        assert_eq!(Mode::of(&device(0x1d6b, 0x1443, &[(0xff, 0xff, 0xff)])), None);
    }
}
