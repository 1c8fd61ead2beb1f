//! What the stick remembers of its compositions, in the part of the flash that no firmware update writes.
//!
//! `AT^U2DIAG` and `AT^SETPORT` change it. Both take effect at the next start.

use crate::firmware::Kind;

/// Values that `AT^U2DIAG` takes: modem, modem and CD, HiLink, factory, modem and card, and two that are known by their
/// numbers only.
const U2DIAG: [u16; 7] = [0, 1, 119, 255, 256, 257, 276];
/// The value that makes HiLink firmware start in debug mode.
const DEBUG: u16 = 256;

/// What the stick remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    u2diag: Option<u16>,
    ports: Option<PortSets>,
}

/// A value that a setting cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadValue;

impl Settings {
    /// The value of `AT^U2DIAG?`. Before anybody set it: 119 (HiLink) with HiLink firmware, else 0 (modem).
    #[must_use]
    pub fn u2diag(&self, kind: Kind) -> u16 {
        self.u2diag.unwrap_or(match kind {
            Kind::HiLink => 119,
            Kind::Stick => 0,
        })
    }

    /// The value of `AT^SETPORT?`, such as `A1,A2;12,10,16,A1,A2`: what shows before the switch, and after it.
    #[must_use]
    pub fn setport(&self) -> String {
        self.ports.as_ref().map_or_else(|| DEFAULT_PORTS.to_owned(), |ports| ports.text.clone())
    }

    /// Whether HiLink firmware is to come up in debug mode.
    pub(crate) fn starts_in_debug_mode(&self) -> bool {
        self.u2diag == Some(DEBUG)
    }

    /// Whether stick firmware shows a virtual CD first.
    pub(crate) fn shows_cd(&self) -> bool {
        self.ports.as_ref().is_none_or(|ports| !ports.before.is_empty())
    }

    /// Whether a card reader shows beside that CD.
    pub(crate) fn shows_card_beside_cd(&self) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.before.has(Port::Card))
    }

    /// What stick firmware shows after the switch.
    pub(crate) fn working(&self) -> PortSet {
        self.ports.as_ref().map_or_else(PortSet::default, |ports| ports.working)
    }

    pub(crate) fn set_u2diag(&mut self, text: &str) -> Result<(), BadValue> {
        let value = text.parse().ok().filter(|value| U2DIAG.contains(value)).ok_or(BadValue)?;
        self.u2diag = Some(value);
        Ok(())
    }

    /// Takes the quoted text behind `AT^SETPORT=`.
    pub(crate) fn set_ports(&mut self, text: &str) -> Result<(), BadValue> {
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or(BadValue)?;
        self.ports = Some(PortSets::parse(text)?);
        Ok(())
    }
}

const DEFAULT_PORTS: &str = "A1,A2;12,10,16,A1,A2";

/// One function that a port code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Modem3g,
    Modem,
    Pcui3g,
    Pcui,
    Diagnostics3g,
    Diagnostics,
    Gps3g,
    Gps,
    Bluetooth,
    Network,
    Cd,
    Card,
}

/// The code, what `AT^SETPORT=?` calls it, and the port, in the order in which the stick arranges its interfaces: the
/// published 1506 has its modem first, whatever the order of the codes.
const PORTS: [(&str, &str, Port); 12] = [
    ("1", "3G MODEM", Port::Modem3g),
    ("10", "4G MODEM", Port::Modem),
    ("2", "3G PCUI", Port::Pcui3g),
    ("12", "4G PCUI", Port::Pcui),
    ("3", "3G DIAG", Port::Diagnostics3g),
    ("13", "4G DIAG", Port::Diagnostics),
    ("5", "3G GPS", Port::Gps3g),
    ("14", "4G GPS", Port::Gps),
    ("A", "BLUETOOTH", Port::Bluetooth),
    ("16", "NCM", Port::Network),
    ("A1", "CDROM", Port::Cd),
    ("A2", "SD", Port::Card),
];
/// The code for no port at all.
const NONE: &str = "FF";

/// The lines of `AT^SETPORT=?`.
pub(crate) fn known_ports() -> Vec<String> {
    let ports = PORTS.iter().map(|(code, name, _)| (*code, *name)).chain([(NONE, "NONE")]);
    ports.map(|(code, name)| format!("^SETPORT:{code}: {name}")).collect()
}

