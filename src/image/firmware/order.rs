//! Which partitions may be there together, and in what order.

use super::FirmwareError;
use super::place::Place;
use super::warning::Warning;
use crate::image::partition_code::PlatformClue;
use crate::image::platform::Platform;

/// The order of every V7R11 set whose map is published. The signature is looked for in the first two.
const V7R11: &[u32] = &[
    0x0011_0000,
    0x0020_0000,
    0x0001_0000,
    0x0009_0000,
    0x0022_0000,
    0x0023_0000,
    0x0024_0000,
    0x0025_0000,
    0x0059_0000,
    0x005a_0000,
];
/// Its counterpart on V7R2, of which no map is published.
const V7R2: &[u32] = &[
    0x0011_0000,
    0x0002_0000,
    0x0001_0000,
    0x0003_0000,
    0x0004_0000,
    0x0005_0000,
    0x0006_0000,
    0x0007_0000,
    0x0059_0000,
    0x005a_0000,
];
/// A version text goes before what it belongs to.
const PAIRS: &[&[u32]] = &[&[0x0055_0000, 0x005b_0000], &[0x0055_0000, 0x0056_0000], &[0x000a_0000, 0x000b_0000]];

/// Refuses a partition that is there twice.
pub(super) fn refuse_duplicates(places: &[Place]) -> Result<(), FirmwareError> {
    let mut doubled = Vec::new();
    for place in places {
        let same: Vec<&Place> = places.iter().filter(|other| other.code == place.code).collect();
        if same.len() > 1 && same.first() == Some(&place) {
            doubled.extend(same.iter().map(ToString::to_string));
        }
    }
    if doubled.is_empty() { Ok(()) } else { Err(FirmwareError::Duplicates { list: doubled.join(", ") }) }
}

/// Refuses partitions out of the order that is known; warns where the order is only inferred.
pub(super) fn check_order(
    places: &[Place],
    clue: Option<PlatformClue>,
    warnings: &mut Vec<Warning>,
) -> Result<(), FirmwareError> {
    let mut found: Vec<String> = PAIRS.iter().flat_map(|pair| misplaced(places, pair)).collect();
    match clue {
        Some(PlatformClue::Exactly(Platform::V7R11) | PlatformClue::V7R11OrLater) => {
            found.extend(misplaced(places, V7R11));
        }
        Some(PlatformClue::Exactly(Platform::V7R2)) => {
            warnings.extend(misplaced(places, V7R2).into_iter().map(Warning::UnusualOrder));
        }
        _ => {}
    }
    if found.is_empty() { Ok(()) } else { Err(FirmwareError::OutOfOrder { list: found.join(", ") }) }
}

/// All partitions that stand behind one which they should precede. Codes that the order does not name are free.
fn misplaced(places: &[Place], order: &[u32]) -> Vec<String> {
    let mut highest: Option<(usize, &Place)> = None;
    let mut found = Vec::new();
    for place in places {
        let Some(rank) = order.iter().position(|code| *code == place.code.0) else { continue };
        match highest {
            Some((above, before)) if rank < above => found.push(format!("{place} should precede {before}")),
            _ => highest = Some((rank, place)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::partition_code::PartitionCode;

    fn places(codes: &[u32]) -> Vec<Place> {
        let place = |(index, code): (usize, &u32)| Place {
            index,
            code: PartitionCode(*code),
            offset: 0x5c + 0x100 * index as u64,
            file: None,
        };
        codes.iter().enumerate().map(place).collect()
    }

    #[test]
    fn a_doubled_partition_is_refused_and_both_places_are_listed() {
        let error = refuse_duplicates(&places(&[0x11_0000, 0x59_0000, 0x11_0000])).unwrap_err().to_string();
        assert!(error.contains("0x5c") && error.contains("0x25c") && error.contains("Fastboot"), "{error}");
        assert!(!error.contains("System"), "{error}");
        assert!(refuse_duplicates(&places(&[0x11_0000, 0x59_0000])).is_ok());
    }

    #[test]
    fn the_order_of_v7r11_holds_with_gaps_and_with_other_codes_in_between() {
        let clue = Some(PlatformClue::Exactly(Platform::V7R11));
        let check = |codes: &[u32]| check_order(&places(codes), clue, &mut Vec::new());
        assert!(check(V7R11).is_ok());
        assert!(check(&[0x11_0000, 0x27_0000, 0x22_0000, 0x28_0000, 0x5a_0000]).is_ok());
        let error = check(&[0x11_0000, 0x22_0000, 0x09_0000]).unwrap_err().to_string();
        assert!(error.contains("00090000 Kernel_R11) at offset 0x25c should precede"), "{error}");
    }

    #[test]
    fn a_version_text_precedes_what_it_belongs_to_on_every_chip() {
        let check = |codes: &[u32]| check_order(&places(codes), None, &mut Vec::new());
        assert!(check(&[0x55_0000, 0x5b_0000, 0x0a_0000, 0x0b_0000]).is_ok());
        assert!(check(&[0x55_0000, 0x0b_0000, 0x0a_0000, 0x5b_0000]).is_err());
        assert!(check(&[0x5b_0000, 0x55_0000]).is_err());
    }

    #[test]
    fn an_unusual_order_on_v7r2_is_only_said() {
        let mut warnings = Vec::new();
        let clue = Some(PlatformClue::Exactly(Platform::V7R2));
        assert!(check_order(&places(&[0x02_0000, 0x11_0000]), clue, &mut warnings).is_ok());
        assert_eq!(warnings.len(), 1);
    }
}
