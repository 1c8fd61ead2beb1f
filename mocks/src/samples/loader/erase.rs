//! The code places by which it is told whether a loader erases the whole flash: byte patterns of the `flash_eraseall`
//! call, one a platform, and the word behind (or before) each that decides.

use super::put;
use crate::samples::RecipeError;

/// "mov r0, #0" in file order: what a patched call is replaced by.
const DO_NOTHING: [u8; 4] = [0x00, 0x00, 0xa0, 0xe3];
/// "push {lr, ..}": the first word of V7R1's erase function.
const FUNCTION_START: [u8; 4] = [0x00, 0x4c, 0x2d, 0xe9];
/// How far into V7R1's erase function the number of blocks is computed.
const COUNT_CALL: usize = 0x2c;
/// From a site to the erase function that is made for it (V7R1 only).
const FUNCTION_DISTANCE: usize = 0x4000;
/// What V7R1 compares a word in RAM with, before it erases.
const RESTART_MARK: u32 = 0x9876_5432;

/// Which pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseSignature {
    /// V7R1 as in today's tools.
    V7R1,
    /// V7R1 of another build: the offset in its third word differs.
    V7R1Masked,
    /// V7R2.
    V7R2,
    /// V7R11.
    V7R11,
    /// V7R22, a conditional branch before the pattern.
    V7R22,
    /// V7R22 of the E5885 class.
    V7R22E5885,
    /// V7R22 of the B525 class.
    V7R22B525,
}

impl EraseSignature {
    /// Every pattern.
    pub const ALL: [Self; 7] =
        [Self::V7R1, Self::V7R1Masked, Self::V7R2, Self::V7R11, Self::V7R22, Self::V7R22E5885, Self::V7R22B525];

    /// Name of the platform.
    #[must_use]
    pub const fn platform(self) -> &'static str {
        match self {
            Self::V7R1 | Self::V7R1Masked => "V7R1",
            Self::V7R2 => "V7R2",
            Self::V7R11 => "V7R11",
            Self::V7R22 | Self::V7R22E5885 | Self::V7R22B525 => "V7R22",
        }
    }

    /// The words, in file order.
    const fn words(self) -> &'static [[u8; 4]] {
        match self {
            Self::V7R1 => &[
                [0x3d, 0xe2, 0xe0, 0xe3],
                [0x00, 0xe0, 0x9e, 0xe5],
                [0x5c, 0xc3, 0x9f, 0xe5],
                [0x0c, 0x00, 0x5e, 0xe1],
                [0x00, 0x00, 0x00, 0x0a],
            ],
            Self::V7R1Masked => &[
                [0x3d, 0xe2, 0xe0, 0xe3],
                [0x00, 0xe0, 0x9e, 0xe5],
                [0x70, 0xc3, 0x9f, 0xe5],
                [0x0c, 0x00, 0x5e, 0xe1],
                [0x00, 0x00, 0x00, 0x0a],
            ],
            Self::V7R2 => &[
                [0x00, 0x30, 0xa0, 0xe3],
                [0x9a, 0x3f, 0x07, 0xee],
                [0xff, 0x2f, 0x0f, 0xe3],
                [0xe1, 0x2f, 0x44, 0xe3],
                [0x07, 0x30, 0x02, 0xe5],
                [0x9a, 0x3f, 0x07, 0xee],
                [0x00, 0x40, 0xa0, 0xe3],
                [0xe0, 0x4f, 0x44, 0xe3],
                [0x4e, 0x36, 0x04, 0xe3],
                [0x4c, 0x34, 0x44, 0xe3],
                [0x30, 0x33, 0x84, 0xe5],
            ],
            Self::V7R11 => &[
                [0x00, 0x00, 0x50, 0xe3],
                [0x70, 0x80, 0xbd, 0x08],
                [0x00, 0x30, 0xa0, 0xe3],
                [0x4e, 0x26, 0x04, 0xe3],
                [0xe0, 0x3f, 0x44, 0xe3],
                [0x55, 0x22, 0x44, 0xe3],
                [0x4c, 0x01, 0x9f, 0xe5],
                [0x4e, 0xc6, 0x04, 0xe3],
                [0x48, 0x41, 0x9f, 0xe5],
                [0x02, 0x10, 0xa0, 0xe1],
                [0x4c, 0xc4, 0x44, 0xe3],
                [0x5c, 0x23, 0x83, 0xe5],
                [0x00, 0x00, 0x8f, 0xe0],
                [0x40, 0xc3, 0x83, 0xe5],
            ],
            Self::V7R22 => &[
                [0x12, 0x3b, 0xa0, 0xe3],
                [0x4a, 0x35, 0x4a, 0xe3],
                [0x00, 0x20, 0xa0, 0xe3],
                [0x78, 0x20, 0xc3, 0xe5],
                [0x79, 0x20, 0xc3, 0xe5],
                [0x7a, 0x20, 0xc3, 0xe5],
                [0x7b, 0x20, 0xc3, 0xe5],
                [0x00, 0x00, 0xa0, 0xe3],
            ],
            Self::V7R22E5885 => &[
                [0x18, 0x30, 0x94, 0xe5],
                [0x10, 0x20, 0x94, 0xe5],
                [0x0d, 0x00, 0xa0, 0xe1],
                [0x30, 0x40, 0x84, 0xe2],
                [0x14, 0x30, 0x8d, 0xe5],
                [0x10, 0x20, 0x8d, 0xe5],
            ],
            Self::V7R22B525 => &[
                [0x10, 0x30, 0x94, 0xe5],
                [0x0d, 0x00, 0xa0, 0xe1],
                [0x10, 0x30, 0x8d, 0xe5],
                [0x18, 0x30, 0x94, 0xe5],
                [0x14, 0x30, 0x8d, 0xe5],
            ],
        }
    }

    /// The pattern.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.words().concat()
    }
}

