//! Firmware containers: what is accepted is sound to the last byte, the second pass gives what the first one saw, and no
//! single damage passes.

use std::fs;
use std::path::Path;

use balong::image::compression::Compression;
use balong::image::firmware::{BLOCK, Container, Firmware, FirmwareError, Partition, ReadOptions};
use balong::image::signature::{LONGEST, SHORTEST};
use balong_mocks::samples::crc::Crc16;
use sha2::{Digest, Sha256};

use super::checksums::{HEADER, MAGIC, PREFIX, header_checksum, repaired, word};
use super::message::{assert_error_is_readable, assert_is_readable};

const MOST_PARTITIONS: usize = 128;
/// Data of a partition that is kept, to look for a trailer in it.
const KEPT: usize = 1 << 20;

/// Takes the bytes for a firmware file, as they are and with their checksums made right.
pub fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("firmware.bin");
    if check(&path, data) {
        return;
    }
    let repaired = repaired(data);
    if repaired != data {
        check(&path, &repaired);
    }
}

/// Reads a file of these bytes, and says whether it was accepted.
fn check(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).expect("a temporary file");
    let strict = ReadOptions::default();
    let firmware = match Firmware::verify(path, &strict, &mut |_, _| {}) {
        Ok(firmware) => firmware,
        Err(error) => {
            assert_error_is_readable(&error);
            if matches!(error, FirmwareError::Trailing { .. }) {
                let allowed = ReadOptions { allow_trailing: true, ..strict };
                let firmware = Firmware::verify(path, &allowed, &mut |_, _| {}).ok();
                firmware.iter().for_each(|firmware| assert_sound(firmware, bytes));
            }
            return false;
        }
    };
    assert_sound(&firmware, bytes);
    if firmware.container() == Container::Bin {
        let end = end_of(firmware.partitions().last().expect("a partition"), bytes);
        assert!(bytes[end..].iter().all(|&byte| byte == 0), "bytes behind the last partition are ignored");
    }
    assert_damage_is_noticed(path, &firmware, bytes);
    true
}

/// Where the stored data of a partition begins.
fn data_of(partition: &Partition, bytes: &[u8]) -> usize {
    let at = partition.offset as usize;
    at + word(bytes, at + 4) as usize
}

/// Where the stored data of a partition ends.
fn end_of(partition: &Partition, bytes: &[u8]) -> usize {
    data_of(partition, bytes) + partition.stored_size as usize
}

fn assert_sound(firmware: &Firmware, bytes: &[u8]) {
    let partitions = firmware.partitions();
    assert!((1..=MOST_PARTITIONS).contains(&partitions.len()));
    let first = partitions[0].offset as usize;
    match firmware.container() {
        Container::Bin => assert_eq!(first, PREFIX),
        Container::Exe => assert!(bytes.starts_with(b"MZ") && first >= PREFIX),
        Container::Directory => panic!("a file is no folder"),
    }
    assert_eq!(firmware.image_type().byte(), bytes[first - PREFIX]);
    let mut end = first;
    for (index, partition) in partitions.iter().enumerate() {
        assert_eq!((partition.index, partition.offset), (index, end.next_multiple_of(4) as u64), "not back to back");
        end = end_of(partition, bytes);
        assert!(end <= bytes.len(), "partition {index} ends at {end:#x}, the file at {:#x}", bytes.len());
        assert_unit(partition, &bytes[partition.offset as usize..end]);
        let end = assert_second_pass(firmware, partition, &bytes[data_of(partition, bytes)..end]);
        assert_signature(firmware, index, &end);
    }
    let stored: u64 = partitions.iter().map(|partition| partition.stored_size).sum();
    assert!(stored < bytes.len() as u64);
    for (index, one) in partitions.iter().enumerate() {
        assert!(partitions[..index].iter().all(|other| other.code != one.code), "{} is there twice", one.code);
    }
    firmware.warnings().iter().for_each(|warning| assert_is_readable(&warning.to_string()));
    firmware.missing().iter().for_each(|missing| assert_is_readable(&missing.to_string()));
    firmware.product().into_iter().chain(firmware.version()).for_each(assert_is_readable);
}

