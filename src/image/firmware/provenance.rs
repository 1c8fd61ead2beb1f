//! What a firmware is for, told from the version texts of its headers and from its partition codes.

use super::text::VersionText;
use super::{FirmwareError, Warning};
use crate::image::partition_code::{Content, PartitionCode, PlatformClue};
use crate::image::platform::Platform;

/// Product, version and chip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Provenance {
    pub(super) product: Option<String>,
    pub(super) version: Option<String>,
    pub(super) clue: Option<PlatformClue>,
}

/// Concludes from all units, each as code and version text.
pub(super) fn conclude(
    units: &[(PartitionCode, VersionText)],
    warnings: &mut Vec<Warning>,
) -> Result<Provenance, FirmwareError> {
    let by_codes = clue_of_codes(units)?;
    let by_texts = platform_of_texts(units)?;
    let clue = match (by_codes, by_texts) {
        (Some((code, clue)), Some((text, platform))) if !clue.admits(platform) => {
            return Err(FirmwareError::Contradiction {
                first: format!("the header text \"{text}\" says {platform}"),
                second: format!("partition {code} is of {clue}"),
            });
        }
        (_, Some((_, platform))) => Some(PlatformClue::Exactly(platform)),
        (codes, None) => codes.map(|(_, clue)| clue),
    };
    // The firmware's own units speak for a file that has web UI or CD image as well.
    let has_firmware = units.iter().any(|(code, _)| code.content() == Content::Firmware);
    let speaking = units.iter().filter(|(code, _)| !has_firmware || code.content() == Content::Firmware);
    let texts: Vec<&VersionText> = speaking.map(|(_, text)| text).collect();
    let products = distinct(texts.iter().filter_map(|text| text.product.as_deref()));
    let versions = distinct(texts.iter().filter_map(|text| text.version.as_deref()));
    let product = match products.as_slice() {
        [] => None,
        [product] => Some((*product).to_owned()),
        several => {
            warnings.push(Warning::SeveralProducts(several.join(", ")));
            None
        }
    };
    if versions.len() > 1 {
        warnings.push(Warning::SeveralVersions(versions.join(", ")));
    }
    let version = versions.first().map(|version| (*version).to_owned());
    Ok(Provenance { product, version, clue })
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// What the codes say, with the first code that says it. All must agree.
fn clue_of_codes(
    units: &[(PartitionCode, VersionText)],
) -> Result<Option<(PartitionCode, PlatformClue)>, FirmwareError> {
    let mut found: Option<(PartitionCode, PlatformClue)> = None;
    for (code, _) in units {
        let Some(clue) = code.platform_clue() else { continue };
        match found {
            Some((other_code, other)) if other != clue => {
                return Err(FirmwareError::Contradiction {
                    first: format!("partition {other_code} is of {other}"),
                    second: format!("partition {code} is of {clue}"),
                });
            }
            Some(_) => {}
            None => found = Some((*code, clue)),
        }
    }
    Ok(found)
}

/// What the texts say, with the first text that says it. All must agree.
fn platform_of_texts(units: &[(PartitionCode, VersionText)]) -> Result<Option<(&str, Platform)>, FirmwareError> {
    let mut found: Option<(&str, Platform)> = None;
    for (_, text) in units {
        let Some(product) = text.product.as_deref() else { continue };
        let Some(platform) = Platform::in_text(product) else { continue };
        match found {
            Some((other_text, other)) if other != platform => {
                return Err(FirmwareError::Contradiction {
                    first: format!("the header text \"{other_text}\" says {other}"),
                    second: format!("the header text \"{product}\" says {platform}"),
                });
            }
            Some(_) => {}
            None => found = Some((product, platform)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: &[(u32, &str)]) -> (Result<Provenance, FirmwareError>, Vec<Warning>) {
        let mut warnings = Vec::new();
        let units: Vec<_> = units.iter().map(|(code, text)| (PartitionCode(*code), VersionText::parse(text))).collect();
        (conclude(&units, &mut warnings), warnings)
    }

    const R11: u32 = 0x0022_0000;
    const R2: u32 = 0x0004_0000;
    const COMMON: u32 = 0x0011_0000;

    #[test]
    fn text_and_codes_that_agree_give_product_version_and_chip() {
        let (found, warnings) = of(&[(COMMON, ":BV7R11HS:21.180.01.00.00"), (R11, ":BV7R11HS:21.180.01.00.00")]);
        let found = found.unwrap();
        assert_eq!(found.product.as_deref(), Some("BV7R11HS"));
        assert_eq!(found.version.as_deref(), Some("21.180.01.00.00"));
        assert_eq!(found.clue, Some(PlatformClue::Exactly(Platform::V7R11)));
        assert!(warnings.is_empty());
    }

    #[test]
    fn text_and_codes_that_contradict_each_other_are_refused_with_both() {
        let error = of(&[(R2, ":BV7R11HS:21.1")]).0.unwrap_err().to_string();
        assert!(error.contains("V7R11") && error.contains("00040000 VxWorks is of V7R2"), "{error}");
        assert!(of(&[(R2, ""), (R11, "")]).0.is_err());
        assert!(of(&[(COMMON, ":BV7R11HS:1"), (COMMON, ":BV7R2X:1")]).0.is_err());
    }

    #[test]
    fn codes_alone_tell_the_chip_and_later_chips_share_those_of_v7r11() {
        assert_eq!(of(&[(R11, "")]).0.unwrap().clue, Some(PlatformClue::V7R11OrLater));
        assert_eq!(of(&[(R11, ":M9650UE__1:21.1")]).0.unwrap().clue, Some(PlatformClue::V7R11OrLater));
        assert_eq!(of(&[(R11, ":BV7R22X:1")]).0.unwrap().clue, Some(PlatformClue::Exactly(Platform::V7R22)));
        assert_eq!(of(&[(COMMON, "")]).0.unwrap(), Provenance::default());
    }

    #[test]
    fn the_firmware_speaks_for_a_file_with_a_web_ui_and_a_web_ui_for_itself() {
        let web = (0x005b_0000, "WEBUI_17.100.13.01.03_HILINK");
        let (found, warnings) = of(&[web, (R11, ":BV7R11HS:22.315.01.00.00")]);
        assert_eq!(found.unwrap().version.as_deref(), Some("22.315.01.00.00"));
        assert!(warnings.is_empty());
        assert_eq!(of(&[web]).0.unwrap().version.as_deref(), Some("WEBUI_17.100.13.01.03_HILINK"));
    }

    #[test]
    fn several_products_are_none_and_several_versions_are_said() {
        let (found, warnings) = of(&[(COMMON, ":BV7R11HS:1"), (R11, ":BV7R11W:2")]);
        assert_eq!(found.unwrap().product, None);
        assert_eq!(warnings.len(), 2);
    }
}
