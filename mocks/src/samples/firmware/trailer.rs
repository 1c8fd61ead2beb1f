//! The signature trailer at the end of the first or second unit's plain data.
//!
//! Counted from the end E: the marker at E-4, an unknown word at E-8, the length of the whole trailer at E-12, and the
//! SHA-256 of the signer's public key at E-length+6. What else a real one holds is unknown; here it is zero.

use sha2::{Digest, Sha256};

use super::RecipeError;

/// The marker as it stands in the file.
pub const MARKER: [u8; 4] = [0xfa, 0xaf, 0xaa, 0xff];

/// A trailer to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailerRecipe {
    /// Bytes that are really appended, at least 12.
    pub size: usize,
    /// The length it states.
    pub length: u32,
    /// The key hash, placed where there is room for it.
    pub key_hash: [u8; 32],
}

impl TrailerRecipe {
    /// A trailer of `length` bytes, signed by nobody: the hash is that of a text which is no key.
    #[must_use]
    pub fn sample(length: u32) -> Self {
        let key_hash = Sha256::digest(b"BALONG SAMPLE KEY - THIS TEXT IS NOT A KEY, NOTHING IS SIGNED WITH IT").into();
        Self { size: length as usize, length, key_hash }
    }

    /// A trailer of `size` bytes that states another length.
    #[must_use]
    pub fn lying(size: usize, length: u32) -> Self {
        Self { size, length, ..Self::sample(0) }
    }

    /// The bytes to be appended.
    ///
    /// # Errors
    /// When not even length and marker fit.
    pub fn bytes(&self) -> Result<Vec<u8>, RecipeError> {
        let fields = self.size.checked_sub(12).ok_or(RecipeError::DoesNotFit {
            what: "end of a signature trailer",
            needed: 12,
            room: self.size,
        })?;
        let mut bytes = vec![0; self.size];
        if let Some(place) = bytes.get_mut(6..38).filter(|_| fields >= 38) {
            place.copy_from_slice(&self.key_hash);
        }
        bytes[fields..fields + 4].copy_from_slice(&self.length.to_le_bytes());
        bytes[fields + 8..].copy_from_slice(&MARKER);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_stand_at_their_distances_from_the_end() {
        let trailer = TrailerRecipe::sample(2958);
        let bytes = trailer.bytes().unwrap();
        assert_eq!(bytes.len(), 2958);
        assert_eq!(bytes[2954..], MARKER);
        assert_eq!(bytes[2946..2950], 2958_u32.to_le_bytes());
        assert_eq!(bytes[6..38], trailer.key_hash);
    }

    #[test]
    fn a_lying_trailer_is_as_long_as_asked_and_states_something_else() {
        let bytes = TrailerRecipe::lying(64, 0).bytes().unwrap();
        assert_eq!((bytes.len(), &bytes[52..56]), (64, [0; 4].as_slice()));
        assert!(TrailerRecipe::lying(11, 0).bytes().is_err());
    }
}
