//! The devices whose switch is known: what they are called, how they are told, and where they land.
//!
//! One entry for every Huawei configuration of Debian's usb-modeswitch-data 20191128, and the one look-alike that is no
//! Balong stick. The ids of the working, download and boot compositions are in `compositions`. A device that is in
//! neither is judged by its interfaces alone, and [`known_as`] says that it is not known.

mod compositions;
mod table;
#[cfg(test)]
mod tests;

use super::{HUAWEI, Mode};
use crate::protocol::mode_switch::SwitchMethod;
use crate::usb::Attached;

pub use compositions::{KnownComposition, known_composition, known_compositions};

/// Class of a mass storage interface.
const MASS_STORAGE: u8 = 0x08;

/// The Brovi E3372-325, one id for every mode.
pub(super) const BROVI: (u16, u16) = (0x3566, 0x2001);

/// Why the Brovi E3372-325 (3566:2001) is not supported, as one sentence.
pub const BROVI_REASON: &str = "the Brovi E3372-325 is built on another chip, though it is sold under the name of a \
                                Balong stick, and shows one id in every mode, so that its mode cannot be told";

/// Why a device that is listed with the configuration 0 is left alone, as one sentence.
const NEEDS_NO_SWITCH: &str = "it is a modem that needs no switching; usb_modeswitch lists it only to keep its own \
                               generic rule for Huawei devices away from it";

/// A device whose switch is known, by the id that it shows before.
#[derive(Debug)]
pub struct KnownDevice {
    /// `idVendor`.
    pub vendor_id: u16,
    /// `idProduct`, before the switch.
    pub product_id: u16,
    /// What usb_modeswitch's table calls it. One id may stand for many models.
    pub name: &'static str,
    /// Balong models that show this id, where some are known and the name does not tell.
    pub models: Option<&'static str>,
    /// How it is told.
    pub leave: Leaving,
    /// Where it is after that.
    pub lands: Landing,
}

/// How a device is told to take its working composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// In this way.
    By(SwitchMethod),
    /// Not at all: usb_modeswitch lists it only to keep its own generic rule away (configuration 0), or it is no Balong
    /// stick.
    LeaveAlone {
        /// Why, as one sentence without its full stop.
        why: &'static str,
    },
}

/// Where a device is after its switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Under one of these product ids of Huawei's.
    Products(&'static [u16]),
    /// In a composition with an interface of this class, mostly under the id that it had before.
    Class(u8),
    /// The table does not say.
    Anything,
}

impl Landing {
    /// Whether a device that came back is where the table says: by its id, or by an interface of the class. One that still
    /// waits for a switch is not.
    ///
    /// Where the table names no id, a boot ROM, download mode, fastboot and charging are not taken for a landing: no
    /// switch leads there, so it is another device, or something went wrong.
    #[must_use]
    pub fn admits(&self, device: &Attached) -> bool {
        if device.vendor_id != HUAWEI || waiting(device).is_some() {
            return false;
        }
        let maintenance = [Mode::BootRom, Mode::Download, Mode::Fastboot, Mode::ChargeOnly];
        let works = Mode::of(device).is_some_and(|mode| !maintenance.contains(&mode));
        match self {
            Self::Products(products) => products.contains(&device.product_id),
            Self::Class(class) => works && shows(device, *class),
            Self::Anything => works,
        }
    }
}

impl KnownDevice {
    /// Whether a device with this entry's id is still in its composition before the switch.
    ///
    /// The id alone does not tell: 12d1:1001 and 12d1:1003 are an E169 and an E220 before their switch, the same after it,
    /// and working compositions of Balong sticks besides. Before its switch a device shows a mass storage as its first
    /// interface; in a working composition the first one is a serial port or a network function, and storage comes
    /// behind it. Where the switch leads to a class under an id that the table does not name, an interface of that class
    /// means that it is done already.
    #[must_use]
    pub fn waits(&self, device: &Attached) -> bool {
        let is_it = (device.vendor_id, device.product_id) == (self.vendor_id, self.product_id);
        let storage_first = device.interfaces.first().is_some_and(|first| first.class.class == MASS_STORAGE);
        let done = matches!(self.lands, Landing::Class(class) if shows(device, class));
        is_it && storage_first && !done
    }

    /// What it is called: by the Balong models that show this id, where they are known.
    #[must_use]
    pub fn known_as(&self) -> &'static str {
        self.models.unwrap_or(self.name)
    }

    /// How it is told, where there is a way.
    #[must_use]
    pub fn method(&self) -> Option<&SwitchMethod> {
        match &self.leave {
            Leaving::By(method) => Some(method),
            Leaving::LeaveAlone { .. } => None,
        }
    }
}

fn shows(device: &Attached, class: u8) -> bool {
    device.interfaces.iter().any(|interface| interface.class.class == class)
}

/// The entry for an id, as it is before the switch. The id alone does not tell that a device waits for its switch: see
/// [`KnownDevice::waits`].
#[must_use]
pub fn known_device(vendor_id: u16, product_id: u16) -> Option<&'static KnownDevice> {
    known_devices().find(|device| (device.vendor_id, device.product_id) == (vendor_id, product_id))
}

/// Every entry.
pub fn known_devices() -> impl Iterator<Item = &'static KnownDevice> {
    table::TABLES.iter().copied().flatten()
}

/// The entry of a device that still waits for its switch, and can be told.
#[must_use]
pub fn waiting(device: &Attached) -> Option<&'static KnownDevice> {
    known_device(device.vendor_id, device.product_id).filter(|known| known.method().is_some() && known.waits(device))
}

/// What a device is called in the table of known devices, or `None` when it is not in it.
///
/// A device that waits for its switch, by that; any other by its working composition where that is known, else by the
/// entries whose switch leads to its id. Several models may share an id: then all of them are named.
#[must_use]
pub fn known_as(device: &Attached) -> Option<String> {
    let (vendor, product) = (device.vendor_id, device.product_id);
    let working = || known_composition(vendor, product).map(|composition| composition.name);
    let listed = || known_device(vendor, product).map(KnownDevice::known_as);
    let named = waiting(device).map(KnownDevice::known_as).or_else(working).or_else(listed);
    named.map(str::to_owned).or_else(|| switched(vendor, product))
}

/// The names of all that land under an id.
fn switched(vendor_id: u16, product_id: u16) -> Option<String> {
    let lands_here = |lands| matches!(lands, Landing::Products(products) if products.contains(&product_id));
    let entries = known_devices().filter(|known| vendor_id == HUAWEI && lands_here(known.lands));
    let names: Vec<_> = entries.map(KnownDevice::known_as).collect();
    (!names.is_empty()).then(|| format!("{}, after its switch", names.join(" or ")))
}
