//! Which stick, and in which mode.

use std::fmt;
use std::str::FromStr;

use crate::known::{self, KnownDevice};
use crate::web::WebVariant;

/// A generation of Balong chips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// Hi6930.
    V7R2,
    /// Hi6921.
    V7R11,
}

/// A stick that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// The name on the command line, such as `e3372h-open`.
    pub name: &'static str,
    /// The chip.
    pub chip: Chip,
    /// What the stick calls itself, such as `E3372h`.
    pub device: &'static str,
    /// The variant that `AT^FHVER` states.
    pub variant: &'static str,
    /// The hardware version that `AT^HWVER` states.
    pub hardware: &'static str,
    /// The product code that the download daemon states.
    pub product: &'static str,
    /// Whether the firmware still lets software lead it into download mode, whatever its version.
    pub open: bool,
    /// Set where nothing is known of the device but its way out of the virtual CD. Then chip, hardware and product mean
    /// nothing: it has no boot ROM and no download mode.
    pub known: Option<&'static KnownDevice>,
}

/// `BV7R11HS` is the real product code of the E3372h. That of the E3372s was never published; `BV7R2ES` is made up.
const MODELS: [Model; 3] = [
    Model {
        name: "e3372h",
        chip: Chip::V7R11,
        device: "E3372h",
        variant: "E3372h-153",
        hardware: "CL2E3372HM",
        product: "BV7R11HS",
        open: false,
        known: None,
    },
    Model {
        name: "e3372h-open",
        chip: Chip::V7R11,
        device: "E3372h",
        variant: "E3372h-153",
        hardware: "CL2E3372HM",
        product: "BV7R11HS",
        open: true,
        known: None,
    },
    Model {
        name: "e3372s",
        chip: Chip::V7R2,
        device: "E3372s",
        variant: "E3372S-153",
        hardware: "CL1E3372SM",
        product: "BV7R2ES",
        open: false,
        known: None,
    },
];

impl Model {
    /// Every name that [`Model::named`] knows, apart from the ids in [`known::devices`].
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        MODELS.iter().map(|model| model.name).chain([known::brovi().name]).collect()
    }

    /// The model of that name, in either case; or the device with that id in its CD stage, such as `12d1:14b5`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let model = MODELS.into_iter().find(|model| model.name.eq_ignore_ascii_case(name));
        let brovi = || Some(known::brovi()).filter(|device| device.name.eq_ignore_ascii_case(name));
        model.or_else(|| brovi().or_else(|| known::by_id(name)).map(Self::known))
    }

    fn known(device: &'static KnownDevice) -> Self {
        Self {
            name: device.name,
            chip: Chip::V7R11,
            device: device.description,
            variant: device.description,
            hardware: "",
            product: "",
            open: false,
            known: Some(device),
        }
    }

    /// The mode that a stick of this model starts in unless it is told otherwise.
    #[must_use]
    pub fn usual_mode(&self) -> Mode {
        match (self.known, self.chip) {
            (Some(_), _) => Mode::Cd,
            (None, Chip::V7R2) => Mode::Stick,
            (None, Chip::V7R11) => Mode::HiLink,
        }
    }
}

/// What a stick is being at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The virtual CD that every firmware shows first.
    Cd,
    /// HiLink firmware at work, as a network card.
    HiLink,
    /// Stick firmware at work: modem, AT port, network card.
    Stick,
    /// Three serial ports and nothing else.
    Serial,
    /// The mask ROM waits for a loader.
    BootRom,
    /// The download daemon waits for partitions.
    Download,
    /// The loader's fastboot.
    Fastboot,
    /// No mode of any stick: the test device of [`crate::conformance`]. It has no name to be parsed from, so that nobody
    /// gets it by mistake.
    Conformance,
}

const MODES: [(Mode, &str); 7] = [
    (Mode::Cd, "cd"),
    (Mode::HiLink, "hilink"),
    (Mode::Stick, "stick"),
    (Mode::Serial, "serial"),
    (Mode::BootRom, "bootrom"),
    (Mode::Download, "download"),
    (Mode::Fastboot, "fastboot"),
];

