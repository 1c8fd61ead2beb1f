//! The sound files that the cases are made from, and the tools to damage them.

use crate::samples::RecipeError;
use crate::samples::crc::Crc16;
use crate::samples::firmware::{
    FirmwareDescription, FirmwareRecipe, HEADER_SIZE, PREFIX_SIZE, UnitDescription, UnitRecipe,
};
use crate::samples::ready::recipes;

/// A sound container and what is in it.
pub(super) struct Base {
    pub(super) bytes: Vec<u8>,
    pub(super) description: FirmwareDescription,
}

impl Base {
    pub(super) fn new() -> Result<Self, RecipeError> {
        Self::of(&recipes::miniature()?)
    }

    pub(super) fn of(recipe: &FirmwareRecipe) -> Result<Self, RecipeError> {
        let (bytes, description) = recipe.bytes()?;
        Ok(Self { bytes, description })
    }

    /// First, middle and last unit with the word for it.
    pub(super) fn places(&self) -> [(&'static str, &UnitDescription); 3] {
        let units = &self.description.units;
        [("first", &units[0]), ("middle", &units[units.len() / 2]), ("last", &units[units.len() - 1])]
    }

    /// The unit of a partition code.
    pub(super) fn unit(&self, code: u32) -> Result<&UnitDescription, RecipeError> {
        self.description.unit(code).ok_or_else(|| unknown(code))
    }

    /// A copy with something done to it.
    pub(super) fn with(&self, damage: impl FnOnce(&mut [u8])) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        damage(&mut bytes);
        bytes
    }

    /// The first bytes of it.
    pub(super) fn cut(&self, length: u64) -> Vec<u8> {
        self.bytes[..length as usize].to_vec()
    }

    /// File offset at which a unit with its padding ends.
    pub(super) fn end(&self, unit: &UnitDescription) -> u64 {
        self.description.units.get(unit.index + 1).map_or(self.bytes.len() as u64, |next| next.offset)
    }

    /// Where the prefix begins.
    pub(super) fn prefix(&self) -> usize {
        self.description.units[0].offset as usize - PREFIX_SIZE
    }
}

/// What to say when a set has no unit of this code.
pub(super) fn unknown(code: u32) -> RecipeError {
    RecipeError::Impossible { what: "the partition code of the unit to be damaged", found: code.into() }
}

/// The miniature set with the unit of one partition code changed.
pub(super) fn changed(code: u32, change: impl FnOnce(&mut UnitRecipe)) -> Result<Base, RecipeError> {
    let mut recipe = recipes::miniature()?;
    change(recipe.unit_mut(code).ok_or_else(|| unknown(code))?);
    Base::of(&recipe)
}

/// Writes a word into a header and makes the header CRC right again, so that only the word is wrong.
pub(super) fn set_field(bytes: &mut [u8], unit: &UnitDescription, at: usize, value: u32) {
    let header = &mut bytes[unit.offset as usize..][..HEADER_SIZE];
    header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    header[92..94].fill(0);
    let crc = Crc16::of(header);
    header[92..94].copy_from_slice(&crc.to_le_bytes());
}

/// The ways in which a message can name a unit: by offset, code, or name.
pub(super) fn names(unit: &UnitDescription) -> Vec<String> {
    vec![hex(unit.offset), format!("{:08x}", unit.code), format!("{:06x}", unit.code), unit.name.clone()]
}

/// An offset as messages write it.
pub(super) fn hex(offset: u64) -> String {
    format!("{offset:#x}")
}
