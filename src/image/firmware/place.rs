//! Where in a firmware something is, as every message about it says.

use std::fmt;

use crate::image::partition_code::PartitionCode;

/// Where in a firmware something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which partition, counted from 0.
    pub index: usize,
    /// Its code.
    pub code: PartitionCode,
    /// Where its unit begins in the file; 0 in a directory set.
    pub offset: u64,
    /// The file of a directory set.
    pub file: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {} ({})", self.index, self.code)?;
        match &self.file {
            Some(file) => write!(f, " in {file}"),
            None => write!(f, " at offset {:#x}", self.offset),
        }
    }
}
