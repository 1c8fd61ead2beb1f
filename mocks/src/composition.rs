//! The compositions: ids, interfaces and endpoints of each mode.
//!
//! Endpoints of 14dc and 1506 are those of published dumps of an E3372h and an E3372, those of 1566 of a dump of an
//! E8372h, which leaves out the network card: it has what the others leave over. Those of 1001, 1c05 and 155e were never
//! published; the numbers here are made up. So is all of a device that is known by its switch alone, apart from ids and
//! classes.

mod interfaces;

use crate::conformance;
use crate::descriptors::{Descriptors, Interface};
use crate::known::{KnownDevice, Method, Target};
use crate::model::Mode;
use crate::settings::PortSet;

use interfaces::{NETWORK_CONTROL, Part};

/// A set of interfaces under one product id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 1f01: HiLink firmware's virtual CD.
    CdOfHiLink,
    /// 14fe: stick firmware's virtual CD.
    CdOfStick,
    /// 14dc.
    HiLink,
    /// 14db: HiLink firmware of a stick without a card reader.
    HiLinkWithoutCard,
    /// 1506, with the interfaces that the stick was told to show.
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
    /// The virtual CD of a device that is known by its switch alone.
    KnownCd(&'static KnownDevice),
    /// Such a device at work, where no other shape has its id.
    KnownWorking(&'static KnownDevice),
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
    /// Sends back what comes.
    Loopback,
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
        matches!(
            self,
            Self::BootRom
                | Self::Download
                | Self::At
                | Self::Diagnostics
                | Self::Loopback
                | Self::Shell
                | Self::Conformance
        )
    }

    pub(crate) fn is_mass_storage(self) -> bool {
        matches!(self, Self::Cd | Self::Card)
    }
}

/// Descriptors, and the role of each interface by its number.
#[derive(Debug)]
pub(crate) struct Composition {
    pub(crate) shape: Shape,
    pub(crate) descriptors: Descriptors,
    pub(crate) roles: Vec<Role>,
    /// What `AT^GETPORTMODE` calls the functions. A function may be of two interfaces.
    pub(crate) functions: Vec<&'static str>,
}

/// `bConfigurationValue` of the configuration that every device has.
pub(crate) const FIRST_CONFIGURATION: u8 = 1;

/// A locally administered address: no real card has it. Each stick puts one of its own in its place.
const NETWORK_ADDRESS: &str = "020000000001";

impl Shape {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::CdOfHiLink | Self::CdOfStick | Self::KnownCd(_) => Mode::Cd,
            Self::HiLink | Self::HiLinkWithoutCard => Mode::HiLink,
            Self::Stick => Mode::Stick,
            Self::Serial | Self::SerialAndNetwork | Self::Debug | Self::KnownWorking(_) => Mode::Serial,
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
            Self::HiLinkWithoutCard => 0x14db,
            Self::Stick => 0x1506,
            Self::Serial => 0x1001,
            Self::SerialAndNetwork => 0x155e,
            Self::Debug => 0x1566,
            Self::BootRom => 0x1443,
            Self::DownloadFactory => 0x1c05,
            Self::DownloadProject => 0x1442,
            Self::Fastboot => 0x36dd,
            Self::KnownCd(device) => device.product_id,
            Self::KnownWorking(device) => device.working_id(),
            Self::Conformance => conformance::PRODUCT_ID,
        }
    }

    /// The second configuration of a device that is led out of its virtual CD by SET_CONFIGURATION: its value, and what the
    /// device is in it.
    pub(crate) fn second_configuration(self) -> Option<(u8, Self)> {
        match self {
            Self::KnownCd(device @ KnownDevice { method: Method::Configuration(value @ 2..), .. }) => {
                Some((*value, Self::KnownWorking(device)))
            }
            _ => None,
        }
    }

    /// Whether there is a CDC network card, whose descriptors name the string with its address.
    fn has_cdc_network(self) -> bool {
        match self {
            Self::HiLink | Self::HiLinkWithoutCard | Self::Debug => true,
            Self::KnownWorking(device) => device.target == Target::Class(NETWORK_CONTROL[0]),
            _ => false,
        }
    }
}

