//! What a stick says of itself, read from the lines of its answers. Missing lines are missing answers, never errors.

/// The value behind `NAME:` in the first line that has it, without quotation marks.
fn value<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        let value = value.trim().trim_matches('"').trim();
        (found.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
    })
}

fn owned(lines: &[String], name: &str) -> Option<String> {
    value(lines, name).map(str::to_owned)
}

/// The lines of `AT^VERSION?`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// BDT: when the firmware was built.
    pub built: Option<String>,
    /// EXTS: the firmware's version, as a user knows it.
    pub software: Option<String>,
    /// INTS: the firmware's internal version.
    pub internal_software: Option<String>,
    /// EXTD: the version of the web UI or dashboard.
    pub web_ui: Option<String>,
    /// INTD: its internal version.
    pub internal_web_ui: Option<String>,
    /// EXTH: the hardware's version.
    pub hardware: Option<String>,
    /// INTH: its internal version.
    pub internal_hardware: Option<String>,
    /// EXTU: the product.
    pub product: Option<String>,
    /// INTU: its internal name.
    pub internal_product: Option<String>,
    /// CFG: the configuration.
    pub configuration: Option<String>,
    /// PRL: the preferred roaming list.
    pub roaming_list: Option<String>,
    /// OEM: the maker it was made for.
    pub maker: Option<String>,
    /// INI: the customisation code.
    pub customisation: Option<String>,
}

impl Versions {
    /// The lines that are there.
    #[must_use]
    pub fn parse(lines: &[String]) -> Self {
        let inner: Vec<String> =
            lines.iter().filter_map(|line| value(std::slice::from_ref(line), "^VERSION")).map(str::to_owned).collect();
        let of = |name| owned(&inner, name);
        Self {
            built: of("BDT"),
            software: of("EXTS"),
            internal_software: of("INTS"),
            web_ui: of("EXTD"),
            internal_web_ui: of("INTD"),
            hardware: of("EXTH"),
            internal_hardware: of("INTH"),
            product: of("EXTU"),
            internal_product: of("INTU"),
            configuration: of("CFG"),
            roaming_list: of("PRL"),
            maker: of("OEM"),
            customisation: of("INI"),
        }
    }
}

/// The hardware version of `AT^HWVER`, such as `CL2E3372HM`.
#[must_use]
pub fn hardware_version(lines: &[String]) -> Option<String> {
    owned(lines, "^HWVER")
}

/// The composition that is stored (`AT^SETPORT?`), as the stick writes it, such as `A1,A2;12,10,16,A1,A2`: the functions
/// before the switch, a semicolon, and those of the working set. 10 is the modem, 12 the AT port, 16 the network card, A1
/// the CD, A2 the card reader, FF none.
#[must_use]
pub fn port_setting(lines: &[String]) -> Option<String> {
    owned(lines, "^SETPORT")
}

/// The answer to `AT^FHVER`: `"E3372S-153 21.300.05.00.143,CL1E3372SM Ver.A"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirmwareVersion {
    /// The model, such as `E3372S-153`.
    pub model: Option<String>,
    /// The firmware's version.
    pub software: Option<String>,
    /// The hardware's version, such as `CL1E3372SM Ver.A`.
    pub hardware: Option<String>,
    /// All of it as it came, without its quotation marks.
    pub line: Option<String>,
}

impl FirmwareVersion {
    /// What of it is there.
    #[must_use]
    pub fn parse(lines: &[String]) -> Self {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let whole = value(lines, "^FHVER").unwrap_or_default();
        let (front, hardware) = whole.split_once(',').unwrap_or((whole, ""));
        let (model, software) = front.trim().split_once(' ').unwrap_or((front, ""));
        Self { model: filled(model), software: filled(software), hardware: filled(hardware), line: filled(whole) }
    }
}

/// The answer to `ATI`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identification {
    /// The manufacturer.
    pub manufacturer: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The firmware's revision.
    pub revision: Option<String>,
}

