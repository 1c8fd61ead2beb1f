//! Compressed partition data: recognised on the data itself, decoded as a stream.
//!
//! No header says whether a partition is compressed. `78 da` begins a zlib stream; `5d`, a dictionary size and eight bytes
//! `ff` begin an LZMA-alone stream of unknown size with an end marker. Anything else is plain. Peak memory is the LZMA
//! dictionary, hence the cap.

mod encode;

use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;
use lzma_rust2::LzmaReader;

pub use encode::Compressor;

/// The largest LZMA dictionary that is decoded. Real sets use 8 MiB and less.
pub const DICTIONARY_LIMIT: u32 = 32 << 20;
/// Length of the head of an LZMA-alone stream.
const LZMA_HEAD: usize = 13;
/// The properties byte of every LZMA stream seen in firmware (lc 3, lp 0, pb 2).
const LZMA_PROPERTIES: u8 = 0x5d;

/// How partition data is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is flashed.
    None,
    /// One zlib stream.
    Zlib,
    /// One LZMA-alone stream with an end marker.
    Lzma,
}

impl Compression {
    /// The way that a word names: `none`, `zlib` or `lzma`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::None, Self::Zlib, Self::Lzma].into_iter().find(|way| way.name() == word)
    }

    /// The word for it: `none`, `zlib` or `lzma`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zlib => "zlib",
            Self::Lzma => "lzma",
        }
    }
}

impl std::fmt::Display for Compression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why data that looks compressed is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// The LZMA dictionary is larger than [`DICTIONARY_LIMIT`]; its size in bytes.
    Dictionary(u32),
    /// The LZMA stream states its size (in bytes) and need not have an end marker. No device takes that.
    StatedSize(u64),
}

/// What the first bytes of partition data say about the rest.
///
/// # Errors
///
/// [`Unsupported`] for LZMA streams that must not be decoded, and must not be flashed as they are either.
pub fn detect(head: &[u8]) -> Result<Compression, Unsupported> {
    if head.starts_with(&[0x78, 0xda]) {
        return Ok(Compression::Zlib);
    }
    let Some((dictionary, size)) = lzma_head(head) else { return Ok(Compression::None) };
    if size == u64::MAX {
        return if dictionary > DICTIONARY_LIMIT {
            Err(Unsupported::Dictionary(dictionary))
        } else {
            Ok(Compression::Lzma)
        };
    }
    if is_plausible_dictionary(dictionary) { Err(Unsupported::StatedSize(size)) } else { Ok(Compression::None) }
}

/// Dictionary size and stated size, if the data begins with the usual properties byte.
fn lzma_head(head: &[u8]) -> Option<(u32, u64)> {
    let (&[properties], rest) = head.split_first_chunk::<1>()?;
    let (dictionary, rest) = rest.split_first_chunk::<4>()?;
    let size = rest.first_chunk::<8>()?;
    (properties == LZMA_PROPERTIES).then(|| (u32::from_le_bytes(*dictionary), u64::from_le_bytes(*size)))
}

/// Encoders write 2^n or 2^n + 2^(n-1), and nobody uses less than 4 KiB. Data that merely begins with `5d` does not.
fn is_plausible_dictionary(size: u32) -> bool {
    size >= 4096 && (size.is_power_of_two() || (size.is_multiple_of(3) && (size / 3).is_power_of_two()))
}

/// A stream of plain data over a stored one.
pub struct Plain<R>(Decoder<R>);

enum Decoder<R> {
    None(R),
    Zlib(Box<ZlibDecoder<R>>),
    Lzma(Box<LzmaReader<R>>),
}

impl<R: BufRead> Plain<R> {
    /// Begins decoding `stored` as what [`detect`] found its head to be.
    ///
    /// # Errors
    ///
    /// When reading fails, or an LZMA stream does not begin as one.
    pub fn new(mut stored: R, compression: Compression) -> io::Result<Self> {
        Ok(Self(match compression {
            Compression::None => Decoder::None(stored),
            Compression::Zlib => Decoder::Zlib(Box::new(ZlibDecoder::new(stored))),
            Compression::Lzma => {
                let mut head = [0; LZMA_HEAD];
                stored.read_exact(&mut head)?;
                let Some((dictionary, u64::MAX)) = lzma_head(&head) else {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "not an LZMA stream of unknown size"));
                };
                let mut decoder = LzmaReader::new_with_props(stored, u64::MAX, LZMA_PROPERTIES, dictionary, None)?;
                decoder.set_relaxed_end_condition(false);
                Decoder::Lzma(Box::new(decoder))
            }
        }))
    }

    /// Fills `block` as far as there is data, and tells how far that was: less than all of it only at the end.
    ///
    /// # Errors
    ///
    /// When reading fails or the data cannot be decoded.
    pub fn read_block(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let count = match &mut self.0 {
                Decoder::None(stored) => stored.read(rest),
                Decoder::Zlib(decoder) => decoder.read(rest),
                Decoder::Lzma(decoder) => decoder.read(rest),
            };
            match count {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The stored data. A decoder may have read ahead of what it decoded.
    pub fn stored(&mut self) -> &mut R {
        match &mut self.0 {
            Decoder::None(stored) => stored,
            Decoder::Zlib(decoder) => decoder.get_mut(),
            Decoder::Lzma(decoder) => decoder.inner_mut(),
        }
    }

    /// The stored data, and how many of its bytes were read but not used.
    pub fn into_stored(self) -> (R, usize) {
        match self.0 {
            Decoder::None(stored) => (stored, 0),
            Decoder::Zlib(decoder) => (decoder.into_inner(), 0),
            Decoder::Lzma(decoder) => {
                let (stored, unused) = decoder.into_parts();
                (stored, unused.len())
            }
        }
    }
}

#[cfg(test)]
mod tests;
