//! The signature trailer at the end of the first or second partition.
//!
//! It is part of the data that is flashed and lies at the end of the DECOMPRESSED data. Counted from that end E: a marker
//! at E-4, the length of the whole trailer at E-12, and the SHA-256 of the signer's public key 6 bytes into the trailer.
//! The download daemon wants that hash and length beforehand, in `AT^SIGNVER`. As read by the tools in the field, and
//! confirmed by the hash of a published key.

/// The last word of a partition that carries a trailer.
pub const MARKER: u32 = 0xffaa_affa;
/// The shortest trailer that is believed.
pub const SHORTEST: u32 = 50;
/// The longest trailer that is believed: `AT^SIGNVER` has room for five digits.
pub const LONGEST: u32 = 99_999;

/// What a trailer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Length of the whole trailer in bytes.
    pub length: u32,
    /// SHA-256 of the signer's public key (DER of its `RSAPublicKey`).
    pub key_hash: [u8; 32],
    /// Index of the partition that carries it: 0 or 1.
    pub partition: usize,
}

impl Signature {
    /// The key hash as 64 upper-case hex digits, the form `AT^SIGNVER` takes.
    #[must_use]
    pub fn key_hash_hex(&self) -> String {
        self.key_hash.iter().map(|byte| format!("{byte:02X}")).collect()
    }
}

/// A trailer whose stated length cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsurdLength {
    /// What the trailer states.
    pub length: u32,
    /// The most it could be in this partition.
    pub limit: u64,
}

/// The end of a stream of data, as much of it as a trailer can be long.
#[derive(Debug, Default)]
pub struct DataEnd {
    bytes: Vec<u8>,
    total: u64,
}

impl DataEnd {
    /// Takes the next piece of data.
    pub fn push(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
        self.total += data.len() as u64;
        // Dropping the front only now and then keeps the cost of a byte constant.
        if self.bytes.len() > 2 * LONGEST as usize {
            let surplus = self.bytes.len() - LONGEST as usize;
            self.bytes.drain(..surplus);
        }
    }

    /// The trailer, if there is a marker.
    ///
    /// # Errors
    ///
    /// When there is a marker, and the length in front of it is none.
    pub fn signature(&self, partition: usize) -> Result<Option<Signature>, AbsurdLength> {
        let end = self.bytes.len();
        if self.word_before_end(4) != Some(MARKER) {
            return Ok(None);
        }
        let limit = self.total.min(u64::from(LONGEST));
        let length = self.word_before_end(12).unwrap_or(0);
        let absurd = AbsurdLength { length, limit };
        if length < SHORTEST || u64::from(length) > limit {
            return Err(absurd);
        }
        let hash = end.checked_sub(length as usize).and_then(|start| self.bytes.get(start + 6..)?.first_chunk::<32>());
        let key_hash = *hash.ok_or(absurd)?;
        Ok(Some(Signature { length, key_hash, partition }))
    }

    fn word_before_end(&self, distance: usize) -> Option<u32> {
        let at = self.bytes.len().checked_sub(distance)?;
        self.bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(body: usize, stated: u32, length: usize) -> Vec<u8> {
        let mut data = vec![0x11; body];
        data.extend(std::iter::repeat_n(0x22, 6));
        data.extend(0..32_u8);
        data.extend(std::iter::repeat_n(0x33, length - 6 - 32 - 12));
        data.extend(stated.to_le_bytes());
        data.extend([0; 4]);
        data.extend(MARKER.to_le_bytes());
        data
    }

    fn end_of(data: &[u8], piece: usize) -> DataEnd {
        let mut end = DataEnd::default();
        data.chunks(piece).for_each(|chunk| end.push(chunk));
        end
    }

    #[test]
    fn the_key_hash_is_found_six_bytes_into_the_trailer_of_a_long_partition() {
        let signature = end_of(&signed(300_000, 2958, 2958), 4096).signature(0).unwrap().unwrap();
        assert_eq!(signature.length, 2958);
        assert_eq!(signature.key_hash.to_vec(), (0..32).collect::<Vec<u8>>());
        assert!(signature.key_hash_hex().starts_with("00010203") && signature.key_hash_hex().ends_with("1E1F"));
    }

    #[test]
    fn the_longest_trailer_is_found_whole() {
        let signature = end_of(&signed(123_457, LONGEST, LONGEST as usize), 4096).signature(1).unwrap().unwrap();
        assert_eq!(signature.key_hash.to_vec(), (0..32).collect::<Vec<u8>>());
        assert_eq!(signature.partition, 1);
    }

    #[test]
    fn no_marker_means_no_trailer() {
        assert_eq!(end_of(&[7; 5000], 64).signature(0), Ok(None));
        assert_eq!(end_of(&[], 64).signature(0), Ok(None));
        assert_eq!(end_of(&[0xff, 0xaa, 0xaf], 64).signature(0), Ok(None));
    }

    #[test]
    fn lengths_of_0_49_more_than_the_data_and_more_than_five_digits_are_absurd() {
        for stated in [0, 49, 121, 100_000, u32::MAX] {
            let refused = end_of(&signed(0, stated, 120), 64).signature(0);
            assert_eq!(refused, Err(AbsurdLength { length: stated, limit: 120 }));
        }
        assert!(end_of(&signed(0, 50, 50), 64).signature(0).unwrap().is_some());
        assert!(end_of(&signed(0, 120, 120), 64).signature(0).unwrap().is_some());
        assert!(end_of(&signed(200_000, 100_000, 120), 64).signature(0).is_err());
        assert_eq!(end_of(&MARKER.to_le_bytes(), 64).signature(0), Err(AbsurdLength { length: 0, limit: 4 }));
    }

    proptest! {
        #[test]
        fn any_bytes_in_front_of_a_marker_never_panic(mut data: Vec<u8>) {
            data.extend(MARKER.to_le_bytes());
            let _ = end_of(&data, 7).signature(0);
        }
    }
}
