//! What the stick's flash holds, kept as digests: a simulated flash of any size costs a few hundred bytes.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::firmware::Kind;
use crate::model::{Chip, Model};
use crate::settings::Settings;

mod scan;

pub(crate) use scan::Scanner;

/// One partition as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content, once it is complete.
    pub sha256: Option<[u8; 32]>,
}

impl Stored {
    /// Whether it was written to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.sha256.is_some()
    }
}

/// The flash of one stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    chip: Chip,
    partitions: BTreeMap<u32, Stored>,
    calibration: BTreeSet<&'static str>,
    erased_by_loader: bool,
    software: Option<String>,
    web_ui: Option<String>,
    settings: Settings,
}

/// Partitions that hold what was measured or assigned in the factory. Nothing can bring them back.
const CALIBRATION: [&str; 4] = ["nvbacklte", "nvimg", "nvdefault", "oeminfo"];

const FIRMWARE_V7R2: [u32; 10] =
    [0x11_0000, 0x02_0000, 0x01_0000, 0x03_0000, 0x04_0000, 0x05_0000, 0x06_0000, 0x07_0000, 0x59_0000, 0x5a_0000];
const FIRMWARE_V7R11: [u32; 10] =
    [0x11_0000, 0x20_0000, 0x01_0000, 0x09_0000, 0x22_0000, 0x23_0000, 0x24_0000, 0x25_0000, 0x59_0000, 0x5a_0000];
const WEB_UI: [u32; 2] = [0x55_0000, 0x5b_0000];
const FASTBOOT: u32 = 0x11_0000;

impl Chip {
    /// The codes of (M3Boot, kernel, VxWorks).
    fn boot_codes(self) -> (u32, u32, u32) {
        match self {
            Self::V7R2 => (0x02_0000, 0x03_0000, 0x04_0000),
            Self::V7R11 => (0x20_0000, 0x09_0000, 0x22_0000),
        }
    }

    /// The code of the partition whose content tells which firmware this is.
    pub(crate) fn vxworks(self) -> u32 {
        self.boot_codes().2
    }

    /// Whether the download daemon of this chip takes a partition code.
    pub(crate) fn takes(self, code: u32) -> bool {
        const COMMON: [u32; 32] = [
            0x01, 0x08, 0x0a, 0x0b, 0x10, 0x11, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1e, 0x26, 0x29,
            0x45, 0x46, 0x48, 0x49, 0x50, 0x51, 0x52, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b,
        ];
        const RARE: [u32; 5] = [0x5c, 0x5d, 0x5e, 0x5f, 0x60];
        const ONLY_V7R2: [u32; 6] = [0x02, 0x03, 0x04, 0x05, 0x06, 0x07];
        const ONLY_V7R11: [u32; 8] = [0x20, 0x09, 0x22, 0x23, 0x24, 0x25, 0x27, 0x28];
        let kind = code >> 16;
        let own = match self {
            Self::V7R2 => ONLY_V7R2.contains(&kind),
            Self::V7R11 => ONLY_V7R11.contains(&kind),
        };
        code & 0xffff == 0 && (COMMON.contains(&kind) || RARE.contains(&kind) || own || kind >= 0xc0)
    }
}

impl Flash {
    /// The flash as it left the factory with that firmware.
    pub(crate) fn factory(model: &Model, software: &str, web_ui: Option<&str>) -> Self {
        let firmware = match model.chip {
            Chip::V7R2 => FIRMWARE_V7R2,
            Chip::V7R11 => FIRMWARE_V7R11,
        };
        let web = web_ui.map_or(&[][..], |_| &WEB_UI);
        let stored = |code: &u32| {
            let content = format!("factory content of {code:08x} in {} with {software}", model.device);
            let sha256 = Sha256::digest(content.as_bytes()).into();
            (*code, Stored { size: content.len() as u64, sha256: Some(sha256) })
        };
        Self {
            chip: model.chip,
            partitions: firmware.iter().chain(web).map(stored).collect(),
            calibration: CALIBRATION.into(),
            erased_by_loader: false,
            software: Some(software.to_owned()),
            web_ui: web_ui.map(str::to_owned),
            settings: Settings::default(),
        }
    }

    /// Every partition that was written, by its code.
    #[must_use]
    pub fn partitions(&self) -> &BTreeMap<u32, Stored> {
        &self.partitions
    }

    /// One partition.
    #[must_use]
    pub fn partition(&self, code: u32) -> Option<&Stored> {
        self.partitions.get(&code)
    }

