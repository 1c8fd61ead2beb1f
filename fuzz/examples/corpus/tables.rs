//! Partition tables of both sizes and at the borders of what can be read.

use balong_mocks::samples::RecipeError;
use balong_mocks::samples::partition_table::{ERASE_BLOCK, TABLE_SIZE, TableEntry, TableRecipe};

use super::Seeds;

pub fn seeds() -> Result<Seeds, RecipeError> {
    let modern = TableRecipe::modern("SAMPLE_V7R11");
    let v7r1 = TableRecipe::v7r1("SAMPLE_V7R1");
    let empty = TableRecipe { entries: Vec::new(), ..modern.clone() };
    let hostile = TableRecipe {
        version: b"\x1b[2J\\x41\t\xff".to_vec(),
        entries: vec![entry(b"../\x07'\"\\of-16", 0, 1), entry(b"fastboot", 1, 2)],
        ..modern.clone()
    };
    let overlapping = TableRecipe { entries: vec![entry(b"one", 4, 4), entry(b"two", 7, 1)], ..modern.clone() };
    let full = TableRecipe { entries: (0..39).map(|at| entry(b"part", at, 1)).collect(), ..modern.clone() };
    let last_byte = TableRecipe { entries: vec![entry(b"end", 0x7fff, 1)], ..modern.clone() };
    let mut seeds: Seeds = Vec::new();
    for (name, table) in [
        ("modern", &modern),
        ("v7r1", &v7r1),
        ("empty", &empty),
        ("hostile_names", &hostile),
        ("overlapping", &overlapping),
        ("full", &full),
        ("ends_at_4_gib", &last_byte),
    ] {
        seeds.push((name.to_owned(), table.bytes()?));
    }
    // No entry named T: the tail mark itself ends the table.
    let mut tail = modern.bytes()?[..0x30 + 3 * 48].to_vec();
    tail.extend(b"pTableTail\0\0\0\0\0\0");
    seeds.push(("ended_by_its_tail".to_owned(), tail));
    assert!(seeds.iter().all(|(_, bytes)| bytes.len() <= TABLE_SIZE));
    Ok(seeds)
}

fn entry(name: &[u8], start: u32, blocks: u32) -> TableEntry {
    let (start, length) = (start * ERASE_BLOCK, blocks * ERASE_BLOCK);
    TableEntry { name: name.to_vec(), start, length, image_type: 0x102, property: 0 }
}
