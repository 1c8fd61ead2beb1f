//! Changed inputs: seeds with bits, bytes and words changed, with parts cut, doubled, or taken from other seeds.

use balong_mocks::samples::filler::Xorshift;

/// Numbers at the borders of what sizes and offsets can be.
const WORDS: [u32; 10] = [0, 1, 2, 0x24, 0x5c, 4096, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];

/// Makes one changed input after the other, always the same ones.
pub struct Mutator<'a> {
    seeds: &'a [&'a [u8]],
    random: Xorshift,
}

impl<'a> Mutator<'a> {
    /// A mutator of these seeds, of which there is at least one.
    pub fn new(seeds: &'a [&'a [u8]]) -> Self {
        Self { seeds, random: Xorshift::new(5) }
    }

    /// A seed with one to four changes.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut bytes = self.seed().to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn below(&mut self, limit: usize) -> usize {
        // The high bits of this generator are its better ones.
        (self.random.next_word() >> 33) as usize % limit.max(1)
    }

    fn seed(&mut self) -> &'a [u8] {
        self.seeds[self.below(self.seeds.len())]
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let length = 1 + self.below(64.min(bytes.len()));
        let end = bytes.len().min(at + length);
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let other = self.seed();
                let from = self.below(other.len());
                let part = &other[from..other.len().min(from + length)];
                bytes.splice(at..end, part.iter().copied());
            }
            4 | 5 => {
                let word = WORDS[self.below(WORDS.len())].to_le_bytes();
                // Fields of every format here lie at even places.
                let at = at & !1;
                bytes.iter_mut().skip(at).zip(word).for_each(|(byte, new)| *byte = new);
            }
            _ => {
                let bit = self.below(8);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }
}
