//! A loader as a folder: one file a block, and the partition table.
//!
//! | file | holds |
//! |---|---|
//! | `NN-AAAAAAAA-call.bin`, `-start.bin` | block NN, loaded to the RAM address A, then called or started |
//! | `ptable.bin` | the partition table to its true end; packed into usbldr where it differs |
//! | `ptable.txt` | the same for reading; not packed |
//! | `head.bin` | the 32 bytes behind the magic, where they are not all zero |
//! | `trailing.bin` | what follows behind the last block, where something does |

mod error;
mod name;

use std::fs;
use std::path::Path;

use bytes::Bytes;

use super::layout::{LARGEST, LIST, MAGIC, descriptor_of};
use super::{Change, Loader, LoaderError, copy, file};
use name::{Member, classify};

pub use error::FolderError;
pub use name::TABLE_TEXT;

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub content: Bytes,
}

/// A loader that was put together from a folder.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The loader, as it was read again.
    pub loader: Loader,
    /// What `ptable.bin` changed in usbldr.
    pub changes: Vec<Change>,
}

impl Loader {
    /// The files that [`pack`] makes the same loader of, byte for byte.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotBackToBack`] for a file whose blocks do not follow each other right behind the list: no such
    /// loader is known, and the folder could not tell how it was.
    pub fn unpack(&self) -> Result<Vec<FolderFile>, LoaderError> {
        let blocks = self.blocks();
        let mut next = descriptor_of(blocks.len() + 1);
        let mut files = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            if block.start() != next {
                return Err(FolderError::NotBackToBack { block: number, offset: block.start(), expected: next }.into());
            }
            next = block.end();
            let content = self.content.slice(block.start()..block.end());
            files.push(FolderFile { name: name::of_block(number, block.address, block.mode), content });
        }
        let reserved = self.content.slice(MAGIC.len()..LIST);
        let trailing = self.content.slice(next..);
        let table = self.partition_table().map(|table| self.content.slice(table.offset..table.offset + table.size));
        let optional = [
            (name::TABLE, table),
            (name::HEAD, Some(reserved).filter(|bytes| bytes.iter().any(|&byte| byte != 0))),
            (name::TRAILING, Some(trailing).filter(|bytes| !bytes.is_empty())),
        ];
        files.extend(
            optional
                .into_iter()
                .filter_map(|(name, content)| content.map(|content| FolderFile { name: name.to_owned(), content })),
        );
        Ok(files)
    }
}

/// Makes a loader of what [`Loader::unpack`] gave, changed or not, and reads it again.
///
/// # Errors
///
/// [`FolderError`] for a folder in which something is missing, misnamed, doubled or unreadable; the errors of
/// [`Loader::parse`] for what the files come to; and those about partition tables where `ptable.bin` differs from what
/// usbldr holds.
pub fn pack(folder: &Path) -> Result<Packed, LoaderError> {
    let parts = Parts::read(folder)?;
    let loader = Loader::parse(parts.content()?.into())?;
    let Some(table) = parts.table else { return Ok(Packed { loader, changes: Vec::new() }) };
    let held = loader.partition_table().map(|held| loader.content.slice(held.offset..held.offset + held.size));
    if held.as_ref() == Some(&table) {
        return Ok(Packed { loader, changes: Vec::new() });
    }
    let (content, changes) =
        copy::with_table(&loader, &table).map_err(|error| FolderError::member(name::TABLE, error))?;
    Ok(Packed { loader: Loader::parse(content)?, changes })
}

/// What a folder holds.
#[derive(Default)]
struct Parts {
    /// Mode, address and data, by number.
    blocks: Vec<(u8, u32, Bytes)>,
    table: Option<Bytes>,
    head: Option<Bytes>,
    trailing: Bytes,
}

impl Parts {
    fn read(folder: &Path) -> Result<Self, FolderError> {
        let unreadable = |source| FolderError::Read { path: folder.to_owned(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name());
        }
        // By name: blocks come in the order of their numbers.
        names.sort();
        let mut parts = Self::default();
        for name in &names {
            let shown = name.to_string_lossy().escape_debug().to_string();
            let member = name.to_str().and_then(classify);
            let member = member.ok_or_else(|| FolderError::Misnamed { name: shown.clone() })?;
            let read = || file::read(&folder.join(name), LARGEST).map_err(|error| FolderError::member(&shown, error));
            match member {
                Member::Block { number, address, mode } => {
                    let expected = parts.blocks.len();
                    if number != expected {
                        return Err(FolderError::Number { name: shown, expected });
                    }
                    parts.blocks.push((mode.code(), address, read()?));
                }
                Member::Table => parts.table = Some(read()?),
                Member::Head => parts.head = Some(read()?),
                Member::Trailing => parts.trailing = read()?,
                Member::TableText => {}
            }
        }
        if parts.blocks.is_empty() {
            return Err(FolderError::NoBlocks { path: folder.to_owned() });
        }
        Ok(parts)
    }

    /// The file. What is wrong with it, reading it tells.
    fn content(&self) -> Result<Vec<u8>, FolderError> {
        let size: u64 = self.blocks.iter().map(|(_, _, data)| data.len() as u64).sum();
        if size > LARGEST {
            return Err(FolderError::TooLarge { size, limit: LARGEST });
        }
        let mut content = MAGIC.to_vec();
        let reserved = LIST - MAGIC.len();
        match &self.head {
            Some(head) if head.len() == reserved => content.extend_from_slice(head),
            Some(head) => return Err(FolderError::HeadSize { size: head.len(), expected: reserved }),
            None => content.resize(LIST, 0),
        }
        let mut offset = descriptor_of(self.blocks.len() + 1) as u32;
        for (mode, address, data) in &self.blocks {
            let size = data.len() as u32;
            content.extend([u32::from(*mode), size, *address, offset].iter().flat_map(|word| word.to_le_bytes()));
            offset += size;
        }
        content.resize(descriptor_of(self.blocks.len() + 1), 0);
        for (_, _, data) in &self.blocks {
            content.extend_from_slice(data);
        }
        content.extend_from_slice(&self.trailing);
        Ok(content)
    }
}

#[cfg(test)]
mod tests;
