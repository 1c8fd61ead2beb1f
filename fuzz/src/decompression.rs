//! Stored partition data: bounded memory, the same result in pieces of any size, and every byte accounted for.

use std::io::{self, BufReader};

use balong::image::compression::{Compression, DICTIONARY_LIMIT, Plain, Unsupported, detect};
use balong_mocks::samples::firmware::Compression as Encoding;

/// Where reading stops, as the caller's own limit does: a short stream may expand a thousand times and more.
const OUTPUT_LIMIT: usize = 1 << 20;
/// Larger data is not encoded again.
const REENCODED: usize = 2048;

/// Takes the bytes for the stored data of a partition.
pub fn run(data: &[u8]) {
    match detect(data) {
        Err(Unsupported::Dictionary(size)) => {
            assert!(size > DICTIONARY_LIMIT && size.to_le_bytes() == data[1..5], "a dictionary of {size}");
        }
        Err(Unsupported::StatedSize(size)) => {
            assert!(size != u64::MAX && size.to_le_bytes() == data[5..13], "a size of {size}");
        }
        Ok(Compression::None) => {
            assert!(!data.starts_with(&[0x78, 0xda]));
            let plain = decode(data, Compression::None, 4096, 4096).expect("nothing to decode");
            assert!(plain.out == data[..plain.out.len()] && plain.out.len() == data.len().min(OUTPUT_LIMIT));
        }
        Ok(compression) => check(data, compression),
    }
}

fn check(data: &[u8], compression: Compression) {
    if compression == Compression::Lzma {
        let dictionary = u32::from_le_bytes([data[1], data[2], data[3], data[4]]);
        assert!(dictionary <= DICTIONARY_LIMIT, "a dictionary of {dictionary} is decoded");
    }
    let whole = decode(data, compression, 4096, data.len().max(1));
    let pieces = decode(data, compression, 61, 3);
    let whole = match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert!(whole.out == pieces.out && whole.ended == pieces.ended, "the size of the pieces counts");
            whole
        }
        (Err(_), Err(_)) => return,
        (whole, pieces) => panic!("one reading fails, the other does not: {whole:?} and {pieces:?}"),
    };
    if !whole.ended {
        return;
    }
    assert!(whole.left <= data.len(), "{} bytes left of {}", whole.left, data.len());
    let used = &data[..data.len() - whole.left];
    let alone = decode(used, compression, 4096, 4096).expect("the stream alone");
    assert!(alone.out == whole.out && alone.left == 0, "the stream alone has {} bytes left", alone.left);
    let longer = decode(&[used, b"more"].concat(), compression, 4096, 4096).expect("the stream and four bytes");
    assert!(longer.out == whole.out && longer.left == 4, "of four bytes behind the stream {} are left", longer.left);
    let shorter = decode(&used[..used.len() - 1], compression, 4096, 4096);
    assert!(shorter.is_err(), "a stream without its last byte is decoded");
    if whole.out.len() <= REENCODED {
        check_reencoded(&whole.out, compression);
    }
}

/// What was decoded passes through an encoder, and comes out the same.
fn check_reencoded(plain: &[u8], compression: Compression) {
    let encoding = match compression {
        Compression::None => Encoding::None,
        Compression::Zlib => Encoding::Zlib,
        Compression::Lzma => Encoding::Lzma { dictionary: 1 << 12 },
    };
    let stored = encoding.applied_to(plain).expect("encoding into memory");
    assert_eq!(detect(&stored), Ok(compression));
    let again = decode(&stored, compression, 512, 512).expect("a sound stream");
    assert!(again.out == plain && again.ended && again.left == 0);
}

#[derive(Debug)]
struct Decoded {
    out: Vec<u8>,
    /// Whether the end came before [`OUTPUT_LIMIT`].
    ended: bool,
    /// Bytes of the stored data that were not used.
    left: usize,
}

/// Decodes in blocks of `block` bytes, from a reader that has `buffer` bytes at a time.
fn decode(stored: &[u8], compression: Compression, block: usize, buffer: usize) -> io::Result<Decoded> {
    let mut plain = Plain::new(BufReader::with_capacity(buffer, stored), compression)?;
    let mut out = Vec::new();
    let mut ended = false;
    while !ended && out.len() < OUTPUT_LIMIT {
        let mut read = vec![0; block.min(OUTPUT_LIMIT - out.len())];
        let count = plain.read_block(&mut read)?;
        assert!(count <= read.len());
        ended = count < read.len();
        out.extend_from_slice(&read[..count]);
    }
    let (rest, unused) = plain.into_stored();
    let left = rest.buffer().len() + rest.get_ref().len() + unused;
    Ok(Decoded { out, ended, left })
}
