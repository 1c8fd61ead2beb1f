//! What a unit header says besides the sizes and checksums that follow from its data.

use super::unit::{CRC, HEADER_LENGTH, MAGIC, UnitHeader, VERSION};
use crate::image::partition_code::PartitionCode;

/// The block size of every modem firmware seen, in bytes.
pub(super) const USUAL_BLOCK_SIZE: u32 = 4096;
/// More stored data than this is not written into one unit: it is twice what any partition may have.
pub(super) const STORED_LIMIT: u32 = 1 << 30;

/// The fields of a header that are free. Texts are as they lie in the file, padded with zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderFields {
    pub(super) code: PartitionCode,
    pub(super) hardware: [u8; 8],
    pub(super) date: [u8; 16],
    pub(super) time: [u8; 16],
    pub(super) version_text: [u8; 32],
    /// Stored bytes that each entry of the table covers, not 0.
    pub(super) block_size: u32,
}

impl HeaderFields {
    /// A header without texts, as for a bare file.
    pub(super) fn bare(code: PartitionCode) -> Self {
        let block_size = USUAL_BLOCK_SIZE;
        Self { code, hardware: [0; 8], date: [0; 16], time: [0; 16], version_text: [0; 32], block_size }
    }

    /// The fields of a header that was checked.
    pub(super) fn of(header: &UnitHeader) -> Self {
        let mut fields = Self::bare(header.code());
        fields.hardware.copy_from_slice(header.hardware());
        fields.date.copy_from_slice(header.date());
        fields.time.copy_from_slice(header.time());
        fields.version_text.copy_from_slice(header.version_text());
        fields.block_size = header.block_size().max(1);
        fields
    }

    /// Header and table in bytes, for so many bytes of stored data, at most [`STORED_LIMIT`].
    pub(super) fn header_size(&self, data_size: u32) -> u32 {
        HEADER_LENGTH as u32 + 2 * data_size.div_ceil(self.block_size)
    }

    /// The 98 bytes in front of the table, with their checksum.
    pub(super) fn header(&self, data_size: u32) -> [u8; HEADER_LENGTH] {
        let mut header = [0; HEADER_LENGTH];
        let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
        put(0, &MAGIC.to_le_bytes());
        put(4, &self.header_size(data_size).to_le_bytes());
        put(8, &VERSION.to_le_bytes());
        put(12, &self.hardware);
        put(20, &self.code.0.to_le_bytes());
        put(24, &data_size.to_le_bytes());
        put(28, &self.date);
        put(44, &self.time);
        put(60, &self.version_text);
        put(94, &self.block_size.to_le_bytes());
        // The checksum is over the header with its own place left zero.
        let crc = CRC.checksum(&header);
        header[92..94].copy_from_slice(&crc.to_le_bytes());
        header
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;

    #[test]
    fn a_header_that_is_written_passes_every_check_of_the_reader_and_holds_its_fields() {
        let mut fields = HeaderFields::bare(PartitionCode(0x59_0000));
        fields.hardware = *b"HWEW11.1";
        fields.version_text[..3].copy_from_slice(b":A:");
        for (size, block_size) in [(1, 64), (64, 64), (65, 64), (100_000, 4096), (5, u32::MAX), (100, 1)] {
            fields.block_size = block_size;
            let header = UnitHeader::new(fields.header(size));
            let place = Place { index: 0, code: header.code(), offset: 0, file: None };
            let unit = header.check(place, 1 << 20).expect("a sound header");
            assert_eq!((unit.end - unit.data, HeaderFields::of(&header)), (u64::from(size), fields.clone()));
        }
    }
}
