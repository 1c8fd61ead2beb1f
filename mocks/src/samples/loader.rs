//! Loader files: a head with two block descriptors, raminit, and usbldr.
//!
//! Head: magic 0x00020000, 32 zero bytes, then descriptors of four words (mode, size, load address, file offset) from
//! 0x24 on, ended by a zero one; the first block stands at 0x54, the second right behind it, nothing follows.
//! Words of code are written in file order.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::RecipeError;
use super::filler::Filler;
use super::partition_table::TableRecipe;

pub mod erase;

pub use erase::{EraseCall, EraseSignature, EraseSite};

/// What every block begins with.
pub const BANNER: &str = "BALONG SAMPLE LOADER - NOT HUAWEI SOFTWARE\n";
/// Bytes before the first block.
pub const HEAD_SIZE: usize = 0x54;
/// Place of the partition table in the usbldr block.
pub const TABLE_AT: usize = 0x1_0000;
/// The smallest usbldr that has room for everything a recipe may ask for.
pub const SMALLEST_USBLDR: usize = 0x1_4000;

/// Place in the usbldr of a text that only looks like the head of a partition table.
const FALSE_TABLE_AT: usize = 0x9000;
/// Place in the usbldr of the boot image's magic as a constant of the code that looks for it.
const FALSE_BOOT_IMAGE_AT: usize = 0x9100;
const BAD_BLOCK_QUESTION_AT: usize = 0x9200;
/// The call that asks whether a block is marked bad, and the word before it: 04108de2 0400a0e1.
const BAD_BLOCK_QUESTION: [u8; 8] = [0x04, 0x10, 0x8d, 0xe2, 0x04, 0x00, 0xa0, 0xe1];

/// A loader file to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderRecipe {
    /// Where raminit is loaded to.
    pub raminit_address: u32,
    /// Size of raminit in bytes.
    pub raminit_size: usize,
    /// Length of raminit's signed part, stated together with a root key; `None` leaves both zero, as unsigned ones do.
    pub signed_length: Option<u32>,
    /// Where usbldr is loaded to.
    pub usbldr_address: u32,
    /// Size of usbldr in bytes, at least [`SMALLEST_USBLDR`].
    pub usbldr_size: usize,
    /// The places that erase the whole flash.
    pub erase_sites: Vec<EraseSite>,
    /// Whether the call that asks for bad-block marks is there.
    pub bad_block_question: bool,
    /// The partition table.
    pub table: Option<TableRecipe>,
    /// Whether usbldr ends in an Android boot image.
    pub boot_image: bool,
    /// What the filler depends on.
    pub seed: u64,
}

impl LoaderRecipe {
    /// A loader in the manner of the E3372h's: V7R11, erases until it is patched.
    #[must_use]
    pub fn v7r11() -> Self {
        Self {
            raminit_address: 0x1000_0000,
            raminit_size: 3668,
            signed_length: None,
            usbldr_address: 0x5790_0000,
            usbldr_size: 1_200_000,
            erase_sites: vec![EraseSite::new(EraseSignature::V7R11, EraseCall::Unpatched)],
            bad_block_question: false,
            table: Some(TableRecipe::modern("SAMPLE_V7R11")),
            boot_image: true,
            seed: 0x11,
        }
    }

    /// A loader in the manner of the E3372s's: V7R2, erases until it is patched. Its load addresses are made up, after
    /// those of V7R11.
    #[must_use]
    pub fn v7r2() -> Self {
        Self {
            usbldr_address: 0x5770_0000,
            erase_sites: vec![EraseSite::new(EraseSignature::V7R2, EraseCall::Unpatched)],
            table: Some(TableRecipe::modern("SAMPLE_V7R2")),
            seed: 0x2,
            ..Self::v7r11()
        }
    }

    /// A loader in the manner of V7R1: half a table, no boot image; the erase function is there for [`EraseCall`].
    #[must_use]
    pub fn v7r1() -> Self {
        Self {
            raminit_address: 0x2ffe_4000,
            raminit_size: 0x36c,
            usbldr_address: 0x3000_4000,
            erase_sites: vec![EraseSite::new(EraseSignature::V7R1, EraseCall::Unpatched)],
            table: Some(TableRecipe::v7r1("SAMPLE_V7R1")),
            boot_image: false,
            seed: 0x1,
            ..Self::v7r11()
        }
    }

    /// A V7R1 loader of the safe kind seen in the field: another build, whose signature differs in one word, with the
    /// call still there and the erase function made to do nothing.
    #[must_use]
    pub fn v7r1_safe() -> Self {
        Self { erase_sites: vec![EraseSite::new(EraseSignature::V7R1Masked, EraseCall::InnerPatch)], ..Self::v7r1() }
    }

    /// A loader of the V7R22 family with one of its three signatures. The addresses are made up.
    #[must_use]
    pub fn v7r22(signature: EraseSignature) -> Self {
        Self {
            erase_sites: vec![EraseSite::new(signature, EraseCall::Unpatched)],
            table: Some(TableRecipe::modern("SAMPLE_V7R22")),
            seed: 0x22,
            ..Self::v7r11()
        }
    }

    /// The same with its erase calls in another form.
    #[must_use]
    pub fn with_calls(mut self, call: EraseCall) -> Self {
        for site in &mut self.erase_sites {
            site.call = call;
        }
        self
    }

    /// The same with the smallest usbldr, for tests that need many.
    #[must_use]
    pub const fn small(mut self) -> Self {
        self.usbldr_size = SMALLEST_USBLDR + 0x4000;
        self
    }

