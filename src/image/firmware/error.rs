//! What can be wrong with a firmware file, and where.

use std::io;
use std::path::PathBuf;

use super::directory::SetError;
use super::fault::PartitionFault;
use super::image_type::ImageType;
use super::place::Place;
use crate::image::compression::Compression;
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
    /// Something is wrong with one partition.
    #[error("{place}: {fault}")]
    Partition {
        /// Which one.
        place: Place,
        /// What is wrong with it.
        fault: PartitionFault,
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
    /// The folder is no set of partitions.
    #[error("{path:?} is no usable folder of partitions: {error}")]
    Directory {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        error: SetError,
    },
    /// A folder was wanted.
    #[error("{path:?} is not a folder; a folder of partitions is packed, as `firmware unpack` makes one")]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The description beside a folder's partitions cannot be used.
    #[error("the description {path:?} cannot be used: {what}")]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A container that was built, and does not read back as what was meant.
    #[error("{place}: the container that was built does not read back as it was meant to be, so it was not kept")]
    NotAsMeant {
        /// The first partition that is different or missing, by its place in the folder.
        place: Place,
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
