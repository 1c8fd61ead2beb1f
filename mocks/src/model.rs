//! Which stick, and in which mode.

use std::fmt;
use std::str::FromStr;

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
    },
    Model {
        name: "e3372h-open",
        chip: Chip::V7R11,
        device: "E3372h",
        variant: "E3372h-153",
        hardware: "CL2E3372HM",
        product: "BV7R11HS",
        open: true,
    },
    Model {
        name: "e3372s",
        chip: Chip::V7R2,
        device: "E3372s",
        variant: "E3372S-153",
        hardware: "CL1E3372SM",
        product: "BV7R2ES",
        open: false,
    },
];

impl Model {
    /// Every name that [`Model::named`] knows.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        MODELS.iter().map(|model| model.name).collect()
    }

    /// The model of that name, in either case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        MODELS.into_iter().find(|model| model.name.eq_ignore_ascii_case(name))
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
    /// The firmware version at the start, in place of the model's usual one, such as `21.200.07.00.00`.
    pub software: Option<String>,
    /// The web UI version at the start, in place of the usual one of HiLink firmware.
    pub web_ui: Option<String>,
    /// What the web server of HiLink firmware lets a client do.
    pub web: WebVariant,
}

impl Default for StickOptions {
    fn default() -> Self {
        Self {
            secure_boot: false,
            demands_signature: false,
            knows_signver: true,
            restarts_after_new_table: false,
            full_speed: false,
            software: None,
            web_ui: None,
            web: WebVariant::OfModel,
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
    }
}
