//! The head of a loader file and its list of blocks.
//!
//! All numbers are little-endian, read on real loaders. Offset 0x00 holds the magic 0x00020000, 32 bytes follow that
//! are zero in every known file, and from 0x24 on a list of 16-byte descriptors (mode, size, load address, file offset)
//! that a descriptor of zeros ends. Every known file has two blocks, the first at 0x54 directly behind that list.

use std::fmt;

use super::LoaderError;

/// What a loader file begins with.
pub(super) const MAGIC: [u8; 4] = [0x00, 0x00, 0x02, 0x00];
/// The largest file that is looked at. The largest loaders known are about 8 MiB.
pub(super) const LARGEST: u64 = 64 << 20;

/// Where the list of blocks begins.
pub(super) const LIST: usize = 0x24;
const DESCRIPTOR: usize = 16;
/// The shortest head: two descriptors and the one of zeros.
const SHORTEST: usize = LIST + 3 * DESCRIPTOR;
/// No tool of the field walks more than five.
const MOST_BLOCKS: usize = 16;

/// Where the descriptor with this number lies in the file; the one of zeros counts too.
pub(super) const fn descriptor_of(index: usize) -> usize {
    LIST + index * DESCRIPTOR
}

/// What the boot ROM does with a block when it is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BlockMode {
    /// Calls it and goes on when it returns: raminit, which sets up the memory.
    CallAndReturn = 1,
    /// Starts it for good: usbldr, which brings download mode.
    Start = 2,
}

impl BlockMode {
    /// The number that the boot ROM is told.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for BlockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CallAndReturn => "called (raminit)",
            Self::Start => "started (usbldr)",
        })
    }
}

/// One block of a loader file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoaderBlock {
    /// What becomes of it.
    pub mode: BlockMode,
    /// The RAM address it is loaded to.
    pub address: u32,
    /// Where it starts in the file.
    pub offset: u32,
    /// How many bytes it has.
    pub size: u32,
}

impl LoaderBlock {
    pub(super) fn start(&self) -> usize {
        self.offset as usize
    }

    pub(super) fn end(&self) -> usize {
        self.offset as usize + self.size as usize
    }
}

/// A checked list: what leads up to the block that is started, and that block.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub blocks: Vec<LoaderBlock>,
    /// The last of the blocks, usbldr.
    pub usbldr: LoaderBlock,
}

impl Layout {
    pub(super) fn read(content: &[u8]) -> Result<Self, LoaderError> {
        let file = content.len();
        if file == 0 {
            return Err(LoaderError::Empty);
        }
        if content.len() as u64 > LARGEST {
            return Err(LoaderError::TooLarge { size: content.len() as u64, limit: LARGEST });
        }
        let magic = &content[..file.min(MAGIC.len())];
        if !MAGIC.starts_with(magic) {
            return Err(LoaderError::Magic { found: magic.into() });
        }
        if file < SHORTEST {
            return Err(LoaderError::HeadCutOff { size: file });
        }
        let blocks = list(content)?;
        check_order(&blocks)?;
        check_overlap(&blocks)?;
        let usbldr = *blocks.last().ok_or(LoaderError::TooFewBlocks { found: 0 })?;
        Ok(Self { blocks, usbldr })
    }

    /// What is odd about the file without being wrong: it has no influence on what is sent.
    pub(super) fn oddities(&self, content: &[u8]) -> Vec<String> {
        let mut oddities = Vec::new();
        if content[MAGIC.len()..LIST].iter().any(|&byte| byte != 0) {
            oddities.push("the 32 bytes at file offset 0x4 are not all zero, as they are in every known loader".into());
        }
        let end = self.blocks.iter().map(LoaderBlock::end).max().unwrap_or(0);
        if end < content.len() {
            let extra = content.len() - end;
            oddities.push(format!(
                "{extra} bytes follow behind the last block, at file offset {end:#x}; no known loader has any"
            ));
        }
        oddities
    }
}

/// Walks the descriptors. The list with its terminator must end before the first block's data: three descriptors that
/// reach into data would otherwise be read from code.
fn list(content: &[u8]) -> Result<Vec<LoaderBlock>, LoaderError> {
    let mut blocks: Vec<LoaderBlock> = Vec::new();
    let mut offset = LIST;
    loop {
        let list_end = offset + DESCRIPTOR;
        let first = blocks.iter().enumerate().min_by_key(|(_, block)| block.offset);
        if let Some((block, data)) = first.filter(|(_, data)| data.start() < list_end) {
            return Err(LoaderError::BlockInList { block, offset: data.offset, list_end });
        }
        let Some(descriptor) = content.get(offset..list_end) else {
            return Err(LoaderError::HeadCutOff { size: content.len() });
        };
        let words = descriptor.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
        let words: Vec<u32> = words.collect();
        if words[0] == 0 {
            if words.iter().any(|&word| word != 0) {
                return Err(LoaderError::Terminator { offset });
            }
            return Ok(blocks);
        }
        if blocks.len() == MOST_BLOCKS {
            return Err(LoaderError::TooManyBlocks { offset });
        }
        blocks.push(block(&words, blocks.len(), offset, content.len())?);
        offset = list_end;
    }
}

fn block(words: &[u32], block: usize, descriptor: usize, file: usize) -> Result<LoaderBlock, LoaderError> {
    let (size, address, offset) = (words[1], words[2], words[3]);
    let mode = match words[0] {
        1 => BlockMode::CallAndReturn,
        2 => BlockMode::Start,
        found => return Err(LoaderError::Mode { block, descriptor, found }),
    };
    if size == 0 || u64::from(size) > LARGEST {
        return Err(LoaderError::BlockSize { block, descriptor: descriptor + 4, size });
    }
    if u64::from(offset) + u64::from(size) > file as u64 {
        return Err(LoaderError::BlockBeyondFile { block, offset, size, file });
    }
    if u64::from(address) + u64::from(size) > 1 << 32 {
        return Err(LoaderError::BlockBeyondMemory { block, address, size });
    }
    Ok(LoaderBlock { mode, address, offset, size })
}

fn check_order(blocks: &[LoaderBlock]) -> Result<(), LoaderError> {
    if blocks.len() < 2 {
        return Err(LoaderError::TooFewBlocks { found: blocks.len() });
    }
    for (block, entry) in blocks.iter().enumerate() {
        let expected = if block + 1 == blocks.len() { BlockMode::Start } else { BlockMode::CallAndReturn };
        if entry.mode != expected {
            let descriptor = descriptor_of(block);
            return Err(LoaderError::Order { block, descriptor, found: entry.mode.code(), expected: expected.code() });
        }
    }
    Ok(())
}

fn check_overlap(blocks: &[LoaderBlock]) -> Result<(), LoaderError> {
    let mut by_offset: Vec<_> = blocks.iter().enumerate().collect();
    by_offset.sort_by_key(|(_, block)| block.offset);
    for pair in by_offset.windows(2) {
        let ((first, one), (second, other)) = (pair[0], pair[1]);
        if one.end() > other.start() {
            return Err(LoaderError::Overlap { first, end: one.end(), second, offset: other.offset });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
