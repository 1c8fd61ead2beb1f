//! What a stick in download mode says of the firmware in its flash, before it is led out of there.
//!
//! The way back into download mode may need the boot pad, so a stick that says that its firmware cannot have the mode that
//! is wanted is not restarted to find that out.

use super::{Firmware, Plan, Switcher, Target};
use crate::failure::Cause;
use crate::protocol::at::DownloadInfo;
use crate::stick::{self, Mode};

/// The product whose versions tell the kind of firmware by their first number; those of others do not: an E8372h with
/// HiLink firmware has 21.x.
const TOLD_BY_VERSION: &str = "E3372";

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The kind of firmware.
    pub firmware: Firmware,
    /// The answer that tells it.
    pub words: String,
}

impl Told {
    /// What an answer to `AT^DLOADINFO?` tells for certain. The version of the web pages alone may be a remnant: they have
    /// a partition of their own, which stick firmware leaves as it is.
    pub(super) fn by(info: &DownloadInfo) -> Option<Self> {
        let software = info.software.as_deref().unwrap_or_default();
        let is_known = info.product.as_deref().and_then(|product| product.get(..TOLD_BY_VERSION.len()));
        let by_version = match software.split_once('.').map(|(first, _)| first) {
            _ if !is_known.is_some_and(|start| start.eq_ignore_ascii_case(TOLD_BY_VERSION)) => None,
            Some("21") => Some(Firmware::Stick),
            Some("22") => Some(Firmware::HiLink),
            _ => None,
        };
        let pages = info.cd_image.as_deref().unwrap_or_default();
        let by_pages = pages.to_ascii_uppercase().contains("HILINK").then_some(Firmware::HiLink);
        let (firmware, words) = match (by_version, by_pages) {
            (Some(version), Some(pages)) if version != pages => return None,
            (Some(firmware), _) => (firmware, software),
            (None, Some(firmware)) => (firmware, pages),
            (None, None) => return None,
        };
        Some(Self { firmware, words: words.escape_debug().to_string() })
    }
}

impl Switcher<'_, '_> {
    /// Asks, where the answer may rule this plan out. Nothing where it does not matter or is not told.
    pub(super) fn ask_firmware(&mut self, plan: &Plan) -> Result<Option<Told>, Cause> {
        let matters = matches!(self.target, Target::HiLink | Target::Stick);
        if plan.place.mode != Mode::Download || !matters {
            return Ok(None);
        }
        let port = stick::download_port(self.host, &plan.here)?;
        Ok(port.info.as_ref().and_then(Told::by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(software: &str, pages: &str, product: &str) -> Option<Firmware> {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let info = DownloadInfo {
            software: filled(software),
            cd_image: filled(pages),
            product: filled(product),
            dload_type: None,
        };
        Told::by(&info).map(|told| told.firmware)
    }

    #[test]
    fn only_what_the_answer_is_certain_of_counts() {
        let hilink = "WEBUI_17.100.13.01.03_HILINK";
        for (software, pages, product, expected) in [
            ("22.315.01.00.00", hilink, "E3372h", Some(Firmware::HiLink)),
            ("22.315.01.00.00", "", "E3372", Some(Firmware::HiLink)),
            ("21.180.01.00.00", "", "e3372s", Some(Firmware::Stick)),
            ("21.328.01.00.00", hilink, "E8372h-153", Some(Firmware::HiLink)),
            ("", hilink, "", Some(Firmware::HiLink)),
            // Converted to stick firmware, with the web pages left in their partition.
            ("21.180.01.00.00", hilink, "E3372h", None),
            ("21.328.01.00.00", "", "E8372h-153", None),
            ("22.286.03.00.00", "", "E5372", None),
            ("221.1", "", "E3372h", None),
            ("", "", "E3372h", None),
        ] {
            assert_eq!(told(software, pages, product), expected, "{software}, {pages}, {product}");
        }
        assert_eq!(Told::by(&DownloadInfo::default()), None);
    }

    #[test]
    fn the_words_are_those_of_the_answer_that_tells_it() {
        let info = DownloadInfo { cd_image: Some("WEBUI_1\u{1b}_HILINK".to_owned()), ..DownloadInfo::default() };
        assert_eq!(Told::by(&info).map(|told| told.words).as_deref(), Some("WEBUI_1\\u{1b}_HILINK"));
    }
}
