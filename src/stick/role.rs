//! What each interface of a stick is for.

use std::fmt;

use super::Mode;
use super::places::roles_by_place;
use crate::usb::Attached;

/// The function behind one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The data port of the modem: dialling and PPP.
    Modem,
    /// The AT port for programs ("PC user interface"); in download mode, the flashing port.
    Pcui,
    /// The diagnostic port, which speaks HDLC too.
    Diagnostic,
    /// A shell of the stick's application processor.
    Shell,
    /// Positions.
    Gps,
    /// A serial function with a purpose of its own, which takes no AT commands: smart card, control, fingerprint, messages,
    /// voice, video, or data between the stick's processors.
    Auxiliary,
    /// A network function of the stick (NCM, NDIS, ECM or RNDIS).
    Network,
    /// CD-ROM or SD card.
    Storage,
    /// The boot ROM's only port.
    BootRom,
    /// Fastboot.
    Fastboot,
    /// A serial function whose role the descriptors do not tell.
    Serial,
    /// Something else.
    Other,
}

impl Role {
    /// The word for this role on the command line and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Modem => "modem",
            Self::Pcui => "pcui",
            Self::Diagnostic => "diag",
            Self::Shell => "shell",
            Self::Gps => "gps",
            Self::Auxiliary => "auxiliary",
            Self::Network => "network",
            Self::Storage => "storage",
            Self::BootRom => "bootrom",
            Self::Fastboot => "fastboot",
            Self::Serial => "serial",
            Self::Other => "other",
        }
    }

    /// Whether it is a serial port that a conversation can be had with.
    #[must_use]
    pub const fn is_serial(self) -> bool {
        matches!(
            self,
            Self::Modem | Self::Pcui | Self::Diagnostic | Self::Shell | Self::Gps | Self::Auxiliary | Self::Serial
        )
    }

    /// The role that the protocol byte of a switched composition names (Huawei's published gadget sources, and the list that
    /// Linux's `option` driver matches). Sticks of Vodafone's add 0x30 to it, others without Huawei's name 0x60.
    const fn by_protocol(protocol: u8) -> Option<Self> {
        let plain = match protocol {
            0x31..=0x4d => protocol - 0x30,
            0x61..=0x7d => protocol - 0x60,
            plain => plain,
        };
        Some(match plain {
            0x01 | 0x10 | 0x17 => Self::Modem,
            0x02 | 0x12 => Self::Pcui,
            0x03 | 0x13 => Self::Diagnostic,
            // 0x0a stands for Bluetooth as well; on Balong sticks it is the shell of the modem's processor.
            0x0a | 0x18 | 0x19 => Self::Shell,
            0x05 | 0x14 | 0x1d => Self::Gps,
            0x07..=0x09 | 0x11 | 0x16 | 0xa3 => Self::Network,
            0xa1 | 0xa2 => Self::Storage,
            0x04 | 0x06 | 0x0b..=0x0f | 0x15 | 0x1a..=0x1c => Self::Auxiliary,
            _ => return None,
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How the role of an interface is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Its class, subclass and protocol name it.
    Descriptors,
    /// Its place in a composition that is known: a hint.
    Place,
    /// It answered a plain `AT`.
    AnswersAt,
    /// It answered as the download daemon does.
    AnswersDownload,
    /// The stick named it, in its answer to `AT^GETPORTMODE`.
    PortMode,
}

impl Evidence {
    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Place => "place",
            Self::AnswersAt => "at",
            Self::AnswersDownload => "download",
            Self::PortMode => "port_mode",
        }
    }

    /// The same in words behind the role; empty where the descriptors tell.
    #[must_use]
    pub const fn remark(self) -> &'static str {
        match self {
            Self::Descriptors => "",
            Self::Place => "by its place",
            Self::AnswersAt => "it answers AT",
            Self::AnswersDownload => "it answers as the download daemon",
            Self::PortMode => "by AT^GETPORTMODE",
        }
    }
}

