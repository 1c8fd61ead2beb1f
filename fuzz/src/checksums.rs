//! A firmware container whose checksums are made right again, so that changes in what lies behind them are seen.

use balong_mocks::samples::crc::Crc16;

/// Bytes before the first unit of a `.BIN`.
pub const PREFIX: usize = 0x5c;
/// Bytes of a unit header before its table of checksums.
pub const HEADER: usize = 98;
/// What begins a unit.
pub const MAGIC: [u8; 4] = [0x55, 0xaa, 0x5a, 0xa5];

/// The little-endian word at `at`.
pub fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The checksum that belongs into a unit header.
pub fn header_checksum(header: &[u8]) -> u16 {
    let mut header = header.to_vec();
    header[92..94].fill(0);
    Crc16::of(&header)
}

/// The same container with header sizes and checksums as its data and block sizes demand them, as far as units follow each
/// other.
pub fn repaired(container: &[u8]) -> Vec<u8> {
    let mut bytes = container.to_vec();
    let mut next = first_unit(&bytes);
    while let Some(at) = next.filter(|&at| bytes.len() >= at + HEADER && bytes[at..].starts_with(&MAGIC)) {
        next = repair(&mut bytes, at);
    }
    bytes
}

fn first_unit(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"MZ") {
        return Some(PREFIX);
    }
    let places = (PREFIX..bytes.len().saturating_sub(HEADER)).step_by(4);
    places.into_iter().find(|&at| bytes[at..].starts_with(&MAGIC) && word(bytes, at + 8) == 1)
}

/// Repairs the unit at `at` and tells where the next one begins, if this one is all there.
fn repair(bytes: &mut [u8], at: usize) -> Option<usize> {
    let (size, block) = (word(bytes, at + 24) as usize, word(bytes, at + 94) as usize);
    let blocks = size.checked_add(block.checked_sub(1)?)? / block;
    let header = HEADER + 2 * blocks;
    let (data, end) = (at + header, at.checked_add(header)?.checked_add(size)?);
    if end > bytes.len() {
        return None;
    }
    bytes[at + 4..at + 8].copy_from_slice(&u32::try_from(header).ok()?.to_le_bytes());
    let table: Vec<u8> = bytes[data..end].chunks(block).flat_map(|data| Crc16::of(data).to_le_bytes()).collect();
    bytes[at + HEADER..data].copy_from_slice(&table);
    let checksum = header_checksum(&bytes[at..at + HEADER]);
    bytes[at + 92..at + 94].copy_from_slice(&checksum.to_le_bytes());
    Some(end.next_multiple_of(4))
}
