use std::io::Write;

use super::*;

/// An LZMA-alone stream of "Hello, world!" with an end marker and unknown size, as `xz --format=lzma` writes it.
const LZMA: [u8; 38] = [
    93, 0, 0, 128, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 36, 25, 73, 152, 111, 22, 2, 140, 232, 230, 91, 177,
    71, 198, 206, 183, 99, 255, 255, 60, 172, 0, 0, 0,
];

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn decode(stored: &[u8]) -> io::Result<(Vec<u8>, usize)> {
    let compression = detect(stored).expect("a supported stream");
    let mut plain = Plain::new(stored, compression)?;
    let mut out = Vec::new();
    loop {
        let mut block = [0; 5];
        let count = plain.read_block(&mut block)?;
        out.extend_from_slice(&block[..count]);
        if count < block.len() {
            break;
        }
    }
    let (rest, unused) = plain.into_stored();
    Ok((out, rest.len() + unused))
}

#[test]
fn plain_data_passes_unchanged() {
    assert_eq!(decode(b"\x7fELF and more").unwrap(), (b"\x7fELF and more".to_vec(), 0));
}

#[test]
fn a_zlib_stream_is_decoded_and_used_up() {
    let data = b"0123456789".repeat(100);
    assert_eq!(decode(&zlib(&data)).unwrap(), (data, 0));
}

#[test]
fn an_lzma_stream_is_decoded_to_its_end_marker_and_used_up() {
    assert_eq!(decode(&LZMA[..37]).unwrap(), (b"Hello, world!".to_vec(), 0));
}

#[test]
fn leftovers_after_either_stream_are_counted() {
    let mut stored = zlib(b"data");
    stored.extend_from_slice(b"xyz");
    assert_eq!(decode(&stored).unwrap(), (b"data".to_vec(), 3));
    assert_eq!(decode(&LZMA).unwrap().1, 1);
}

#[test]
fn a_stream_cut_anywhere_is_an_error() {
    let stored = zlib(b"some data that is long enough to be cut");
    for length in 2..stored.len() {
        assert!(decode(&stored[..length]).is_err(), "zlib cut to {length} bytes");
    }
    for length in LZMA_HEAD..37 {
        assert!(decode(&LZMA[..length]).is_err(), "LZMA cut to {length} bytes");
    }
}

#[test]
fn a_dictionary_above_32_mib_is_refused_by_its_head_alone() {
    let mut head = LZMA[..13].to_vec();
    head[1..5].copy_from_slice(&(32_u32 << 20).to_le_bytes());
    assert_eq!(detect(&head), Ok(Compression::Lzma));
    head[1..5].copy_from_slice(&((32_u32 << 20) + 1).to_le_bytes());
    assert_eq!(detect(&head), Err(Unsupported::Dictionary((32 << 20) + 1)));
    head[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(detect(&head), Err(Unsupported::Dictionary(u32::MAX)));
}

#[test]
fn an_lzma_stream_with_a_stated_size_is_refused_unless_its_dictionary_is_nonsense() {
    let mut head = LZMA[..13].to_vec();
    head[5..13].copy_from_slice(&560_u64.to_le_bytes());
    assert_eq!(detect(&head), Err(Unsupported::StatedSize(560)));
    head[1..5].copy_from_slice(&0x0018_0000_u32.to_le_bytes());
    assert_eq!(detect(&head), Err(Unsupported::StatedSize(560)));
    head[1..5].copy_from_slice(&0x1234_5678_u32.to_le_bytes());
    assert_eq!(detect(&head), Ok(Compression::None));
}

#[test]
fn fewer_bytes_than_a_head_are_plain() {
    assert_eq!(detect(&[]), Ok(Compression::None));
    assert_eq!(detect(&LZMA[..12]), Ok(Compression::None));
    assert_eq!(detect(&[0x78]), Ok(Compression::None));
}
