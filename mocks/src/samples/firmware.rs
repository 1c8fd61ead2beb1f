//! Firmware files: a `.BIN` container, the same inside an `.EXE`, or a directory set of bare partitions.
//!
//! Layout: a prefix of 0x5c bytes whose first byte is the type, then units of header (98 bytes), CRC table, data and
//! zero padding to the next multiple of 4 of the file offset. An `.EXE` has a Windows updater's bytes before the prefix.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use super::RecipeError;
use super::filler::Filler;

pub mod description;
pub mod trailer;
pub mod unit;

pub use description::{FirmwareDescription, SignatureDescription, UnitDescription};
pub use trailer::TrailerRecipe;
pub use unit::{Compression, Content, UnitRecipe};

/// Bytes before the first unit.
pub const PREFIX_SIZE: usize = 0x5c;
/// Bytes of a unit header before its CRC table.
pub const HEADER_SIZE: usize = 98;
/// The magic that begins a unit, as it stands in the file.
pub const MAGIC: [u8; 4] = [0x55, 0xaa, 0x5a, 0xa5];
/// The type bit of a signed set.
pub const SIGNED: u8 = 8;

/// What stands around the units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Nothing: the file begins with the prefix.
    Bin,
    /// A Windows updater.
    Exe {
        /// Everything before the prefix: begins with "MZ", a multiple of 4 long.
        stub: Vec<u8>,
        /// What follows the last unit.
        tail: Vec<u8>,
    },
}

impl Wrapper {
    /// An updater that is none.
    #[must_use]
    pub fn sample_exe() -> Self {
        let tail = Filler::bytes("BALONG SAMPLE UPDATER, rest of the program\n", 1024, 0xf);
        Self::Exe { stub: Self::sample_stub(), tail }
    }

    /// What stands before the prefix in that updater. Like a real one it holds the unit magic once, as a constant of its
    /// code.
    #[must_use]
    pub fn sample_stub() -> Vec<u8> {
        let mut stub = Filler::bytes("MZ BALONG SAMPLE UPDATER - NOT HUAWEI SOFTWARE\n", 8192, 0xe);
        stub[0x400..0x404].copy_from_slice(&MAGIC);
        stub
    }
}

/// A firmware file to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareRecipe {
    /// First byte of the prefix: bit 0 firmware, bit 1 ISO, bit 2 web UI, bit 3 signed.
    pub type_byte: u8,
    /// The units, in flash order.
    pub units: Vec<UnitRecipe>,
    /// BIN or EXE.
    pub wrapper: Wrapper,
    /// Whether the last unit is padded too; real files may lack that.
    pub pad_last: bool,
}

impl FirmwareRecipe {
    /// A `.BIN` of these units.
    #[must_use]
    pub const fn new(type_byte: u8, units: Vec<UnitRecipe>) -> Self {
        Self { type_byte, units, wrapper: Wrapper::Bin, pad_last: true }
    }

    /// The same without signature trailer and without the signed bit.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.type_byte &= !SIGNED;
        for unit in &mut self.units {
            unit.trailer = None;
        }
        self
    }

    /// The same inside an updater.
    #[must_use]
    pub fn exe(mut self) -> Self {
        self.wrapper = Wrapper::sample_exe();
        self
    }

    /// The unit of a partition code, for changing it.
    pub fn unit_mut(&mut self, code: u32) -> Option<&mut UnitRecipe> {
        self.units.iter_mut().find(|unit| unit.code == code)
    }

    /// Writes the container. A unit of any size passes through small buffers: it is made twice, once to count and check
    /// it for its header and once to write it, unless its stored form is at most [`unit::KEPT`] bytes.
    ///
    /// # Errors
    /// A value that the format cannot express, and what `out` and the compressors say.
    pub fn write_to(&self, out: &mut dyn Write) -> Result<FirmwareDescription, RecipeError> {
        let mut prefix = [0; PREFIX_SIZE];
        prefix[0] = self.type_byte;
        let (stub, tail): (&[u8], &[u8]) = match &self.wrapper {
            Wrapper::Bin => (&[], &[]),
            Wrapper::Exe { stub, tail } => (stub, tail),
        };
        if !stub.len().is_multiple_of(4) {
            return Err(RecipeError::Impossible { what: "the size of an updater's stub", found: stub.len() as u64 });
        }
        out.write_all(stub)?;
        out.write_all(&prefix)?;
        let mut position = (stub.len() + PREFIX_SIZE) as u64;
        let mut units = Vec::with_capacity(self.units.len());
        for (index, unit) in self.units.iter().enumerate() {
            let written = unit.write_to(index, position, out)?;
            position += written.header_size as u64 + written.stored_size;
            if self.pad_last || index + 1 < self.units.len() {
                let padding = (4 - position % 4) % 4;
                out.write_all(&[0; 3][..padding as usize])?;
                position += padding;
            }
            units.push(written);
        }
        out.write_all(tail)?;
        out.flush()?;
        Ok(self.describe(units, position + tail.len() as u64))
    }

    /// The container in memory; for small ones.
    ///
    /// # Errors
    /// As [`FirmwareRecipe::write_to`].
    pub fn bytes(&self) -> Result<(Vec<u8>, FirmwareDescription), RecipeError> {
        let mut bytes = Vec::new();
        let description = self.write_to(&mut bytes)?;
        Ok((bytes, description))
    }

    /// Writes the container as a new file.
    ///
    /// # Errors
    /// As [`FirmwareRecipe::write_to`].
    pub fn write_file(&self, path: &Path) -> Result<FirmwareDescription, RecipeError> {
        let mut file = BufWriter::new(File::create(path)?);
        self.write_to(&mut file)
    }

    /// Writes the bare, decompressed partitions as `NN-CCCCCCCC-Name.bin` into `folder`, which is created. Offsets in the
    /// description are 0, nothing is compressed, and the type byte is the recipe's, which a directory set does not state.
    ///
    /// # Errors
    /// What the file system says; more than 100 units, for which the two digits do not suffice.
    pub fn write_directory(&self, folder: &Path) -> Result<FirmwareDescription, RecipeError> {
        if self.units.len() > 100 {
            return Err(RecipeError::Impossible {
                what: "the number of files of a directory set",
                found: self.units.len() as u64,
            });
        }
        fs::create_dir_all(folder)?;
        let mut units = Vec::with_capacity(self.units.len());
        for (index, unit) in self.units.iter().enumerate() {
            let mut file = BufWriter::new(File::create(folder.join(unit.file_name(index)))?);
            units.push(unit.write_plain(index, &mut file)?);
            file.flush()?;
        }
        let length = units.iter().map(|unit| unit.size).sum();
        Ok(self.describe(units, length))
    }

    fn describe(&self, units: Vec<UnitDescription>, length: u64) -> FirmwareDescription {
        // A trailer counts in the first two units only.
        let mut signed = self.units.iter().enumerate().take(2);
        let signature = signed.find_map(|(unit, recipe)| {
            let trailer = recipe.trailer.as_ref()?;
            Some(SignatureDescription { unit, length: trailer.length, key_hash: trailer.key_hash })
        });
        let version_text = self.units.first().map(|unit| String::from_utf8_lossy(&unit.version).into_owned());
        FirmwareDescription {
            type_byte: self.type_byte,
            version_text: version_text.unwrap_or_default(),
            signature,
            units,
            length,
        }
    }
}

#[cfg(test)]
mod tests;
