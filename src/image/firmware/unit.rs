//! The header of a unit: 98 bytes in front of each partition, and the table of checksums between it and the data.

use crc::{CRC_16_IBM_SDLC, Crc, Table};

use super::FirmwareError;
use super::fault::PartitionFault;
use super::place::Place;
use crate::image::partition_code::PartitionCode;

/// Length of the header without its table.
pub(super) const HEADER_LENGTH: usize = 98;
/// The first word of a unit: bytes `55 aa 5a a5` in the file.
pub(super) const MAGIC: u32 = 0xa55a_aa55;
/// The only header version in use.
pub(super) const VERSION: u32 = 1;
/// Where the header's own checksum lies.
const CRC_FIELD: std::ops::Range<usize> = 92..94;

/// The checksum of headers and data, the one of HDLC frames too. The large table makes it ten times as fast.
pub(super) static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_SDLC);

/// A header as it lies in the file, nothing checked.
#[derive(Clone, Debug)]
pub(super) struct UnitHeader {
    bytes: [u8; HEADER_LENGTH],
}

impl UnitHeader {
    /// Where the hardware code lies.
    pub(super) const HARDWARE: std::ops::Range<usize> = 12..20;

    pub(super) fn new(bytes: [u8; HEADER_LENGTH]) -> Self {
        Self { bytes }
    }

    fn word(&self, at: usize) -> u32 {
        let word = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        u32::from_le_bytes(*word.expect("all fields lie within the 98 bytes"))
    }

    pub(super) fn magic(&self) -> u32 {
        self.word(0)
    }

    /// Header size as stated: header and table.
    pub(super) fn stated_header_size(&self) -> u32 {
        self.word(4)
    }

    pub(super) fn version(&self) -> u32 {
        self.word(8)
    }

    pub(super) fn code(&self) -> PartitionCode {
        PartitionCode(self.word(20))
    }

    /// Size of the data as stored.
    pub(super) fn data_size(&self) -> u32 {
        self.word(24)
    }

    /// Stored bytes that each entry of the table covers.
    pub(super) fn block_size(&self) -> u32 {
        self.word(94)
    }

    pub(super) fn hardware(&self) -> &[u8] {
        &self.bytes[Self::HARDWARE]
    }

    /// Whether there is a hardware code to recognise a set by.
    pub(super) fn has_hardware(&self) -> bool {
        self.hardware().iter().any(|byte| *byte != 0)
    }

    pub(super) fn date(&self) -> &[u8] {
        &self.bytes[28..44]
    }

    pub(super) fn time(&self) -> &[u8] {
        &self.bytes[44..60]
    }

    pub(super) fn version_text(&self) -> &[u8] {
        &self.bytes[60..92]
    }

    fn stated_crc(&self) -> u16 {
        u16::from_le_bytes([self.bytes[CRC_FIELD.start], self.bytes[CRC_FIELD.start + 1]])
    }

    fn computed_crc(&self) -> u16 {
        let mut bytes = self.bytes;
        bytes[CRC_FIELD].fill(0);
        CRC.checksum(&bytes)
    }

    /// Header and table, as data size and block size demand it. `None` where there is no block size.
    fn header_size(&self) -> Option<u64> {
        let blocks = u64::from(self.data_size()).checked_add(u64::from(self.block_size()).checked_sub(1)?)?
            / u64::from(self.block_size());
        Some(HEADER_LENGTH as u64 + 2 * blocks)
    }

    /// Where the data begins and ends when the unit is at `offset`.
    fn extent(&self, offset: u64) -> Option<(u64, u64)> {
        let start = offset.checked_add(self.header_size()?)?;
        Some((start, start.checked_add(u64::from(self.data_size()))?))
    }

    /// Whether this place is a unit as far as sizes go, LEAVING THE MAGIC ASIDE; if so, where its data ends.
    ///
    /// It is how a unit with a damaged magic is recognised, rather than skipped.
    pub(super) fn structural_end(&self, offset: u64, file_length: u64) -> Option<u64> {
        let (_, end) = self.extent(offset)?;
        (self.data_size() > 0 && self.header_size() == Some(u64::from(self.stated_header_size())) && end <= file_length)
            .then_some(end)
    }

    /// Checks every field and tells where the table, the data and its end are.
    pub(super) fn check(&self, place: Place, file_length: u64) -> Result<Unit, FirmwareError> {
        if self.version() != VERSION {
            return Err(PartitionFault::HeaderVersion { found: self.version() }.at(place));
        }
        if self.block_size() == 0 {
            return Err(PartitionFault::BlockSizeZero.at(place));
        }
        if self.data_size() == 0 {
            return Err(PartitionFault::NoData.at(place));
        }
        let found = self.stated_header_size();
        match self.header_size() {
            Some(expected) if expected == u64::from(found) => {}
            expected => return Err(PartitionFault::HeaderSize { found, expected: expected.unwrap_or(0) }.at(place)),
        }
        let (found, computed) = (self.stated_crc(), self.computed_crc());
        if found != computed {
            return Err(PartitionFault::HeaderCrc { found, computed }.at(place));
        }
        let offset = place.offset;
        match self.extent(offset) {
            Some((data, end)) if end <= file_length => {
                Ok(Unit { header: self.clone(), table: offset + HEADER_LENGTH as u64, data, end, place })
            }
            extent => {
                let end = extent.map_or(u64::MAX, |(_, end)| end);
                Err(PartitionFault::DataCut { end, length: file_length }.at(place))
            }
        }
    }
}

/// A unit whose header was checked.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) header: UnitHeader,
    pub(super) place: Place,
    /// Offset of the table of checksums.
    pub(super) table: u64,
    /// Offset of the stored data.
    pub(super) data: u64,
    /// Offset of the end of the stored data.
    pub(super) end: u64,
}

/// The next offset where a unit can begin.
pub(super) fn aligned(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(data_size: u32, block_size: u32, header_size: u32) -> UnitHeader {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[4..8].copy_from_slice(&header_size.to_le_bytes());
        bytes[24..28].copy_from_slice(&data_size.to_le_bytes());
        bytes[94..98].copy_from_slice(&block_size.to_le_bytes());
        UnitHeader::new(bytes)
    }

    #[test]
    fn a_table_has_one_entry_a_block_and_the_last_block_may_be_short() {
        for (size, entries) in [(1, 1), (4095, 1), (4096, 1), (4097, 2), (8192, 2)] {
            assert!(header(size, 4096, 98 + 2 * entries).structural_end(0, u64::MAX).is_some(), "{size} bytes");
            assert!(header(size, 4096, 98 + 2 * (entries + 1)).structural_end(0, u64::MAX).is_none(), "{size} bytes");
        }
    }

    #[test]
    fn no_block_size_no_data_and_data_beyond_the_file_are_no_unit() {
        assert_eq!(header(10, 0, 98).structural_end(0, 1000), None);
        assert_eq!(header(0, 4096, 98).structural_end(0, 1000), None);
        assert_eq!(header(10, 4096, 100).structural_end(890, 1000), Some(1000));
        assert_eq!(header(10, 4096, 100).structural_end(891, 1000), None);
    }

    #[test]
    fn sizes_at_the_end_of_their_range_do_not_overflow() {
        for size in [0x8000_0000, u32::MAX] {
            for block in [1, 2, u32::MAX] {
                assert_eq!(header(size, block, u32::MAX).structural_end(u64::MAX - 4, u64::MAX), None);
            }
        }
    }

    #[test]
    fn the_checksum_is_crc_16_ibm_sdlc() {
        assert_eq!(CRC.checksum(b"123456789"), 0x906e);
    }
}
