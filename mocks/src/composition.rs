//! The compositions: ids, interfaces and endpoints of each mode.
//!
//! Endpoints of 14dc and 1506 are those of published dumps of an E3372h and an E3372, those of 1566 of a dump of an
//! E8372h, which leaves out the network card: it has what the others leave over. Those of 1001, 1c05 and 155e were never
//! published; the numbers here are made up.

use crate::conformance;
use crate::descriptors::{AlternateSetting, Descriptors, Endpoint, Interface};
use crate::model::Mode;

/// A set of interfaces under one product id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 1f01: HiLink firmware's virtual CD.
    CdOfHiLink,
    /// 14fe: stick firmware's virtual CD.
    CdOfStick,
    /// 14dc.
    HiLink,
    /// 1506.
    Stick,
    /// 1001: modem, diag, PCUI.
    Serial,
    /// 155e: as 1001, and a network card.
    SerialAndNetwork,
    /// 1566, debug mode of HiLink firmware: network card, PCUI, two shells, two diagnostic ports, GPS, card reader.
    Debug,
    /// 1443.
    BootRom,
    /// 1c05 as a loader or an unfinished flash brings it up: A-shell, diag, PCUI.
    DownloadFactory,
    /// 1442 as firmware brings it up: PCUI, mass storage.
    DownloadProject,
    /// 36dd.
    Fastboot,
    /// The test device of the conformance list.
    Conformance,
}

/// What an interface is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    BootRom,
    /// The download daemon.
    Download,
    /// An AT port.
    At,
    /// Speaks HDLC, but no download protocol.
    Diagnostics,
    /// Takes everything, says nothing.
    Shell,
    /// An interface of a network card. Behind one of the CDC Ethernet model there is a network; the others take frames
    /// and give none.
    Network,
    /// The virtual CD; it alone obeys the switching message, and only before the switch.
    Cd,
    /// A card reader; it refuses the switching message.
    Card,
    Fastboot,
    /// Does what it is told by orders to the device.
    Conformance,
}

impl Role {
    /// Whether SET_CONTROL_LINE_STATE is taken.
    pub(crate) fn is_serial(self) -> bool {
        matches!(self, Self::BootRom | Self::Download | Self::At | Self::Diagnostics | Self::Shell | Self::Conformance)
    }

    pub(crate) fn is_mass_storage(self) -> bool {
        matches!(self, Self::Cd | Self::Card)
    }
}

/// Descriptors, and the role of each interface by its number.
#[derive(Debug)]
pub(crate) struct Composition {
    pub(crate) descriptors: Descriptors,
    pub(crate) roles: Vec<Role>,
}

const VENDOR: [u8; 3] = [0xff, 0xff, 0xff];
const MASS_STORAGE: [u8; 3] = [0x08, 0x06, 0x50];
/// CDC Ethernet control model.
const NETWORK_CONTROL: [u8; 3] = [0x02, 0x06, 0x00];
const NETWORK_DATA: [u8; 3] = [0x0a, 0x06, 0x00];

/// Header (CDC 1.10), union (control interface 0, data interface 1) and Ethernet (address in string 4, frames of 1514
/// bytes) functional descriptors: without them no CDC driver takes the network card. The published dump of 14dc gives
/// a total length that leaves room for exactly these.
#[rustfmt::skip]
const NETWORK_FUNCTIONS: [u8; 23] = [
    5, 0x24, 0x00, 0x10, 0x01,
    5, 0x24, 0x06, 0, 1,
    13, 0x24, 0x0f, 4, 0, 0, 0, 0, 0xea, 0x05, 0, 0, 0,
];

/// A locally administered address: no real card has it. Each stick puts one of its own in its place.
const NETWORK_ADDRESS: &str = "020000000001";

