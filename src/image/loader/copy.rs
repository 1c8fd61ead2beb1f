//! A loader file made anew: patched, cut for fastboot, or with another partition table.

use std::ops::Range;

use bytes::Bytes;

use super::change::Change;
use super::layout::descriptor_of;
use super::prepare::{Preparation, Safety};
use super::{Loader, LoaderError, LoaderState};

/// Where a descriptor says how long its block is, and where it lies in the file.
const SIZE_FIELD: usize = 4;
const OFFSET_FIELD: usize = 12;

/// A copy of a loader that was changed, read again and found safe.
#[derive(Clone, Debug)]
pub struct LoaderCopy {
    /// The copy, as it was read again.
    pub loader: Loader,
    /// Why the original may be sent, or what was done to it.
    pub safety: Safety,
    /// Everything that differs, by the offsets of the original.
    pub changes: Vec<Change>,
    /// The bytes of the original that the copy leaves off.
    pub left_off: Option<Range<usize>>,
}

impl Loader {
    /// The file with everything done to it that [`Loader::prepare`] does to what is sent.
    ///
    /// # Errors
    ///
    /// As [`Loader::prepare`], and [`LoaderError::CopyNotSafe`] where the copy could not be told safe by its code any
    /// more: that is so of files that are safe by their digest alone.
    pub fn copy(&self, preparation: &Preparation) -> Result<LoaderCopy, LoaderError> {
        let prepared = self.prepare(preparation)?;
        let usbldr = self.layout.usbldr;
        let data = prepared.blocks().last().map(|block| block.data.clone()).unwrap_or_default();
        let lost = usbldr.size as usize - data.len();
        let mut changes = prepared.changes().to_vec();
        let mut content = [&self.content[..usbldr.start()], &data[..], &self.content[usbldr.end()..]].concat();
        if lost > 0 {
            changes.extend(self.fit_head(&mut content, lost));
        }
        let loader = Self::parse(content.into())?;
        if !matches!(loader.state(), LoaderState::Patched | LoaderState::Safe) {
            return Err(LoaderError::CopyNotSafe { state: loader.state() });
        }
        let left_off = (lost > 0).then(|| usbldr.end() - lost..usbldr.end());
        Ok(LoaderCopy { loader, safety: prepared.safety(), changes, left_off })
    }

    /// Tells the head of a usbldr that lost so many bytes at its end.
    fn fit_head(&self, content: &mut [u8], lost: usize) -> Vec<Change> {
        let usbldr = self.layout.usbldr;
        let last = self.layout.blocks.len() - 1;
        let shorter = (last, SIZE_FIELD, usbldr.size, "the size of usbldr without what is left off");
        let behind = self.layout.blocks.iter().enumerate().filter(|(_, block)| block.start() >= usbldr.end());
        let moved = behind.map(|(index, block)| (index, OFFSET_FIELD, block.offset, "the block moves up"));
        let number = |bytes: u32| bytes.to_le_bytes().to_vec();
        std::iter::once(shorter)
            .chain(moved)
            .map(|(index, field, before, why)| {
                let file_offset = descriptor_of(index) + field;
                let after = number(before - lost as u32);
                content[file_offset..file_offset + 4].copy_from_slice(&after);
                Change { file_offset, before: number(before), after, why: why.to_owned() }
            })
            .collect()
    }
}

/// The loader with another partition table and nothing else changed: for files, not for what is sent.
pub(super) fn with_table(loader: &Loader, table: &Bytes) -> Result<(Bytes, Vec<Change>), LoaderError> {
    let (data, changes) = loader.with_table(table)?;
    let usbldr = loader.layout.usbldr;
    let content = [&loader.content[..usbldr.start()], &data[..], &loader.content[usbldr.end()..]].concat();
    Ok((content.into(), changes))
}

#[cfg(test)]
mod tests;
