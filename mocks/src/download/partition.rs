//! A partition while it streams in. Nothing of it is kept but digests, its first bytes, and, where a signature may
//! stand, its last ones.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::signature::{LONGEST, Trailer};
use crate::flash::Scanner;
use crate::loader::PartitionTable;

/// How much of the beginning is kept: a partition table fits.
const HEAD: usize = 4096;
/// The daemon writes when this much has come together.
const WRITE_BUFFER: u64 = 2 << 20;

#[derive(Debug)]
pub(super) struct OpenPartition {
    pub(super) code: u32,
    pub(super) size: u32,
    pub(super) received: u64,
    pub(super) last_number: u32,
    digest: Sha256,
    head: Vec<u8>,
    tail: Option<Vec<u8>>,
    scanner: Option<Scanner>,
    unwritten: u64,
}

impl OpenPartition {
    pub(super) fn new(code: u32, size: u32, may_be_signed: bool, scanner: Option<Scanner>) -> Self {
        Self {
            code,
            size,
            received: 0,
            last_number: 0,
            digest: Sha256::new(),
            head: Vec::new(),
            tail: may_be_signed.then(Vec::new),
            scanner,
            unwritten: 0,
        }
    }

    /// Takes a block. Gives how long the daemon works on it.
    pub(super) fn take(&mut self, data: &[u8]) -> Duration {
        self.digest.update(data);
        self.received += data.len() as u64;
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&data[..data.len().min(room)]);
        if let Some(tail) = &mut self.tail {
            tail.extend_from_slice(data);
            // Cut seldom: moving the whole tail for every block would cost more than hashing it.
            if tail.len() > 2 * LONGEST {
                tail.drain(..tail.len() - LONGEST);
            }
        }
        if let Some(scanner) = &mut self.scanner {
            scanner.push(data);
        }
        self.unwritten += data.len() as u64;
        if self.unwritten < WRITE_BUFFER {
            return Duration::ZERO;
        }
        writing(std::mem::take(&mut self.unwritten))
    }

    /// How long the end takes: what was not written yet, and a look at all of it.
    pub(super) fn closing(&self) -> Duration {
        Duration::from_secs(1) + writing(self.unwritten)
    }

    /// The signature trailer, if the data so far ends in one.
    pub(super) fn trailer(&self) -> Option<Trailer> {
        self.tail.as_deref().and_then(Trailer::find)
    }

    /// Whether this may be a partition table: only for the code of the partition table is that asked.
    pub(super) fn is_acceptable(&self) -> bool {
        const PARTITION_TABLE: u32 = 0x01_0000;
        self.code != PARTITION_TABLE || PartitionTable::parse(&self.head).is_some()
    }

    /// SHA-256, and the version found in it.
    pub(super) fn finish(self) -> ([u8; 32], Option<String>) {
        (self.digest.finalize().into(), self.scanner.and_then(Scanner::finish))
    }
}

/// NAND takes about 0.4 s for a mebibyte, in whole pages.
fn writing(bytes: u64) -> Duration {
    Duration::from_millis(400 * bytes.div_ceil(1 << 18) / 4)
}

/// Erasing is quicker.
pub(super) fn erasing(bytes: u32) -> Duration {
    Duration::from_millis(500 + 100 * u64::from(bytes.div_ceil(1 << 20)))
}
