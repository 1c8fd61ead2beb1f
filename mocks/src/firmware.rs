//! The firmware that the flash holds, and what the stick starts at power-on.

use std::time::Duration;

use crate::composition::Shape;
use crate::flash::Flash;
use crate::known::{KnownDevice, Target};
use crate::model::{Chip, Mode, Model, StickOptions};

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
    /// Whether the simulated one has a download mode: devices that are known by their switch alone have none.
    pub has_download_mode: bool,
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
            has_download_mode: model.known.is_none(),
        }
    }

    /// `AT^GODLOAD` works on 21.180 and older; on later ones it wants a code that nobody has.
    pub(crate) fn allows_godload(&self) -> bool {
        let numbers = |version: &str| {
            let mut fields = version.split('.').map(|field| field.parse::<u32>().ok());
            Some((fields.next()??, fields.next()??))
        };
        let old = self.software.as_deref().and_then(numbers).is_some_and(|version| version <= (21, 180));
        self.has_download_mode && (old || self.open)
    }
}

/// What the stick starts at power-on.
pub(crate) fn boot(model: &Model, flash: &Flash, pad_shorted: bool) -> Shape {
    if let Some(device) = model.known {
        Shape::KnownCd(device)
    } else if pad_shorted || !flash.starts() {
        Shape::BootRom
    } else if !flash.is_whole() {
        Shape::DownloadFactory
    } else if flash.kind() == Kind::Stick && !flash.settings().shows_cd() {
        Shape::Stick
    } else {
        cd(model, flash)
    }
}

/// The composition that firmware shows first.
fn cd(model: &Model, flash: &Flash) -> Shape {
    match (model.known, flash.kind()) {
        (Some(device), _) => Shape::KnownCd(device),
        (None, Kind::HiLink) => Shape::CdOfHiLink,
        (None, Kind::Stick) => Shape::CdOfStick,
    }
}

/// The composition that a switch without special wishes leads to.
pub(crate) fn working(model: &Model, flash: &Flash, options: &StickOptions) -> Shape {
    match (model.known, flash.kind()) {
        (Some(device), _) => known_working(device),
        (None, Kind::HiLink) if flash.settings().starts_in_debug_mode() => Shape::Debug,
        (None, Kind::HiLink) if options.card_reader => Shape::HiLink,
        (None, Kind::HiLink) => Shape::HiLinkWithoutCard,
        (None, Kind::Stick) => Shape::Stick,
    }
}

/// The shape of a known id. 1c05 is none here: it is a download mode of other sticks only.
fn known_working(device: &'static KnownDevice) -> Shape {
    match (device.target, device.working_id()) {
        (Target::Ids(_), 0x1001) => Shape::Serial,
        (Target::Ids(_), 0x14db) => Shape::HiLinkWithoutCard,
        (Target::Ids(_), 0x14dc) => Shape::HiLink,
        (Target::Ids(_), 0x1506) => Shape::Stick,
        (Target::Ids(_), 0x155e) => Shape::SerialAndNetwork,
        _ => Shape::KnownWorking(device),
    }
}

/// The shape in which a stick shows that mode.
pub(crate) fn shape_of(mode: Mode, model: &Model, flash: &Flash, options: &StickOptions) -> Shape {
    match mode {
        Mode::Cd => cd(model, flash),
        Mode::HiLink | Mode::Stick | Mode::Serial if model.known.is_some() => working(model, flash, options),
        Mode::HiLink if options.card_reader => Shape::HiLink,
        Mode::HiLink => Shape::HiLinkWithoutCard,
        Mode::Stick => Shape::Stick,
        Mode::Serial => Shape::Serial,
        Mode::BootRom => Shape::BootRom,
        Mode::Download => Shape::DownloadFactory,
        Mode::Fastboot => Shape::Fastboot,
        Mode::Conformance => Shape::Conformance,
    }
}

/// Whether a stick of that model is ever in that mode.
pub(crate) fn has_mode(model: &Model, mode: Mode) -> bool {
    match (model.known, mode) {
        (_, Mode::Conformance) | (Some(_), Mode::Cd) => true,
        (Some(device), _) => known_working(device).mode() == mode,
        (None, Mode::HiLink) => model.chip != Chip::V7R2,
        (None, _) => true,
    }
}

/// Firmware version and web UI version of a new stick. Those of devices that are known by their switch alone are made up.
pub(crate) fn usual(model: &Model, mode: Mode) -> (&'static str, Option<&'static str>) {
    match (model.known, model.chip, mode) {
        (Some(device), _, _) if known_working(device).mode() == Mode::HiLink => {
            ("22.100.00.00.00", Some("17.100.00.00.00"))
        }
        (Some(_), _, _) => ("11.100.00.00.00", None),
        (None, Chip::V7R2, _) => ("21.300.05.00.00", None),
        (None, Chip::V7R11, Mode::Stick | Mode::Serial) => ("21.180.01.00.00", None),
        (None, Chip::V7R11, _) => ("22.200.15.00.00", Some("17.100.13.01.03")),
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
        let (model, mut flash) = flash("22.200.15.00.00");
        assert_eq!((boot(&model, &flash, false), boot(&model, &flash, true)), (Shape::CdOfHiLink, Shape::BootRom));
        flash.begin(0x59_0000, 1);
        assert_eq!(boot(&model, &flash, false), Shape::DownloadFactory);
        flash.begin(0x11_0000, 1);
        assert_eq!(boot(&model, &flash, false), Shape::BootRom);
    }

    #[test]
    fn what_was_set_decides_what_works() {
        let (model, mut hilink) = flash("22.200.15.00.00");
        let (with_card, without) = (StickOptions::default(), StickOptions { card_reader: false, ..Default::default() });
        assert_eq!(working(&model, &hilink, &with_card), Shape::HiLink);
        assert_eq!(working(&model, &hilink, &without), Shape::HiLinkWithoutCard);
        hilink.settings_mut().set_u2diag("256").expect("a value");
        assert_eq!(working(&model, &hilink, &with_card), Shape::Debug);
        assert_eq!(boot(&model, &hilink, false), Shape::CdOfHiLink, "the CD comes first all the same");
        let (model, mut stick) = flash("21.180.01.00.00");
        stick.settings_mut().set_u2diag("256").expect("a value");
        assert_eq!(
            (boot(&model, &stick, false), working(&model, &stick, &with_card)),
            (Shape::CdOfStick, Shape::Stick)
        );
        stick.settings_mut().set_ports("\"FF;12\"").expect("a set");
        assert_eq!(boot(&model, &stick, false), Shape::Stick, "it was told to show no CD");
    }

    #[test]
    fn a_known_device_has_its_cd_and_one_other_mode() {
        let modes = |name| {
            let model = Model::named(name).expect("a device");
            let all =
                [Mode::Cd, Mode::HiLink, Mode::Stick, Mode::Serial, Mode::BootRom, Mode::Download, Mode::Fastboot];
            all.into_iter().filter(|mode| has_mode(&model, *mode)).collect::<Vec<_>>()
        };
        assert_eq!(modes("12d1:1f02"), [Mode::Cd, Mode::HiLink]);
        assert_eq!(modes("12d1:15cd"), [Mode::Cd, Mode::Stick]);
        assert_eq!(modes("12d1:14b5"), [Mode::Cd, Mode::Serial]);
        assert_eq!(modes("12d1:1c0b"), [Mode::Cd, Mode::Serial], "its 1c05 is no download mode");
        assert_eq!(modes("brovi"), [Mode::Cd, Mode::Serial]);
    }
}
