//! The other way round: plain data into the streams that are recognised.

use std::io::{self, BufWriter, Write};

use flate2::write::ZlibEncoder;
use lzma_rust2::{LzmaOptions, LzmaWriter};

use super::Compression;

/// The dictionary of LZMA streams that are made here, in bytes. With it the encoder takes about 20 MiB.
const DICTIONARY: u32 = 2 << 20;
/// Fast matching: a firmware of 60 MiB is packed in seconds, and is a few percent larger than it could be.
const PRESET: u32 = 3;

/// Takes plain data and writes it to `W` as it is to be stored. The same data always gives the same bytes.
pub struct Compressor<W: Write>(Encoder<W>);

enum Encoder<W: Write> {
    None(W),
    Zlib(Box<ZlibEncoder<W>>),
    Lzma(Box<LzmaWriter<BufWriter<W>>>),
}

impl<W: Write> Compressor<W> {
    /// Begins a stream.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn new(out: W, compression: Compression) -> io::Result<Self> {
        Ok(Self(match compression {
            Compression::None => Encoder::None(out),
            // The best level is the one whose streams begin with 78 da, by which they are recognised.
            Compression::Zlib => Encoder::Zlib(Box::new(ZlibEncoder::new(out, flate2::Compression::best()))),
            Compression::Lzma => {
                let options = LzmaOptions { dict_size: DICTIONARY, ..LzmaOptions::with_preset(PRESET) };
                // No size: the head says "unknown", and an end marker follows.
                Encoder::Lzma(Box::new(LzmaWriter::new_use_header(BufWriter::new(out), &options, None)?))
            }
        }))
    }

    /// Takes the next piece of plain data.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn take(&mut self, data: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Encoder::None(out) => out.write_all(data),
            Encoder::Zlib(encoder) => encoder.write_all(data),
            Encoder::Lzma(encoder) => encoder.write_all(data),
        }
    }

    /// Ends the stream and gives the output back.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Encoder::None(out) => Ok(out),
            Encoder::Zlib(encoder) => encoder.finish(),
            Encoder::Lzma(encoder) => encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Plain, detect};
    use super::*;

    fn stored(data: &[u8], compression: Compression, piece: usize) -> Vec<u8> {
        let mut compressor = Compressor::new(Vec::new(), compression).unwrap();
        data.chunks(piece).for_each(|piece| compressor.take(piece).unwrap());
        compressor.finish().unwrap()
    }

    fn plain(stored: &[u8], compression: Compression) -> Vec<u8> {
        let mut plain = Plain::new(stored, compression).unwrap();
        let (mut data, mut block) = (Vec::new(), [0; 4096]);
        loop {
            let count = plain.read_block(&mut block).unwrap();
            data.extend_from_slice(&block[..count]);
            if count < block.len() {
                let (rest, unused) = plain.into_stored();
                assert_eq!((rest.len(), unused), (0, 0), "the whole is one stream");
                return data;
            }
        }
    }

    #[test]
    fn streams_are_recognised_by_their_first_bytes_even_those_of_nothing() {
        for compression in [Compression::Zlib, Compression::Lzma] {
            for data in [&b""[..], b"x", &[7; 100_000]] {
                assert_eq!(detect(&stored(data, compression, 999)), Ok(compression), "{} bytes", data.len());
            }
        }
    }

    proptest! {
        #[test]
        fn any_data_in_any_pieces_comes_back_and_pieces_change_nothing(
            data in proptest::collection::vec(any::<u8>(), 1..20_000), piece in 1..5000_usize,
        ) {
            for compression in [Compression::None, Compression::Zlib, Compression::Lzma] {
                let stored_data = stored(&data, compression, piece);
                prop_assert_eq!(&plain(&stored_data, compression), &data);
                prop_assert_eq!(&stored(&data, compression, data.len()), &stored_data);
            }
        }
    }
}
