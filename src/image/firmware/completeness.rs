//! What a full set would have. A file cut exactly between two units is a valid, shorter file: only this can tell.

use std::fmt;

use super::image_type::ImageType;
use crate::image::partition_code::{Content, PartitionCode, PlatformClue};
use crate::image::platform::Platform;

/// A partition that a full set would have, and this one has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Any one of these would do.
    pub codes: &'static [PartitionCode],
    /// Who says that it belongs there.
    pub because: Because,
}

/// Why a partition belongs into a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The type byte announces firmware, a CD image or a web UI, and there is none without it.
    Type,
    /// The usual full set of this chip has it.
    UsualSet,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, code) in self.codes.iter().enumerate() {
            write!(f, "{}{code}", if index > 0 { " or " } else { "" })?;
        }
        Ok(())
    }
}

macro_rules! codes {
    ($([$($code:literal),+]),+ $(,)?) => { &[$(&[$(PartitionCode($code)),+]),+] };
}

type Members = &'static [&'static [PartitionCode]];

/// Fastboot, kernel, VxWorks and M3 image: no firmware without them.
const CORE_V7R11: Members = codes![[0x0011_0000], [0x0009_0000], [0x0022_0000], [0x0023_0000]];
const CORE_V7R2: Members = codes![[0x0011_0000], [0x0003_0000], [0x0004_0000], [0x0005_0000]];
/// V7R1 has no M3 image of its own.
const CORE_V7R1: Members = codes![[0x0000_0104], [0x0000_0105], [0x0055_0103]];
/// The same where the chip cannot be told, because not one of its members is there.
const CORE_UNKNOWN: Members = codes![
    [0x0011_0000, 0x0000_0104],
    [0x0009_0000, 0x0003_0000, 0x0000_0105],
    [0x0022_0000, 0x0004_0000, 0x0055_0103],
    [0x0023_0000, 0x0005_0000],
];
/// The rest of a full V7R11 set, as those of the E3372h have it.
const USUAL_V7R11: Members = codes![
    [0x0020_0000],
    [0x0001_0000],
    [0x0024_0000],
    [0x0025_0000],
    [0x0059_0000, 0x0010_0000],
    [0x005a_0000, 0x0057_0000],
];
/// The counterparts on V7R2.
const USUAL_V7R2: Members = codes![
    [0x0002_0000],
    [0x0001_0000],
    [0x0006_0000],
    [0x0007_0000],
    [0x0059_0000, 0x0010_0000],
    [0x005a_0000, 0x0057_0000],
];
const USUAL_V7R1: Members = codes![[0x0000_0100], [0x0000_0101], [0x0000_0102], [0x0000_0107]];
const WEB_UI: Members = codes![[0x005b_0000, 0x0056_0000, 0x0000_0113]];
const ISO: Members = codes![[0x000b_0000]];

/// Core and usual members of the chip. Of V7R22 and later, and of products with unknown names, no usual set is known.
fn firmware_members(clue: Option<PlatformClue>, product: Option<&str>) -> (Members, Members) {
    match clue {
        Some(PlatformClue::Exactly(Platform::V7R1)) => (CORE_V7R1, USUAL_V7R1),
        Some(PlatformClue::Exactly(Platform::V7R2)) => (CORE_V7R2, USUAL_V7R2),
        Some(PlatformClue::Exactly(Platform::V7R11)) => (CORE_V7R11, USUAL_V7R11),
        Some(PlatformClue::V7R11OrLater) if product.is_none() => (CORE_V7R11, USUAL_V7R11),
        Some(PlatformClue::V7R11OrLater)
        | Some(PlatformClue::Exactly(Platform::V7R22 | Platform::V7R5 | Platform::V7R65)) => (CORE_V7R11, &[]),
        Some(PlatformClue::Exactly(Platform::V3R3)) | None => (CORE_UNKNOWN, &[]),
    }
}

/// What is not there.
pub(super) fn missing(
    image_type: ImageType,
    clue: Option<PlatformClue>,
    product: Option<&str>,
    present: &[PartitionCode],
) -> Vec<Missing> {
    let mut wanted: Vec<(Members, Because)> = Vec::new();
    if image_type.announces(Content::Firmware) {
        let (core, usual) = firmware_members(clue, product);
        wanted.extend([(core, Because::Type), (usual, Because::UsualSet)]);
    }
    if image_type.announces(Content::Iso) {
        wanted.push((ISO, Because::Type));
    }
    if image_type.announces(Content::WebUi) {
        wanted.push((WEB_UI, Because::Type));
    }
    let all = wanted.into_iter().flat_map(|(members, because)| members.iter().map(move |codes| (*codes, because)));
    all.filter(|(codes, _)| !codes.iter().any(|code| present.contains(code)))
        .map(|(codes, because)| Missing { codes, because })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const E3372H: [u32; 10] =
        [0x11_0000, 0x20_0000, 0x01_0000, 0x09_0000, 0x22_0000, 0x23_0000, 0x24_0000, 0x25_0000, 0x59_0000, 0x5a_0000];

    fn missing_of(image_type: u8, clue: Option<PlatformClue>, present: &[u32]) -> Vec<String> {
        let present: Vec<_> = present.iter().copied().map(PartitionCode).collect();
        let image_type = ImageType::new(image_type).unwrap();
        missing(image_type, clue, None, &present).iter().map(Missing::to_string).collect()
    }

    #[test]
    fn the_full_order_of_the_e3372h_lacks_nothing_and_every_shorter_one_does() {
        let clue = Some(PlatformClue::Exactly(Platform::V7R11));
        assert!(missing_of(1, clue, &E3372H).is_empty());
        for length in 0..E3372H.len() {
            assert!(!missing_of(1, clue, &E3372H[..length]).is_empty(), "cut to {length} partitions");
        }
    }

    #[test]
    fn a_web_ui_and_a_cd_image_are_missed_where_the_type_announces_them() {
        assert_eq!(missing_of(4, None, &[0x55_0000]), ["005b0000 WEBUI or 00560000 WEBUI or 00000113 WEBUI_R1"]);
        assert_eq!(missing_of(6, None, &[0x55_0000, 0x5b_0000, 0x0a_0000]), ["000b0000 CDROMISO"]);
        assert!(missing_of(6, None, &[0x56_0000, 0x0b_0000]).is_empty());
    }

    #[test]
    fn the_members_must_be_of_one_chip() {
        let r2 = Some(PlatformClue::Exactly(Platform::V7R2));
        let missing = missing_of(1, r2, &E3372H);
        assert!(missing.contains(&"00040000 VxWorks".to_owned()), "{missing:?}");
        assert_eq!(missing_of(1, None, &[0x11_0000]).len(), 3);
    }
}
