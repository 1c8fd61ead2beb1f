//! The second pass over one partition: its data in download blocks, each compared with what the first pass saw.

use std::sync::Arc;

use bytes::Bytes;

use super::FirmwareError;
use super::examine::{block_digest, explain, open_plain};
use super::partition::{BLOCK, BlockDigest, Origin, Partition};
use super::stored::StoredData;
use crate::image::compression::{Compression, Plain};

/// The plain data of one partition in blocks of [`BLOCK`] bytes, the last one shorter where it comes out so.
///
/// Each block is compared with its digest of the first pass before it is handed out, so that nothing is ever sent that was
/// not checked. After an error there are no more blocks.
pub struct PartitionBlocks {
    plain: Plain<StoredData>,
    compression: Compression,
    origin: Origin,
    digests: Arc<[BlockDigest]>,
    size: u64,
    next: usize,
    failed: bool,
}

impl PartitionBlocks {
    pub(super) fn open(partition: &Partition) -> Result<Self, FirmwareError> {
        let origin = partition.origin.clone();
        let (plain, compression) = open_plain(&origin)?;
        let (digests, size) = (Arc::clone(&partition.digests), partition.size);
        Ok(Self { plain, compression, origin, digests, size, next: 0, failed: false })
    }

    /// Size of all the data in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    fn block(&mut self, expected: BlockDigest) -> Result<Bytes, FirmwareError> {
        let produced = self.next as u64 * BLOCK as u64;
        let length = usize::try_from(self.size.saturating_sub(produced)).unwrap_or(BLOCK).min(BLOCK);
        let mut block = vec![0; length];
        match self.plain.read_block(&mut block) {
            Ok(count) if count == length && block_digest(&block) == expected => Ok(Bytes::from(block)),
            Ok(_) => Err(FirmwareError::Changed {
                path: self.origin.path.clone(),
                how: format!("{} is not what was checked, from byte {produced} of its data on", self.origin.place),
            }),
            Err(error) => Err(explain(&self.origin, self.plain.stored(), self.compression, produced, error)),
        }
    }
}

impl Iterator for PartitionBlocks {
    type Item = Result<Bytes, FirmwareError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let expected = *self.digests.get(self.next)?;
        let block = self.block(expected);
        self.failed = block.is_err();
        self.next += 1;
        Some(block)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = if self.failed { 0 } else { self.digests.len() - self.next };
        // An error ends it early.
        (left.min(1), Some(left))
    }
}

impl std::fmt::Debug for PartitionBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartitionBlocks").field("place", &self.origin.place).field("next", &self.next).finish()
    }
}
