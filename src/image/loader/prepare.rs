//! Making a loader fit to be sent.

use std::fmt;

use bytes::Bytes;

use super::change::Change;
use super::layout::BlockMode;
use super::signature::Hit;
use super::verdict::LoaderState;
use super::{Loader, LoaderError, bad_blocks, table_search};
use crate::image::partition_table::PartitionTable;
use crate::image::platform::Platform;

const ANDROID: &[u8; 8] = b"ANDROID!";
/// What the first letter becomes, so that the loader finds no kernel.
const NO_ANDROID: u8 = 0x55;
/// What a fastboot variant ends in.
pub(super) const CUT: [u8; 8] = *b"\x55NDROID!";

/// What a loader is wanted for.
#[derive(Clone, Debug, Default)]
pub struct Preparation {
    /// Stay in fastboot: leave the Android kernel off.
    pub fastboot: bool,
    /// Put this partition table in the place of the loader's own.
    pub partition_table: Option<Bytes>,
    /// Send a loader that is not known to be safe. It may erase IMEI and calibration for good.
    pub allow_erase: bool,
    /// Take out the check for bad blocks. Only together with `fastboot`.
    pub ignore_bad_block_marks: bool,
}

/// Why a prepared loader may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// The erase call was there and was taken out here.
    PatchedHere,
    /// It erases nothing as it is.
    AlreadySafe,
    /// It may erase the whole flash, and that was allowed.
    EraseAllowed,
}

impl Safety {
    /// The word for it in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PatchedHere => "patched_here",
            Self::AlreadySafe => "already_safe",
            Self::EraseAllowed => "erase_allowed",
        }
    }
}

impl fmt::Display for Safety {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PatchedHere => "its erase call is taken out before it is sent; the file stays as it is",
            Self::AlreadySafe => "erases nothing as it is",
            Self::EraseAllowed => "MAY ERASE THE WHOLE FLASH, and that was allowed",
        })
    }
}

/// One block as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedBlock {
    /// What becomes of it.
    pub mode: BlockMode,
    /// The RAM address it is loaded to.
    pub address: u32,
    /// Its bytes.
    pub data: Bytes,
}

/// A loader that may be sent. There is no other way to one than [`Loader::prepare`].
#[derive(Clone, Debug)]
pub struct PreparedLoader {
    blocks: Vec<PreparedBlock>,
    platform: Option<Platform>,
    signed: Option<bool>,
    safety: Safety,
    changes: Vec<Change>,
    for_fastboot: bool,
    partition_table: Option<PartitionTable>,
}

impl PreparedLoader {
    /// The blocks, in the order of sending.
    #[must_use]
    pub fn blocks(&self) -> &[PreparedBlock] {
        &self.blocks
    }

    /// The chip it is for, where its code says so.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        self.platform
    }

    /// Whether its raminit is signed, where that can be read.
    #[must_use]
    pub fn signed(&self) -> Option<bool> {
        self.signed
    }

    /// Whether it was cut so that it stays in fastboot.
    #[must_use]
    pub fn is_for_fastboot(&self) -> bool {
        self.for_fastboot
    }

    /// The partition table that the stick will go by once this loader runs, where one was found.
    #[must_use]
    pub fn partition_table(&self) -> Option<&PartitionTable> {
        self.partition_table.as_ref()
    }

    /// Why it may be sent.
    #[must_use]
    pub fn safety(&self) -> Safety {
        self.safety
    }

    /// Everything that differs from the file, apart from what the fastboot variant leaves off at the end.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

impl Loader {
    /// Patches, checks and cuts the loader for what it is wanted for. The file itself stays as it is.
    ///
    /// # Errors
    ///
    /// [`LoaderError::NotKnownSafe`] unless the loader is safe, or can be made so, or `allow_erase` is set; and an
    /// error for every wish that this loader cannot meet.
    pub fn prepare(&self, preparation: &Preparation) -> Result<PreparedLoader, LoaderError> {
        if preparation.ignore_bad_block_marks && !preparation.fastboot {
            return Err(LoaderError::BadBlocksWithoutFastboot);
        }
        // Everything is looked up in the whole block: what lies behind a kernel must not be missed.
        let cut = match (preparation.fastboot, self.fastboot_cut()) {
            // It was cut before. What else says "ANDROID!" in it is code.
            (true, Some(_)) => None,
            (true, None) => Some(self.android_image()?),
            (false, Some(offset)) => return Err(LoaderError::OnlyFastboot { offset }),
            (false, None) => None,
        };
        let mut work = Workpiece::new(self);
        let safety = self.make_safe(&mut work, preparation.allow_erase, cut)?;
        if preparation.ignore_bad_block_marks
            && let Some(place) = bad_blocks::to_patch(&self.bad_block_checks)?
        {
            work.replace(place.block_offset, &super::signature::NO_CALL, "ignore bad-block marks")?;
        }
        if let Some(new) = &preparation.partition_table {
            self.replace_table(&mut work, new, cut)?;
        }
        if let Some(cut) = cut {
            work.cut_for_fastboot(cut)?;
        }
        let table = match &preparation.partition_table {
            Some(new) => PartitionTable::parse(new).ok().map(|(table, _)| table),
            None => self.partition_table().map(|located| located.table.clone()),
        };
        Ok(self.prepared(work, safety, preparation.fastboot, table))
    }

