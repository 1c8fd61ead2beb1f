//! The type byte of a container.

use std::fmt;

use crate::image::partition_code::Content;

/// What a container says it holds: bit 0 firmware, bit 1 CD image, bit 2 web UI, bit 3 signed. 1 to 7 and 9 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageType(u8);

impl ImageType {
    const SIGNED: u8 = 8;

    /// The type for a byte; `None` for bytes that are no type (0, 8 and everything above 15).
    #[must_use]
    pub fn new(byte: u8) -> Option<Self> {
        matches!(byte, 1..=7 | 9..=15).then_some(Self(byte))
    }

    /// The type for what was found in a directory set.
    pub(super) fn of(contents: impl Iterator<Item = Content>) -> Option<Self> {
        Self::new(contents.fold(0, |byte, content| byte | Self::bit(content)))
    }

    /// The same type with its signed flag set or cleared.
    pub(super) fn with_signed_flag(self, signed: bool) -> Self {
        Self(self.dload_type() | if signed { Self::SIGNED } else { 0 })
    }

    const fn bit(content: Content) -> u8 {
        match content {
            Content::Firmware => 1,
            Content::Iso => 2,
            Content::WebUi => 4,
        }
    }

    /// The byte itself.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// The type that `AT^SIGNVER` takes: 1 to 7.
    #[must_use]
    pub const fn dload_type(self) -> u8 {
        self.0 & 7
    }

    /// Whether it announces content of this kind.
    #[must_use]
    pub const fn announces(self, content: Content) -> bool {
        self.0 & Self::bit(content) != 0
    }

    /// Whether it announces firmware.
    #[must_use]
    pub const fn has_firmware(self) -> bool {
        self.announces(Content::Firmware)
    }

    /// Whether it announces a CD image.
    #[must_use]
    pub const fn has_iso(self) -> bool {
        self.announces(Content::Iso)
    }

    /// Whether it announces a web UI.
    #[must_use]
    pub const fn has_web_ui(self) -> bool {
        self.announces(Content::WebUi)
    }

    /// Whether it claims to be signed.
    #[must_use]
    pub const fn signed_flag(self) -> bool {
        self.0 & Self::SIGNED != 0
    }

    /// The field's name for the content, such as `FW_ISO_WEBUI`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.dload_type() {
            1 => "ONLY_FW",
            2 => "ONLY_ISO",
            3 => "FW_ISO",
            4 => "ONLY_WEBUI",
            5 => "FW_WEBUI",
            6 => "ISO_WEBUI",
            _ => "FW_ISO_WEBUI",
        }
    }
}

impl fmt::Display for ImageType {
    /// Number and name, such as `9 (ONLY_FW, signed)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}{})", self.0, self.name(), if self.signed_flag() { ", signed" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_1_to_7_and_9_to_15() {
        let valid: Vec<u8> = (0..=255).filter(|byte| ImageType::new(*byte).is_some()).collect();
        assert_eq!(valid, [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15]);
    }

    #[test]
    fn the_signed_flag_does_not_change_the_dload_type() {
        let signed = ImageType::new(9).unwrap();
        assert_eq!((signed.dload_type(), signed.signed_flag(), signed.name()), (1, true, "ONLY_FW"));
        assert_eq!(signed.to_string(), "9 (ONLY_FW, signed)");
        assert_eq!(signed.with_signed_flag(false).byte(), 1);
    }

    #[test]
    fn a_set_has_the_bits_of_all_its_contents() {
        let web = ImageType::of([Content::Iso, Content::WebUi, Content::Iso].into_iter()).unwrap();
        assert_eq!((web.byte(), web.has_firmware(), web.has_iso(), web.has_web_ui()), (6, false, true, true));
        assert_eq!(ImageType::of([].into_iter()), None);
    }
}
