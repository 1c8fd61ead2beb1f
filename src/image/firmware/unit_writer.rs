//! Writes one unit into a file: header, table of checksums, data.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use super::header_fields::HeaderFields;
use super::unit::{CRC, HEADER_LENGTH};

/// Bytes of the table that are kept before they are written: small blocks make a table larger than the data.
const TABLE_PIECE: usize = 64 << 10;

/// A unit that is being written. Its data is written as it comes, its table from time to time.
pub(super) struct UnitWriter<'a> {
    out: BufWriter<&'a mut File>,
    data_start: u64,
    /// The next piece of the table, and where it belongs.
    table: Vec<u8>,
    table_at: u64,
    block_size: u64,
    size: u64,
    written: u64,
    digest: crc::Digest<'static, u16, crc::Table<16>>,
}

impl<'a> UnitWriter<'a> {
    /// Begins a unit of `size` stored bytes at `offset` of `file`.
    pub(super) fn begin(file: &'a mut File, offset: u64, fields: &HeaderFields, size: u32) -> io::Result<Self> {
        let mut out = BufWriter::new(file);
        let data_start = offset + u64::from(fields.header_size(size));
        out.seek(SeekFrom::Start(offset))?;
        out.write_all(&fields.header(size))?;
        out.seek(SeekFrom::Start(data_start))?;
        let (block_size, table_at) = (u64::from(fields.block_size), offset + HEADER_LENGTH as u64);
        let (size, digest) = (size.into(), CRC.digest());
        Ok(Self { out, data_start, table: Vec::new(), table_at, block_size, size, written: 0, digest })
    }

    /// Takes the next piece of the stored data.
    pub(super) fn take(&mut self, mut data: &[u8]) -> io::Result<()> {
        self.out.write_all(data)?;
        while !data.is_empty() {
            let room = usize::try_from(self.block_size - self.written % self.block_size).unwrap_or(usize::MAX);
            let (now, later) = data.split_at(room.min(data.len()));
            self.digest.update(now);
            self.written += now.len() as u64;
            if self.written.is_multiple_of(self.block_size) {
                self.end_block();
            }
            data = later;
        }
        if self.table.len() >= TABLE_PIECE {
            self.write_table()?;
            self.out.seek(SeekFrom::Start(self.data_start + self.written))?;
        }
        Ok(())
    }

    fn end_block(&mut self) {
        let digest = std::mem::replace(&mut self.digest, CRC.digest());
        self.table.extend(digest.finalize().to_le_bytes());
    }

    fn write_table(&mut self) -> io::Result<()> {
        self.out.seek(SeekFrom::Start(self.table_at))?;
        self.out.write_all(&self.table)?;
        self.table_at += self.table.len() as u64;
        self.table.clear();
        Ok(())
    }

    /// Writes the rest of the table, and tells where the data ends.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        if !self.written.is_multiple_of(self.block_size) {
            self.end_block();
        }
        if self.written != self.size {
            return Err(io::Error::other(format!("{} bytes came instead of {}", self.written, self.size)));
        }
        self.write_table()?;
        self.out.flush()?;
        Ok(self.data_start + self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::firmware::tests::UnitRecipe;
    use crate::image::partition_code::PartitionCode;

    #[test]
    fn a_unit_is_byte_for_byte_what_another_builder_makes_of_it_whatever_the_pieces() {
        let tables = [(64, 1), (64, 7), (64, 64), (64, 100), (1000, 63), (1, 999), (3, 50_000)];
        for (size, (block_size, piece)) in [1_usize, 63, 64, 65, 1000, 100_000, 100_000].into_iter().zip(tables) {
            let data: Vec<u8> = (0..size).map(|at| (at * 7) as u8).collect();
            let mut fields = HeaderFields::bare(PartitionCode(0x59_0000));
            fields.block_size = block_size;
            fields.hardware = *b"HWEW11.1";
            fields.date[..10].copy_from_slice(b"2015.11.27");
            fields.time[..8].copy_from_slice(b"11:20:25");
            fields.version_text[..25].copy_from_slice(b":BV7R11HS:21.180.01.00.00");
            let mut file = tempfile::tempfile().unwrap();
            let mut writer = UnitWriter::begin(&mut file, 8, &fields, size as u32).unwrap();
            data.chunks(piece).for_each(|piece| writer.take(piece).unwrap());
            let end = writer.finish().unwrap();
            let expected = UnitRecipe { block_size, ..UnitRecipe::new(0x59_0000, data) }.bytes();
            let mut found = Vec::new();
            file.seek(SeekFrom::Start(8)).unwrap();
            io::Read::read_to_end(&mut file, &mut found).unwrap();
            assert!(found == expected, "{size} bytes in pieces of {piece}, blocks of {block_size}");
            assert_eq!(end, 8 + expected.len() as u64);
        }
    }

    #[test]
    fn data_of_another_size_than_was_said_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        let mut writer = UnitWriter::begin(&mut file, 0, &HeaderFields::bare(PartitionCode(1)), 10).unwrap();
        writer.take(&[0; 9]).unwrap();
        assert!(writer.finish().is_err());
    }
}