    fn make_safe(&self, work: &mut Workpiece, allow_erase: bool, cut: Option<usize>) -> Result<Safety, LoaderError> {
        let cut_off = cut.and_then(|cut| {
            let behind = self.hits.iter().find(|hit| hit.instruction + 4 > cut)?;
            Some(LoaderError::EraseCutOff { offset: behind.instruction, cut })
        });
        match (self.state, self.hits.as_slice(), cut_off) {
            (_, _, Some(_)) if allow_erase => Ok(Safety::EraseAllowed),
            (_, _, Some(error)) => Err(error),
            (LoaderState::Safe | LoaderState::Patched, ..) => Ok(Safety::AlreadySafe),
            (LoaderState::Erases, [hit], _) => work.keep_flash(hit).map(|()| Safety::PatchedHere),
            _ if allow_erase => Ok(Safety::EraseAllowed),
            (state, ..) => {
                let evidence = self.evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                Err(LoaderError::NotKnownSafe { state, evidence })
            }
        }
    }

    /// The data of usbldr with another partition table, whatever else may be wrong with it.
    pub(super) fn with_table(&self, new: &[u8]) -> Result<(Vec<u8>, Vec<Change>), LoaderError> {
        let mut work = Workpiece::new(self);
        self.replace_table(&mut work, new, None)?;
        Ok((work.data, work.changes))
    }

    fn replace_table(&self, work: &mut Workpiece, new: &[u8], cut: Option<usize>) -> Result<(), LoaderError> {
        let old = table_search::only(&self.tables)?;
        let (table, bytes) = table_search::replacement(old, new)?;
        let offset = old.offset - self.layout.usbldr.start();
        if let Some(cut) = cut.filter(|&cut| offset + bytes.len() > cut) {
            return Err(LoaderError::TableCutOff { offset, cut });
        }
        let why = format!("partition table for {} in place of the one for {}", table.product, old.table.product);
        work.replace(offset, &bytes, &why)
    }

    /// The last Android boot image in the second block: the field's tools scan backwards, every byte.
    fn android_image(&self) -> Result<usize, LoaderError> {
        self.usbldr().windows(ANDROID.len()).rposition(|bytes| bytes == ANDROID).ok_or(LoaderError::NoAndroidImage)
    }

    fn prepared(
        &self,
        work: Workpiece,
        safety: Safety,
        for_fastboot: bool,
        partition_table: Option<PartitionTable>,
    ) -> PreparedLoader {
        let mut blocks: Vec<_> = self
            .layout
            .blocks
            .iter()
            .map(|block| PreparedBlock {
                mode: block.mode,
                address: block.address,
                data: self.content.slice(block.start()..block.end()),
            })
            .collect();
        if let Some(usbldr) = blocks.last_mut() {
            usbldr.data = work.data.into();
        }
        PreparedLoader {
            blocks,
            platform: self.platform(),
            signed: self.signed(),
            safety,
            changes: work.changes,
            for_fastboot,
            partition_table,
        }
    }
}

/// The second block while it is being changed.
struct Workpiece {
    data: Vec<u8>,
    /// Its offset in the file.
    file_offset: usize,
    changes: Vec<Change>,
}

impl Workpiece {
    fn new(loader: &Loader) -> Self {
        let file_offset = loader.layout.usbldr.start();
        Self { data: loader.usbldr().to_vec(), file_offset, changes: Vec::new() }
    }

    fn replace(&mut self, offset: usize, bytes: &[u8], why: &str) -> Result<(), LoaderError> {
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

    fn keep_flash(&mut self, hit: &Hit) -> Result<(), LoaderError> {
        let (offset, bytes) = hit.patch();
        self.replace(offset, bytes, &format!("keep the loader from erasing the whole flash ({})", hit.form.name))
    }

    fn cut_for_fastboot(&mut self, android: usize) -> Result<(), LoaderError> {
        let end = android + ANDROID.len();
        let left_off = self.data.len() - end;
        let why =
            format!("stay in fastboot; the {left_off} bytes of kernel from block offset {end:#x} on are left off");
        self.replace(android, &[NO_ANDROID], &why)?;
        self.data.truncate(end);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
