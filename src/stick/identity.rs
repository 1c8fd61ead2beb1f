//! Who a stick says it is, in whatever mode it can say so.

use std::fmt;

use super::{Host, Mode, PortError, Role, ports};
use crate::image::guard::StickIdentity;
use crate::image::platform::{Model, Platform};
use crate::protocol::at::{self, DownloadInfo, FirmwareVersion, Identification, Versions};
use crate::protocol::download::{DeviceIdentity, Hello};
use crate::protocol::fastboot::{FastbootError, GetVariable, Variable};
use crate::protocol::{DriveError, Session};
use crate::usb::{Attached, UsbError};
use crate::web::{WebApi, WebError};

/// A number that names a single stick or its owner. It never gets into a log by way of `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Private(String);

impl Private {
    /// The number itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// All but the last two characters hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        self.0.chars().enumerate().map(|(index, character)| if index + 2 < count { '*' } else { character }).collect()
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}

/// Everything that a stick said of itself.
#[derive(Clone, Debug)]
pub struct Identified {
    /// What the guard compares.
    pub identity: StickIdentity,
    /// The hardware version, such as `CL2E3372HM`.
    pub hardware: Option<String>,
    /// The version of the web pages or the dashboard.
    pub web_ui: Option<String>,
    /// The model as the stick writes it, such as `E3372`.
    pub model: Option<String>,
    /// The IMEI.
    pub imei: Option<Private>,
    /// The serial number.
    pub serial_number: Option<Private>,
    /// The answer to `AT^FHVER` in full: model, firmware and hardware in one line.
    pub firmware_line: Option<String>,
    /// The composition that is stored (`AT^SETPORT?`), such as `A1,A2;12,10,16,A1,A2`.
    pub ports: Option<String>,
    /// What fastboot says of itself.
    pub bootloader: Bootloader,
}

/// What fastboot says of itself. It is no part of what the guard compares: `product` is `balongv7r2` on V7R11 sticks too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootloader {
    /// `getvar:version`, such as `0.9`.
    pub version: Option<String>,
    /// `getvar:product`, such as `balongv7r2`.
    pub product: Option<String>,
}

impl Identified {
    /// Where no more is known than what the guard compares.
    #[must_use]
    pub fn of(identity: StickIdentity) -> Self {
        Self {
            identity,
            hardware: None,
            web_ui: None,
            model: None,
            imei: None,
            serial_number: None,
            firmware_line: None,
            ports: None,
            bootloader: Bootloader::default(),
        }
    }
}

/// Why a stick could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Its port could not be found, opened or used.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Its web server did not say.
    #[error(transparent)]
    Web(#[from] WebError),
}

impl IdentityError {
    /// The USB error underneath, if one is.
    #[must_use]
    pub fn usb(&self) -> Option<&UsbError> {
        match self {
            Self::Port(error) => error.usb(),
            Self::Web(_) => None,
        }
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Port(error) if error.is_interruption())
    }

    /// Whether asking again cannot help, and going on without an answer would be wrong.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Port(error) => !error.is_silence(),
            Self::Web(_) => false,
        }
    }
}

/// Asks a stick who it is. `None`, and nothing is sent, in modes in which nothing answers (the boot ROM, the CD stage) and
/// where nobody knows what would: an unknown composition, another chip.
///
/// Only questions are sent, none of which changes the stick or leaves a trace. In download mode that leaves out the
/// product question (45) as long as the daemon is in AT mode: only `AT^DATAMODE` leads to it, and from there no way back
/// to AT is known. A daemon that an earlier run left in HDLC mode is asked it.
///
/// In fastboot the stick tells neither chip nor product, so the guard's part of the answer is empty.
///
/// # Errors
///
/// See [`IdentityError`].
pub fn identify(host: &Host<'_>, device: &Attached) -> Result<Option<Identified>, IdentityError> {
    match Mode::of(device) {
        Some(Mode::Stick | Mode::Serial) => Ok(Some(by_at(host, device)?)),
        Some(Mode::HiLink) => Ok(Some(by_web(host, device)?)),
        Some(Mode::Download) => Ok(by_download(host, device)?),
        Some(Mode::Fastboot) => Ok(Some(by_fastboot(host, device)?)),
        _ => Ok(None),
    }
}

fn by_at(host: &Host<'_>, device: &Attached) -> Result<Identified, PortError> {
    let mut session = ports::at_port(host, device)?;
    let mut ask = |command| ports::ask(&mut session, command);
    let said = ask("ATI")?.map(|lines| Identification::parse(&lines)).unwrap_or_default();
    let versions = ask("AT^VERSION?")?.map(|lines| Versions::parse(&lines)).unwrap_or_default();
    let line = ask("AT^FHVER")?.map(|lines| FirmwareVersion::parse(&lines)).unwrap_or_default();
    let hardware = ask("AT^HWVER")?.and_then(|lines| at::hardware_version(&lines));
    let ports = ask("AT^SETPORT?")?.and_then(|lines| at::port_setting(&lines));
    let imei = ask("AT+CGSN")?.and_then(|lines| lines.into_iter().find(|line| !line.is_empty()));
    let by_hardware = |version: &Option<String>| version.as_deref().and_then(Model::of_hardware);
    let identity = stated(
        [
            (by_hardware(&hardware), "AT^HWVER"),
            (by_hardware(&line.hardware), "AT^FHVER"),
            (by_hardware(&versions.hardware), "AT^VERSION?"),
        ],
        (line.model.as_deref().and_then(Model::named), "AT^FHVER"),
    );
    let software = versions.software.or(line.software).or(said.revision);
    Ok(Identified {
        hardware: hardware.or(line.hardware).or(versions.hardware),
        web_ui: versions.web_ui,
        model: said.model.or(line.model),
        imei: imei.map(Private),
        firmware_line: line.line,
        ports,
        ..Identified::of(StickIdentity { software, ..identity })
    })
}

