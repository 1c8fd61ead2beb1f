//! What the fuzz targets hold the readers of files to.
//!
//! Each target is a function of any bytes, and panics where a promise is broken: not only where the reader does. A test of
//! the workspace includes this file as a module and runs every target over the seeds and over changed ones, so that no
//! promise needs a fuzzer to be noticed.
//!
//! | target | reads |
//! |---|---|
//! | [`loader`] | a loader file, what is sent of it, its copy and its folder |
//! | [`partition_table`] | a partition table |
//! | [`firmware`] | a firmware container, both passes |
//! | [`decompression`] | the stored data of a partition |
//! | [`trailer`] | the signature trailer at the end of a partition |
//! | [`directory_names`] | the file names of a folder of partitions, and of a loader's folder |

#![forbid(unsafe_code)]

pub mod decompression;
pub mod directory_names;
pub mod firmware;
pub mod loader;
pub mod partition_table;
pub mod trailer;

mod checksums;
mod message;

/// A fuzz target: takes any bytes, panics where a promise is broken.
pub type Target = fn(&[u8]);

/// Every target, by its name.
pub const TARGETS: [(&str, Target); 6] = [
    ("loader", loader::run),
    ("partition_table", partition_table::run),
    ("firmware", firmware::run),
    ("decompression", decompression::run),
    ("trailer", trailer::run),
    ("directory_names", directory_names::run),
];