/// A set of ports: one bit each, by the place in [`PORTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortSet(u16);

impl Default for PortSet {
    /// 4G modem, 4G PCUI, NCM, CD, card.
    fn default() -> Self {
        let ports = [Port::Modem, Port::Pcui, Port::Network, Port::Cd, Port::Card];
        Self(ports.iter().fold(0, |bits, port| bits | bit(*port)))
    }
}

fn bit(port: Port) -> u16 {
    1 << port as u16
}

impl PortSet {
    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn has(self, port: Port) -> bool {
        self.0 & bit(port) != 0
    }

    /// The ports, in the order of the interfaces.
    pub(crate) fn ports(self) -> impl Iterator<Item = Port> {
        PORTS.iter().map(|(_, _, port)| *port).filter(move |port| self.has(*port))
    }

    fn parse(text: &str) -> Result<Self, BadValue> {
        if text == NONE {
            return Ok(Self(0));
        }
        let mut set = 0;
        for code in text.split(',') {
            let (_, _, port) = PORTS.iter().find(|(known, _, _)| *known == code).ok_or(BadValue)?;
            if set & bit(*port) != 0 {
                return Err(BadValue);
            }
            set |= bit(*port);
        }
        Ok(Self(set))
    }
}

/// What shows before the switch, and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PortSets {
    text: String,
    before: PortSet,
    working: PortSet,
}

impl PortSets {
    /// Before the switch this stick shows a CD, with or without a card reader, or nothing, and then needs no switch. What
    /// real ones make of other ports there was never published.
    fn parse(text: &str) -> Result<Self, BadValue> {
        let (before, working) = text.split_once(';').ok_or(BadValue)?;
        let (before, working) = (PortSet::parse(before)?, PortSet::parse(working)?);
        let drives = before.ports().all(|port| matches!(port, Port::Cd | Port::Card));
        let leads_out = before.is_empty() || before.has(Port::Cd);
        if !drives || !leads_out || working.is_empty() {
            return Err(BadValue);
        }
        Ok(Self { text: text.to_owned(), before, working })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_stands_for_the_port_in_its_place() {
        for (place, (_, _, port)) in PORTS.iter().enumerate() {
            assert_eq!(bit(*port), 1 << place, "{port:?}");
        }
    }

    #[test]
    fn a_new_stick_has_the_published_port_sets() {
        let settings = Settings::default();
        assert_eq!(settings.setport(), "A1,A2;12,10,16,A1,A2");
        assert_eq!(PortSets::parse(DEFAULT_PORTS).expect("it is one").working, PortSet::default());
        assert!(settings.shows_cd() && settings.shows_card_beside_cd() && !settings.starts_in_debug_mode());
        assert_eq!((settings.u2diag(Kind::HiLink), settings.u2diag(Kind::Stick)), (119, 0));
    }

    #[test]
    fn ff_before_the_semicolon_means_no_virtual_cd() {
        let mut settings = Settings::default();
        assert_eq!(settings.set_ports("\"FF;12,10,16\""), Ok(()));
        assert!(!settings.shows_cd());
        assert_eq!(settings.working().ports().collect::<Vec<_>>(), [Port::Modem, Port::Pcui, Port::Network]);
        assert_eq!(settings.setport(), "FF;12,10,16");
    }

    #[test]
    fn bad_values_are_refused_and_change_nothing() {
        let mut settings = Settings::default();
        for text in [
            "FF;12",
            "\"FF;12",
            "\"\"",
            "\"12\"",
            "\"FF;\"",
            "\"FF;FF\"",
            "\"FF;12,12\"",
            "\"FF;12,FF\"",
            "\"FF;4\"",
            "\"A2;12\"",
            "\"A1,12;12\"",
            "\"FF;12;12\"",
            "\"FF; 12\"",
        ] {
            assert_eq!(settings.set_ports(text), Err(BadValue), "{text}");
        }
        for text in ["", "2", "-1", "65536", "256 ", "\"256\""] {
            assert_eq!(settings.set_u2diag(text), Err(BadValue), "{text}");
        }
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.set_u2diag("256"), Ok(()));
        assert!(settings.starts_in_debug_mode());
    }
}
