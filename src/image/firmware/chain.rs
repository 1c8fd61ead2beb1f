//! The chain of units, from the first one to its end.
//!
//! The container has neither a count nor a total length: it ends where no unit follows. What lies behind that end is looked
//! at closely, because a damaged unit would silently end the chain and the rest of the firmware would be missing.

use std::ops::ControlFlow;

use super::place::Place;
use super::source::Source;
use super::start::Start;
use super::unit::{HEADER_LENGTH, MAGIC, Unit, UnitHeader, aligned};
use super::{Container, FirmwareError, Warning, scan};

/// No firmware has more partitions. Real sets have up to 20.
pub(super) const UNIT_LIMIT: usize = 128;

/// Reads and checks all headers.
pub(super) fn walk(
    source: &mut Source,
    start: &Start,
    allow_trailing: bool,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Unit>, FirmwareError> {
    let length = source.length();
    let mut units: Vec<Unit> = Vec::new();
    let mut offset = start.first;
    while let Some(header) = header_at(source, offset)? {
        if units.len() == UNIT_LIMIT {
            return Err(FirmwareError::TooMany { limit: UNIT_LIMIT, offset });
        }
        if let Some(last) = units.last() {
            warn_of_padding(source, last, offset, warnings)?;
        }
        let place = Place { index: units.len(), code: header.code(), offset, file: None };
        let unit = header.check(place, length)?;
        // A file of almost 2^64 bytes does not exist; the last unit may lack its padding.
        offset = aligned(unit.end).unwrap_or(length).min(length);
        units.push(unit);
    }
    check_tail(source, offset, units.last())?;
    let data_end = units.last().map_or(offset, |unit| unit.end);
    if start.container == Container::Bin
        && let Some((offset, found)) = scan::first_nonzero(source, data_end)?
    {
        if !allow_trailing {
            return Err(FirmwareError::Trailing { offset, found });
        }
        warnings.push(Warning::Trailing { offset });
    }
    Ok(units)
}

/// The header at `offset`; `None` where the chain ends.
fn header_at(source: &mut Source, offset: u64) -> Result<Option<UnitHeader>, FirmwareError> {
    let (bytes, available) = source.read_up_to::<HEADER_LENGTH>(offset)?;
    let magic = MAGIC.to_le_bytes();
    let compared = available.min(magic.len());
    // Fewer than four bytes that are the beginning of a magic are a header that was cut, too.
    if compared == 0 || bytes[..compared] != magic[..compared] {
        return Ok(None);
    }
    if available < HEADER_LENGTH {
        return Err(FirmwareError::HeaderCut { offset, available: available as u64, expected: HEADER_LENGTH });
    }
    Ok(Some(UnitHeader::new(bytes)))
}

/// The 0 to 3 bytes between two units are zero in every real file; others harm nobody, but somebody made them.
fn warn_of_padding(
    source: &mut Source,
    last: &Unit,
    next: u64,
    warnings: &mut Vec<Warning>,
) -> Result<(), FirmwareError> {
    let (padding, _) = source.read_up_to::<3>(last.end)?;
    let count = usize::try_from(next - last.end).unwrap_or(0).min(padding.len());
    if padding[..count].iter().any(|byte| *byte != 0) {
        warnings.push(Warning::Padding { offset: last.end });
    }
    Ok(())
}

/// No unit may follow the end of the chain: neither right there without its magic, nor further on with it.
///
/// A header whose sizes are damaged along with its magic is still told by its hardware code, which is the same in
/// all units of a set.
fn check_tail(source: &mut Source, end: u64, last: Option<&Unit>) -> Result<(), FirmwareError> {
    let length = source.length();
    let is_like_the_last = |place: &scan::Candidate<'_>| last.is_some_and(|last| place.is_of_the_set_of(&last.header));
    let hit = scan::visit(source, end..length, |place| {
        let offset = place.offset;
        if offset == end && (place.structural_end(length).is_some() || is_like_the_last(place)) {
            ControlFlow::Break(FirmwareError::DamagedMagic { offset, found: place.first_word() })
        } else if place.has_magic() && place.has_version() {
            ControlFlow::Break(FirmwareError::StrayUnit { end, offset })
        } else {
            ControlFlow::Continue(())
        }
    })?;
    hit.map_or(Ok(()), Err)
}