    /// The file and what is where in it.
    ///
    /// # Errors
    /// When something has no room, or belongs to another chip.
    pub fn bytes(&self) -> Result<(Vec<u8>, LoaderDescription), RecipeError> {
        let raminit = self.raminit()?;
        let usbldr_at = HEAD_SIZE + raminit.len();
        let (usbldr, boot_image) = self.usbldr()?;
        let mut bytes = vec![0; HEAD_SIZE];
        put_words(&mut bytes, 0, &[0x0002_0000])?;
        let first = [1, file_number(raminit.len())?, self.raminit_address, file_number(HEAD_SIZE)?];
        let second = [2, file_number(usbldr.len())?, self.usbldr_address, file_number(usbldr_at)?];
        put_words(&mut bytes, 0x24, &first)?;
        put_words(&mut bytes, 0x34, &second)?;
        bytes.extend_from_slice(&raminit);
        bytes.extend_from_slice(&usbldr);
        let blocks = [(first, &raminit), (second, &usbldr)].map(|([mode, size, address, offset], data)| {
            BlockDescription { mode, size, address, offset, sha256: Sha256::digest(data).into() }
        });
        let description = LoaderDescription {
            blocks,
            patch_words: self.erase_sites.iter().map(|site| usbldr_at + site.patch_at()).collect(),
            table: self.table.as_ref().map(|_| usbldr_at + TABLE_AT),
            boot_image: boot_image.map(|at| usbldr_at + at),
            length: bytes.len(),
            sha256: Sha256::digest(&bytes).into(),
        };
        Ok((bytes, description))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// As [`LoaderRecipe::bytes`], and what the file system says.
    pub fn write_file(&self, path: &Path) -> Result<LoaderDescription, RecipeError> {
        let (bytes, description) = self.bytes()?;
        fs::write(path, bytes)?;
        Ok(description)
    }

    fn raminit(&self) -> Result<Vec<u8>, RecipeError> {
        let mut block = Filler::bytes(BANNER, self.raminit_size, self.seed);
        // The words that state a signed part and its root key, where V7R11 has them.
        let has_key_words = self.raminit_size >= 840;
        if has_key_words {
            block[576..840].fill(0);
        }
        if let Some(length) = self.signed_length {
            put_words(&mut block, 576, &[length])?;
            put(&mut block, 580, &[0x5a; 260])?;
        }
        Ok(block)
    }

    fn usbldr(&self) -> Result<(Vec<u8>, Option<usize>), RecipeError> {
        if self.usbldr_size < SMALLEST_USBLDR {
            return Err(RecipeError::DoesNotFit {
                what: "usbldr block",
                needed: SMALLEST_USBLDR,
                room: self.usbldr_size,
            });
        }
        let mut block = Filler::bytes(BANNER, self.usbldr_size, self.seed + 1);
        for site in &self.erase_sites {
            site.place(&mut block)?;
        }
        // Real loaders hold both words as constants of code, too; neither is the thing itself.
        put(&mut block, FALSE_TABLE_AT, b"pTableHead\0\0code")?;
        if self.bad_block_question {
            put(&mut block, BAD_BLOCK_QUESTION_AT, &BAD_BLOCK_QUESTION)?;
            put(&mut block, BAD_BLOCK_QUESTION_AT + 8, &[0x40, 0x00, 0x00, 0xeb])?;
        }
        if let Some(table) = &self.table {
            put(&mut block, TABLE_AT, &table.bytes()?)?;
        }
        let mut boot_image = None;
        if self.boot_image {
            put(&mut block, FALSE_BOOT_IMAGE_AT, b"ANDROID!")?;
            // The last quarter, from a whole page on, behind everything else.
            let at = ((self.usbldr_size / 4 * 3) & !0x7ff).max(TABLE_AT + 0x1000);
            put(&mut block, at, b"ANDROID!")?;
            let kernel = file_number(self.usbldr_size.saturating_sub(at + 0x800))?;
            let fields = [kernel, 0x5580_8000, 0, 0x5700_0000, 0, 0x56f0_0000, 0x5580_0100, 2048];
            put_words(&mut block, at + 8, &fields)?;
            boot_image = Some(at);
        }
        Ok((block, boot_image))
    }
}

/// One block as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockDescription {
    /// 1 "call it and come back", 2 "start it".
    pub mode: u32,
    /// Bytes.
    pub size: u32,
    /// Load address.
    pub address: u32,
    /// File offset.
    pub offset: u32,
    /// SHA-256 of the block.
    pub sha256: [u8; 32],
}

/// A loader as written; offsets are file offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderDescription {
    /// raminit and usbldr.
    pub blocks: [BlockDescription; 2],
    /// The words to be patched, in the order of the recipe's erase sites.
    pub patch_words: Vec<usize>,
    /// The partition table.
    pub table: Option<usize>,
    /// The "ANDROID!" of the boot image.
    pub boot_image: Option<usize>,
    /// Size of the file.
    pub length: usize,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

fn put(block: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), RecipeError> {
    let room = block.len();
    let needed = at + bytes.len();
    let place =
        block.get_mut(at..needed).ok_or(RecipeError::DoesNotFit { what: "content of a block", needed, room })?;
    place.copy_from_slice(bytes);
    Ok(())
}

fn put_words(block: &mut [u8], at: usize, words: &[u32]) -> Result<(), RecipeError> {
    words.iter().enumerate().try_for_each(|(index, word)| put(block, at + 4 * index, &word.to_le_bytes()))
}

fn file_number(number: usize) -> Result<u32, RecipeError> {
    u32::try_from(number).map_err(|_| RecipeError::Impossible { what: "a size in a loader", found: number as u64 })
}

#[cfg(test)]
mod tests;