impl Shape {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::CdOfHiLink | Self::CdOfStick => Mode::Cd,
            Self::HiLink => Mode::HiLink,
            Self::Stick => Mode::Stick,
            Self::Serial | Self::SerialAndNetwork | Self::Debug => Mode::Serial,
            Self::BootRom => Mode::BootRom,
            Self::DownloadFactory | Self::DownloadProject => Mode::Download,
            Self::Fastboot => Mode::Fastboot,
            Self::Conformance => Mode::Conformance,
        }
    }

    fn product_id(self) -> u16 {
        match self {
            Self::CdOfHiLink => 0x1f01,
            Self::CdOfStick => 0x14fe,
            Self::HiLink => 0x14dc,
            Self::Stick => 0x1506,
            Self::Serial => 0x1001,
            Self::SerialAndNetwork => 0x155e,
            Self::Debug => 0x1566,
            Self::BootRom => 0x1443,
            Self::DownloadFactory => 0x1c05,
            Self::DownloadProject => 0x1442,
            Self::Fastboot => 0x36dd,
            Self::Conformance => conformance::PRODUCT_ID,
        }
    }

    /// Role, and per alternate setting the class and the endpoints: interrupt IN, bulk IN, bulk OUT. 0 means absent.
    #[rustfmt::skip]
    fn interfaces(self) -> Vec<(Role, Vec<Setting>)> {
        let serial = |role, inward, out| (role, vec![Setting(VENDOR, 0, inward, out)]);
        let mass = |role, inward, out| (role, vec![Setting(MASS_STORAGE, 0, inward, out)]);
        match self {
            Self::CdOfHiLink | Self::CdOfStick => vec![mass(Role::Cd, 0x81, 0x01)],
            Self::HiLink => vec![
                (Role::Network, vec![Setting(NETWORK_CONTROL, 0x83, 0, 0)]),
                (Role::Network, vec![Setting(NETWORK_DATA, 0, 0x82, 0x02)]),
                mass(Role::Card, 0x84, 0x03),
            ],
            Self::Stick => vec![
                (Role::At, vec![Setting([0xff, 0x03, 0x10], 0x82, 0x81, 0x01)]),
                (Role::At, vec![Setting([0xff, 0x03, 0x12], 0, 0x83, 0x02)]),
                (Role::Network, vec![
                    Setting([0xff, 0x03, 0x16], 0x85, 0, 0),
                    Setting([0xff, 0x03, 0x16], 0x85, 0x84, 0x03),
                ]),
                mass(Role::Card, 0x86, 0x04),
                mass(Role::Card, 0x87, 0x05),
            ],
            Self::Serial => vec![
                serial(Role::At, 0x81, 0x01),
                serial(Role::Diagnostics, 0x82, 0x02),
                serial(Role::At, 0x83, 0x03),
            ],
            Self::SerialAndNetwork => vec![
                serial(Role::At, 0x81, 0x01),
                serial(Role::Diagnostics, 0x82, 0x02),
                serial(Role::At, 0x83, 0x03),
                (Role::Network, vec![Setting(VENDOR, 0x85, 0, 0), Setting(VENDOR, 0x85, 0x84, 0x04)]),
            ],
            Self::Debug => vec![
                (Role::Network, vec![Setting(NETWORK_CONTROL, 0x81, 0, 0)]),
                (Role::Network, vec![Setting(NETWORK_DATA, 0, 0x82, 0x01)]),
                serial(Role::At, 0x83, 0x02),
                serial(Role::Shell, 0x84, 0x03),
                serial(Role::Shell, 0x85, 0x04),
                serial(Role::Diagnostics, 0x86, 0x05),
                // GPS: without a fix it says nothing.
                serial(Role::Shell, 0x87, 0x06),
                serial(Role::Diagnostics, 0x88, 0x07),
                mass(Role::Card, 0x89, 0x08),
            ],
            Self::BootRom => vec![serial(Role::BootRom, 0x81, 0x01)],
            Self::DownloadFactory => vec![
                serial(Role::Shell, 0x81, 0x01),
                serial(Role::Diagnostics, 0x82, 0x02),
                serial(Role::Download, 0x83, 0x03),
            ],
            Self::DownloadProject => vec![serial(Role::Download, 0x81, 0x01), mass(Role::Card, 0x82, 0x02)],
            Self::Fastboot => vec![(Role::Fastboot, vec![Setting([0xff, 0x42, 0x03], 0, 0x81, 0x01)])],
            // The class that Linux's `option` driver takes of any device with this vendor id.
            Self::Conformance => vec![
                serial(Role::Conformance, 0x81, 0x01),
                serial(Role::Conformance, 0x82, 0x02),
            ],
        }
    }
}

/// Class; then the addresses of interrupt IN, bulk IN and bulk OUT, 0 where there is none.
struct Setting([u8; 3], u8, u8, u8);

