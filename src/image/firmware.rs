//! Firmware: a `.BIN`, a Windows updater `.EXE`, or a folder of partitions.
//!
//! Files are read in two passes, because two demands meet: everything is checked before anything is sent, and a partition
//! is never held in memory. [`Firmware::verify`] reads, decompresses and checks all of it and keeps a digest of every
//! download block; [`Firmware::blocks`] reads one partition again and compares each block before it hands it out.
//!
//! A container has no count and no total length, so damage can look like its end. The rules here were tried on every
//! single-bit damage of headers: each is either refused or harmless, none gives an incomplete set.
//!
//! [`Firmware::unpacking`] writes the partitions into a folder, and [`Packing`] builds a container from one.

mod blocks;
mod capacity;
mod chain;
mod completeness;
mod description;
mod directory;
mod error;
mod examine;
mod fault;
mod header_fields;
mod image_type;
mod order;
mod pack;
mod partition;
mod place;
mod provenance;
mod repack;
mod scan;
mod source;
mod start;
mod stored;
mod text;
mod unit;
mod unit_writer;
mod unpack;
mod verify;
mod warning;

use std::path::{Path, PathBuf};

use super::partition_code::PlatformClue;
use super::partition_table::PartitionTable;
use super::platform::Platform;
use super::signature::Signature;

pub use blocks::PartitionBlocks;
pub use completeness::{Because, Missing};
pub use description::DESCRIPTION_FILE;
pub use directory::{SetError, set_member};
pub use error::FirmwareError;
pub use fault::PartitionFault;
pub use image_type::ImageType;
pub use pack::{PackOptions, Packed, Packing, PlannedPartition};
pub use partition::{BLOCK, Partition};
pub use place::Place;
pub use repack::{Going, RepackError};
pub use unpack::{UnpackOptions, UnpackedFile, Unpacking};
pub use warning::Warning;

/// How to read firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Ignore bytes after the last partition of a `.BIN` (`--allow-trailing`).
    pub allow_trailing: bool,
    /// The type of a folder of partitions, 1 to 7 (`--type`); without it the type follows from what is in the folder.
    pub directory_type: Option<u8>,
}

/// What the firmware came as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A container with its prefix at the beginning of the file.
    Bin,
    /// The same inside a Windows program.
    Exe,
    /// A folder of bare partitions.
    Directory,
}

/// Firmware that was read to its last byte, and in which nothing is wrong by itself.
///
/// Whether it is for a given stick, and complete, is for the [guard](super::guard) to say.
#[derive(Clone, Debug)]
pub struct Firmware {
    path: PathBuf,
    container: Container,
    image_type: ImageType,
    provenance: provenance::Provenance,
    signature: Option<Signature>,
    partitions: Vec<Partition>,
    table: Option<PartitionTable>,
    warnings: Vec<Warning>,
    missing: Vec<Missing>,
}

impl Firmware {
    /// The first pass: reads and decompresses everything and checks every rule. `progress` is called with the stored
    /// bytes read so far and in all.
    ///
    /// # Errors
    ///
    /// [`FirmwareError`] says what is wrong, and at which partition or offset.
    pub fn verify(
        path: &Path,
        options: &ReadOptions,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, FirmwareError> {
        verify::verify(path, options, directory::Headers::Refused, progress)
    }

    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it came as.
    #[must_use]
    pub fn container(&self) -> Container {
        self.container
    }

    /// Its type: stated by a file, given or derived for a folder.
    #[must_use]
    pub fn image_type(&self) -> ImageType {
        self.image_type
    }

    /// The chip that it is for, where text or codes tell exactly.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        match self.provenance.clue {
            Some(PlatformClue::Exactly(platform)) => Some(platform),
            Some(PlatformClue::V7R11OrLater) | None => None,
        }
    }

    /// All that is known about the chip that it is for.
    #[must_use]
    pub fn platform_clue(&self) -> Option<PlatformClue> {
        self.provenance.clue
    }

    /// The product code of its headers, such as `BV7R11HS`. `None` if none is stated, or several are. Escaped.
    #[must_use]
    pub fn product(&self) -> Option<&str> {
        self.provenance.product.as_deref()
    }

    /// The version of its firmware units, such as `21.180.01.00.00`; that of the web UI or CD image where there is no
    /// firmware. Escaped.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.provenance.version.as_deref()
    }

    /// The signature trailer, if it carries one.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Its partitions, in the order of flashing.
    #[must_use]
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The partition table that it brings along, if it has one that can be read. Every partition was compared with it.
    #[must_use]
    pub fn partition_table(&self) -> Option<&PartitionTable> {
        self.table.as_ref()
    }

    /// What is odd about it.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What a full set of its type and chip would have, and this one has not.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The second pass over one partition: its data as it is flashed, in blocks of [`BLOCK`] bytes. Opens the file anew.
    ///
    /// # Errors
    ///
    /// When there is no such partition, or the file is not the one that was checked any more.
    pub fn blocks(&self, index: usize) -> Result<PartitionBlocks, FirmwareError> {
        let count = self.partitions.len();
        let partition = self.partitions.get(index).ok_or(FirmwareError::NoSuchPartition { index, count })?;
        PartitionBlocks::open(partition)
    }
}

#[cfg(test)]
pub(super) mod tests;
