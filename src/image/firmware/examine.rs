//! The first pass over one partition: everything is read, decoded and checked; only digests are kept.

use std::io;
use std::io::BufRead;

use sha2::{Digest, Sha256};

use super::FirmwareError;
use super::fault::PartitionFault;
use super::partition::{BLOCK, BlockDigest, Origin};
use super::stored::StoredData;
use crate::image::compression::{self, Compression, Plain, Unsupported};
use crate::image::partition_table::LARGEST;
use crate::image::signature::DataEnd;

/// More than the largest partition seen (96,810,496 bytes), and more than any Balong stick has flash for one.
pub(super) const PARTITION_LIMIT: u64 = 512 << 20;
/// The most data that one firmware may have; it also bounds the digests that are kept (to 4 MiB).
pub(super) const FIRMWARE_LIMIT: u64 = 1 << 30;

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) compression: Compression,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    pub(super) digests: Vec<BlockDigest>,
    /// The first bytes of the data, as many as a partition table has.
    pub(super) head: Vec<u8>,
    /// The end of the data.
    pub(super) end: DataEnd,
}

/// The digest that is kept of a block.
pub(super) fn block_digest(block: &[u8]) -> BlockDigest {
    let digest: [u8; 32] = Sha256::digest(block).into();
    let mut kept = BlockDigest::default();
    for (kept, byte) in kept.iter_mut().zip(digest) {
        *kept = byte;
    }
    kept
}

/// Reads one partition. `budget` is how much data it may have at most within the limit of the whole firmware;
/// `progress` is told how many stored bytes of it were read.
pub(super) fn examine(origin: &Origin, budget: u64, progress: &mut dyn FnMut(u64)) -> Result<Examined, FirmwareError> {
    let (mut plain, compression) = open_plain(origin)?;
    let mut whole = Sha256::new();
    let mut found = Examined {
        compression,
        size: 0,
        sha256: [0; 32],
        digests: Vec::new(),
        head: Vec::new(),
        end: DataEnd::default(),
    };
    let mut buffer = [0; BLOCK];
    loop {
        let count = match plain.read_block(&mut buffer) {
            Ok(count) => count,
            Err(error) => return Err(explain(origin, plain.stored(), compression, found.size, error)),
        };
        let Some(block) = buffer.get(..count).filter(|block| !block.is_empty()) else { break };
        found.size += count as u64;
        if found.size > PARTITION_LIMIT {
            return Err(PartitionFault::TooLarge { limit: PARTITION_LIMIT }.at(origin.place.clone()));
        }
        if found.size > budget {
            return Err(PartitionFault::AllTooLarge { limit: FIRMWARE_LIMIT }.at(origin.place.clone()));
        }
        whole.update(block);
        found.digests.push(block_digest(block));
        found.end.push(block);
        let wanted = LARGEST.saturating_sub(found.head.len()).min(count);
        found.head.extend_from_slice(&block[..wanted]);
        progress(plain.stored().position());
        if count < BLOCK {
            break;
        }
    }
    finish(origin, plain, compression)?;
    if found.size == 0 {
        return Err(PartitionFault::PlainEmpty.at(origin.place.clone()));
    }
    found.sha256 = whole.finalize().into();
    Ok(found)
}

/// The whole stored data must have been one stream.
fn finish(origin: &Origin, plain: Plain<StoredData>, compression: Compression) -> Result<(), FirmwareError> {
    let (mut stored, unused) = plain.into_stored();
    let left = stored.left().saturating_add(unused as u64);
    if left > 0 {
        stored.check_rest()?;
        return Err(PartitionFault::Leftovers { compression, left }.at(origin.place.clone()));
    }
    Ok(())
}

/// Opens the data of a partition as a stream of plain data.
pub(super) fn open_plain(origin: &Origin) -> Result<(Plain<StoredData>, Compression), FirmwareError> {
    let mut stored = origin.open()?;
    let place = || origin.place.clone();
    let head = match stored.fill_buf() {
        Ok(head) => compression::detect(head),
        Err(source) => return Err(read_failure(origin, &mut stored, source)),
    };
    let compression = head.map_err(|unsupported| match unsupported {
        Unsupported::Dictionary(size) => PartitionFault::Dictionary { size }.at(place()),
        Unsupported::StatedSize(size) => PartitionFault::StatedSize { size }.at(place()),
    })?;
    if origin.place.file.is_some() && compression != Compression::None {
        return Err(PartitionFault::CompressedInSet { compression }.at(place()));
    }
    let plain = Plain::new(stored, compression).map_err(|source| undecodable(origin, compression, 0, source))?;
    Ok((plain, compression))
}

/// The better reason why decoding failed: data that does not fit its checksums explains a decoder's complaint.
pub(super) fn explain(
    origin: &Origin,
    stored: &mut StoredData,
    compression: Compression,
    produced: u64,
    source: io::Error,
) -> FirmwareError {
    if let Some(failure) = stored.take_failure() {
        return failure;
    }
    match stored.check_rest() {
        Err(failure) => failure,
        Ok(()) => undecodable(origin, compression, produced, source),
    }
}

fn read_failure(origin: &Origin, stored: &mut StoredData, source: io::Error) -> FirmwareError {
    let path = origin.path.clone();
    stored.take_failure().unwrap_or(FirmwareError::Read { path, source })
}

fn undecodable(origin: &Origin, compression: Compression, produced: u64, source: io::Error) -> FirmwareError {
    FirmwareError::Undecodable { place: origin.place.clone(), compression, produced, source }
}