impl Setting {
    fn build(&self, max_packet: u16) -> AlternateSetting {
        let Self(class, interrupt, inward, out) = *self;
        let ends = [(interrupt, true), (inward, false), (out, false)];
        let present = ends.into_iter().filter(|(address, _)| *address != 0);
        let endpoint = |(address, interrupt)| {
            // Huawei's serial and network functions announce by interrupts of at most 16 bytes.
            Endpoint { address, interrupt, max_packet: if interrupt { 16 } else { max_packet } }
        };
        let functional = if class == NETWORK_CONTROL { NETWORK_FUNCTIONS.to_vec() } else { Vec::new() };
        AlternateSetting { class, functional, endpoints: present.map(endpoint).collect() }
    }
}

impl Composition {
    pub(crate) fn of(shape: Shape, full_speed: bool) -> Self {
        let max_packet = if full_speed { 64 } else { 512 };
        let parts = shape.interfaces();
        let roles = parts.iter().map(|(role, _)| *role).collect();
        let interfaces = (0u8..).zip(&parts).map(|(number, (_, settings))| Interface {
            number,
            settings: settings.iter().map(|setting| setting.build(max_packet)).collect(),
        });
        let (manufacturer, product) = strings(shape);
        let descriptors = Descriptors {
            usb_version: 0x0210,
            class: if matches!(shape, Shape::BootRom | Shape::HiLink | Shape::Debug) { [2, 0, 0] } else { [0, 0, 0] },
            vendor_id: 0x12d1,
            product_id: shape.product_id(),
            device_version: 0x0102,
            manufacturer: Some(manufacturer),
            product: Some(product),
            serial: (shape.mode() == Mode::Cd).then_some("0123456789ABCDEF"),
            network_address: matches!(shape, Shape::HiLink | Shape::Debug).then(|| NETWORK_ADDRESS.to_owned()),
            max_power: if shape == Shape::BootRom { 500 } else { 2 },
            interfaces: interfaces.collect(),
        };
        Self { descriptors, roles }
    }

    pub(crate) fn role(&self, interface: u8) -> Option<Role> {
        self.roles.get(usize::from(interface)).copied()
    }
}

fn strings(shape: Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::BootRom => ("HUA WEI", "USB COM"),
        Shape::Conformance => ("balong-mocks", "conformance test device"),
        _ => ("HUAWEI_MOBILE", "HUAWEI_MOBILE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Shape; 12] = [
        Shape::CdOfHiLink,
        Shape::CdOfStick,
        Shape::HiLink,
        Shape::Stick,
        Shape::Serial,
        Shape::SerialAndNetwork,
        Shape::Debug,
        Shape::BootRom,
        Shape::DownloadFactory,
        Shape::DownloadProject,
        Shape::Fastboot,
        Shape::Conformance,
    ];

    #[test]
    fn no_endpoint_belongs_to_two_interfaces() {
        for shape in ALL {
            let descriptors = Composition::of(shape, false).descriptors;
            for interface in &descriptors.interfaces {
                for end in interface.settings.iter().flat_map(|setting| &setting.endpoints) {
                    assert_eq!(descriptors.interface_of(end.address), Some(interface.number), "{shape:?}");
                }
            }
        }
    }

    #[test]
    fn the_network_card_of_1506_has_its_bulk_pair_in_the_second_setting() {
        let descriptors = Composition::of(Shape::Stick, false).descriptors;
        let (setting, out, inward) = descriptors.interfaces[2].bulk_pair().expect("a pair");
        assert_eq!((setting, out.address, inward.address), (1, 0x03, 0x84));
    }

    #[test]
    fn debug_mode_is_1566_and_its_only_at_port_is_interface_2() {
        let composition = Composition::of(Shape::Debug, false);
        let ports: Vec<usize> = (0..9).filter(|number| composition.roles[*number] == Role::At).collect();
        assert_eq!((composition.descriptors.product_id, composition.roles.len(), ports), (0x1566, 9, vec![2]));
        let pair = |number: usize| composition.descriptors.interfaces[number].bulk_pair().expect("a pair");
        let addresses: Vec<(u8, u8)> = (2..9).map(pair).map(|(_, out, inward)| (inward.address, out.address)).collect();
        let published =
            [(0x83, 0x02), (0x84, 0x03), (0x85, 0x04), (0x86, 0x05), (0x87, 0x06), (0x88, 0x07), (0x89, 0x08)];
        assert_eq!(addresses, published);
        assert!(composition.descriptors.string_bytes(4).is_some(), "the address that the Ethernet descriptor names");
    }

    #[test]
    fn behind_a_full_speed_hub_packets_are_64_bytes() {
        assert_eq!(Composition::of(Shape::BootRom, true).descriptors.max_packet(), 64);
    }
}