/// A model that an answer names, and which answer it is.
type Claim = (Option<&'static Model>, &'static str);

/// What the answers of an AT port state together.
///
/// A hardware version names a model for certain. A name alone leaves out the variant, which may be another product, so it
/// counts for the chip only; so do hardware versions and names of several models on one chip. Where two chips are named,
/// both are kept: no image fits both, and the guard refuses every one for good.
fn stated(by_hardware: [Claim; 3], by_name: Claim) -> StickIdentity {
    let claims = || by_hardware.iter().chain([&by_name]).filter_map(|(model, by)| model.map(|model| (model, *by)));
    let Some((first, by)) = claims().next() else { return of_model(None, "its AT port", None) };
    let other_chip = claims().find(|(model, _)| model.platform != first.platform);
    if let Some((other, _)) = other_chip {
        let said_by = "its AT port, in answers that contradict each other".to_owned();
        let (platform, model) = (Some(first.platform), Some(other));
        return StickIdentity { platform, model, said_by, ..StickIdentity::default() };
    }
    let certain = by_hardware.iter().any(|(model, _)| model.is_some()) && claims().all(|(model, _)| model == first);
    if certain {
        return of_model(Some(first), by, None);
    }
    StickIdentity { platform: Some(first.platform), said_by: by.to_owned(), ..StickIdentity::default() }
}

fn by_web(host: &Host<'_>, device: &Attached) -> Result<Identified, WebError> {
    let address = host.web.reach(device)?;
    let said = WebApi::connect(&address)?.information()?;
    let private = |text: Option<&str>| text.map(|text| Private(text.to_owned()));
    let (imei, serial_number) = (private(said.imei()), private(said.serial_number()));
    let model = said.hardware_version.as_deref().and_then(Model::of_hardware);
    Ok(Identified {
        imei,
        serial_number,
        hardware: said.hardware_version,
        web_ui: said.web_ui_version,
        model: said.device_name,
        ..Identified::of(of_model(model, "the stick's web server", said.software_version))
    })
}

fn by_fastboot(host: &Host<'_>, device: &Attached) -> Result<Identified, PortError> {
    let mut session = ports::open_role(host, device, Role::Fastboot)?;
    let version = variable(&mut session, GetVariable::version())?;
    let product = variable(&mut session, GetVariable::product())?;
    let serial_number = variable(&mut session, GetVariable::serial_number())?;
    if version.is_none() && product.is_none() && serial_number.is_none() {
        return Err(PortError::NoneAnswers { wanted: "fastboot (getvar:version)", heard: String::new() });
    }
    let filled = |told: Option<String>| told.filter(|text| !text.is_empty());
    let identity = StickIdentity { said_by: "fastboot".to_owned(), ..StickIdentity::default() };
    Ok(Identified {
        serial_number: filled(serial_number).map(Private),
        bootloader: Bootloader { version: filled(version), product: filled(product) },
        ..Identified::of(identity)
    })
}

/// What fastboot tells of one variable; nothing where it gives no answer. One that it knows but does not fill is empty, and
/// so is one that it refuses: either way something answers there.
fn variable(session: &mut Session<'_>, question: GetVariable) -> Result<Option<String>, PortError> {
    match session.drive(question) {
        Ok(Variable::Value(value)) => Ok(Some(value)),
        Ok(Variable::Refused(_)) => Ok(Some(String::new())),
        Err(DriveError::Conversation(FastbootError::Left { .. })) => Err(UsbError::Gone.into()),
        other => ports::settle(other).map(|_| None),
    }
}

fn by_download(host: &Host<'_>, device: &Attached) -> Result<Option<Identified>, PortError> {
    let mut port = ports::download_port(host, device)?;
    if port.in_hdlc {
        return Ok(
            ports::settle(port.session.drive(Hello::new()))?.map(|said| Identified::of(of_download(&said, None)))
        );
    }
    Ok(port.info.map(|info| from_info(&info)))
}

fn from_info(info: &DownloadInfo) -> Identified {
    let model = info.product.as_deref().and_then(Model::named);
    Identified {
        web_ui: info.cd_image.clone(),
        model: info.product.clone(),
        ..Identified::of(of_model(model, "AT^DLOADINFO?", info.software.clone()))
    }
}

fn of_model(model: Option<&'static Model>, said_by: &str, software: Option<String>) -> StickIdentity {
    StickIdentity {
        platform: model.map(|model| model.platform),
        product: model.and_then(|model| model.product).map(str::to_owned),
        model,
        said_by: said_by.to_owned(),
        software,
    }
}

/// What the download daemon answers to the product id request, completed by what was learned earlier in the same run.
#[must_use]
pub fn of_download(said: &DeviceIdentity, earlier: Option<&Identified>) -> StickIdentity {
    let platform = said.product.as_deref().and_then(Platform::in_text);
    let earlier = earlier.map(|identified| &identified.identity);
    StickIdentity {
        platform: platform.or(earlier.and_then(|identity| identity.platform)),
        product: said.product.clone(),
        model: earlier.and_then(|identity| identity.model),
        said_by: "the download daemon".to_owned(),
        software: earlier.and_then(|identity| identity.software.clone()),
    }
}

#[cfg(test)]
mod tests;
