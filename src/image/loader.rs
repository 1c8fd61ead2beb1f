//! Loader files (`usbloader.bin`): what the boot ROM is given so that the stick comes up in download mode or fastboot.
//!
//! A [`Loader`] is a file whose layout was checked. It tells what it is for, and whether it would erase the flash. Only
//! a [`PreparedLoader`] can be sent: an original loader erases the whole flash as it starts, IMEI and radio calibration
//! included, so [`Loader::prepare`] takes that call out, or refuses.
//!
//! The first block, raminit, sets up the memory and comes back. The last, usbldr, is started for good; it holds
//! everything that is looked for here.

mod bad_blocks;
mod change;
mod copy;
mod error;
mod file;
mod folder;
mod inner_patch;
mod known;
mod layout;
mod prepare;
#[cfg(test)]
mod sample;
mod signature;
mod table_search;
mod verdict;

use std::path::Path;

use bytes::Bytes;

use crate::image::platform::Platform;

pub use bad_blocks::BadBlockCheck;
pub use change::Change;
pub use copy::LoaderCopy;
pub use error::LoaderError;
pub use folder::{FolderError, FolderFile, Packed, TABLE_TEXT, pack};
pub use layout::{BlockMode, LoaderBlock};
pub use prepare::{Preparation, PreparedBlock, PreparedLoader, Safety};
pub use table_search::LocatedTable;
pub use verdict::{Evidence, LoaderState, Place};

use known::Verified;
use layout::Layout;
use signature::Hit;
use table_search::Candidate;

/// A loader file whose layout was checked.
#[derive(Clone, Debug)]
pub struct Loader {
    content: Bytes,
    layout: Layout,
    known_as: Option<&'static str>,
    verified: Option<&'static Verified>,
    hits: Vec<Hit>,
    state: LoaderState,
    evidence: Vec<Evidence>,
    bad_block_checks: Vec<BadBlockCheck>,
    tables: Vec<Candidate>,
}

/// Reads a partition table of one's own from disk, to put it in the place of a loader's.
///
/// # Errors
///
/// [`LoaderError`] for what is no regular file, empty, longer than a table, or changing. Its content is checked by
/// [`Loader::prepare`].
pub fn read_partition_table(path: &Path) -> Result<Bytes, LoaderError> {
    file::read(path, LONGEST_TABLE)
}

/// The size of a whole partition table, in bytes.
const LONGEST_TABLE: u64 = 0x800;

impl Loader {
    /// Reads a loader from disk.
    ///
    /// # Errors
    ///
    /// [`LoaderError`] for what is no regular file, empty, larger than 64 MiB or changing, which is found out before
    /// its content is looked at; then as [`Loader::parse`].
    pub fn read(path: &Path) -> Result<Self, LoaderError> {
        Self::parse(file::read(path, layout::LARGEST)?)
    }

    /// Checks the layout of a loader and looks for everything that is to be known about it.
    ///
    /// # Errors
    ///
    /// [`LoaderError`] with the offset of what is wrong. That a loader erases the flash is no error here.
    pub fn parse(content: Bytes) -> Result<Self, LoaderError> {
        let layout = Layout::read(&content)?;
        let known_as = known::name_of(&known::blob_id(&content));
        let verified = known_as.and_then(|name| known::verified(name, &content));
        Ok(Self::judged(content, layout, known_as, verified))
    }

    fn judged(
        content: Bytes,
        layout: Layout,
        known_as: Option<&'static str>,
        verified: Option<&'static Verified>,
    ) -> Self {
        let file = layout.usbldr.start();
        let usbldr = &content[file..layout.usbldr.end()];
        let hits = signature::search(usbldr);
        Self {
            state: verdict::judge(&hits, verified),
            evidence: verdict::evidence(&hits, verified, known_as, usbldr.len(), file),
            bad_block_checks: bad_blocks::search(usbldr, file),
            tables: table_search::search(usbldr, file),
            content,
            layout,
            known_as,
            verified,
            hits,
        }
    }

    /// The whole file.
    #[must_use]
    pub fn content(&self) -> &Bytes {
        &self.content
    }

    /// The blocks in the order of sending: those that are called, then the one that is started.
    #[must_use]
    pub fn blocks(&self) -> &[LoaderBlock] {
        &self.layout.blocks
    }

    /// The bytes of a block as they are in the file. `None` when there is no such block.
    #[must_use]
    pub fn block_data(&self, index: usize) -> Option<Bytes> {
        self.layout.blocks.get(index).map(|block| self.content.slice(block.start()..block.end()))
    }

