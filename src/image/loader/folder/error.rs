//! Why a loader cannot be taken apart, or a folder is no loader.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::super::LoaderError;

/// Why a loader cannot be taken apart, or a folder is no loader. Names are escaped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Blocks with gaps between them, or in another order than in the list.
    #[error(
        "block {block} starts at offset {offset:#x}, where {expected:#x} is right behind what comes before it; a folder \
         cannot keep such a layout"
    )]
    NotBackToBack {
        /// The block, from 0.
        block: usize,
        /// Where it starts.
        offset: usize,
        /// Where it should.
        expected: usize,
    },
    /// The operating system does not list the folder.
    #[error("the folder {path:?} cannot be read")]
    Read {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A name that is none of those that the folder of a loader has.
    #[error(
        "\"{name}\" does not belong into the folder of a loader: blocks are named NN-AAAAAAAA-call.bin or \
         NN-AAAAAAAA-start.bin, and ptable.bin, ptable.txt, head.bin and trailing.bin may be there"
    )]
    Misnamed {
        /// The name.
        name: String,
    },
    /// A number that is there twice, or one that is missing before it.
    #[error(
        "\"{name}\" is there where block {expected:02} is needed: numbers start at 00, and none is missing or doubled"
    )]
    Number {
        /// The name.
        name: String,
        /// The number that is needed.
        expected: usize,
    },
    /// Nothing to make a loader of.
    #[error("the folder {path:?} holds no block (NN-AAAAAAAA-call.bin or NN-AAAAAAAA-start.bin)")]
    NoBlocks {
        /// The folder.
        path: PathBuf,
    },
    /// More than a loader may have.
    #[error("the blocks have {size} bytes together, and at most {limit} make sense")]
    TooLarge {
        /// Their size in bytes.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A head of another size.
    #[error("head.bin has {size} bytes, and {expected} is what it must have")]
    HeadSize {
        /// Its size in bytes.
        size: usize,
        /// The size that it must have.
        expected: usize,
    },
    /// One of the files is no good.
    #[error("the file \"{name}\" of the folder cannot be used")]
    Member {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: Box<LoaderError>,
    },
}

impl FolderError {
    pub(super) fn member(name: &str, error: LoaderError) -> Self {
        Self::Member { name: name.to_owned(), source: Box::new(error) }
    }
}
