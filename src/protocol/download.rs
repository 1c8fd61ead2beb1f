//! The download mode, in which a stick's flash is written: an AT preamble, then commands in HDLC frames.
//!
//! In order: [`Identify`] (and [`HdlcProbe`] where AT is silent), [`Info`], [`AnnounceSignature`] for signed firmware,
//! [`EnterDataMode`], [`Hello`], one [`WritePartition`] a partition, and [`Restart`].
//!
//! An answer counts only if it came after its question. Each conversation looks for stray bytes before it sends; while
//! a partition is written they are refused, because one stray acknowledgement would shift all later ones, and the one
//! of the last block would pass for the proof that the partition was taken.

mod command;
mod error;
mod hello;
mod preamble;
mod question;
mod refusal;
mod restart;
mod write;

pub use command::Command;
pub use error::{DownloadError, Wrote};
pub use hello::{DeviceIdentity, HdlcProbe, Hello, ProbeAnswer};
pub use preamble::{AnnounceSignature, EnterDataMode, Identified, Identify, Info, SignatureAnswer};
pub use refusal::RefusalCode;
pub use restart::{Restart, Restarted};
pub use write::{LONGEST_BLOCK, WritePartition, Written};

#[cfg(test)]
mod tests;