    /// Names of the calibration and identity partitions that are intact.
    #[must_use]
    pub fn calibration(&self) -> Vec<&'static str> {
        self.calibration.iter().copied().collect()
    }

    /// Whether a loader that was not patched wiped everything, calibration included.
    #[must_use]
    pub fn erased_by_loader(&self) -> bool {
        self.erased_by_loader
    }

    /// The firmware version that the VxWorks partition states.
    #[must_use]
    pub fn software(&self) -> Option<&str> {
        self.software.as_deref()
    }

    /// The web UI version that its header partition states.
    #[must_use]
    pub fn web_ui(&self) -> Option<&str> {
        self.web_ui.as_deref()
    }

    /// What the stick remembers of its compositions. It outlasts every firmware update.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Which kind of firmware this is: 22.x is HiLink, everything else runs as stick firmware.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.software.as_deref() {
            Some(version) if version.starts_with("22.") => Kind::HiLink,
            _ => Kind::Stick,
        }
    }

    fn complete(&self, code: u32) -> bool {
        self.partitions.get(&code).is_some_and(Stored::is_complete)
    }

    /// Whether the boot ROM finds something to start.
    pub(crate) fn starts(&self) -> bool {
        self.complete(self.chip.boot_codes().0) && self.complete(FASTBOOT)
    }

    /// Whether nothing is missing or half written.
    pub(crate) fn is_whole(&self) -> bool {
        let (_, kernel, vxworks) = self.chip.boot_codes();
        self.complete(kernel) && self.complete(vxworks) && self.partitions.values().all(Stored::is_complete)
    }

    /// Marks a partition as being written: its old content is gone.
    pub(crate) fn begin(&mut self, code: u32, size: u64) {
        self.partitions.insert(code, Stored { size, sha256: None });
        if code == self.chip.vxworks() {
            self.software = None;
        }
        if code == WEB_UI[0] {
            self.web_ui = None;
        }
    }

    /// Marks a partition as written, and takes note of the versions found in it.
    pub(crate) fn finish(&mut self, code: u32, size: u64, sha256: [u8; 32], found: Option<String>) {
        self.partitions.insert(code, Stored { size, sha256: Some(sha256) });
        if code == self.chip.vxworks() {
            self.software = found;
        } else if code == WEB_UI[0] {
            self.web_ui = found;
        }
    }

    /// What to look for in a partition's content.
    pub(crate) fn scanner(&self, code: u32) -> Option<Scanner> {
        if code == self.chip.vxworks() { Some(Scanner::software()) } else { (code == WEB_UI[0]).then(Scanner::web_ui) }
    }

    /// What an unpatched loader does before anything else.
    pub(crate) fn erase_all(&mut self) {
        self.partitions.clear();
        self.calibration.clear();
        self.erased_by_loader = true;
        self.software = None;
        self.web_ui = None;
        self.settings = Settings::default();
    }

    /// Makes the firmware state another version than the one that was written.
    pub(crate) fn misstate(&mut self, software: &str) {
        self.software = Some(software.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factory() -> Flash {
        Flash::factory(&Model::named("e3372h").expect("a model"), "22.200.15.00.00", Some("17.100.13.01.03"))
    }

    #[test]
    fn a_factory_flash_is_whole_and_runs_what_it_states() {
        let flash = factory();
        assert!(flash.starts() && flash.is_whole());
        assert_eq!((flash.kind(), flash.calibration().len()), (Kind::HiLink, 4));
    }

    #[test]
    fn a_partition_being_written_makes_the_flash_unfinished_and_a_boot_partition_makes_it_dead() {
        let mut flash = factory();
        flash.begin(0x59_0000, 100);
        assert!(flash.starts() && !flash.is_whole());
        flash.begin(0x20_0000, 100);
        assert!(!flash.starts());
    }

    #[test]
    fn a_loader_that_erases_takes_the_calibration_with_it() {
        let mut flash = factory();
        flash.erase_all();
        assert!(flash.erased_by_loader() && flash.calibration().is_empty() && flash.partitions().is_empty());
    }

    #[test]
    fn each_chip_refuses_the_others_partition_codes() {
        assert!(Chip::V7R11.takes(0x22_0000) && !Chip::V7R11.takes(0x04_0000));
        assert!(Chip::V7R2.takes(0x04_0000) && !Chip::V7R2.takes(0x22_0000));
        assert!(!Chip::V7R11.takes(0x100) && !Chip::V7R11.takes(0x7e_0000) && Chip::V7R2.takes(0xc0_0000));
    }
}
