//! Who a stick says it is, in whatever mode it can say so.

use std::fmt;

use super::{Host, Mode, PortError, ports};
use crate::image::guard::StickIdentity;
use crate::image::platform::{Model, Platform};
use crate::protocol::at::{self, DownloadInfo, Identification, Versions};
use crate::protocol::download::{DeviceIdentity, Hello};
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
}

impl Identified {
    /// Where no more is known than what the guard compares.
    #[must_use]
    pub fn of(identity: StickIdentity) -> Self {
        Self { identity, hardware: None, web_ui: None, model: None, imei: None, serial_number: None }
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

/// Asks a stick who it is. `None` in modes in which nothing answers: the boot ROM, the CD stage, fastboot.
///
/// Only questions are sent, none of which changes the stick.
///
/// # Errors
///
/// See [`IdentityError`].
pub fn identify(host: &Host<'_>, device: &Attached) -> Result<Option<Identified>, IdentityError> {
    match Mode::of(device) {
        Some(Mode::Stick | Mode::Serial) => Ok(Some(by_at(host, device)?)),
        Some(Mode::HiLink) => Ok(Some(by_web(host, device)?)),
        Some(Mode::Download) => Ok(by_download(host, device)?),
        _ => Ok(None),
    }
}

fn by_at(host: &Host<'_>, device: &Attached) -> Result<Identified, PortError> {
    let mut session = ports::at_port(host, device)?;
    let mut ask = |command| ports::ask(&mut session, command);
    let said = ask("ATI")?.map(|lines| Identification::parse(&lines)).unwrap_or_default();
    let versions = ask("AT^VERSION?")?.map(|lines| Versions::parse(&lines)).unwrap_or_default();
    let hardware = ask("AT^HWVER")?.and_then(|lines| at::hardware_version(&lines)).or(versions.hardware);
    let imei = ask("AT+CGSN")?.and_then(|lines| lines.into_iter().find(|line| !line.is_empty()));
    let model = hardware.as_deref().and_then(Model::of_hardware);
    Ok(Identified {
        identity: of_model(model, "AT^HWVER", versions.software.or(said.revision)),
        hardware,
        web_ui: versions.web_ui,
        model: said.model,
        imei: imei.map(Private),
        serial_number: None,
    })
}

fn by_web(host: &Host<'_>, device: &Attached) -> Result<Identified, WebError> {
    let address = host.web.reach(device)?;
    let said = WebApi::connect(&address)?.information()?;
    let private = |text: Option<&str>| text.map(|text| Private(text.to_owned()));
    let (imei, serial_number) = (private(said.imei()), private(said.serial_number()));
    let model = said.hardware_version.as_deref().and_then(Model::of_hardware);
    Ok(Identified {
        identity: of_model(model, "the stick's web server", said.software_version),
        imei,
        serial_number,
        hardware: said.hardware_version,
        web_ui: said.web_ui_version,
        model: said.device_name,
    })
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