impl Identification {
    /// The lines that are there. The IMEI, which is in the same answer, is left alone.
    #[must_use]
    pub fn parse(lines: &[String]) -> Self {
        Self {
            manufacturer: owned(lines, "Manufacturer"),
            model: owned(lines, "Model"),
            revision: owned(lines, "Revision"),
        }
    }
}

/// The answer to `AT^DLOADINFO?` in download mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownloadInfo {
    /// `swver`: the firmware's version.
    pub software: Option<String>,
    /// `isover`: the version of the CD image.
    pub cd_image: Option<String>,
    /// `product name`.
    pub product: Option<String>,
    /// `dload type`, as it came.
    pub dload_type: Option<String>,
}

impl DownloadInfo {
    /// The lines that are there.
    #[must_use]
    pub fn parse(lines: &[String]) -> Self {
        Self {
            software: owned(lines, "swver"),
            cd_image: owned(lines, "isover"),
            product: owned(lines, "product name"),
            dload_type: owned(lines, "dload type"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_version_lines_are_told_apart_and_colons_in_a_date_survive() {
        let versions = Versions::parse(&lines(
            "^VERSION:BDT:Sep 26 2016, 15:03:44\n^VERSION:EXTS:22.317.01.00.00\n^VERSION:EXTD:WEBUI_17.100.13.01.03\n\
             ^VERSION:EXTH:CL2E3372HM Ver.A\n^VERSION:EXTU:E3372\n^VERSION:PRL:\n^VERSION:INI:",
        ));
        assert_eq!(versions.built.as_deref(), Some("Sep 26 2016, 15:03:44"));
        assert_eq!(versions.software.as_deref(), Some("22.317.01.00.00"));
        assert_eq!(versions.web_ui.as_deref(), Some("WEBUI_17.100.13.01.03"));
        assert_eq!(versions.product.as_deref(), Some("E3372"));
        assert_eq!((versions.roaming_list, versions.customisation, versions.internal_software), (None, None, None));
    }

    #[test]
    fn the_hardware_version_comes_without_its_quotation_marks() {
        assert_eq!(hardware_version(&lines("^HWVER:\"CL2E3372HM\"")).as_deref(), Some("CL2E3372HM"));
        assert_eq!(hardware_version(&lines("CL2E3372HM")), None);
    }

    #[test]
    fn model_firmware_and_hardware_are_read_from_one_line() {
        let version = FirmwareVersion::parse(&lines("^FHVER:\"E3372S-153 21.300.05.00.143,CL1E3372SM Ver.A\""));
        assert_eq!(version.model.as_deref(), Some("E3372S-153"));
        assert_eq!(version.software.as_deref(), Some("21.300.05.00.143"));
        assert_eq!(version.hardware.as_deref(), Some("CL1E3372SM Ver.A"));
        assert_eq!(version.line.as_deref(), Some("E3372S-153 21.300.05.00.143,CL1E3372SM Ver.A"));
        assert_eq!(FirmwareVersion::parse(&[]), FirmwareVersion::default());
    }

    #[test]
    fn the_stored_composition_is_kept_as_the_stick_writes_it() {
        let setting = port_setting(&lines("^SETPORT:A1,A2;12,10,16,A1,A2"));
        assert_eq!(setting.as_deref(), Some("A1,A2;12,10,16,A1,A2"));
        assert_eq!(port_setting(&lines("^SETPORT:")), None);
    }

    #[test]
    fn the_identification_takes_what_is_there() {
        let who = Identification::parse(&lines("Manufacturer: huawei\nModel: E3372\nIMEI: 0\n+GCAP: +CGSM,+DS,+ES"));
        let model = Some("E3372".to_owned());
        assert_eq!(who, Identification { manufacturer: Some("huawei".to_owned()), model, revision: None });
    }

    #[test]
    fn download_info_is_read_by_name_in_any_order() {
        let info = DownloadInfo::parse(&lines("product name:E3372h\ndload type:0\nswver:22.315.01.00.00"));
        assert_eq!(info.product.as_deref(), Some("E3372h"));
        assert_eq!(info.dload_type.as_deref(), Some("0"));
        assert_eq!(info.software.as_deref(), Some("22.315.01.00.00"));
        assert_eq!(info.cd_image, None);
    }
}
