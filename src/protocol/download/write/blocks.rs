//! The blocks of a partition, read one ahead and checked against what was announced.

use std::error::Error;

use bytes::Bytes;

use super::{BLOCK_WITHIN, LONGEST_BLOCK};
use crate::protocol::download::question::Question;
use crate::protocol::download::{DownloadError, Wrote, command};

/// What comes after the frame that is being answered.
pub(super) enum Ahead {
    /// Another 42.
    Block {
        number: u32,
        length: u16,
        /// With its frame encoded.
        question: Question,
    },
    /// The 43: all that was announced has been read.
    End,
    /// Nothing that could be sent.
    Fault(Fault),
}

/// What is wrong with the source of blocks.
pub(super) enum Fault {
    Unreadable { block: u32, source: Box<dyn Error + Send + Sync> },
    Length { block: u32, length: usize },
    Size { found: u64, more: bool },
}

impl Fault {
    pub(super) fn into_error(self, announced: u32, wrote: Wrote) -> DownloadError {
        match self {
            Self::Unreadable { block, source } => DownloadError::Blocks { block, wrote, source },
            Self::Length { block, length } => DownloadError::BlockLength { block, length, wrote },
            Self::Size { found, more } => DownloadError::Size { announced, found, more, wrote },
        }
    }
}

/// A source of blocks that must come to `size` bytes.
pub(super) struct Blocks<I> {
    source: I,
    size: u64,
    read: u64,
    number: u32,
}

impl<I, E> Blocks<I>
where
    I: Iterator<Item = Result<Bytes, E>>,
    E: Error + Send + Sync + 'static,
{
    pub(super) fn new(source: I, size: u32) -> Self {
        Self { source, size: u64::from(size), read: 0, number: 0 }
    }

    pub(super) fn read(&mut self) -> Ahead {
        // A block has at least one byte of a 32-bit size, so its number fits too.
        let number = self.number.saturating_add(1);
        let block = match self.source.next() {
            None if self.read == self.size => return Ahead::End,
            None => return Ahead::Fault(Fault::Size { found: self.read, more: false }),
            Some(Err(error)) => return Ahead::Fault(Fault::Unreadable { block: number, source: Box::new(error) }),
            Some(Ok(block)) => block,
        };
        let length = match u16::try_from(block.len()) {
            Ok(length @ 1..) if block.len() <= LONGEST_BLOCK => length,
            _ => return Ahead::Fault(Fault::Length { block: number, length: block.len() }),
        };
        self.read = self.read.saturating_add(u64::from(length));
        if self.read > self.size {
            return Ahead::Fault(Fault::Size { found: self.read, more: true });
        }
        self.number = number;
        let question = Question::new(&command::data(number, length, &block), BLOCK_WITHIN);
        Ahead::Block { number, length, question }
    }
}
