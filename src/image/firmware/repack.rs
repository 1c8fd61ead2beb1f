//! What taking firmware apart and putting it together have in common.

use std::ops::ControlFlow;

use super::FirmwareError;
use crate::image::output::OutputError;

/// Told how many bytes of how many are done; says whether to go on.
pub type Going<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

/// Why firmware was not taken apart, or not put together. No file was made, or left half-written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepackError {
    /// The firmware, or the folder, is bad, or changed while it was read.
    #[error(transparent)]
    Firmware(#[from] FirmwareError),
    /// The files could not be made.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A stop was asked for.
    #[error("stopped on request")]
    Interrupted,
    /// A partition was named that is not there.
    #[error("there is no partition {named}; there are {present}")]
    NoSuchPartition {
        /// What was named, escaped.
        named: String,
        /// Those that there are.
        present: String,
    },
    /// Files with headers were wanted of partitions that have none.
    #[error("a folder of bare partitions has no headers; only what comes from a container can be written with them")]
    NoHeaders,
    /// A number of two digits is not enough.
    #[error("partition {index} cannot be numbered: a folder has room for 100, from 00 to 99")]
    TooMany {
        /// The first partition without a number.
        index: usize,
    },
    /// The folder holds partitions of another set.
    #[error("{folder} holds \"{name}\", which is not of this set; the two would become one set, take another folder")]
    OtherSet {
        /// The folder.
        folder: String,
        /// A file in it, escaped.
        name: String,
    },
    /// The container would lie among its own partitions.
    #[error(
        "the container cannot be put into the folder that it is made from, which would be no set of partitions then"
    )]
    IntoItself,
    /// A text that does not fit into its field.
    #[error("the {what} text \"{text}\" has {} bytes, a header has room for {room}", text.len())]
    TextTooLong {
        /// Which field.
        what: &'static str,
        /// The text.
        text: String,
        /// Bytes that there is room for.
        room: usize,
    },
}

/// Asks whether to go on.
pub(super) fn go_on(going: Going<'_>, done: u64, total: u64) -> Result<(), RepackError> {
    match going(done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(RepackError::Interrupted),
    }
}
