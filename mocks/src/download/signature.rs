//! The signature that the host announces, and the trailer that must fit it.

/// What `AT^SIGNVER` announced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Announced {
    key_hash: [u8; 32],
    length: u32,
}

/// The longest trailer that is believed.
pub(super) const LONGEST: usize = 99_999;
const SHORTEST: usize = 50;
const MARKER: [u8; 4] = [0xfa, 0xaf, 0xaa, 0xff];

impl Announced {
    /// `t,0,HASH,length`: a type from 1 to 7, a zero, 64 hexadecimal digits, decimal digits. The text is in upper case.
    pub(super) fn parse(fields: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(fields).ok()?;
        let mut fields = text.split(',');
        let (kind, zero, hash, length) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let plain = fields.next().is_none() && zero == "0" && matches!(kind.as_bytes(), [b'1'..=b'7']);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) || !digits(length) {
            return None;
        }
        let mut key_hash = [0; 32];
        for (index, byte) in key_hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hash.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self { key_hash, length: length.parse().ok()? })
    }

    /// Whether a trailer is the announced one.
    pub(super) fn fits(&self, trailer: &Trailer) -> bool {
        self.key_hash == trailer.key_hash && self.length as usize == trailer.length
    }
}

/// A signature trailer at the end of a partition's data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    key_hash: [u8; 32],
    length: usize,
}

impl Trailer {
    /// The trailer at the end of `tail`: marker in the last four bytes, length eight before it, key hash six bytes into it.
    pub(super) fn find(tail: &[u8]) -> Option<Self> {
        let length_at = tail.len().checked_sub(12)?;
        let length = u32::from_le_bytes(*tail[length_at..].first_chunk::<4>()?) as usize;
        let start = tail.len().checked_sub(length)?;
        if !tail.ends_with(&MARKER) || !(SHORTEST..=LONGEST).contains(&length) {
            return None;
        }
        let key_hash = *tail.get(start + 6..)?.first_chunk::<32>()?;
        Some(Self { key_hash, length })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Data that ends in a trailer of so many bytes, signed with a key whose hash is all that byte.
    pub(crate) fn signed(content: &[u8], key: u8, length: u32) -> Vec<u8> {
        let mut trailer = vec![0x77; length as usize];
        let end = trailer.len();
        trailer[6..38].fill(key);
        trailer[end - 12..end - 8].copy_from_slice(&length.to_le_bytes());
        trailer[end - 4..].copy_from_slice(&MARKER);
        [content, &trailer].concat()
    }

    #[test]
    fn the_announced_trailer_fits_and_no_other() {
        let announced = Announced::parse(format!("1,0,{},2958", "AB".repeat(32)).as_bytes()).expect("well formed");
        for (key, length, fits) in [(0xab, 2958, true), (0xab, 2694, false), (0xcd, 2958, false)] {
            let trailer = Trailer::find(&signed(b"content", key, length)).expect("a trailer");
            assert_eq!(announced.fits(&trailer), fits, "key {key:02x}, length {length}");
        }
    }

    #[test]
    fn malformed_announcements_are_refused() {
        let hash = "AB".repeat(32);
        for fields in [
            format!("8,0,{hash},2958"),
            format!("1,1,{hash},2958"),
            format!("1,0,{},2958", &hash[2..]),
            format!("1,0,{hash},"),
            format!("1,0,{hash},2958,1"),
            format!("1,0,{hash}"),
        ] {
            assert_eq!(Announced::parse(fields.as_bytes()), None, "{fields}");
        }
    }

    #[test]
    fn no_trailer_is_found_where_none_is() {
        assert_eq!(Trailer::find(b"short"), None);
        assert_eq!(Trailer::find(&[0; 4000]), None);
        let mut absurd = signed(b"", 1, 60);
        let end = absurd.len();
        absurd[end - 12..end - 8].copy_from_slice(&0u32.to_le_bytes());
        assert_eq!(Trailer::find(&absurd), None);
    }
}