impl Mode {
    /// Every name that a mode can be parsed from.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        MODES.iter().map(|(_, name)| *name).collect()
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MODES.iter().find(|(mode, _)| mode == self).map_or("conformance", |(_, name)| name);
        f.write_str(name)
    }
}

/// A text that names no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no mode of the simulated stick; the modes are cd, hilink, stick, serial, bootrom, download, fastboot"
)]
pub struct ModeError(String);

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, ModeError> {
        let found = MODES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        found.map(|(mode, _)| *mode).ok_or_else(|| ModeError(text.escape_default().to_string()))
    }
}

/// What is special about one stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickOptions {
    /// Fuses are blown: the boot ROM refuses blocks that are unsigned or were patched.
    pub secure_boot: bool,
    /// The download daemon demands a signature before it lets anything be written.
    pub demands_signature: bool,
    /// The download daemon knows `AT^SIGNVER`; old ones leave it unanswered.
    pub knows_signver: bool,
    /// The download daemon restarts by itself after a partition table that differs from the one in flash.
    pub restarts_after_new_table: bool,
    /// The stick sits behind a full-speed hub: bulk packets are 64 bytes long.
    pub full_speed: bool,
    /// A card reader is built in. Without one HiLink firmware works as 14db and not as 14dc.
    pub card_reader: bool,
    /// Only the vendor request 40/A1 leads out of the virtual CD: no message, no eject, nothing else does.
    pub leaves_by_request_only: bool,
    /// That vendor request stalls although it is obeyed.
    pub stalls_leave_request: bool,
    /// After the vendor request C0/EE, by which Windows asks for its descriptors, GET_MAX_LUN leads out of the virtual CD.
    pub leaves_by_unit_count: bool,
    /// The SCSI commands BB and A2 of Huawei's own software lead out of the virtual CD.
    pub without_autorun: bool,
    /// The firmware version at the start, in place of the model's usual one, such as `21.200.07.00.00`.
    pub software: Option<String>,
    /// The web UI version at the start, in place of the usual one of HiLink firmware.
    pub web_ui: Option<String>,
    /// What the web server of HiLink firmware lets a client do.
    pub web: WebVariant,
    /// Whoever dials is asked for a name and a password (PAP); any will do, and who refuses needs none.
    pub wants_login: bool,
    /// The diagnostic ports have a loop-back plug: every byte that is sent to one comes back.
    pub loops_back: bool,
}

impl Default for StickOptions {
    fn default() -> Self {
        Self {
            secure_boot: false,
            demands_signature: false,
            knows_signver: true,
            restarts_after_new_table: false,
            full_speed: false,
            card_reader: true,
            leaves_by_request_only: false,
            stalls_leave_request: false,
            leaves_by_unit_count: false,
            without_autorun: false,
            software: None,
            web_ui: None,
            web: WebVariant::OfModel,
            wants_login: false,
            loops_back: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_reads_back_as_it_is_written() {
        for (mode, name) in MODES {
            assert_eq!((mode.to_string().as_str(), name.parse()), (name, Ok(mode)));
        }
        assert_eq!("cd\u{1b}".parse::<Mode>(), Err(ModeError("cd\\u{1b}".to_owned())));
        assert_eq!(Mode::Conformance.to_string(), "conformance");
        assert!("conformance".parse::<Mode>().is_err(), "it is nothing that a stick could be put into");
    }

    #[test]
    fn models_are_found_in_either_case() {
        assert_eq!(Model::named("E3372H").map(|model| model.hardware), Some("CL2E3372HM"));
        assert_eq!(Model::named("e9999"), None);
        for name in Model::names() {
            assert_eq!(Model::named(name).map(|model| model.name), Some(name));
        }
    }

    #[test]
    fn a_device_of_which_only_the_switch_is_known_has_its_id_for_a_name() {
        let model = Model::named("12D1:14B5").expect("a known device");
        assert_eq!((model.name, model.device, model.usual_mode()), ("12d1:14b5", "Huawei E173 (Viettel 3G)", Mode::Cd));
        assert_eq!(Model::named("Brovi").and_then(|model| model.known).map(|device| device.vendor_id), Some(0x3566));
        assert_eq!(Model::named("12d1:ffff"), None);
    }
}
