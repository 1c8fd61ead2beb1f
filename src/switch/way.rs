//! The ways from mode to mode, and the modes that one can want.

use std::fmt;

use super::place::{Firmware, Place};
use crate::protocol::mode_switch::{SwitchMethod, VendorSwitch};
use crate::stick::{Leaving, Mode};
use crate::web::WebMode;

/// Where a stick is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The little router.
    HiLink,
    /// The modem with its network interface, as stick firmware comes up.
    Stick,
    /// A composition of serial ports, for debugging or for routers.
    Serial,
    /// The download daemon.
    Download,
    /// The loader's fastboot.
    Fastboot,
}

impl Target {
    /// Whether a stick in that mode is where it is wanted.
    #[must_use]
    pub fn admits(self, mode: Mode) -> bool {
        Self::of(mode) == Some(self)
    }

    /// The mode, as something that can be wanted; nothing for one that is only passed through.
    #[must_use]
    pub fn of(mode: Mode) -> Option<Self> {
        Some(match mode {
            Mode::HiLink => Self::HiLink,
            Mode::Stick => Self::Stick,
            Mode::Serial => Self::Serial,
            Mode::Download => Self::Download,
            Mode::Fastboot => Self::Fastboot,
            Mode::Cd | Mode::BootRom | Mode::ChargeOnly | Mode::Unsupported | Mode::Unknown => return None,
        })
    }

    /// The mode that it names.
    #[must_use]
    pub const fn mode(self) -> Mode {
        match self {
            Self::HiLink => Mode::HiLink,
            Self::Stick => Mode::Stick,
            Self::Serial => Mode::Serial,
            Self::Download => Mode::Download,
            Self::Fastboot => Mode::Fastboot,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mode().fmt(f)
    }
}

/// One thing that leads a stick from one mode to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Something that a virtual CD obeys.
    Tell(SwitchMethod),
    /// A request to the web server of HiLink firmware.
    Ask(WebMode),
    /// `AT^GODLOAD`.
    GoDownload,
    /// A restart, by whatever the mode has for that; the virtual CD comes up first.
    Restart,
}

impl Way {
    /// The word in JSON.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Tell(_) => "message",
            Self::Ask(_) => "web",
            Self::GoDownload => "godload",
            Self::Restart => "restart",
        }
    }

    /// Every way out of a place, the cheapest first, each with the places that it leads to.
    pub(super) fn from(place: &Place) -> Vec<(Self, Vec<Place>)> {
        match place.mode {
            Mode::Cd => from_cd(place),
            Mode::HiLink => vec![
                (Self::Ask(WebMode::Debug), vec![place.elsewhere(Mode::Serial, None)]),
                (Self::Ask(WebMode::Project), vec![place.elsewhere(Mode::Download, None)]),
                (Self::Restart, vec![place.elsewhere(Mode::Cd, None)]),
            ],
            Mode::Stick | Mode::Serial => vec![
                (Self::GoDownload, vec![place.elsewhere(Mode::Download, None)]),
                (Self::Restart, vec![place.elsewhere(Mode::Cd, None)]),
            ],
            Mode::Download | Mode::Fastboot => vec![(Self::Restart, vec![place.elsewhere(Mode::Cd, None)])],
            Mode::BootRom | Mode::ChargeOnly | Mode::Unsupported | Mode::Unknown => Vec::new(),
        }
    }

    /// What it costs, in about seconds, and in trouble for whoever uses the stick.
    pub(super) const fn cost(&self) -> u32 {
        match self {
            Self::Tell(SwitchMethod::Message(_) | SwitchMethod::SetFeature | SwitchMethod::Configuration(_)) => 5,
            Self::Tell(SwitchMethod::MacRequest) => 6,
            Self::Tell(SwitchMethod::Eject) => 7,
            Self::Ask(_) => 15,
            Self::GoDownload => 20,
            Self::Restart => 30,
        }
    }

    /// Whether the system's own switcher wants the same virtual CD to go elsewhere.
    pub(super) fn is_raced(&self) -> bool {
        matches!(self, Self::Tell(_))
    }

    /// Whether a stick that took this way from there is where it should be.
    pub(super) fn leads_to(&self, from: &Place, now: &Place) -> bool {
        let ways = Self::from(from);
        let places = ways.iter().find(|(way, _)| way == self).map(|(_, places)| places);
        places.is_some_and(|places| places.iter().any(|place| place.mode == now.mode))
    }
}

/// Out of a virtual CD: by what the table names for that device, else by the message that nearly all of them take. The
/// likeliest landing comes first.
pub(super) fn from_cd(place: &Place) -> Vec<(Way, Vec<Place>)> {
    let usual = SwitchMethod::Message(VendorSwitch::new_mode().wrapper());
    let method = match place.known.map(|known| &known.leave) {
        Some(Leaving::By(method)) => *method,
        Some(Leaving::LeaveAlone { .. }) => return Vec::new(),
        None => usual,
    };
    let hilink = place.elsewhere(Mode::HiLink, Some(Firmware::HiLink));
    let stick = place.elsewhere(Mode::Stick, Some(Firmware::Stick));
    let serial = place.elsewhere(Mode::Serial, None);
    let working = match (place.firmware, place.likely) {
        (Some(Firmware::HiLink), _) => vec![hilink],
        (Some(Firmware::Stick), _) => vec![stick],
        (None, Some(Firmware::HiLink)) => vec![hilink, stick, serial],
        (None, _) => vec![stick, hilink, serial],
    };
    let mut ways = vec![(Way::Tell(method), working.clone())];
    if method != usual || place.known.is_none() && !place.is_balong {
        return ways;
    }
    if place.is_balong {
        let gateway = SwitchMethod::Message(VendorSwitch::gateway_modem().wrapper());
        ways.push((Way::Tell(gateway), vec![serial]));
    }
    if place.is_balong && place.likely == Some(Firmware::HiLink) {
        let project = SwitchMethod::Message(VendorSwitch::project().wrapper());
        ways.push((Way::Tell(project), vec![place.elsewhere(Mode::Download, None)]));
    }
    // Some firmware obeys nothing but the request of Huawei's software for the Mac.
    ways.push((Way::Tell(SwitchMethod::MacRequest), working.clone()));
    ways.push((Way::Tell(SwitchMethod::Eject), working));
    ways
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tell(method) => method.fmt(f),
            Self::Ask(WebMode::Debug) => f.write_str("asking its web server for the debug mode"),
            Self::Ask(WebMode::Project) => f.write_str("asking its web server for the project mode"),
            Self::GoDownload => f.write_str("AT^GODLOAD"),
            Self::Restart => f.write_str("a restart"),
        }
    }
}
