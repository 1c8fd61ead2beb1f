//! Partition tables: what is read is what is there, to the byte, and ends where the end mark ends.

use balong::image::partition_table::{PartitionEntry, PartitionTable};

use super::message::assert_error_is_readable;

const FIRST_ENTRY: usize = 0x30;
const ENTRY_SIZE: usize = 48;
const NAME_SIZE: usize = 16;
const LARGEST: usize = 0x800;
const ERASE_BLOCK: u64 = 0x2_0000;
/// Codes of which some table could know the place, and some of which none does.
const CODES: [u32; 12] = [
    0x0011_0000,
    0x0020_0000,
    0x0002_0000,
    0x0003_0000,
    0x0009_0000,
    0x0022_0000,
    0x0023_0000,
    0x0024_0000,
    0x0025_0000,
    0x0013_0000,
    0x0059_0000,
    0xffff_ffff,
];

/// Reads the bytes as a partition table.
pub fn run(data: &[u8]) {
    let (table, size) = match PartitionTable::parse(data) {
        Ok(read) => read,
        Err(error) => return assert_error_is_readable(&error),
    };
    assert!(size <= data.len() && size <= LARGEST, "{size} bytes of {}", data.len());
    assert_eq!(PartitionTable::parse(&data[..size]).as_ref(), Ok(&(table.clone(), size)), "bytes behind the end count");
    for length in [0, FIRST_ENTRY - 1, size / 2, size - 1] {
        assert!(PartitionTable::parse(&data[..length]).is_err(), "a table cut to {length} of {size} bytes is read");
    }
    for entry in &table.entries {
        assert!(u64::from(entry.start) + u64::from(entry.length) <= 1 << 32, "{entry:?} ends beyond 4 GiB");
    }
    let encoded = encode(&table);
    let entries_end = FIRST_ENTRY + ENTRY_SIZE * table.entries.len();
    assert_eq!(encoded[..entries_end], without_text_behind_nul(&data[..entries_end]), "read otherwise than it is");
    assert_eq!(PartitionTable::parse(&encoded), Ok((table.clone(), encoded.len())));
    assert_plan(&table);
    assert_places(&table);
}

/// What may replace another table consists of whole erase blocks that belong to one partition each.
fn assert_plan(table: &PartitionTable) {
    let filled = || table.entries.iter().filter(|entry| entry.length > 0).enumerate();
    let end = |entry: &PartitionEntry| u64::from(entry.start) + u64::from(entry.length);
    let overlap = |(index, one): (usize, &PartitionEntry), (other_index, other): (usize, &PartitionEntry)| {
        index != other_index && u64::from(one.start) < end(other) && u64::from(other.start) < end(one)
    };
    let overlaps = filled().any(|one| filled().any(|other| overlap(one, other)));
    let aligned = |entry: &PartitionEntry| {
        u64::from(entry.start) % ERASE_BLOCK == 0 && u64::from(entry.length) % ERASE_BLOCK == 0
    };
    let is_plan = table.entries.iter().all(aligned) && !overlaps;
    match table.check_plan() {
        Ok(()) => assert!(is_plan, "accepted as a plan: {table:?}"),
        Err(error) => {
            assert!(!is_plan, "refused as a plan: {table:?}");
            assert_error_is_readable(&error);
        }
    }
}

/// The capacity of a partition is that of its place, and its place is in the table.
fn assert_places(table: &PartitionTable) {
    for code in CODES {
        let capacity = table.place_of(code).map(|index| table.entries[index].length);
        assert_eq!(table.capacity_of(code), capacity);
    }
}

/// The table as it stands in a file, with the tail mark behind its entries.
fn encode(table: &PartitionTable) -> Vec<u8> {
    let mut bytes = b"pTableHead\0\0\0\0\0\x80".to_vec();
    bytes.extend(field(&table.version));
    bytes.extend(field(&table.product));
    for entry in &table.entries {
        bytes.extend(field(&entry.name));
        let words = [
            entry.start,
            entry.load_size,
            entry.length,
            entry.load_address,
            entry.entry,
            entry.image_type,
            entry.property,
            entry.count,
        ];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes.extend(b"pTableTail\0\0\0\0\0\0");
    bytes
}

/// The field that a text was read from.
fn field(text: &str) -> [u8; NAME_SIZE] {
    assert!(text.chars().all(|letter| letter == ' ' || letter.is_ascii_graphic()), "{text:?} is not escaped");
    let bytes = unescaped(text.as_bytes());
    let mut field = [0; NAME_SIZE];
    field[..bytes.len()].copy_from_slice(&bytes);
    field
}

/// Takes back what `escape_ascii` does.
fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some((&first, rest)) = text.split_first() {
        let (byte, rest) = match (first, rest) {
            (b'\\', [b'x', high, low, rest @ ..]) => (16 * digit(*high) + digit(*low), rest),
            (b'\\', [b't', rest @ ..]) => (b'\t', rest),
            (b'\\', [b'r', rest @ ..]) => (b'\r', rest),
            (b'\\', [b'n', rest @ ..]) => (b'\n', rest),
            (b'\\', [quoted, rest @ ..]) => (*quoted, rest),
            (plain, rest) => (plain, rest),
        };
        bytes.push(byte);
        text = rest;
    }
    bytes
}

fn digit(letter: u8) -> u8 {
    char::from(letter).to_digit(16).expect("two hex digits behind an x") as u8
}

/// Head and entries with zeros behind the first NUL of each text: what is there is not read.
fn without_text_behind_nul(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let entries = (FIRST_ENTRY..bytes.len()).step_by(ENTRY_SIZE);
    for at in [0x10, 0x20].into_iter().chain(entries) {
        let field = &mut bytes[at..at + NAME_SIZE];
        let end = field.iter().position(|&byte| byte == 0).unwrap_or(NAME_SIZE);
        field[end..].fill(0);
    }
    bytes
}
