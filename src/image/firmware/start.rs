//! Where the first unit of a file is.
//!
//! A `.BIN` has it at 0x5c, behind a prefix whose first byte is the type. A `.EXE` has prefix and units somewhere in its
//! data. "The first place where a header validates" would be wrong: with a damaged first header it lies in the middle of
//! the chain and gives a plausible but incomplete set. So a place that looks like a unit but for its magic, or like a
//! magic but for its sizes, is an error and never skipped.

use std::ops::ControlFlow;

use super::image_type::ImageType;
use super::scan;
use super::source::Source;
use super::unit::{HEADER_LENGTH, MAGIC, UnitHeader, aligned};
use super::{Container, FirmwareError};

/// Length of the prefix in front of the first unit.
pub(super) const PREFIX: u64 = 0x5c;

/// How a file begins.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) container: Container,
    /// Offset of the first unit.
    pub(super) first: u64,
    pub(super) image_type: ImageType,
}

/// Finds the first unit and the type byte.
pub(super) fn find(source: &mut Source) -> Result<Start, FirmwareError> {
    let (head, _) = source.read_up_to::<8>(0)?;
    let (container, first) = if head.starts_with(b"MZ") {
        (Container::Exe, in_exe(source)?)
    } else {
        (Container::Bin, in_bin(source, &head)?)
    };
    let offset = first.saturating_sub(PREFIX);
    let (type_byte, _) = source.read_up_to::<1>(offset)?;
    let found = type_byte[0];
    let image_type = ImageType::new(found).ok_or(FirmwareError::ImageType { offset, found })?;
    Ok(Start { container, first, image_type })
}

fn in_bin(source: &mut Source, head: &[u8; 8]) -> Result<u64, FirmwareError> {
    let (bytes, available) = source.read_up_to::<HEADER_LENGTH>(PREFIX)?;
    let header = UnitHeader::new(bytes);
    if available >= 4 && header.magic() == MAGIC {
        return Ok(PREFIX);
    }
    if available == HEADER_LENGTH && header.structural_end(PREFIX, source.length()).is_some() {
        return Err(FirmwareError::DamagedMagic { offset: PREFIX, found: header.magic() });
    }
    let found = if available == 0 {
        format!("the file ends at offset {:#x}, the first partition would begin at {PREFIX:#x}", source.length())
    } else {
        format!("{}; at offset {PREFIX:#x} is {:08x}, expected a55aaa55", what_begins_with(head), header.magic())
    };
    Err(FirmwareError::NoPartitions { path: source.path().to_owned(), found })
}

/// What kind of file has such a beginning, for the message.
fn what_begins_with(head: &[u8]) -> &'static str {
    match head {
        [0x55, 0xaa, 0x5a, 0xa5, ..] => "this is a single partition with its header, not a firmware file",
        [b'P', b'K', 3, 4, ..] => "this is a ZIP archive, unpack it first",
        [b'R', b'a', b'r', b'!', ..] => "this is a RAR archive, unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] => "this is a 7z archive, unpack it first",
        [0x1f, 0x8b, ..] => "this is a gzip archive, unpack it first",
        _ => "this is neither a firmware .BIN nor a .EXE",
    }
}

fn in_exe(source: &mut Source) -> Result<u64, FirmwareError> {
    let length = source.length();
    let hit = scan::visit(source, 0..length, |place| {
        if !place.has_magic() {
            ControlFlow::Continue(())
        } else if place.structural_end(length).is_some() {
            ControlFlow::Break(Ok(place.offset))
        } else if place.has_version() {
            ControlFlow::Break(Err(FirmwareError::DamagedHeader { offset: place.offset }))
        } else {
            // A stray magic, as code that looks for units contains one.
            ControlFlow::Continue(())
        }
    })?;
    let Some(first) = hit.transpose()? else {
        let found = "the .EXE has no partition in it".to_owned();
        return Err(FirmwareError::NoPartitions { path: source.path().to_owned(), found });
    };
    if first < PREFIX {
        return Err(FirmwareError::DamagedHeader { offset: first });
    }
    refuse_a_unit_in_front(source, first)?;
    Ok(first)
}

/// A unit that ends exactly where the "first" one begins is the true first one, with a damaged magic. So is a header with
/// the same hardware code, whatever its sizes say.
fn refuse_a_unit_in_front(source: &mut Source, first: u64) -> Result<(), FirmwareError> {
    let (bytes, _) = source.read_up_to::<HEADER_LENGTH>(first)?;
    let header = UnitHeader::new(bytes);
    let hit = scan::visit(source, 0..first, |place| {
        let adjoins = place.structural_end(first).and_then(aligned) == Some(first);
        if adjoins || place.is_of_the_set_of(&header) {
            ControlFlow::Break(FirmwareError::DamagedMagic { offset: place.offset, found: place.first_word() })
        } else {
            ControlFlow::Continue(())
        }
    })?;
    hit.map_or(Ok(()), Err)
}
