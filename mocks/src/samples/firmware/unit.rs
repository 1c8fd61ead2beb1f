//! One unit of a container: what it holds, how it is stored, and its header.

use std::io::{self, BufWriter, Cursor, Read, Write};

use flate2::write::ZlibEncoder;
use lzma_rust2::{LzmaOptions, LzmaWriter};

use super::description::UnitDescription;
use super::trailer::TrailerRecipe;
use super::{HEADER_SIZE, MAGIC, RecipeError};
use crate::samples::crc::Crc16;
use crate::samples::filler::Filler;

mod measure;

pub use measure::KEPT;
use measure::{Measured, PlainTap, StoredTap};

/// What a partition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// A banner, then filler up to `size` bytes; never held in memory.
    Filler {
        /// The first bytes.
        banner: String,
        /// Size of the whole, in bytes.
        size: u64,
        /// What the pseudo-random part depends on.
        seed: u64,
    },
    /// A piece over and over, up to `size` bytes: a large partition that compresses in no time.
    Repeated {
        /// The piece.
        piece: Vec<u8>,
        /// Size of the whole, in bytes.
        size: u64,
    },
}

/// An endless reader of one piece.
struct Cycle<'a> {
    piece: &'a [u8],
    used: usize,
}

impl Read for Cycle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.piece[self.used..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.used = (self.used + count) % self.piece.len().max(1);
        Ok(count)
    }
}

impl Content {
    fn reader(&self) -> Box<dyn Read + '_> {
        match self {
            Self::Bytes(bytes) => Box::new(bytes.as_slice()),
            Self::Filler { banner, size, seed } => {
                let filler = Filler::new("BALONG SAMPLE DATA", *seed);
                Box::new(banner.as_bytes().chain(filler).take(*size))
            }
            Self::Repeated { piece, size } => Box::new(Cycle { piece, used: 0 }.take(*size)),
        }
    }
}

/// How a partition is stored. Readers tell it from the data; no header field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// A zlib stream of the best level: begins with 78 da.
    Zlib,
    /// An LZMA-alone stream of unknown size with an end marker: begins with 5d.
    Lzma {
        /// Dictionary size in bytes.
        dictionary: u32,
    },
}

impl Compression {
    /// `plain` as it is stored.
    ///
    /// # Errors
    /// What the compressors say.
    pub fn applied_to(self, plain: &[u8]) -> Result<Vec<u8>, RecipeError> {
        let mut stored = Vec::new();
        encode(self, &mut &*plain, &mut stored)?;
        Ok(stored)
    }
}

/// A unit to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRecipe {
    /// Partition code, such as 0x110000.
    pub code: u32,
    /// Name in the file name of a directory set.
    pub name: String,
    /// Hardware code, at most 8 bytes.
    pub hardware: Vec<u8>,
    /// Date text, at most 16 bytes.
    pub date: Vec<u8>,
    /// Time text, at most 16 bytes.
    pub time: Vec<u8>,
    /// Version text, at most 32 bytes, such as ":BV7R11HS:21.180.01.00.00".
    pub version: Vec<u8>,
    /// Bytes that each entry of the CRC table covers.
    pub crc_block: u32,
    /// How it is stored.
    pub compression: Compression,
    /// What is flashed, less the trailer.
    pub content: Content,
    /// A signature trailer, appended to the content before it is compressed.
    pub trailer: Option<TrailerRecipe>,
}

impl UnitRecipe {
    /// A raw, unsigned unit with the field's usual texts and a CRC block of 4096 bytes.
    #[must_use]
    pub fn new(code: u32, name: &str, version: &str, content: Content) -> Self {
        Self {
            code,
            name: name.into(),
            hardware: b"HWEW11.1".to_vec(),
            date: b"2015.11.27".to_vec(),
            time: b"11:20:25".to_vec(),
            version: version.into(),
            crc_block: 4096,
            compression: Compression::None,
            content,
            trailer: None,
        }
    }

