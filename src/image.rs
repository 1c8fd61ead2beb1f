//! Loader and firmware files, and the guard that matches them to a stick.
//!
//! A file that was just read is another type than one that was checked, and a checked one another than one that the
//! guard admitted. Only what was admitted can be sent.

pub mod compression;
pub mod firmware;
pub mod guard;
pub mod loader;
pub mod map;
pub mod output;
pub mod partition_code;
pub mod partition_table;
pub mod platform;
pub mod signature;
