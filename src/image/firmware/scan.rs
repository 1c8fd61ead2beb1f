//! Going through a file at every place where a unit can begin, without holding the file.

use std::ops::{ControlFlow, Range};

use super::FirmwareError;
use super::source::Source;
use super::unit::{HEADER_LENGTH, MAGIC, UnitHeader, VERSION};

/// Bytes that are looked at in one go.
const STEP: u64 = 256 << 10;

/// A place where a unit can begin.
pub(super) struct Candidate<'a> {
    pub(super) offset: u64,
    /// What lies there: as much as a header is long, less at the end of the file.
    bytes: &'a [u8],
}

impl Candidate<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
    }

    /// The word where a magic would be; 0 where the file ends before.
    pub(super) fn first_word(&self) -> u32 {
        self.word(0).unwrap_or(0)
    }

    /// Whether it begins with the first word of a unit.
    pub(super) fn has_magic(&self) -> bool {
        self.word(0) == Some(MAGIC)
    }

    /// Whether the third word is the header version in use.
    pub(super) fn has_version(&self) -> bool {
        self.word(8) == Some(VERSION)
    }

    /// Whether the hardware code is that of `header`, behind a magic or a version: a header of the same set, however
    /// damaged the rest of it is.
    pub(super) fn is_of_the_set_of(&self, header: &UnitHeader) -> bool {
        (self.has_magic() || self.has_version())
            && self.bytes.get(UnitHeader::HARDWARE) == Some(header.hardware())
            && header.has_hardware()
    }

    /// Where the data would end if this were a unit, leaving the magic aside; `None` if it cannot be one.
    pub(super) fn structural_end(&self, file_length: u64) -> Option<u64> {
        // Both sizes are looked at before the header is copied: this runs for every fourth byte of a large stub.
        if self.word(4)? < HEADER_LENGTH as u32 || self.word(24)? == 0 {
            return None;
        }
        let header = self.bytes.first_chunk::<HEADER_LENGTH>()?;
        UnitHeader::new(*header).structural_end(self.offset, file_length)
    }
}

/// Visits every fourth offset of `range` (which begins at one) until `visit` breaks.
pub(super) fn visit<T>(
    source: &mut Source,
    range: Range<u64>,
    mut visit: impl FnMut(&Candidate<'_>) -> ControlFlow<T>,
) -> Result<Option<T>, FirmwareError> {
    let mut buffer = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let to = range.end.min(from.saturating_add(STEP));
        // Each window reaches a header's length beyond the places in it.
        let length = to.saturating_add(HEADER_LENGTH as u64).min(source.length()).saturating_sub(from);
        buffer.resize(usize::try_from(length).unwrap_or(0), 0);
        source.read_at(from, &mut buffer)?;
        let places = usize::try_from(to - from).unwrap_or(0).min(buffer.len());
        for at in (0..places).step_by(4) {
            let end = buffer.len().min(at + HEADER_LENGTH);
            let candidate = Candidate { offset: from + at as u64, bytes: &buffer[at..end] };
            if let ControlFlow::Break(found) = visit(&candidate) {
                return Ok(Some(found));
            }
        }
        from = to;
    }
    Ok(None)
}

/// Offset and value of the first byte from `offset` on that is not zero.
pub(super) fn first_nonzero(source: &mut Source, offset: u64) -> Result<Option<(u64, u8)>, FirmwareError> {
    let mut buffer = vec![0; 4096];
    let mut from = offset;
    while from < source.length() {
        let length = usize::try_from(source.length() - from).unwrap_or(usize::MAX).min(buffer.len());
        let window = &mut buffer[..length];
        source.read_at(from, window)?;
        if let Some(at) = window.iter().position(|byte| *byte != 0) {
            return Ok(Some((from + at as u64, window[at])));
        }
        from += length as u64;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(bytes: &[u8]) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let source = Source::open(&path).unwrap();
        (folder, source)
    }

    #[test]
    fn a_magic_on_either_side_of_a_window_border_is_seen_with_its_version() {
        for offset in [STEP - 8, STEP - 4, STEP, STEP + 4] {
            let mut bytes = vec![0; 3 * STEP as usize / 2];
            let at = offset as usize;
            bytes[at..at + 4].copy_from_slice(&MAGIC.to_le_bytes());
            bytes[at + 8] = 1;
            let (_folder, mut source) = source_of(&bytes);
            let end = source.length();
            let found = visit(&mut source, 0..end, |place| match place.has_magic() {
                true => ControlFlow::Break((place.offset, place.has_version())),
                false => ControlFlow::Continue(()),
            });
            assert_eq!(found.unwrap(), Some((offset, true)));
        }
    }

    #[test]
    fn only_every_fourth_offset_is_a_place() {
        let (_folder, mut source) = source_of(&[0; 10]);
        let mut places = Vec::new();
        let none = visit(&mut source, 4..10, |place| {
            places.push(place.offset);
            ControlFlow::<()>::Continue(())
        });
        assert_eq!((none.unwrap(), places), (None, vec![4, 8]));
    }

    #[test]
    fn the_first_byte_that_is_not_zero_is_found_in_any_window() {
        let mut bytes = vec![0; 10_000];
        bytes[9_999] = 7;
        let (_folder, mut source) = source_of(&bytes);
        assert_eq!(first_nonzero(&mut source, 3).unwrap(), Some((9_999, 7)));
        assert_eq!(first_nonzero(&mut source, 10_000).unwrap(), None);
    }
}
