//! Why bytes are no partition table, or one that must not be used.

use thiserror::Error;

/// Why bytes are no partition table, or one that must not be used. Offsets count from the table's start.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The first 16 bytes are others.
    #[error(
        "not a partition table: it begins with {:02x?} instead of \"pTableHead\" and the property 0x80000000",
        &found[..]
    )]
    Head {
        /// What is there, 16 bytes at most.
        found: Box<[u8]>,
    },
    /// The bytes end before the end mark.
    #[error("the partition table is cut off at offset {offset:#x}, within entry {entry} and before its end mark")]
    CutOff {
        /// How many bytes there are.
        offset: usize,
        /// The entry that is not complete.
        entry: usize,
    },
    /// 41 entries, and still no end mark.
    #[error("the partition table has no end mark: 41 entries are the most, and more follow at offset {offset:#x}")]
    NoEnd {
        /// Where the mark should be.
        offset: usize,
    },
    /// The name of the end mark, and not the rest of it.
    #[error(
        "the end mark \"pTableTail\" of the partition table is damaged at offset {offset:#x}: zeros must follow it"
    )]
    DamagedEnd {
        /// Where the mark begins.
        offset: usize,
    },
    /// A partition that ends beyond what 32 bits address.
    #[error(
        "partition {name} (table offset {offset:#x}) ends beyond 4 GiB: it starts at {start:#x} and is {length:#x} long"
    )]
    BeyondFlash {
        /// The partition.
        name: String,
        /// Offset of its entry.
        offset: usize,
        /// Its first byte in flash.
        start: u32,
        /// Its length in bytes.
        length: u32,
    },
    /// A partition that does not consist of whole erase blocks.
    #[error("partition {name} starts at {start:#x} and is {length:#x} long: both must be multiples of 0x20000")]
    Unaligned {
        /// The partition.
        name: String,
        /// Its first byte in flash.
        start: u32,
        /// Its length in bytes.
        length: u32,
    },
    /// Two partitions that share flash.
    #[error("partitions {first} and {second} overlap: {second} starts at {start:#x}, before {first} ends")]
    Overlap {
        /// The one that starts earlier.
        first: String,
        /// The other.
        second: String,
        /// Where the second one starts.
        start: u32,
    },
    /// A file that is no table alone.
    #[error("the partition table file is {size} bytes long; a table takes 2048 at most")]
    TooLong {
        /// Its size in bytes.
        size: usize,
    },
}
