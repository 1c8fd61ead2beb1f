//! The interfaces of each composition, with their endpoints.

use super::{Role, Shape};
use crate::descriptors::{AlternateSetting, Endpoint};
use crate::known::{KnownDevice, Target};
use crate::settings::{Port, PortSet};

const VENDOR: [u8; 3] = [0xff, 0xff, 0xff];
pub(super) const MASS_STORAGE: [u8; 3] = [0x08, 0x06, 0x50];
/// CDC Ethernet control model.
pub(super) const NETWORK_CONTROL: [u8; 3] = [0x02, 0x06, 0x00];
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

impl Shape {
    pub(super) fn interfaces(self, ports: PortSet) -> Vec<Part> {
        match self {
            Self::CdOfHiLink | Self::CdOfStick | Self::KnownCd(_) => vec![mass("cdrom", Role::Cd, 0x81, 0x01)],
            Self::HiLink => {
                let [control, data] = network_card(0x83, 0x82, 0x02);
                vec![control, data, mass("mass", Role::Card, 0x84, 0x03)]
            }
            Self::HiLinkWithoutCard => network_card(0x81, 0x82, 0x01).into(),
            Self::Stick => dynamic(ports),
            Self::Serial => gateway().into(),
            Self::SerialAndNetwork => {
                let ncm = vec![Setting(VENDOR, 0x85, 0, 0), Setting(VENDOR, 0x85, 0x84, 0x04)];
                gateway().into_iter().chain([Part("ncm", Role::Network, ncm)]).collect()
            }
            Self::Debug => debug(),
            Self::BootRom => vec![serial("", Role::BootRom, 0x81, 0x01)],
            Self::DownloadFactory => vec![
                serial("a_shell", Role::Shell, 0x81, 0x01),
                serial("3g_diag", Role::Diagnostics, 0x82, 0x02),
                serial("pcui", Role::Download, 0x83, 0x03),
            ],
            Self::DownloadProject => {
                vec![serial("pcui", Role::Download, 0x81, 0x01), mass("mass", Role::Card, 0x82, 0x02)]
            }
            Self::Fastboot => vec![Part("", Role::Fastboot, vec![Setting([0xff, 0x42, 0x03], 0, 0x81, 0x01)])],
            Self::KnownWorking(device) => known(device),
            // The class that Linux's `option` driver takes of any device with this vendor id.
            Self::Conformance => {
                vec![serial("", Role::Conformance, 0x81, 0x01), serial("", Role::Conformance, 0x82, 0x02)]
            }
        }
    }
}

/// The three ports of a modem for gateways, in 1001 and 155e.
fn gateway() -> [Part; 3] {
    [
        serial("mdm", Role::At, 0x81, 0x01),
        serial("3g_diag", Role::Diagnostics, 0x82, 0x02),
        serial("pcui", Role::At, 0x83, 0x03),
    ]
}

fn debug() -> Vec<Part> {
    let [control, data] = network_card(0x81, 0x82, 0x01);
    vec![
        control,
        data,
        serial("pcui", Role::At, 0x83, 0x02),
        serial("c_shell", Role::Shell, 0x84, 0x03),
        serial("a_shell", Role::Shell, 0x85, 0x04),
        serial("3g_diag", Role::Diagnostics, 0x86, 0x05),
        // Without a fix it says nothing.
        serial("gps", Role::Shell, 0x87, 0x06),
        serial("4g_diag", Role::Diagnostics, 0x88, 0x07),
        mass("mass", Role::Card, 0x89, 0x08),
    ]
}

/// 1506 after a switch by Windows: each function has the next bulk pair, and one more IN endpoint if it announces things.
/// With the ports of a new stick this gives the published endpoints.
fn dynamic(ports: PortSet) -> Vec<Part> {
    let (mut inward, mut out) = (0x80, 0x00);
    let part = |port| {
        inward += 1;
        out += 1;
        let announces = matches!(port, Port::Modem3g | Port::Modem | Port::Network);
        let (name, role, code) = match port {
            Port::Modem3g => ("mdm", Role::At, 0x01),
            Port::Modem => ("mdm", Role::At, 0x10),
            Port::Pcui3g => ("pcui", Role::At, 0x02),
            Port::Pcui => ("pcui", Role::At, 0x12),
            Port::Diagnostics3g => ("3g_diag", Role::Diagnostics, 0x03),
            Port::Diagnostics => ("4g_diag", Role::Diagnostics, 0x13),
            Port::Gps3g => ("gps", Role::Shell, 0x05),
            Port::Gps => ("gps", Role::Shell, 0x14),
            Port::Bluetooth => ("bluetooth", Role::Shell, 0x0a),
            Port::Network => ("ncm", Role::Network, 0x16),
            Port::Cd | Port::Card => return mass("mass", Role::Card, inward, out),
        };
        let class = [0xff, 0x03, code];
        let settings = match (port, announces) {
            (Port::Network, _) => vec![Setting(class, inward + 1, 0, 0), Setting(class, inward + 1, inward, out)],
            (_, true) => vec![Setting(class, inward + 1, inward, out)],
            (_, false) => vec![Setting(class, 0, inward, out)],
        };
        inward += u8::from(announces);
        Part(name, role, settings)
    };
    ports.ports().map(part).collect()
}

/// Modem and AT port; a network card where the device is known to become one.
fn known(device: &KnownDevice) -> Vec<Part> {
    if device.is_brovi() {
        // Three ports, of which users report the last one to answer, and a network card.
        let ncm = vec![Setting(VENDOR, 0x85, 0, 0), Setting(VENDOR, 0x85, 0x84, 0x04)];
        return vec![
            serial("", Role::Shell, 0x81, 0x01),
            serial("", Role::Diagnostics, 0x82, 0x02),
            serial("pcui", Role::At, 0x83, 0x03),
            Part("ncm", Role::Network, ncm),
        ];
    }
    match device.target {
        Target::Class(class) if class == NETWORK_CONTROL[0] => network_card(0x81, 0x82, 0x01).into(),
        _ => vec![serial("mdm", Role::At, 0x81, 0x01), serial("pcui", Role::At, 0x82, 0x02)],
    }
}

/// What `AT^GETPORTMODE` calls it (nothing: it belongs to the function before it), what it is for, and its alternate
/// settings.
pub(super) struct Part(pub(super) &'static str, pub(super) Role, pub(super) Vec<Setting>);

fn serial(name: &'static str, role: Role, inward: u8, out: u8) -> Part {
    Part(name, role, vec![Setting(VENDOR, 0, inward, out)])
}

fn mass(name: &'static str, role: Role, inward: u8, out: u8) -> Part {
    Part(name, role, vec![Setting(MASS_STORAGE, 0, inward, out)])
}

/// The two interfaces of a CDC Ethernet function.
fn network_card(interrupt: u8, inward: u8, out: u8) -> [Part; 2] {
    [
        Part("ecm", Role::Network, vec![Setting(NETWORK_CONTROL, interrupt, 0, 0)]),
        Part("", Role::Network, vec![Setting(NETWORK_DATA, 0, inward, out)]),
    ]
}

/// Class; then the addresses of interrupt IN, bulk IN and bulk OUT, 0 where there is none.
pub(super) struct Setting([u8; 3], u8, u8, u8);

impl Setting {
    pub(super) fn build(&self, max_packet: u16) -> AlternateSetting {
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
