//! What a recipe put into a file, for tests to compare with what a reader finds.

use super::unit::Compression;

/// One unit as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitDescription {
    /// Place in flash order, from 0.
    pub index: usize,
    /// Partition code, such as 0x110000.
    pub code: u32,
    /// The name in the file name of a directory set; containers state none.
    pub name: String,
    /// File offset of its header.
    pub offset: u64,
    /// Header and CRC table in bytes; 0 in a directory set.
    pub header_size: usize,
    /// Bytes as stored.
    pub stored_size: u64,
    /// Bytes as flashed.
    pub size: u64,
    /// How it is stored.
    pub compression: Compression,
    /// SHA-256 of the bytes as flashed.
    pub sha256: [u8; 32],
}

impl UnitDescription {
    /// File offset of the stored data.
    #[must_use]
    pub const fn data_offset(&self) -> u64 {
        self.offset + self.header_size as u64
    }

    /// File offset behind the stored data, before any padding.
    #[must_use]
    pub const fn data_end(&self) -> u64 {
        self.data_offset() + self.stored_size
    }
}

/// The signature trailer that a reader should find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureDescription {
    /// Index of the unit that carries it, 0 or 1.
    pub unit: usize,
    /// Its stated length in bytes.
    pub length: u32,
    /// Hash of the key.
    pub key_hash: [u8; 32],
}

/// A firmware as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareDescription {
    /// The type byte.
    pub type_byte: u8,
    /// Version text of the first unit, such as ":BV7R11HS:21.180.01.00.00".
    pub version_text: String,
    /// The trailer in the first or second unit.
    pub signature: Option<SignatureDescription>,
    /// The units in flash order.
    pub units: Vec<UnitDescription>,
    /// Bytes of the file, or of all files of a directory set.
    pub length: u64,
}

impl FirmwareDescription {
    /// The unit of a partition code.
    #[must_use]
    pub fn unit(&self, code: u32) -> Option<&UnitDescription> {
        self.units.iter().find(|unit| unit.code == code)
    }

    /// Bytes that flashing everything sends.
    #[must_use]
    pub fn plain_size(&self) -> u64 {
        self.units.iter().map(|unit| unit.size).sum()
    }
}