/// What stands where a patch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseCall {
    /// As delivered: the call (or the conditional branch) is there, the flash is erased.
    Unpatched,
    /// Replaced by "do nothing" (or by an unconditional branch).
    Patched,
    /// Any other word, which no patch may replace.
    Word([u8; 4]),
    /// V7R1 only: the call is there, but the function behind it does nothing.
    InnerPatch,
}

/// One pattern at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseSite {
    /// Which pattern.
    pub signature: EraseSignature,
    /// What stands at the place of the patch.
    pub call: EraseCall,
    /// Offset of the pattern in the usbldr block, a multiple of 4.
    pub at: usize,
}

impl EraseSite {
    /// A site at the usual place, 0x2000 bytes into the block.
    #[must_use]
    pub const fn new(signature: EraseSignature, call: EraseCall) -> Self {
        Self { signature, call, at: 0x2000 }
    }

    /// The same elsewhere.
    #[must_use]
    pub const fn at(mut self, offset: usize) -> Self {
        self.at = offset;
        self
    }

    /// Offset in the block of the word that a patch replaces.
    #[must_use]
    pub const fn patch_at(&self) -> usize {
        let end = self.at + self.signature.words().len() * 4;
        match self.signature {
            EraseSignature::V7R2 => end + 16,
            EraseSignature::V7R11 => end + 4,
            // The branch before the pattern; its condition is its last byte, 37 before the pattern's end.
            EraseSignature::V7R22 => end - 40,
            _ => end,
        }
    }

    const fn is_v7r1(&self) -> bool {
        matches!(self.signature, EraseSignature::V7R1 | EraseSignature::V7R1Masked)
    }

    pub(super) fn place(&self, block: &mut [u8]) -> Result<(), RecipeError> {
        put(block, self.at, &self.signature.bytes())?;
        if self.is_v7r1() {
            self.place_function(block)?;
        } else if self.call == EraseCall::InnerPatch {
            return Err(RecipeError::OtherPlatform { what: "the patch inside the erase function", platform: "V7R1" });
        }
        // A pattern cut off by the end of the block has no word behind it.
        if self.patch_at() + 4 <= block.len() {
            put(block, self.patch_at(), &self.call_word())?;
        }
        Ok(())
    }

    fn call_word(&self) -> [u8; 4] {
        let branch = self.signature == EraseSignature::V7R22;
        match self.call {
            EraseCall::Word(word) => word,
            EraseCall::Patched if branch => [0x20, 0x00, 0x00, 0xea],
            EraseCall::Patched => DO_NOTHING,
            EraseCall::Unpatched if branch => [0x20, 0x00, 0x00, 0x0a],
            EraseCall::Unpatched | EraseCall::InnerPatch => self.call_to_function(),
        }
    }

    /// A BL from the place of the patch to the erase function: its 24-bit offset counts words from 8 bytes behind it.
    const fn call_to_function(&self) -> [u8; 4] {
        let distance = self.at + FUNCTION_DISTANCE - self.patch_at() - 8;
        let offset = (distance / 4).to_le_bytes();
        [offset[0], offset[1], offset[2], 0xeb]
    }

    fn place_function(&self, block: &mut [u8]) -> Result<(), RecipeError> {
        let function = self.at + FUNCTION_DISTANCE;
        put(block, function, &FUNCTION_START)?;
        let count = if self.call == EraseCall::InnerPatch { DO_NOTHING } else { [0x12, 0x34, 0x00, 0xeb] };
        put(block, function + COUNT_CALL, &count)?;
        // The third word loads the literal that stands its 12-bit offset behind it (the ARM counts from 8 bytes on).
        let load = self.signature.words()[2];
        let offset = usize::from(u16::from_le_bytes([load[0], load[1]]) & 0xfff);
        put(block, self.at + 16 + offset, &RESTART_MARK.to_le_bytes())
    }
}
