//! Partition codes: what a unit of a firmware file is, and what that tells about chip, content and danger.
//!
//! On V7R2 and later a code is the file type of the download daemon shifted left by 16; V7R1 sets use the raw image type
//! (0x1xx). The codes are those of Huawei's published partition headers and of the tools in the field.

mod names;
mod selector;

use std::borrow::Cow;
use std::fmt;

use super::platform::Platform;

pub use selector::PartitionSelector;

/// The code of a partition, such as `00110000` (Fastboot).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionCode(pub u32);

/// What kind of content a partition belongs to, as the type byte of a container counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The modem's own software (bit 0).
    Firmware,
    /// The CD image and its version text (bit 1).
    Iso,
    /// The web interface and its version text (bit 2).
    WebUi,
}

/// What is known about the chip that something is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformClue {
    /// Exactly this platform.
    Exactly(Platform),
    /// V7R11 or one of its successors, which share its partition codes.
    V7R11OrLater,
}

impl PlatformClue {
    /// Whether something for `platform` can be meant.
    #[must_use]
    pub fn admits(self, platform: Platform) -> bool {
        match self {
            Self::Exactly(exact) => exact == platform,
            Self::V7R11OrLater => {
                matches!(platform, Platform::V7R11 | Platform::V7R22 | Platform::V7R5 | Platform::V7R65)
            }
        }
    }
}

impl fmt::Display for PlatformClue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(platform) => write!(f, "{platform}"),
            Self::V7R11OrLater => f.write_str("V7R11 or later"),
        }
    }
}

impl PartitionCode {
    /// The partition table.
    pub const PTABLE: Self = Self(0x0001_0000);
    /// The second loader.
    pub const FASTBOOT: Self = Self(0x0011_0000);

    /// The name that is in use for it, such as `VxWorks_R11`; `U` and eight hex digits where there is none.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        match names::of(self.0) {
            Some((name, _)) => Cow::Borrowed(name),
            None => Cow::Owned(format!("U{:08x}", self.0)),
        }
    }

    /// Huawei's own word for it, where that says something else than the name in use.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        names::of(self.0).and_then(|(_, meaning)| meaning)
    }

    /// Whether writing it replaces calibration data or the identity of the stick (radio calibration, IMEI, SIM lock).
    ///
    /// Nvdload (the defaults, part of every full set) is not counted: it does not replace the working copy.
    #[must_use]
    pub fn holds_identity(self) -> bool {
        matches!(self.0, 0x0008_0000 | 0x0026_0000 | 0x0000_0066 | 0x001a_0000 | 0x0050_0000)
    }

    /// What the code alone tells about the chip. `None` for codes that are common to several.
    ///
    /// Only codes that are certain count: M3Boot, kernel and VxWorks of V7R2, everything named `_R11`, and the raw image
    /// types of V7R1.
    #[must_use]
    pub fn platform_clue(self) -> Option<PlatformClue> {
        match self.0 {
            0x66 | 0x100..=0x113 | 0x0055_0103 => Some(PlatformClue::Exactly(Platform::V7R1)),
            0x0002_0000 | 0x0003_0000 | 0x0004_0000 => Some(PlatformClue::Exactly(Platform::V7R2)),
            0x0009_0000 | 0x0020_0000 | 0x0022_0000..=0x0025_0000 | 0x0027_0000 | 0x0028_0000
                if self.0 & 0xffff == 0 =>
            {
                Some(PlatformClue::V7R11OrLater)
            }
            _ => None,
        }
    }

    /// What it counts as in the type byte of a container.
    #[must_use]
    pub fn content(self) -> Content {
        match self.0 {
            0x0055_0000 | 0x0056_0000 | 0x005b_0000 | 0x113 => Content::WebUi,
            0x000a_0000 | 0x000b_0000 => Content::Iso,
            _ => Content::Firmware,
        }
    }
}

impl fmt::Display for PartitionCode {
    /// Code and name, such as `00110000 Fastboot`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x} {}", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_with_its_name_and_an_unknown_one_as_u_and_digits() {
        assert_eq!(PartitionCode(0x0011_0000).to_string(), "00110000 Fastboot");
        assert_eq!(PartitionCode(0x00ab_cdef).name(), "U00abcdef");
        assert_eq!(PartitionCode(0x0009_0000).meaning(), Some("boot image"));
        assert_eq!(PartitionCode(0x0009_0000).name(), "Kernel_R11");
    }

    #[test]
    fn every_code_named_r11_points_at_v7r11_or_later_and_no_common_code_points_anywhere() {
        for code in names::all() {
            let name = PartitionCode(code).name();
            let clue = PartitionCode(code).platform_clue();
            if name.ends_with("_R11") {
                assert_eq!(clue, Some(PlatformClue::V7R11OrLater), "{name}");
            } else if name.ends_with("_R1") {
                assert_eq!(clue, Some(PlatformClue::Exactly(Platform::V7R1)), "{name}");
            }
        }
        for common in [0x0001_0000, 0x0011_0000, 0x0059_0000, 0x0010_0000, 0x005a_0000, 0x005b_0000, 0x000b_0000] {
            assert_eq!(PartitionCode(common).platform_clue(), None);
        }
        assert_eq!(PartitionCode(0x0002_0000).platform_clue(), Some(PlatformClue::Exactly(Platform::V7R2)));
    }

    #[test]
    fn v7r11_or_later_admits_its_successors_and_not_v7r2() {
        assert!(PlatformClue::V7R11OrLater.admits(Platform::V7R22));
        assert!(!PlatformClue::V7R11OrLater.admits(Platform::V7R2));
        assert!(!PlatformClue::Exactly(Platform::V7R11).admits(Platform::V7R22));
    }

    #[test]
    fn calibration_and_identity_are_told_from_their_defaults() {
        assert!(PartitionCode(0x0008_0000).holds_identity());
        assert!(PartitionCode(0x001a_0000).holds_identity());
        assert!(!PartitionCode(0x0025_0000).holds_identity());
        assert!(!PartitionCode(0x0007_0000).holds_identity());
    }
}