    fn usbldr(&self) -> &[u8] {
        &self.content[self.layout.usbldr.start()..self.layout.usbldr.end()]
    }

    /// The chip it is for, where its code says so: by the erase signature of one platform, or as a verified file.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        if let Some(file) = self.verified {
            return Some(file.platform);
        }
        let (first, others) = self.hits.split_first()?;
        let platform = first.form.platform;
        others.iter().all(|hit| hit.form.platform == platform).then_some(platform)
    }

    /// The chip that its load addresses have been seen with. A hint only, which proves nothing.
    #[must_use]
    pub fn platform_hint(&self) -> Option<Platform> {
        match (self.layout.blocks.first()?.address, self.layout.usbldr.address) {
            (0x2ffe_4000, 0x3000_4000) => Some(Platform::V7R1),
            (0xfffd_0000, 0x3010_4000) => Some(Platform::V3R3),
            (0x1000_0000, 0x5790_0000) => Some(Platform::V7R11),
            _ => None,
        }
    }

    /// What it does to the flash as it starts.
    #[must_use]
    pub fn state(&self) -> LoaderState {
        self.state
    }

    /// What [`Loader::state`] rests on, the weightiest first.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The name under which exactly this file is published, such as `usblsafe-3372h`. It proves nothing about its code.
    #[must_use]
    pub fn known_as(&self) -> Option<&'static str> {
        self.known_as
    }

    /// Whether raminit carries a secure-boot signature. `None` where that cannot be read, which is everywhere but
    /// V7R11.
    ///
    /// Read on V7R11: the word at offset 576 is the length of the signed part, 580 to 839 hold the root key, and both
    /// are zero in an unsigned one. A patched block that was signed is refused by a stick whose fuses demand a
    /// signature.
    #[must_use]
    pub fn signed(&self) -> Option<bool> {
        if self.platform().or(self.platform_hint()) != Some(Platform::V7R11) {
            return None;
        }
        let raminit = self.layout.blocks.first()?;
        let area = self.content[raminit.start()..raminit.end()].get(576..840)?;
        Some(area.iter().any(|&byte| byte != 0))
    }

    /// The partition table that the loader works by: the first one in it that can be read.
    #[must_use]
    pub fn partition_table(&self) -> Option<&LocatedTable> {
        self.tables.iter().find_map(|candidate| candidate.table.as_ref().ok())
    }

    /// The places that look like the check for bad blocks, as they are in the file.
    #[must_use]
    pub fn bad_block_checks(&self) -> &[BadBlockCheck] {
        &self.bad_block_checks
    }

    /// The git blob id of the file, by which known loaders are recognised: 40 lower-case digits.
    #[must_use]
    pub fn blob_id(&self) -> String {
        known::blob_id(&self.content)
    }

    /// Where a kernel began that was left off: this is the fastboot variant of a loader. A file offset.
    #[must_use]
    pub fn fastboot_cut(&self) -> Option<usize> {
        self.usbldr().ends_with(&prepare::CUT).then(|| self.layout.usbldr.end() - prepare::CUT.len())
    }

    /// What is odd about the file, one sentence each, without being a reason to refuse it.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.layout.oddities(&self.content);
        if let (Some(platform), Some(hint)) = (self.platform(), self.platform_hint())
            && platform != hint
        {
            warnings.push(format!("its code is that of {platform}, but its load addresses have been seen with {hint}"));
        }
        for candidate in &self.tables {
            if let Err(error) = &candidate.table {
                warnings
                    .push(format!("the partition table at file offset {:#x} is damaged: {error}", candidate.offset));
            }
        }
        if self.tables.len() > 1 {
            warnings.push(format!("it holds {} partition tables; the first readable one is shown", self.tables.len()));
        }
        if self.signed() == Some(true) && self.state == LoaderState::Erases {
            let refused = "if usbldr is too, the patch breaks that, and a stick with secure boot refuses it";
            warnings.push(format!("its raminit is signed; {refused}"));
        }
        if let Some(offset) = self.fastboot_cut() {
            warnings.push(format!(
                "it is a fastboot variant, cut at file offset {offset:#x}: it does not bring download mode"
            ));
        }
        if self.known_as.is_some_and(|name| name.ends_with("shell")) {
            warnings.push("loaders of this name give a shell; whether they offer download mode is not known".into());
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
