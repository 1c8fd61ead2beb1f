//! Sample files, made once a process and shared by every scenario.

use std::path::Path;
use std::sync::OnceLock;

use balong_mocks::samples::firmware::FirmwareDescription;
use balong_mocks::samples::ready::{self, Form, SampleFirmware, SampleLoader, Variant};
use tempfile::TempDir;

/// The samples, and the folder they are in.
pub struct Images {
    folder: TempDir,
    /// Loader for the E3372h; erases unless it is patched.
    pub loader: SampleLoader,
    /// Stick firmware for the E3372h.
    pub stick: SampleFirmware,
    /// The same without signature.
    pub stick_unsigned: SampleFirmware,
    /// The same as an updater.
    pub stick_exe: SampleFirmware,
    /// The same as a folder.
    pub stick_directory: SampleFirmware,
    /// HiLink firmware for the E3372h.
    pub hilink: SampleFirmware,
    /// Web UI for the E3372h.
    pub web_ui: SampleFirmware,
    /// Loader for the E3372s.
    pub loader_s: SampleLoader,
    /// Stick firmware for the E3372s.
    pub stick_s: SampleFirmware,
}

/// The samples.
///
/// # Panics
///
/// When they cannot be written: no test can run then.
#[must_use]
pub fn images() -> &'static Images {
    static IMAGES: OnceLock<Images> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let plain = Variant::default();
        let at = |name: &str| folder.path().join(name);
        Images {
            loader: ready::e3372h_loader(&at("h")).expect("a loader"),
            stick: ready::e3372h_stick(&at("h"), plain).expect("firmware"),
            stick_unsigned: ready::e3372h_stick(&at("unsigned"), Variant { unsigned: true, ..plain })
                .expect("firmware"),
            stick_exe: ready::e3372h_stick(&at("h"), Variant { form: Form::Exe, ..plain }).expect("firmware"),
            stick_directory: ready::e3372h_stick(&at("h"), Variant { form: Form::Directory, ..plain })
                .expect("firmware"),
            hilink: ready::e3372h_hilink(&at("h"), plain).expect("firmware"),
            web_ui: ready::e3372h_webui(&at("h"), plain).expect("firmware"),
            loader_s: ready::e3372s_loader(&at("s")).expect("a loader"),
            stick_s: ready::e3372s_stick(&at("s"), plain).expect("firmware"),
            folder,
        }
    })
}

impl Images {
    /// The folder that holds all of them.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A path as an argument.
///
/// # Panics
///
/// When the temporary folder's name is not UTF-8.
#[must_use]
pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

/// What a firmware puts into the flash: code, size and SHA-256 of every partition.
#[must_use]
pub fn contents(description: &FirmwareDescription) -> Vec<(u32, u64, [u8; 32])> {
    description.units.iter().map(|unit| (unit.code, unit.size, unit.sha256)).collect()
}
