//! Counting and checking a unit while it streams by, because its header must be known before its data is written.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use crate::samples::crc::Crc16;

/// Stored forms up to this size are kept from the counting pass, so that they need not be made twice.
pub const KEPT: usize = 4 << 20;

/// What the counting pass found.
pub(super) struct Measured {
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    pub(super) stored_size: u64,
    /// One CRC for each block of the stored data.
    pub(super) checks: Vec<u16>,
    /// The stored data, when it is small.
    pub(super) kept: Option<Vec<u8>>,
}

/// Counts and digests the plain data on its way into the compressor.
pub(super) struct PlainTap<R> {
    inner: R,
    digest: Sha256,
    size: u64,
}

impl<R: Read> PlainTap<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, digest: Sha256::new(), size: 0 }
    }

    pub(super) fn finish(self) -> (u64, [u8; 32]) {
        (self.size, self.digest.finalize().into())
    }
}

impl<R: Read> Read for PlainTap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

/// Counts and checks the stored data that comes out of the compressor.
pub(super) struct StoredTap {
    block: usize,
    checks: Vec<u16>,
    open: Crc16,
    in_open: usize,
    size: u64,
    kept: Option<Vec<u8>>,
}

impl StoredTap {
    /// `block` is the CRC block size, not 0.
    pub(super) const fn new(block: u32) -> Self {
        Self {
            block: block as usize,
            checks: Vec::new(),
            open: Crc16::new(),
            in_open: 0,
            size: 0,
            kept: Some(Vec::new()),
        }
    }

    pub(super) fn finish(mut self, size: u64, sha256: [u8; 32]) -> Measured {
        if self.in_open > 0 {
            self.checks.push(self.open.value());
        }
        Measured { size, sha256, stored_size: self.size, checks: self.checks, kept: self.kept }
    }
}

impl Write for StoredTap {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut rest = buffer;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.len().min(self.block - self.in_open));
            self.open.update(piece);
            self.in_open += piece.len();
            if self.in_open == self.block {
                self.checks.push(self.open.value());
                (self.open, self.in_open) = (Crc16::new(), 0);
            }
            rest = behind;
        }
        self.size += buffer.len() as u64;
        self.kept = self.kept.take().filter(|kept| kept.len() + buffer.len() <= KEPT).map(|mut kept| {
            kept.extend_from_slice(buffer);
            kept
        });
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_own_check_and_the_last_one_may_be_short() {
        let data: Vec<u8> = (0..150).collect();
        let mut tap = StoredTap::new(64);
        for piece in data.chunks(7) {
            tap.write_all(piece).unwrap();
        }
        let measured = tap.finish(0, [0; 32]);
        let expected: Vec<u16> = data.chunks(64).map(Crc16::of).collect();
        assert_eq!((measured.checks, measured.stored_size), (expected, 150));
    }

    #[test]
    fn a_whole_number_of_blocks_has_no_empty_one_behind_it() {
        let mut tap = StoredTap::new(64);
        tap.write_all(&[0; 128]).unwrap();
        assert_eq!(tap.finish(0, [0; 32]).checks.len(), 2);
    }

    #[test]
    fn stored_data_above_the_limit_is_let_go() {
        let mut tap = StoredTap::new(4096);
        tap.write_all(&vec![0; KEPT]).unwrap();
        assert_eq!(tap.kept.as_ref().map(Vec::len), Some(KEPT));
        tap.write_all(&[0]).unwrap();
        let measured = tap.finish(0, [0; 32]);
        assert!(measured.kept.is_none());
        assert_eq!(measured.stored_size, KEPT as u64 + 1);
    }
}