/// Header and table of an accepted unit, which both have their checksums.
fn assert_unit(partition: &Partition, unit: &[u8]) {
    assert!(unit.starts_with(&MAGIC) && word(unit, 8) == 1);
    assert_eq!((word(unit, 20), u64::from(word(unit, 24))), (partition.code.0, partition.stored_size));
    assert_eq!(unit[92..94], header_checksum(&unit[..HEADER]).to_le_bytes());
    let (table, data) = unit[HEADER..].split_at(word(unit, 4) as usize - HEADER);
    let checksums = data.chunks(word(unit, 94) as usize).flat_map(|block| Crc16::of(block).to_le_bytes());
    assert!(table.iter().copied().eq(checksums), "a wrong checksum is accepted");
    for text in [&partition.hardware, &partition.date, &partition.time, &partition.version_text] {
        assert!(!text.contains(char::is_control) && text.is_ascii(), "{text:?}");
    }
}

/// Reads the data of a partition once more and hands out its end, as much as is kept.
fn assert_second_pass(firmware: &Firmware, partition: &Partition, stored: &[u8]) -> Vec<u8> {
    let blocks = firmware.blocks(partition.index).expect("a file that did not change");
    let (mut size, mut count, mut digest, mut kept) = (0, 0, Sha256::new(), Vec::new());
    for block in blocks {
        let block = block.expect("a block that was checked");
        assert!(!block.is_empty() && (block.len() == BLOCK || size + block.len() as u64 == partition.size));
        (size, count) = (size + block.len() as u64, count + 1);
        digest.update(&block);
        kept.extend_from_slice(&block);
        if kept.len() > KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    assert_eq!((size, count), (partition.size, partition.block_count()));
    assert_eq!(<[u8; 32]>::from(digest.finalize()), partition.sha256);
    if partition.compression == Compression::None {
        assert_eq!(partition.sha256, <[u8; 32]>::from(Sha256::digest(stored)), "plain data is changed");
    }
    kept
}

/// A trailer of the first two partitions is known, and no other.
fn assert_signature(firmware: &Firmware, index: usize, data: &[u8]) {
    let has_marker = index < 2 && data.ends_with(&0xffaa_affa_u32.to_le_bytes());
    let found = firmware.signature().filter(|signature| signature.partition == index);
    assert_eq!(found.is_some(), has_marker, "partition {index}");
    if let Some(signature) = found {
        assert!((SHORTEST..=LONGEST).contains(&signature.length));
        let trailer = &data[data.len() - signature.length as usize..];
        assert_eq!(trailer[6..38], signature.key_hash);
    }
}

/// One bit of a unit, and one cut: the places follow from the bytes, so that each file tries others.
fn assert_damage_is_noticed(path: &Path, firmware: &Firmware, bytes: &[u8]) {
    let place = Sha256::digest(bytes);
    let place = |at: usize| u32::from_le_bytes([place[at], place[at + 1], place[at + 2], place[at + 3]]) as usize;
    let read = |bytes: &[u8]| {
        fs::write(path, bytes).expect("a temporary file");
        Firmware::verify(path, &ReadOptions::default(), &mut |_, _| {})
    };
    let partitions = firmware.partitions();
    let partition = &partitions[place(0) % partitions.len()];
    // Most of the bits are data; header and table are what can go wrong in more ways.
    let start = partition.offset as usize;
    let end = if place(4) % 4 == 0 { end_of(partition, bytes) } else { data_of(partition, bytes) };
    let (at, bit) = (start + place(8) % (end - start), place(12) % 8);
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1 << bit;
    assert!(read(&flipped).is_err(), "bit {bit} of byte {at:#x} (unit at {start:#x}) was not noticed");

    let first = partitions[0].offset as usize;
    let last = end_of(&partitions[partitions.len() - 1], bytes);
    let cut = first + place(16) % (last - first);
    if let Ok(shorter) = read(&bytes[..cut]) {
        let ends_at = |partition: &Partition| {
            let end = end_of(partition, bytes);
            (end..=end.next_multiple_of(4)).contains(&cut)
        };
        assert!(partitions.iter().any(ends_at), "cut to {cut:#x} bytes it was accepted");
        assert!(shorter.partitions().len() < partitions.len());
    }
}
