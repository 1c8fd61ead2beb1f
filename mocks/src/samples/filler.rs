//! The stuff that samples are made of: readable lines mixed with pseudo-random bytes, the same for the same seed.

use std::io::{self, Read};

/// A small pseudo-random generator (xorshift64*, seeded through a multiplication), not for secrets.
#[derive(Clone, Debug)]
pub struct Xorshift(u64);

impl Xorshift {
    /// A generator whose output depends on nothing but `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // Never zero, the one state the generator cannot leave.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits.
    pub const fn next_word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

const CHUNK: usize = 256;
/// The text part of a chunk; the rest is pseudo-random. About half of a filler's size is left when it is compressed.
const TEXT: usize = 144;
/// Clears one bit in every byte at an odd place, so that none of them is aa: the unit magic (55 aa 5a a5, found at even
/// places only) cannot arise by chance.
const NO_MAGIC: u64 = 0xdfff_dfff_dfff_dfff;

/// An endless reader of filler; take as much as is wanted.
///
/// Every line holds the bytes 7e and 7d, which download frames must escape.
#[derive(Clone, Debug)]
pub struct Filler {
    title: String,
    random: Xorshift,
    line: u64,
    chunk: [u8; CHUNK],
    used: usize,
}

impl Filler {
    /// Filler whose lines repeat `title`.
    #[must_use]
    pub fn new(title: &str, seed: u64) -> Self {
        Self { title: title.into(), random: Xorshift::new(seed), line: 0, chunk: [0; CHUNK], used: CHUNK }
    }

    /// `size` bytes of filler that begin with `banner`.
    #[must_use]
    pub fn bytes(banner: &str, size: usize, seed: u64) -> Vec<u8> {
        let mut bytes = banner.as_bytes().to_vec();
        let mut filler = Self::new(banner.trim_end(), seed);
        while bytes.len() < size {
            filler.next_chunk();
            bytes.extend_from_slice(&filler.chunk);
        }
        bytes.truncate(size);
        bytes
    }

    fn next_chunk(&mut self) {
        let (text, random) = self.chunk.split_at_mut(TEXT);
        let line = format!("~{{{:08}}}~ {} ~}}}}~ not code, not data of anybody ", self.line, self.title);
        for (place, byte) in text.iter_mut().zip(line.bytes().cycle()) {
            *place = byte;
        }
        text[TEXT - 1] = b'\n';
        for place in random.chunks_exact_mut(8) {
            place.copy_from_slice(&(self.random.next_word() & NO_MAGIC).to_le_bytes());
        }
        self.line += 1;
        self.used = 0;
    }
}

impl Read for Filler {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            if self.used == CHUNK {
                self.next_chunk();
            }
            let count = (CHUNK - self.used).min(buffer.len() - written);
            buffer[written..written + count].copy_from_slice(&self.chunk[self.used..self.used + count]);
            self.used += count;
            written += count;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(Filler::bytes("banner\n", 5000, 7), Filler::bytes("banner\n", 5000, 7));
        assert_ne!(Filler::bytes("banner\n", 5000, 7), Filler::bytes("banner\n", 5000, 8));
    }

    #[test]
    fn pieces_of_any_size_read_the_same_bytes() {
        let mut whole = vec![0; 3000];
        Filler::new("t", 1).read_exact(&mut whole).unwrap();
        let mut reader = Filler::new("t", 1);
        let mut pieces = Vec::new();
        for size in [1, 255, 256, 257, 1000, 1231] {
            let mut piece = vec![0; size];
            reader.read_exact(&mut piece).unwrap();
            pieces.extend(piece);
        }
        assert_eq!(pieces, whole);
    }

    #[test]
    fn filler_holds_the_bytes_that_frames_escape_and_never_the_unit_magic_at_an_even_place() {
        let bytes = Filler::bytes("banner!\n", 1 << 20, 3);
        assert!(bytes.contains(&0x7e) && bytes.contains(&0x7d));
        assert!(bytes.chunks_exact(2).all(|pair| pair[1] != 0xaa));
    }
}
