//! Compositions that are no start of a switch: working, download and boot ids, and what shows them.
//!
//! Most are read in Huawei's published gadget sources, and confirmed on the bus where dumps exist.

use crate::stick::{HUAWEI, Mode};

/// A composition under an id of Huawei's.
#[derive(Debug)]
pub struct KnownComposition {
    /// `idProduct`; the vendor is Huawei.
    pub product_id: u16,
    /// The mode that the id names; `None` where only the interfaces tell.
    pub mode: Option<Mode>,
    /// Which models show it, or what it is.
    pub name: &'static str,
}

const fn names(product_id: u16, mode: Mode, name: &'static str) -> KnownComposition {
    KnownComposition { product_id, mode: Some(mode), name }
}

const fn judged(product_id: u16, name: &'static str) -> KnownComposition {
    KnownComposition { product_id, mode: None, name }
}

/// By mode. 1001 and 1003 are also an E169 and an E220, before their switch and after it; 1c05 is also the working id of an
/// E173s.
const COMPOSITIONS: &[KnownComposition] = &[
    names(0x1443, Mode::BootRom, "boot ROM of a Balong chip"),
    names(0x36dd, Mode::Fastboot, "fastboot of a Balong loader"),
    names(0x1c05, Mode::Download, "download mode of a stick or router, or an E173s at work"),
    names(0x1442, Mode::Download, "download (project) mode of HiLink firmware"),
    names(0x1568, Mode::Download, "download mode of an MBIM product"),
    names(0x2020, Mode::Download, "download mode of a chip that is not supported"),
    names(0x1566, Mode::Serial, "debug composition of HiLink firmware"),
    names(0x1441, Mode::Serial, "debug composition of HiLink firmware on another chip"),
    names(0x1567, Mode::Serial, "debug composition of an MBIM product"),
    names(0x1565, Mode::Serial, "debug composition with RNDIS"),
    names(0x1001, Mode::Serial, "gateway modem, or an E169 and its contemporaries at work"),
    names(0x1003, Mode::Serial, "factory composition, or an E220 and its contemporaries at work"),
    names(0x155e, Mode::Serial, "gateway modem with a network interface"),
    names(0x14dc, Mode::HiLink, "E3372h, E3272, E8372h, E5573 and others with HiLink firmware"),
    names(0x14db, Mode::HiLink, "E3372h, E3272, E3276, E8372h and others with HiLink firmware, without a card reader"),
    names(0x1506, Mode::Stick, "E3372h, E3372s, E3272, E3276, E8372h and others with stick firmware"),
    names(0x15b6, Mode::Stick, "E3372s and others with stick firmware"),
    names(0x1c20, Mode::ChargeOnly, "charging only, or a CD of a device that is switched off"),
    judged(0x156b, "E3276s-151 and E3251 at work"),
    judged(0x156c, "E3276s-151 and E3251 at work"),
    judged(0x1c51, "R218h and others like an E5573Cs at work"),
];

/// What a working, download or boot id stands for.
#[must_use]
pub fn known_composition(vendor_id: u16, product_id: u16) -> Option<&'static KnownComposition> {
    known_compositions().find(|known| (vendor_id, product_id) == (HUAWEI, known.product_id))
}

/// Every such composition.
pub fn known_compositions() -> impl Iterator<Item = &'static KnownComposition> {
    COMPOSITIONS.iter()
}