/// An interface, its role, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleFound {
    /// `bInterfaceNumber`.
    pub interface: u8,
    /// What it is for; [`Role::Serial`] where that is not known.
    pub role: Role,
    /// How that is known.
    pub by: Evidence,
}

/// The role of each interface of a device, with hints by its place where the descriptors tell nothing; nothing is sent.
#[must_use]
pub fn roles(device: &Attached) -> Vec<RoleFound> {
    let places = roles_by_place(device);
    let told = device.interfaces.iter().zip(role_of(device)).zip(places);
    told.map(|((interface, role), place)| match (role, place) {
        (Role::Serial, Some(role)) => RoleFound { interface: interface.number, role, by: Evidence::Place },
        _ => RoleFound { interface: interface.number, role, by: Evidence::Descriptors },
    })
    .collect()
}

/// The role of each interface of a device by its descriptors alone, in the order of its interfaces.
///
/// The compositions with static ids report `ff/ff/ff` for every serial function; there the role is `Serial`, and only
/// probing can tell more.
#[must_use]
pub fn role_of(device: &Attached) -> Vec<Role> {
    let mode = Mode::of(device);
    let role = |class: crate::usb::ClassTriple| match (class.class, class.subclass, class.protocol) {
        (0xff, 0x42, 0x03) => Role::Fastboot,
        (0xff, 1..=6, protocol) => Role::by_protocol(protocol).unwrap_or(Role::Serial),
        (0xff, ..) if mode == Some(Mode::BootRom) => Role::BootRom,
        (0xff, ..) => Role::Serial,
        (0x08, ..) => Role::Storage,
        (0x02 | 0x0a, 0x06, _) | (0xe0, 0x01, _) | (0x0a, ..) => Role::Network,
        _ => Role::Other,
    };
    device.interfaces.iter().map(|interface| role(interface.class)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::{ClassTriple, Interface};

    fn role(subclass: u8, protocol: u8) -> Role {
        let class = ClassTriple::new(0xff, subclass, protocol);
        let interfaces = vec![Interface { number: 0, class, driver: None }];
        role_of(&Attached { interfaces, ..Attached::bare("1-1", 1, 0x1506) })[0]
    }

    #[test]
    fn every_role_byte_is_read_in_every_operators_spelling() {
        use Role::{Auxiliary, Diagnostic, Gps, Modem, Network, Pcui, Shell};
        let table = [
            (Modem, &[0x01, 0x10, 0x17][..]),
            (Pcui, &[0x02, 0x12]),
            (Diagnostic, &[0x03, 0x13]),
            (Gps, &[0x05, 0x14, 0x1d]),
            (Shell, &[0x0a, 0x18, 0x19]),
            (Network, &[0x07, 0x08, 0x09, 0x11, 0x16]),
            (Auxiliary, &[0x04, 0x06, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x15, 0x1a, 0x1b, 0x1c]),
        ];
        let mut told = Vec::new();
        for (expected, protocols) in table {
            for &protocol in protocols {
                for subclass in 1..=6 {
                    for spelling in [protocol, protocol + 0x30, protocol + 0x60] {
                        assert_eq!(role(subclass, spelling), expected, "ff/{subclass:02x}/{spelling:02x}");
                    }
                }
                told.push(protocol);
            }
        }
        told.sort_unstable();
        assert_eq!(told, (0x01..=0x1d).collect::<Vec<_>>(), "every byte of the table");
    }

    #[test]
    fn a_byte_that_is_in_no_table_tells_nothing() {
        for (subclass, protocol) in
            [(0xff, 0xff), (0xff, 0x12), (7, 0x12), (2, 0x00), (2, 0x1e), (2, 0x4e), (2, 0x7e), (3, 0xff)]
        {
            assert_eq!(role(subclass, protocol), Role::Serial, "ff/{subclass:02x}/{protocol:02x}");
        }
    }
}
