//! What can be wrong with one partition.

use super::FirmwareError;
use super::place::Place;
use crate::image::compression::{Compression, DICTIONARY_LIMIT};

/// A fault of one partition: of its header, its data, or what the data decompresses to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionFault {
    /// Another header version than 1.
    #[error("header version is {found}, expected 1")]
    HeaderVersion {
        /// What it says.
        found: u32,
    },
    /// The header is not as long as its data demands.
    #[error("header size is {found}, expected {expected} for this amount of data")]
    HeaderSize {
        /// What it says.
        found: u32,
        /// What data size and block size demand.
        expected: u64,
    },
    /// A block size that would divide by zero.
    #[error("the CRC block size is 0")]
    BlockSizeZero,
    /// A unit without data.
    #[error("the data size is 0")]
    NoData,
    /// The file ends within the data of a unit.
    #[error("the file is cut off, its data ends at offset {end:#x}, the file at {length:#x}")]
    DataCut {
        /// Where the data should end.
        end: u64,
        /// Length of the file.
        length: u64,
    },
    /// The header is not what was written.
    #[error("the header CRC is {found:04x}, computed {computed:04x}: the header is damaged")]
    HeaderCrc {
        /// What the header says.
        found: u16,
        /// What it should say.
        computed: u16,
    },
    /// The data is not what was written.
    #[error(
        "CRC block {block} (data from offset {offset:#x}) has CRC {computed:04x}, the table says {found:04x}: \
         the data is damaged"
    )]
    DataCrc {
        /// Which block, counted from 0.
        block: u64,
        /// Where the block begins in the file.
        offset: u64,
        /// What the table says.
        found: u16,
        /// What the data gives.
        computed: u16,
    },
    /// An LZMA dictionary that would take too much memory.
    #[error("the LZMA dictionary is {size} bytes, at most {DICTIONARY_LIMIT} are decoded")]
    Dictionary {
        /// Size of the dictionary.
        size: u32,
    },
    /// An LZMA stream that no device takes.
    #[error("the LZMA stream states its size ({size}), expected one of unknown size with an end marker")]
    StatedSize {
        /// The stated size.
        size: u64,
    },
    /// Compressed data in a directory set.
    #[error("the file is {compression} data, a folder of partitions must hold them decompressed")]
    CompressedInSet {
        /// What it looks like.
        compression: Compression,
    },
    /// Data behind the end of a compressed stream.
    #[error("{left} bytes are left over after the end of the {compression} stream")]
    Leftovers {
        /// What it is.
        compression: Compression,
        /// How many bytes.
        left: u64,
    },
    /// A compressed stream of nothing.
    #[error("nothing is left after decompression (0 bytes)")]
    PlainEmpty,
    /// More data than any partition holds.
    #[error("more than {limit} bytes after decompression: no partition is that large")]
    TooLarge {
        /// The cap.
        limit: u64,
    },
    /// More data than any flash holds.
    #[error("all partitions together are more than {limit} bytes: no flash is that large")]
    AllTooLarge {
        /// The cap.
        limit: u64,
    },
    /// A signature trailer whose length cannot be.
    #[error("the signature trailer states a length of {length}, expected 50 to {limit}")]
    TrailerLength {
        /// What it states.
        length: u32,
        /// The most it could be.
        limit: u64,
    },
    /// More data than the partition has room for.
    #[error("{size} bytes do not fit into its partition, the partition table of this set gives it {capacity}")]
    LargerThanPartition {
        /// Size of the decompressed data.
        size: u64,
        /// Size of the partition.
        capacity: u32,
    },
}

impl PartitionFault {
    /// The error that says where it is.
    pub(super) fn at(self, place: Place) -> FirmwareError {
        FirmwareError::Partition { place, fault: self }
    }
}
