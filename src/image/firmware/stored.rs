//! The stored data of one partition as a stream, checked against its table of checksums on the way.

use std::io::{self, BufRead, Read};

use super::FirmwareError;
use super::fault::PartitionFault;
use super::place::Place;
use super::source::Source;
use super::unit::{CRC, Unit};

/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;
/// Entries of the table that are read at once.
const ENTRIES: u64 = 2048;

/// Stored data. What is wrong with it is kept in [`StoredData::take_failure`], because decoders do not pass errors on whole.
pub(super) struct StoredData {
    source: Source,
    start: u64,
    size: u64,
    /// How much of it was read from the file.
    position: u64,
    checks: Option<BlockChecks>,
    buffer: Vec<u8>,
    /// How much of the buffer was consumed.
    consumed: usize,
    failure: Option<FirmwareError>,
}

impl StoredData {
    /// The data of a unit.
    pub(super) fn of_unit(source: Source, unit: &Unit) -> Self {
        let checks = BlockChecks::new(unit);
        Self::new(source, unit.data, unit.end.saturating_sub(unit.data), Some(checks))
    }

    /// A whole file without a header.
    pub(super) fn of_file(source: Source) -> Self {
        let size = source.length();
        Self::new(source, 0, size, None)
    }

    fn new(source: Source, start: u64, size: u64, checks: Option<BlockChecks>) -> Self {
        Self { source, start, size, position: 0, checks, buffer: Vec::new(), consumed: 0, failure: None }
    }

    /// How many bytes were read from the file so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// How many bytes nobody consumed yet.
    pub(super) fn left(&self) -> u64 {
        self.size - self.position + (self.buffer.len() - self.consumed) as u64
    }

    /// Why reading stopped, if it is a fault of the file and not the decoder's.
    pub(super) fn take_failure(&mut self) -> Option<FirmwareError> {
        self.failure.take()
    }

    /// Reads on to the end. Damage further on explains why the data could not be decoded.
    pub(super) fn check_rest(&mut self) -> Result<(), FirmwareError> {
        while self.position < self.size {
            self.fill()?;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), FirmwareError> {
        let length = usize::try_from(self.size - self.position).unwrap_or(usize::MAX).min(BUFFER);
        self.buffer.resize(length, 0);
        // Marked as consumed until it is checked.
        self.consumed = length;
        self.source.read_at(self.start + self.position, &mut self.buffer)?;
        if let Some(checks) = &mut self.checks {
            checks.take(&mut self.source, self.position, &self.buffer, self.size)?;
        }
        self.position += length as u64;
        self.consumed = 0;
        Ok(())
    }
}

impl BufRead for StoredData {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.failure.is_some() {
            return Err(io::Error::other("the stored data is damaged"));
        }
        if self.consumed == self.buffer.len()
            && self.position < self.size
            && let Err(failure) = self.fill()
        {
            self.failure = Some(failure);
            return Err(io::Error::other("the stored data is damaged"));
        }
        Ok(self.buffer.get(self.consumed..).unwrap_or(&[]))
    }

    fn consume(&mut self, count: usize) {
        self.consumed = self.buffer.len().min(self.consumed + count);
    }
}

impl Read for StoredData {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// Compares data with the table, block by block. A block may be longer than the buffer, or than memory.
struct BlockChecks {
    place: Place,
    table: u64,
    data: u64,
    block_size: u64,
    digest: crc::Digest<'static, u16, crc::Table<16>>,
    /// A piece of the table, and the number of its first entry.
    entries: Vec<u8>,
    first_entry: u64,
}

impl BlockChecks {
    fn new(unit: &Unit) -> Self {
        Self {
            place: unit.place.clone(),
            table: unit.table,
            data: unit.data,
            block_size: u64::from(unit.header.block_size()).max(1),
            digest: CRC.digest(),
            entries: Vec::new(),
            first_entry: 0,
        }
    }

    /// Takes the data from `position` on. `size` is that of all data.
    fn take(
        &mut self,
        source: &mut Source,
        mut position: u64,
        mut data: &[u8],
        size: u64,
    ) -> Result<(), FirmwareError> {
        while !data.is_empty() {
            let block = position / self.block_size;
            let block_end = size.min((block + 1).saturating_mul(self.block_size));
            let count = usize::try_from(block_end - position).unwrap_or(usize::MAX).min(data.len());
            let (now, later) = data.split_at(count);
            self.digest.update(now);
            position += count as u64;
            data = later;
            if position == block_end {
                self.compare(source, block, size)?;
            }
        }
        Ok(())
    }

    fn compare(&mut self, source: &mut Source, block: u64, size: u64) -> Result<(), FirmwareError> {
        let computed = std::mem::replace(&mut self.digest, CRC.digest()).finalize();
        let found = self.entry(source, block, size)?;
        if found == computed {
            return Ok(());
        }
        let offset = self.data + block * self.block_size;
        Err(PartitionFault::DataCrc { block, offset, found, computed }.at(self.place.clone()))
    }

    fn entry(&mut self, source: &mut Source, block: u64, size: u64) -> Result<u16, FirmwareError> {
        let held = self.first_entry + self.entries.len() as u64 / 2;
        if block < self.first_entry || block >= held {
            let count = ENTRIES.min(size.div_ceil(self.block_size) - block);
            self.entries.resize(usize::try_from(2 * count).unwrap_or(0), 0);
            source.read_at(self.table + 2 * block, &mut self.entries)?;
            self.first_entry = block;
        }
        let at = usize::try_from(2 * (block - self.first_entry)).unwrap_or(usize::MAX);
        let entry = self.entries.get(at..).and_then(|rest| rest.first_chunk());
        Ok(u16::from_le_bytes(*entry.expect("the entry was read just above")))
    }
}