impl Composition {
    /// The composition of a new stick.
    #[cfg(test)]
    pub(crate) fn of(shape: Shape, full_speed: bool) -> Self {
        Self::with_ports(shape, PortSet::default(), full_speed)
    }

    /// The same, with these ports where the ports may be chosen: in 1506.
    pub(crate) fn with_ports(shape: Shape, ports: PortSet, full_speed: bool) -> Self {
        let max_packet = if full_speed { 64 } else { 512 };
        let parts = shape.interfaces(ports);
        let roles = parts.iter().map(|Part(_, role, _)| *role).collect();
        let functions = parts.iter().map(|Part(name, _, _)| *name).filter(|name| !name.is_empty()).collect();
        let interfaces = (0u8..).zip(&parts).map(|(number, Part(_, _, settings))| Interface {
            number,
            settings: settings.iter().map(|setting| setting.build(max_packet)).collect(),
        });
        let names = Names::of(shape);
        let cdc_class = shape == Shape::BootRom || shape.has_cdc_network();
        let descriptors = Descriptors {
            usb_version: 0x0210,
            class: if cdc_class { [2, 0, 0] } else { [0, 0, 0] },
            vendor_id: names.vendor_id,
            product_id: shape.product_id(),
            device_version: names.device_version,
            manufacturer: Some(names.manufacturer),
            product: Some(names.product),
            serial: names.serial,
            network_address: shape.has_cdc_network().then(|| NETWORK_ADDRESS.to_owned()),
            configuration: FIRST_CONFIGURATION,
            configurations: if shape.second_configuration().is_some() { 2 } else { 1 },
            max_power: if shape == Shape::BootRom { 500 } else { 2 },
            interfaces: interfaces.collect(),
        };
        Self { shape, descriptors, roles, functions }
    }

    /// The same as another configuration of the device that `first` is of, under that `bConfigurationValue`. What a device
    /// says of itself is the same in each.
    pub(crate) fn second_of(self, first: &Self, value: u8) -> Self {
        let Descriptors { network_address, max_power, interfaces, .. } = self.descriptors;
        let device = first.descriptors.clone();
        let own = Descriptors { configuration: value, network_address, max_power, interfaces, ..device };
        Self { descriptors: own, ..self }
    }

    /// Puts a loop-back plug into each diagnostic port.
    pub(crate) fn loop_back(&mut self) {
        for role in self.roles.iter_mut().filter(|role| **role == Role::Diagnostics) {
            *role = Role::Loopback;
        }
    }

    pub(crate) fn role(&self, interface: u8) -> Option<Role> {
        self.roles.get(usize::from(interface)).copied()
    }
}

/// What a device says of itself beside its interfaces.
struct Names {
    vendor_id: u16,
    device_version: u16,
    manufacturer: &'static str,
    product: &'static str,
    serial: Option<&'static str>,
}

impl Names {
    fn of(shape: Shape) -> Self {
        let in_cd = shape.mode() == Mode::Cd;
        let huawei = Self {
            vendor_id: 0x12d1,
            device_version: 0x0102,
            manufacturer: "HUAWEI_MOBILE",
            product: "HUAWEI_MOBILE",
            serial: in_cd.then_some("0123456789ABCDEF"),
        };
        match shape {
            Shape::BootRom => Self { manufacturer: "HUA WEI", product: "USB COM", ..huawei },
            Shape::Conformance => Self { manufacturer: "balong-mocks", product: "conformance test device", ..huawei },
            Shape::KnownCd(device) | Shape::KnownWorking(device) if device.is_brovi() => Self {
                vendor_id: device.vendor_id,
                device_version: 0xffff,
                manufacturer: "Mobile",
                product: "Mobile",
                serial: in_cd.then_some("123456789ABCD"),
            },
            _ => huawei,
        }
    }
}

#[cfg(test)]
mod tests;
