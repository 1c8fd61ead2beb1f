//! What a HiLink stick says of itself.

use std::fmt;

use super::answer::Answer;
use super::text;

/// The answer to a device information request.
///
/// Every text is made safe to show and bounded; one that the stick left out or left empty is `None`. The serial number
/// and the IMEI identify the owner's device, so they have to be asked for by name and are never in the `Debug` text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DeviceInformation {
    /// `DeviceName`, such as `E3372`.
    pub device_name: Option<String>,
    /// `HardwareVersion`, such as `CL2E3372HM`.
    pub hardware_version: Option<String>,
    /// `SoftwareVersion`, such as `22.200.15.00.00`.
    pub software_version: Option<String>,
    /// `WebUIVersion`, such as `17.100.13.01.03`.
    pub web_ui_version: Option<String>,
    /// `Classify`, such as `hilink`.
    pub classify: Option<String>,
    /// `ProductFamily`, such as `LTE`.
    pub product_family: Option<String>,
    /// The stick wanted a login for the full answer, so this is the public part of it.
    pub basic_only: bool,
    serial_number: Option<String>,
    imei: Option<String>,
}

impl DeviceInformation {
    /// Element names differ in case between the full answer (`ProductFamily`) and the basic one (`productfamily`).
    pub(super) fn from_answer(answer: &Answer, basic_only: bool) -> Self {
        let field = |name| answer.field(name).map(str::trim).filter(|value| !value.is_empty()).map(text::safe);
        Self {
            device_name: field("DeviceName"),
            hardware_version: field("HardwareVersion"),
            software_version: field("SoftwareVersion"),
            web_ui_version: field("WebUIVersion"),
            classify: field("Classify"),
            product_family: field("ProductFamily"),
            basic_only,
            serial_number: field("SerialNumber"),
            imei: field("Imei"),
        }
    }

    /// The serial number. Show it only to a user who asks for the identity.
    #[must_use]
    pub fn serial_number(&self) -> Option<&str> {
        self.serial_number.as_deref()
    }

    /// The IMEI. Show it only to a user who asks for the identity.
    #[must_use]
    pub fn imei(&self) -> Option<&str> {
        self.imei.as_deref()
    }
}

impl fmt::Debug for DeviceInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceInformation")
            .field("device_name", &self.device_name)
            .field("hardware_version", &self.hardware_version)
            .field("software_version", &self.software_version)
            .field("web_ui_version", &self.web_ui_version)
            .field("classify", &self.classify)
            .field("product_family", &self.product_family)
            .field("basic_only", &self.basic_only)
            .finish_non_exhaustive()
    }
}
