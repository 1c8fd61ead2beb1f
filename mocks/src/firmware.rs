//! The firmware that the flash holds, and what the stick starts at power-on.

use std::time::Duration;

use crate::composition::Shape;
use crate::flash::Flash;
use crate::model::{Mode, Model};

/// The two kinds of firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 21.x: modem and AT ports.
    Stick,
    /// 22.x: a network card with a web page.
    HiLink,
}

/// What running firmware says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareFacts {
    /// The kind.
    pub kind: Kind,
    /// What the stick calls itself, such as `E3372h`.
    pub device: &'static str,
    /// The hardware version, such as `CL2E3372HM`.
    pub hardware: &'static str,
    /// The firmware version, if the flash states one.
    pub software: Option<String>,
    /// The web UI version, if there is a web UI.
    pub web_ui: Option<String>,
    /// An IMEI that is obviously none: fourteen ones and their check digit.
    pub imei: &'static str,
    /// Whether the firmware still allows the software ways into download mode.
    pub open: bool,
}

/// Fourteen ones and the Luhn digit.
pub(crate) const IMEI: &str = "111111111111119";

impl FirmwareFacts {
    pub(crate) fn of(model: &Model, flash: &Flash) -> Self {
        Self {
            kind: flash.kind(),
            device: model.device,
            hardware: model.hardware,
            software: flash.software().map(str::to_owned),
            web_ui: flash.web_ui().map(str::to_owned),
            imei: IMEI,
            open: model.open,
        }
    }

    /// `AT^GODLOAD` works on 21.180 and older; on later ones it wants a code that nobody has.
    pub(crate) fn allows_godload(&self) -> bool {
        let numbers = |version: &str| {
            let mut fields = version.split('.').map(|field| field.parse::<u32>().ok());
            Some((fields.next()??, fields.next()??))
        };
        let old = self.software.as_deref().and_then(numbers).is_some_and(|version| version <= (21, 180));
        old || self.open
    }
}

/// What the stick starts at power-on.
pub(crate) fn boot(flash: &Flash, pad_shorted: bool) -> Shape {
    if pad_shorted || !flash.starts() {
        Shape::BootRom
    } else if !flash.is_whole() {
        Shape::DownloadFactory
    } else {
        cd(flash.kind())
    }
}

/// The composition that a kind of firmware shows first.
pub(crate) fn cd(kind: Kind) -> Shape {
    match kind {
        Kind::HiLink => Shape::CdOfHiLink,
        Kind::Stick => Shape::CdOfStick,
    }
}

/// The working composition of a kind of firmware.
pub(crate) fn working(kind: Kind) -> Shape {
    match kind {
        Kind::HiLink => Shape::HiLink,
        Kind::Stick => Shape::Stick,
    }
}

/// How long a composition takes to show on the bus: times that users report, within their ranges.
pub(crate) fn time_to(mode: Mode) -> Duration {
    match mode {
        Mode::BootRom => Duration::from_millis(1500),
        Mode::Download => Duration::from_secs(15),
        Mode::Fastboot => Duration::from_secs(27),
        Mode::Cd | Mode::HiLink | Mode::Stick | Mode::Serial => Duration::from_secs(25),
        Mode::Conformance => Duration::from_millis(100),
    }
}

/// From the last answer of the boot ROM to the download daemon.
pub(crate) const LOADER_TO_DOWNLOAD: Duration = Duration::from_secs(12);
/// From `AT^GODLOAD` to the download daemon.
pub(crate) const GODLOAD_TO_DOWNLOAD: Duration = Duration::from_secs(20);
/// From the virtual CD to the working composition.
pub(crate) const SWITCH: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    fn flash(software: &str) -> (Model, Flash) {
        let model = Model::named("e3372h").expect("a model");
        (model, Flash::factory(&model, software, None))
    }

    #[test]
    fn godload_ends_after_21_180() {
        for (software, allowed) in [("21.180.01.00.00", true), ("21.200.07.00.00", false), ("22.100.00.00.00", false)] {
            let (model, flash) = flash(software);
            assert_eq!(FirmwareFacts::of(&model, &flash).allows_godload(), allowed, "{software}");
        }
    }

    #[test]
    fn the_flash_decides_what_starts() {
        let (_, mut flash) = flash("22.200.15.00.00");
        assert_eq!((boot(&flash, false), boot(&flash, true)), (Shape::CdOfHiLink, Shape::BootRom));
        flash.begin(0x59_0000, 1);
        assert_eq!(boot(&flash, false), Shape::DownloadFactory);
        flash.begin(0x11_0000, 1);
        assert_eq!(boot(&flash, false), Shape::BootRom);
    }
}
