//! Why a file is no loader, or one that must not be sent.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::folder::FolderError;
use super::verdict::LoaderState;
use crate::image::partition_table::TableError;

/// Why a file is no loader, or one that must not be sent. Offsets are file offsets unless they say otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoaderError {
    /// The operating system does not hand the file out.
    #[error("the loader file {path:?} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A folder, a FIFO, a device.
    #[error("{path:?} is {kind}, not a regular file")]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A file that another program is writing.
    #[error("the loader file {path:?} changed while it was read; try again when nothing writes to it any more")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No bytes at all.
    #[error("the file is empty: there is nothing at offset 0x0")]
    Empty,
    /// More bytes than such a file can have.
    #[error("the file has {size} bytes, and at most {limit} make sense")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// The first four bytes are others.
    #[error("not a loader file: at offset 0x0 it has {:02x?} instead of the magic [00, 00, 02, 00]", &found[..])]
    Magic {
        /// What is there, four bytes at most.
        found: Box<[u8]>,
    },
    /// The file ends within its head.
    #[error("the loader file is cut off at offset {size:#x}, within its head; with two blocks that is 0x54 bytes long")]
    HeadCutOff {
        /// How many bytes there are.
        size: usize,
    },
    /// A mode that the boot ROM would refuse.
    #[error("block {block} has the mode (lmode) {found:#x} at offset {descriptor:#x}; only 1 and 2 exist")]
    Mode {
        /// The block, from 0.
        block: usize,
        /// Where it says so.
        descriptor: usize,
        /// What it says.
        found: u32,
    },
    /// Nothing to send, or absurdly much.
    #[error("block {block} has the size {size:#x} at offset {descriptor:#x}; it must be from 1 byte to 64 MiB")]
    BlockSize {
        /// The block, from 0.
        block: usize,
        /// Where it says so.
        descriptor: usize,
        /// What it says.
        size: u32,
    },
    /// A block in the head.
    #[error(
        "block {block} starts at offset {offset:#x}, inside the block list, which reaches to {list_end:#x} or further"
    )]
    BlockInList {
        /// The block, from 0.
        block: usize,
        /// Where it starts.
        offset: u32,
        /// Where the list ends at the earliest.
        list_end: usize,
    },
    /// A block that the file does not hold.
    #[error(
        "block {block} (offset {offset:#x}, size {size:#x}) reaches beyond the end of the file at {file:#x}; \
         the file is cut off or damaged"
    )]
    BlockBeyondFile {
        /// The block, from 0.
        block: usize,
        /// Where it starts.
        offset: u32,
        /// How long it says it is.
        size: u32,
        /// Size of the file.
        file: usize,
    },
    /// A load address from which the block would wrap around.
    #[error("block {block} (load address {address:#x}, size {size:#x}) reaches beyond the last RAM address")]
    BlockBeyondMemory {
        /// The block, from 0.
        block: usize,
        /// Where it is loaded to.
        address: u32,
        /// How long it is.
        size: u32,
    },
    /// Two blocks that share bytes of the file.
    #[error(
        "blocks {first} and {second} overlap: block {second} starts at offset {offset:#x}, \
         block {first} ends at {end:#x}"
    )]
    Overlap {
        /// The one that starts earlier.
        first: usize,
        /// Where that ends.
        end: usize,
        /// The other.
        second: usize,
        /// Where the other starts.
        offset: u32,
    },
    /// The end of the list is not all zero.
    #[error("the block list ends at offset {offset:#x} with a descriptor that is not all zero")]
    Terminator {
        /// Where that is.
        offset: usize,
    },
    /// Less than raminit and usbldr.
    #[error("the block list at offset 0x24 has {found} blocks; a loader has at least two, raminit and usbldr")]
    TooFewBlocks {
        /// How many there are.
        found: usize,
    },
    /// A list without a sane end.
    #[error("the block list has more than 16 blocks and goes on at offset {offset:#x}")]
    TooManyBlocks {
        /// Where the seventeenth is described.
        offset: usize,
    },
    /// All blocks but the last are called, and the last is started.
    #[error("block {block} has the mode (lmode) {found} at offset {descriptor:#x} where {expected} is needed")]
    Order {
        /// The block, from 0.
        block: usize,
        /// Where it says so.
        descriptor: usize,
        /// What it says.
        found: u8,
        /// What it must say.
        expected: u8,
    },
    /// Nothing proves that the loader leaves the flash alone.
    #[error(
        "this loader may erase the whole flash, IMEI and radio calibration included, and is not sent \
         (state \"{state}\"): {evidence}. --allow-erase sends it all the same"
    )]
    NotKnownSafe {
        /// What is known of it.
        state: LoaderState,
        /// What that rests on.
        evidence: String,
    },
    /// The proof of safety lies in the part that fastboot leaves off.
    #[error(
        "the erase call at block offset {offset:#x} lies behind the end of the fastboot variant ({cut:#x}): \
         what is left cannot be told safe. --allow-erase sends it all the same"
    )]
    EraseCutOff {
        /// The call, in the block.
        offset: usize,
        /// Where the block is cut.
        cut: usize,
    },
    /// What makes the loader safe is left off or written over by what was asked for.
    #[error(
        "with these changes the loader could not be told safe any more (state \"{state}\"): {evidence}. \
         --allow-erase sends it all the same"
    )]
    NotSafeAnyMore {
        /// What would be known of it.
        state: LoaderState,
        /// What that would rest on.
        evidence: String,
    },
    /// A patch for a place that does not exist.
    #[error("a patch of {length} bytes at block offset {offset:#x} does not fit into the block of {block:#x} bytes")]
    PatchOutside {
        /// Where it would start in the block.
        offset: usize,
        /// How long it is.
        length: usize,
        /// Size of the block.
        block: usize,
    },
    /// V7R1 and V3R3 loaders start no Android kernel.
    #[error("this loader has no Android boot image (\"ANDROID!\"), so there is no fastboot variant of it")]
    NoAndroidImage,
    /// A fastboot variant, where one is needed that brings download mode.
    #[error(
        "this loader is a fastboot variant: it was cut at file offset {offset:#x}, where its kernel began, and does not \
         bring download mode. --fastboot takes it for what it is"
    )]
    OnlyFastboot {
        /// Where the kernel was.
        offset: usize,
    },
    /// A copy that nobody could tell safe.
    #[error(
        "the copy would not be known safe any more (state \"{state}\"): this file is known safe by its digest alone, and \
         any change ends that"
    )]
    CopyNotSafe {
        /// What would be known of it.
        state: LoaderState,
    },
    /// A folder that is no loader, or a loader that no folder can keep.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Bad-block marks matter only to fastboot.
    #[error("ignoring bad-block marks is possible only together with the fastboot variant")]
    BadBlocksWithoutFastboot,
    /// The check for bad blocks is not there, not alone, or not the call that it should be.
    #[error("the check for bad blocks cannot be patched: {found}")]
    BadBlockCheck {
        /// What there is instead of one call.
        found: String,
    },
    /// An own table, but none to replace.
    #[error("this loader holds no partition table (\"pTableHead\") that another one could replace")]
    NoPartitionTable,
    /// Which one the loader uses is not known.
    #[error(
        "this loader holds several partition tables, at file offsets {}; it is not known which one counts",
        hexadecimal(offsets)
    )]
    SeveralPartitionTables {
        /// Where they start in the file.
        offsets: Vec<usize>,
    },
    /// The loader's own table is damaged.
    #[error("the loader's own partition table at file offset {offset:#x} is damaged and cannot be replaced")]
    LoaderTable {
        /// Where it starts in the file.
        offset: usize,
        /// What is wrong with it.
        source: TableError,
    },
    /// The user's table is none, or a bad one.
    #[error("the partition table to put into the loader cannot be used")]
    OwnTable {
        /// What is wrong with it.
        source: TableError,
    },
    /// The user's table is longer than the old one may grow.
    #[error(
        "the new partition table has {size:#x} bytes up to its end mark, and at file offset {offset:#x} there is room \
         for {room:#x} only"
    )]
    TableTooLong {
        /// True size of the new one.
        size: usize,
        /// Room in the loader.
        room: usize,
        /// Where the old one starts in the file.
        offset: usize,
    },
    /// The table lies in the part that fastboot leaves off.
    #[error("the partition table at block offset {offset:#x} lies behind the end of the fastboot variant ({cut:#x})")]
    TableCutOff {
        /// Where it starts in the block.
        offset: usize,
        /// Where the block is cut.
        cut: usize,
    },
}

fn hexadecimal(offsets: &[usize]) -> String {
    offsets.iter().map(|offset| format!("{offset:#x}")).collect::<Vec<_>>().join(", ")
}
