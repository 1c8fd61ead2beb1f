//! What can be wrong with a firmware file, and where.

use std::io;
use std::path::PathBuf;

use super::directory::SetError;
use super::image_type::ImageType;
use super::place::Place;
use crate::image::compression::{Compression, DICTIONARY_LIMIT};
use crate::image::partition_code::PartitionCode;

/// A firmware file, EXE or folder that must not be flashed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FirmwareError {
    /// The file cannot be opened or read.
    #[error("cannot read {path:?}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path is something else than a regular file.
    #[error("{path:?} is {what}, not a file")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The file has no bytes.
    #[error("{path:?} is empty (0 bytes)")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the one that was checked.
    #[error("{path:?} changed while it was in use: {how}; nothing more of it is sent")]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is different.
        how: String,
    },
    /// It is no firmware file.
    #[error("no partitions found in {path:?}: {found}")]
    NoPartitions {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        found: String,
    },
    /// A unit without its first word.
    #[error(
        "the file is damaged at offset {offset:#x}: a partition unit is there, but its first word is {found:08x} \
         instead of a55aaa55; reading on without it would give an incomplete set"
    )]
    DamagedMagic {
        /// Where the unit is.
        offset: u64,
        /// The word that was found.
        found: u32,
    },
    /// A first word without a unit behind it, in the stub of an EXE.
    #[error("the file is damaged at offset {offset:#x}: a partition header begins there, but its sizes do not fit")]
    DamagedHeader {
        /// Where the header is.
        offset: u64,
    },
    /// A unit behind the end of the chain.
    #[error(
        "the file is damaged: the partitions end at offset {end:#x}, but another partition header is at offset {offset:#x}"
    )]
    StrayUnit {
        /// Where the chain ended.
        end: u64,
        /// Where the other header is.
        offset: u64,
    },
    /// The first byte of the container is no type.
    #[error("offset {offset:#x}: the type byte is {found:#04x}, expected 1 to 7 or 9 to 15")]
    ImageType {
        /// Where it is.
        offset: u64,
        /// The byte.
        found: u8,
    },
    /// The user named a type that there is none of.
    #[error("there is no image type {0}, expected 1 to 7 or 9 to 15")]
    GivenType(u8),
    /// The user named a type for a file that states another.
    #[error("type {given} was given, but the file states its own type: {stated}; a type is given for folders only")]
    TypeDisagrees {
        /// What the user named.
        given: ImageType,
        /// What the file says.
        stated: ImageType,
    },
    /// The file ends within a header.
    #[error(
        "the file is cut off: the partition header at offset {offset:#x} needs {expected} bytes, {available} are left"
    )]
    HeaderCut {
        /// Where the header begins.
        offset: u64,
        /// Bytes that are there.
        available: u64,
        /// Bytes that it needs.
        expected: usize,
    },
    /// Another header version than 1.
    #[error("{place}: header version is {found}, expected 1")]
    HeaderVersion {
        /// Which unit.
        place: Place,
        /// What it says.
        found: u32,
    },
    /// The header is not as long as its data demands.
    #[error("{place}: header size is {found}, expected {expected} for this amount of data")]
    HeaderSize {
        /// Which unit.
        place: Place,
        /// What it says.
        found: u32,
        /// What data size and block size demand.
        expected: u64,
    },
    /// A block size that would divide by zero.
    #[error("{place}: the CRC block size is 0")]
    BlockSizeZero {
        /// Which unit.
        place: Place,
    },
    /// A unit without data.
    #[error("{place}: the data size is 0")]
    NoData {
        /// Which unit.
        place: Place,
    },
    /// The file ends within the data of a unit.
    #[error("{place}: the file is cut off, its data ends at offset {end:#x}, the file at {length:#x}")]
    DataCut {
        /// Which unit.
        place: Place,
        /// Where the data should end.
        end: u64,
        /// Length of the file.
        length: u64,
    },
    /// The header is not what was written.
    #[error("{place}: the header CRC is {found:04x}, computed {computed:04x}: the header is damaged")]
    HeaderCrc {
        /// Which unit.
        place: Place,
        /// What the header says.
        found: u16,
        /// What it should say.
        computed: u16,
    },
    /// The data is not what was written.
    #[error(
        "{place}: CRC block {block} (data from offset {offset:#x}) has CRC {computed:04x}, the table says {found:04x}: \
         the data is damaged"
    )]
    DataCrc {
        /// Which unit.
        place: Place,
        /// Which block, counted from 0.
        block: u64,
        /// Where the block begins in the file.
        offset: u64,
        /// What the table says.
        found: u16,
        /// What the data gives.
        computed: u16,
    },
    /// More units than any firmware has.
    #[error("more than {limit} partitions, the last one at offset {offset:#x}: no firmware has that many")]
    TooMany {
        /// How many are read.
        limit: usize,
        /// Where the one too many is.
        offset: u64,
    },
    /// Bytes behind the last unit.
    #[error(
        "after the last partition, at offset {offset:#x}, there is a byte {found:#04x} that belongs to nothing; \
         --allow-trailing ignores it"
    )]
    Trailing {
        /// Where the first such byte is.
        offset: u64,
        /// The byte.
        found: u8,
    },
    /// An LZMA dictionary that would take too much memory.
    #[error("{place}: the LZMA dictionary is {size} bytes, at most {DICTIONARY_LIMIT} are decoded")]
    Dictionary {
        /// Which unit.
        place: Place,
        /// Size of the dictionary.
        size: u32,
    },
    /// An LZMA stream that no device takes.
    #[error("{place}: the LZMA stream states its size ({size}), expected one of unknown size with an end marker")]
    StatedSize {
        /// Which unit.
        place: Place,
        /// The stated size.
        size: u64,
    },
    /// Compressed data in a directory set.
    #[error("{place}: the file is {compression} data, a folder of partitions must hold them decompressed")]
    CompressedInSet {
        /// Which file.
        place: Place,
        /// What it looks like.
        compression: Compression,
    },
    /// Compressed data that cannot be decoded.
    #[error("{place}: the {compression} data cannot be decoded after {produced} decompressed bytes")]
    Undecodable {
        /// Which unit.
        place: Place,
        /// What it was taken for.
        compression: Compression,
        /// Bytes that came out before.
        produced: u64,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
    /// Data behind the end of a compressed stream.
    #[error("{place}: {left} bytes are left over after the end of the {compression} stream")]
    Leftovers {
        /// Which unit.
        place: Place,
        /// What it is.
        compression: Compression,
        /// How many bytes.
        left: u64,
    },
    /// A compressed stream of nothing.
    #[error("{place}: nothing is left after decompression (0 bytes)")]
    PlainEmpty {
        /// Which unit.
        place: Place,
    },
    /// More data than any partition holds.
    #[error("{place}: more than {limit} bytes after decompression: no partition is that large")]
    TooLarge {
        /// Which unit.
        place: Place,
        /// The cap.
        limit: u64,
    },
    /// More data than any flash holds.
    #[error("{place}: all partitions together are more than {limit} bytes: no flash is that large")]
    AllTooLarge {
        /// The unit where the cap was passed.
        place: Place,
        /// The cap.
        limit: u64,
    },
    /// A signature trailer whose length cannot be.
    #[error("{place}: the signature trailer states a length of {length}, expected 50 to {limit}")]
    TrailerLength {
        /// Which unit.
        place: Place,
        /// What it states.
        length: u32,
        /// The most it could be.
        limit: u64,
    },
    /// Two signature trailers.
    #[error("partition 0 ({first}) and partition 1 ({second}) both end with a signature trailer, expected one")]
    TwoTrailers {
        /// The first carrier.
        first: PartitionCode,
        /// The second carrier.
        second: PartitionCode,
    },
    /// The same partition twice.
    #[error("the same partition is there more than once: {list}")]
    Duplicates {
        /// Which, and where.
        list: String,
    },
    /// Partitions in an order that no firmware has.
    #[error("the partitions are out of order: {list}")]
    OutOfOrder {
        /// Which, and where.
        list: String,
    },
    /// Parts of several chips.
    #[error("the file contradicts itself about its chip: {first}, but {second}")]
    Contradiction {
        /// One statement and where it comes from.
        first: String,
        /// The other.
        second: String,
    },
    /// More data than the partition has room for.
    #[error("{place}: {size} bytes do not fit into its partition, the partition table of this set gives it {capacity}")]
    LargerThanPartition {
        /// Which unit.
        place: Place,
        /// Size of the decompressed data.
        size: u64,
        /// Size of the partition.
        capacity: u32,
    },
    /// The folder is no set of partitions.
    #[error("{path:?} is no usable folder of partitions: {error}")]
    Directory {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        error: SetError,
    },
    /// There is no such partition in this firmware.
    #[error("there is no partition {index}, this firmware has {count}")]
    NoSuchPartition {
        /// What was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

impl FirmwareError {
    /// The option of the command line that lifts this refusal, if one does.
    #[must_use]
    pub fn lifted_by(&self) -> Option<&'static str> {
        matches!(self, Self::Trailing { .. }).then_some("--allow-trailing")
    }
}
