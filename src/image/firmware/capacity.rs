//! Partitions that do not fit: compared with the partition table of the same set, where that is certain.

use super::FirmwareError;
use super::fault::PartitionFault;
use super::partition::Partition;
use crate::image::partition_code::PartitionCode;

/// What a partition table begins with.
const TABLE_HEAD: &[u8; 12] = b"pTableHead\0\0";
/// Offset of the first entry.
const ENTRIES: usize = 0x30;
/// Length of an entry.
const ENTRY: usize = 48;

/// The image type of the table entry (V7R11 and later numbering) that such a partition is written to.
///
/// Only partitions that are written as they are count: file systems and web UI do not compare one to one.
fn image_type_of(code: PartitionCode) -> Option<u32> {
    Some(match code.0 {
        0x0011_0000 => 0x102,
        0x0020_0000 | 0x0002_0000 => 0x101,
        0x0003_0000 | 0x0009_0000 => 0x107,
        0x0004_0000 | 0x0022_0000 => 0x10a,
        0x0005_0000 | 0x0023_0000 => 0x109,
        0x0006_0000 | 0x0024_0000 => 0x10b,
        0x0007_0000 | 0x0025_0000 => 0x105,
        0x0013_0000 => 0x10c,
        _ => return None,
    })
}

/// Capacity of the only entry of this type; `None` if there is none, or more than one.
fn capacity(table: &[u8], image_type: u32) -> Option<u32> {
    let entries = table.get(ENTRIES..)?.chunks_exact(ENTRY);
    let word = |entry: &[u8], at: usize| entry.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
    let mut found = None;
    // The list ends with an entry "T" (the first letter of the table's tail) or without a name.
    for entry in
        entries.take_while(|entry| entry[0] != 0 && !entry.starts_with(b"T\0") && !entry.starts_with(b"pTableTail"))
    {
        if word(entry, 36) == Some(image_type) {
            if found.is_some() {
                return None;
            }
            found = word(entry, 24);
        }
    }
    found
}

/// Refuses a partition that is larger than its place. `table` is the data of the set's own partition table.
pub(super) fn check(partitions: &[Partition], table: &[u8]) -> Result<(), FirmwareError> {
    if !table.starts_with(TABLE_HEAD) {
        return Ok(());
    }
    for partition in partitions {
        let capacity = image_type_of(partition.code).and_then(|image_type| capacity(table, image_type));
        if let Some(capacity) = capacity.filter(|capacity| partition.size > u64::from(*capacity)) {
            return Err(PartitionFault::LargerThanPartition { size: partition.size, capacity }.at(partition.place()));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A partition table of entries (name, length, image type).
    pub(in crate::image::firmware) fn table(entries: &[(&str, u32, u32)]) -> Vec<u8> {
        let mut table = vec![0; 0x800];
        table[..12].copy_from_slice(TABLE_HEAD);
        for (index, (name, length, image_type)) in entries.iter().chain([&("T", 0, 0x200)]).enumerate() {
            let entry = &mut table[ENTRIES + ENTRY * index..][..ENTRY];
            entry[..name.len()].copy_from_slice(name.as_bytes());
            entry[24..28].copy_from_slice(&length.to_le_bytes());
            entry[36..40].copy_from_slice(&image_type.to_le_bytes());
        }
        table
    }

    #[test]
    fn the_capacity_is_that_of_the_only_entry_of_the_type() {
        let table =
            table(&[("m3boot", 0x20000, 0x101), ("kernel", 0x60_0000, 0x107), ("x", 1, 0x10a), ("y", 2, 0x10a)]);
        assert_eq!(capacity(&table, 0x107), Some(0x60_0000));
        assert_eq!(capacity(&table, 0x10a), None);
        assert_eq!(capacity(&table, 0x200), None);
        assert_eq!(capacity(&table[..0x20], 0x107), None);
    }
}
