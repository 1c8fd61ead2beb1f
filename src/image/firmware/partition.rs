//! One partition of a checked firmware.

use std::path::PathBuf;
use std::sync::Arc;

use super::FirmwareError;
use super::header_fields::HeaderFields;
use super::place::Place;
use super::source::{Identity, Source};
use super::stored::StoredData;
use super::unit::Unit;
use crate::image::compression::Compression;
use crate::image::partition_code::PartitionCode;

/// Data bytes that each download block holds; the last one may be shorter.
pub const BLOCK: usize = 4096;

/// The first half of the SHA-256 of a block: enough to notice any change, and small enough to keep for every block.
pub(super) type BlockDigest = [u8; 16];

/// One partition, as it was found at the first pass. All texts are escaped.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its number, counted from 0, in the order of flashing.
    pub index: usize,
    /// What it is.
    pub code: PartitionCode,
    /// Where its unit begins in the file, in bytes; 0 in a directory set.
    pub offset: u64,
    /// Size of its data as stored, in bytes.
    pub stored_size: u64,
    /// Size of its data as flashed (decompressed), in bytes.
    pub size: u64,
    /// How it is stored.
    pub compression: Compression,
    /// SHA-256 of the data as flashed.
    pub sha256: [u8; 32],
    /// The hardware code of its header, such as `HWEW11.1`; empty in a directory set.
    pub hardware: String,
    /// The date of its header; empty in a directory set.
    pub date: String,
    /// The time of its header; empty in a directory set.
    pub time: String,
    /// The version text of its header, such as `:BV7R11HS:22.315.01.00.00`; empty in a directory set.
    pub version_text: String,
    /// The file of a directory set.
    pub file: Option<String>,
    pub(super) origin: Origin,
    pub(super) digests: Arc<[BlockDigest]>,
}

impl Partition {
    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { index: self.index, code: self.code, offset: self.offset, file: self.file.clone() }
    }

    /// What its header says besides sizes and checksums; nothing for a bare file.
    pub(super) fn header_fields(&self) -> HeaderFields {
        self.origin.unit.as_ref().map_or_else(|| HeaderFields::bare(self.code), |unit| HeaderFields::of(&unit.header))
    }

    /// Stored bytes that each checksum of its table covers; `None` for a bare file.
    #[must_use]
    pub fn block_size(&self) -> Option<u32> {
        self.origin.unit.as_ref().map(|unit| unit.header.block_size())
    }

    /// How many download blocks of [`BLOCK`] bytes it has.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.digests.len()
    }
}

/// Where the data of a partition is read from, both times.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    /// The unit in a container; `None` for a file of a directory set, which is plain data.
    pub(super) unit: Option<Unit>,
    pub(super) place: Place,
    pub(super) stored_size: u64,
}

impl Origin {
    /// Opens the data, and refuses a file that is another one by now.
    pub(super) fn open(&self) -> Result<StoredData, FirmwareError> {
        let source = Source::reopen(&self.path, &self.identity)?;
        Ok(match &self.unit {
            Some(unit) => StoredData::of_unit(source, unit),
            None => StoredData::of_file(source),
        })
    }
}