    /// The same, stored in another way.
    #[must_use]
    pub const fn stored_as(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// The same with a signature trailer behind its content.
    #[must_use]
    pub fn signed(mut self, trailer: TrailerRecipe) -> Self {
        self.trailer = Some(trailer);
        self
    }

    /// What is flashed, trailer included, in memory; for small units.
    ///
    /// # Errors
    /// A trailer that cannot be made.
    pub fn plain(&self) -> Result<Vec<u8>, RecipeError> {
        let mut plain = Vec::new();
        self.plain_reader()?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    /// Its file name as number `index` of a directory set.
    #[must_use]
    pub fn file_name(&self, index: usize) -> String {
        format!("{index:02}-{:08x}-{}.bin", self.code, self.name)
    }

    /// Writes header, CRC table and data, not the padding, and says what that was.
    pub(super) fn write_to(
        &self,
        index: usize,
        offset: u64,
        out: &mut dyn Write,
    ) -> Result<UnitDescription, RecipeError> {
        let measured = self.measure()?;
        let header = self.header(&measured)?;
        out.write_all(&header)?;
        match &measured.kept {
            Some(stored) => out.write_all(stored)?,
            None => encode(self.compression, &mut self.plain_reader()?, out)?,
        }
        Ok(UnitDescription {
            index,
            code: self.code,
            name: self.name.clone(),
            offset,
            header_size: header.len(),
            stored_size: measured.stored_size,
            size: measured.size,
            compression: self.compression,
            sha256: measured.sha256,
        })
    }

    /// Writes the bare plain data.
    pub(super) fn write_plain(&self, index: usize, out: &mut dyn Write) -> Result<UnitDescription, RecipeError> {
        let mut plain = PlainTap::new(self.plain_reader()?);
        io::copy(&mut plain, out)?;
        let (size, sha256) = plain.finish();
        Ok(UnitDescription {
            index,
            code: self.code,
            name: self.name.clone(),
            offset: 0,
            header_size: 0,
            stored_size: size,
            size,
            compression: Compression::None,
            sha256,
        })
    }

    fn plain_reader(&self) -> Result<Box<dyn Read + '_>, RecipeError> {
        Ok(match &self.trailer {
            None => self.content.reader(),
            Some(trailer) => Box::new(self.content.reader().chain(Cursor::new(trailer.bytes()?))),
        })
    }

    fn measure(&self) -> Result<Measured, RecipeError> {
        if self.crc_block == 0 {
            return Err(RecipeError::Impossible { what: "the CRC block size of a unit", found: 0 });
        }
        let mut plain = PlainTap::new(self.plain_reader()?);
        let mut stored = StoredTap::new(self.crc_block);
        encode(self.compression, &mut plain, &mut stored)?;
        let (size, sha256) = plain.finish();
        Ok(stored.finish(size, sha256))
    }

    fn header(&self, measured: &Measured) -> Result<Vec<u8>, RecipeError> {
        let impossible = |what, found| move |_| RecipeError::Impossible { what, found };
        let stored = measured.stored_size;
        let stored_size = u32::try_from(stored).map_err(impossible("the stored size of a unit", stored))?;
        let size = HEADER_SIZE + 2 * measured.checks.len();
        let header_size = u32::try_from(size).map_err(impossible("the header size of a unit", size as u64))?;
        let mut header = vec![0; HEADER_SIZE];
        header[..4].copy_from_slice(&MAGIC);
        header[4..8].copy_from_slice(&header_size.to_le_bytes());
        header[8..12].copy_from_slice(&1_u32.to_le_bytes());
        put(&mut header[12..20], &self.hardware)?;
        header[20..24].copy_from_slice(&self.code.to_le_bytes());
        header[24..28].copy_from_slice(&stored_size.to_le_bytes());
        put(&mut header[28..44], &self.date)?;
        put(&mut header[44..60], &self.time)?;
        put(&mut header[60..92], &self.version)?;
        header[94..98].copy_from_slice(&self.crc_block.to_le_bytes());
        let crc = Crc16::of(&header);
        header[92..94].copy_from_slice(&crc.to_le_bytes());
        header.extend(measured.checks.iter().flat_map(|check| check.to_le_bytes()));
        Ok(header)
    }
}

/// Stores everything that `plain` gives.
fn encode(compression: Compression, plain: &mut dyn Read, out: &mut dyn Write) -> io::Result<()> {
    match compression {
        Compression::None => {
            io::copy(plain, out)?;
        }
        Compression::Zlib => {
            let mut encoder = ZlibEncoder::new(out, flate2::Compression::best());
            io::copy(plain, &mut encoder)?;
            encoder.finish()?;
        }
        Compression::Lzma { dictionary } => {
            // The fastest preset: a sample need not be small.
            let options = LzmaOptions { dict_size: dictionary, ..LzmaOptions::with_preset(0) };
            let mut encoder = LzmaWriter::new_use_header(BufWriter::new(out), &options, None)?;
            io::copy(plain, &mut encoder)?;
            encoder.finish()?.flush()?;
        }
    }
    Ok(())
}

fn put(place: &mut [u8], text: &[u8]) -> Result<(), RecipeError> {
    let room = place.len();
    let field =
        place.get_mut(..text.len()).ok_or(RecipeError::DoesNotFit { what: "text field", needed: text.len(), room })?;
    field.copy_from_slice(text);
    Ok(())
}
