//! B6: compressed streams that are damaged, lie, have company, or expand without end. All checks over them are right.

use std::io;

use flate2::{Compress, FlushCompress};

use super::base::{changed, names};
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::filler::Filler;
use crate::samples::firmware::{Compression, Content};

const SYSTEM: u32 = 0x59_0000;

pub(super) fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    let plain = Filler::bytes("BALONG SAMPLE SYSTEM - NOT HUAWEI SOFTWARE\n", 6000, 8);
    let zlib = Compression::Zlib.applied_to(&plain)?;
    let lzma = Compression::Lzma { dictionary: 1 << 16 }.applied_to(&plain)?;
    let short = |stream: &[u8], missing: usize| stream[..stream.len() - missing].to_vec();
    let longer = |stream: &[u8], more: &[u8]| [stream, more].concat();
    let flipped = |stream: &[u8], at: usize| {
        let mut stream = stream.to_vec();
        stream[at] ^= 0x55;
        stream
    };
    // Bytes 1 to 4 of an LZMA stream are the dictionary size, 5 to 12 the size of the output.
    let dictionary = |size: u32| [&lzma[..1], &size.to_le_bytes(), &lzma[5..]].concat();
    let stated = |size: u64| [&lzma[..5], &size.to_le_bytes(), &lzma[13..]].concat();
    let size = plain.len() as u64;
    let mut cases = vec![
        case("four bytes behind a zlib stream", longer(&zlib, b"more"))?,
        case("a second zlib stream behind the first", longer(&zlib, &zlib))?,
        case("four bytes behind an LZMA stream", longer(&lzma, b"more"))?,
        case("half a zlib stream", short(&zlib, zlib.len() / 2))?,
        case("a zlib stream without its last byte", short(&zlib, 1))?,
        case("half an LZMA stream", short(&lzma, lzma.len() / 2))?,
        case("an LZMA stream without its end", short(&lzma, 12))?,
        case("the two bytes that begin a zlib stream, alone", zlib[..2].to_vec())?,
        case("the head of an LZMA stream, alone", lzma[..13].to_vec())?,
        case("a wrong check at the end of a zlib stream", flipped(&zlib, zlib.len() - 1))?,
        case("garbage inside a zlib stream", flipped(&zlib, 2))?,
        case("garbage where an LZMA stream begins", flipped(&lzma, 13))?,
        case("a zlib stream of nothing", Compression::Zlib.applied_to(&[])?)?,
        case("an LZMA stream of nothing", Compression::Lzma { dictionary: 1 << 16 }.applied_to(&[])?)?,
        case("an LZMA dictionary of 4 GiB", dictionary(u32::MAX))?.naming(["dictionary"]),
        case("an LZMA dictionary of 64 MiB", dictionary(64 << 20))?.naming(["dictionary"]),
        case("an LZMA stream that states its size", stated(size))?,
        case("an LZMA stream that states too small a size", stated(size - 1))?,
        case("an LZMA stream that states too large a size", stated(size + 1))?,
        case("an LZMA stream that states an absurd size", stated(1 << 62))?,
    ];
    let mut bomb = case("a zlib stream of 600 MiB of zeros", zeros(8 << 20, 75)?)?;
    bomb.slow = true;
    cases.push(bomb);
    Ok(cases)
}

/// The miniature set whose System unit is stored as exactly these bytes.
fn case(name: &str, stored: Vec<u8>) -> Result<DamageCase, RecipeError> {
    let base = changed(SYSTEM, |unit| {
        unit.compression = Compression::None;
        unit.content = Content::Bytes(stored);
    })?;
    let place = names(base.unit(SYSTEM)?);
    Ok(DamageCase::firmware("B6", name, base.bytes, Verdict::Refused).naming(place))
}

/// A zlib stream of `times` * `chunk` zeros, made of one compressed chunk repeated: a full flush ends it on a whole byte
/// and lets nothing after it refer back, so the output is never there as a whole.
pub(super) fn zeros(chunk: usize, times: u32) -> Result<Vec<u8>, RecipeError> {
    let mut deflated = Vec::with_capacity(chunk / 256 + 1024);
    let mut compressor = Compress::new(flate2::Compression::best(), false);
    let input = vec![0; chunk];
    compressor.compress_vec(&input, &mut deflated, FlushCompress::Full).map_err(io::Error::other)?;
    let mut stream = vec![0x78, 0xda];
    for _ in 0..times {
        stream.extend_from_slice(&deflated);
    }
    stream.extend([0x03, 0x00]);
    // Adler-32 of n zeros: the low half stays 1, the high half has counted it n times.
    let high = (chunk as u64 * u64::from(times) % 65521) as u32;
    stream.extend((high << 16 | 1).to_be_bytes());
    Ok(stream)
}
