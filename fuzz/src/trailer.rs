//! Signature trailers: found exactly where the format says, whatever pieces the data comes in.

use balong::image::signature::{AbsurdLength, DataEnd, LONGEST, MARKER, SHORTEST, Signature};
use balong_mocks::samples::firmware::TrailerRecipe;

/// More than the reader keeps, so that it has to let go of what lies in front.
const LONG_LEAD: usize = 2 * LONGEST as usize + 1;

/// Takes the bytes for the end of a partition.
pub fn run(data: &[u8]) {
    check(data);
    // A marker arises by chance once in four billion times.
    check(&[data, &MARKER.to_le_bytes()].concat());
    check_long(&[data, &MARKER.to_le_bytes()].concat());
    check_sound(data);
}

fn check(data: &[u8]) {
    let expected = model(data);
    for piece in [1, 61, 4096] {
        assert_eq!(read(&[data], piece), expected, "in pieces of {piece}");
    }
    if let Ok(Some(signature)) = expected {
        assert!((SHORTEST..=LONGEST).contains(&signature.length) && u64::from(signature.length) <= data.len() as u64);
        let hex = signature.key_hash_hex();
        let digit = |letter: u8| char::from(letter).to_digit(16).expect("hex digits");
        let bytes: Vec<u8> =
            hex.as_bytes().chunks(2).map(|pair| (16 * digit(pair[0]) + digit(pair[1])) as u8).collect();
        assert!(bytes == signature.key_hash && hex == hex.to_uppercase(), "{hex}");
    }
}

/// The same end of a partition that is longer than what is kept of it.
fn check_long(end: &[u8]) {
    let lead = vec![0x5a; LONG_LEAD];
    let found = read(&[&lead, end], 4096);
    assert_eq!(found, model(&[&lead, end].concat()), "behind {LONG_LEAD} bytes");
}

/// A sound trailer behind any data is found.
fn check_sound(data: &[u8]) {
    let length = SHORTEST + (data.len() as u32 * 7) % 500;
    let trailer = TrailerRecipe::sample(length);
    let bytes = trailer.bytes().expect("a trailer of 50 bytes and more");
    let expected = Signature { length, key_hash: trailer.key_hash, partition: 1 };
    assert_eq!(read(&[data, &bytes], 77), Ok(Some(expected)));
}

fn read(parts: &[&[u8]], piece: usize) -> Result<Option<Signature>, AbsurdLength> {
    let mut end = DataEnd::default();
    parts.iter().flat_map(|part| part.chunks(piece)).for_each(|chunk| end.push(chunk));
    end.signature(1)
}

/// What the format says, over data that is all there.
fn model(data: &[u8]) -> Result<Option<Signature>, AbsurdLength> {
    let word = |distance: usize| {
        let at = data.len().checked_sub(distance)?;
        data[at..].first_chunk().map(|word| u32::from_le_bytes(*word))
    };
    if word(4) != Some(MARKER) {
        return Ok(None);
    }
    let limit = (data.len() as u64).min(u64::from(LONGEST));
    let length = word(12).unwrap_or(0);
    if length < SHORTEST || u64::from(length) > limit {
        return Err(AbsurdLength { length, limit });
    }
    let hash = data.len() - length as usize + 6;
    let key_hash = data[hash..hash + 32].try_into().expect("32 bytes");
    Ok(Some(Signature { length, key_hash, partition: 1 }))
}
