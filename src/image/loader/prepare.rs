//! Making a loader fit to be sent.

mod workpiece;

use std::fmt;

use bytes::Bytes;

use super::change::Change;
use super::layout::BlockMode;
use super::signature;
use super::verdict::{self, LoaderState};
use super::{Loader, LoaderError, bad_blocks, table_search};
use crate::image::partition_table::PartitionTable;
use crate::image::platform::Platform;
use workpiece::Workpiece;

const ANDROID: &[u8; 8] = b"ANDROID!";
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
            work.replace(place.block_offset, &signature::NO_CALL, "ignore bad-block marks")?;
        }
        if let Some(new) = &preparation.partition_table {
            self.replace_table(&mut work, new, cut)?;
        }
        if let Some(cut) = cut {
            work.cut_for_fastboot(cut)?;
        }
        let safety = self.safety_of(&work, safety, preparation.allow_erase)?;
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
            (state, ..) => Err(LoaderError::NotKnownSafe { state, evidence: verdict::in_one_line(&self.evidence) }),
        }
    }

    /// Looks at what is to be sent once more: what made the loader safe may have been left off or written over. The code
    /// of a verified file is known as a whole.
    fn safety_of(&self, work: &Workpiece, safety: Safety, allow_erase: bool) -> Result<Safety, LoaderError> {
        if safety == Safety::EraseAllowed || self.verified.is_some() {
            return Ok(safety);
        }
        let hits = signature::search(&work.data);
        match verdict::judge(&hits, None) {
            LoaderState::Safe | LoaderState::Patched => Ok(safety),
            LoaderState::Erases | LoaderState::Unknown if allow_erase => Ok(Safety::EraseAllowed),
            state => {
                let evidence = verdict::evidence(&hits, None, None, work.data.len(), work.file_offset);
                Err(LoaderError::NotSafeAnyMore { state, evidence: verdict::in_one_line(&evidence) })
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

#[cfg(test)]
mod tests;
