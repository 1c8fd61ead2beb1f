//! Sample files: loaders and firmware in the layout of the real ones, none of it anybody's code, and damaged ones.
//!
//! Everything is built from recipes; the same recipe always gives the same bytes. The builders are written from the
//! layout of the files and share no code with the program that reads them, so that one misunderstanding cannot pass on
//! both sides.
//!
//! * [`loader`]: a usbloader file with raminit, usbldr, `flash_eraseall` signature, partition table and boot image.
//! * [`firmware`]: a firmware container (`.BIN`, `.EXE`) or directory set, written to a stream.
//! * [`ready`]: whole sets for the E3372h and the E3372s, written into a folder.
//! * [`damage`]: files that a careful reader refuses, each with what a good message names.

use std::io;

pub mod crc;
pub mod damage;
pub mod filler;
pub mod firmware;
pub mod loader;
pub mod partition_table;
pub mod ready;

/// Why a recipe cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Something is longer than the place it goes to.
    #[error("the {what} needs {needed} bytes, but there are {room}")]
    DoesNotFit {
        /// What was to be placed.
        what: &'static str,
        /// Its size in bytes.
        needed: usize,
        /// The room there is, in bytes.
        room: usize,
    },
    /// A value that the format cannot express.
    #[error("{what} cannot be {found}")]
    Impossible {
        /// The field.
        what: &'static str,
        /// The value asked for.
        found: u64,
    },
    /// Something that only another chip's loader has.
    #[error("{what} exists only in loaders for {platform}")]
    OtherPlatform {
        /// What was asked for.
        what: &'static str,
        /// The platform that has it.
        platform: &'static str,
    },
    /// The sample could not be written, or compressed.
    #[error("the sample could not be written")]
    Write(#[from] io::Error),
}
