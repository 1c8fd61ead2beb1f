//! The second block while it is being changed, with an account of what was.

use super::ANDROID;
use crate::image::loader::change::Change;
use crate::image::loader::signature::Hit;
use crate::image::loader::{Loader, LoaderError};

/// What the first letter becomes, so that the loader finds no kernel.
const NO_ANDROID: u8 = 0x55;

/// The second block while it is being changed.
pub(super) struct Workpiece {
    pub(super) data: Vec<u8>,
    /// Its offset in the file.
    pub(super) file_offset: usize,
    pub(super) changes: Vec<Change>,
}

impl Workpiece {
    pub(super) fn new(loader: &Loader) -> Self {
        let file_offset = loader.layout.usbldr.start();
        Self { data: loader.usbldr().to_vec(), file_offset, changes: Vec::new() }
    }

    pub(super) fn replace(&mut self, offset: usize, bytes: &[u8], why: &str) -> Result<(), LoaderError> {
        let block = self.data.len();
        let length = bytes.len();
        let place = offset.checked_add(length).and_then(|end| self.data.get_mut(offset..end));
        let place = place.ok_or(LoaderError::PatchOutside { offset, length, block })?;
        let before = place.to_vec();
        place.copy_from_slice(bytes);
        let file_offset = self.file_offset + offset;
        self.changes.push(Change { file_offset, before, after: bytes.to_vec(), why: why.into() });
        Ok(())
    }

    pub(super) fn keep_flash(&mut self, hit: &Hit) -> Result<(), LoaderError> {
        let (offset, bytes) = hit.patch();
        self.replace(offset, bytes, &format!("keep the loader from erasing the whole flash ({})", hit.form.name))
    }

    pub(super) fn cut_for_fastboot(&mut self, android: usize) -> Result<(), LoaderError> {
        let end = android + ANDROID.len();
        let left_off = self.data.len() - end;
        let why =
            format!("stay in fastboot; the {left_off} bytes of kernel from block offset {end:#x} on are left off");
        self.replace(android, &[NO_ANDROID], &why)?;
        self.data.truncate(end);
        Ok(())
    }
}
