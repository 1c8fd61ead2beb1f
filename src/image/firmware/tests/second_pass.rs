//! The blocks of the second pass.

use std::fs::File;

use super::*;

fn long_set() -> (Vec<u8>, Vec<u8>) {
    let plain: Vec<u8> = (0..10_000_u32).flat_map(|at| at.to_be_bytes()).collect();
    let mut units = full_set();
    units[0].stored = plain.clone();
    units[8].stored = zlib(&plain);
    (bin(1, &units), plain)
}

fn collect(firmware: &Firmware, index: usize) -> Result<Vec<Vec<u8>>, FirmwareError> {
    firmware.blocks(index)?.map(|block| block.map(|block| block.to_vec())).collect()
}

#[test]
fn all_blocks_are_4096_bytes_but_the_last_and_together_they_are_the_plain_data() {
    let (bytes, plain) = long_set();
    let file = on_disk(&bytes);
    let firmware = verify_path(&file.path).unwrap();
    for index in [0, 8] {
        let blocks = collect(&firmware, index).unwrap();
        assert_eq!(blocks.len(), firmware.partitions()[index].block_count());
        assert_eq!(blocks.iter().map(Vec::len).collect::<Vec<_>>(), [[4096; 9].as_slice(), &[3136]].concat());
        assert_eq!(blocks.concat(), plain);
    }
    assert!(matches!(firmware.blocks(10), Err(FirmwareError::NoSuchPartition { index: 10, count: 10 })));
}

#[test]
fn a_partition_of_exactly_one_block_and_of_one_byte_more() {
    for (size, expected) in [(4095, vec![4095]), (4096, vec![4096]), (4097, vec![4096, 1])] {
        let file = on_disk(&bin(1, &[UnitRecipe::new(0x11_0000, zlib(&vec![6; size]))]));
        let lengths: Vec<usize> = collect(&verify_path(&file.path).unwrap(), 0).unwrap().iter().map(Vec::len).collect();
        assert_eq!(lengths, expected);
    }
}

#[test]
fn blocks_can_be_made_on_another_thread() {
    fn assert_send<T: Send>() {}
    assert_send::<PartitionBlocks>();
    assert_send::<Firmware>();
}

#[test]
fn a_file_that_was_replaced_between_the_passes_is_refused_before_the_first_block() {
    let (bytes, _) = long_set();
    let file = on_disk(&bytes);
    let firmware = verify_path(&file.path).unwrap();
    let other = file.path.with_extension("other");
    std::fs::write(&other, &bytes).unwrap();
    std::fs::rename(&other, &file.path).unwrap();
    assert!(matches!(firmware.blocks(0), Err(FirmwareError::Changed { .. })));
}

/// Overwrites bytes and puts the time of the last change back, as a file system with coarse times would have it.
fn change_unnoticed(path: &Path, bytes: &[u8]) {
    let before = std::fs::metadata(path).unwrap().modified().unwrap();
    std::fs::write(path, bytes).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(before).unwrap();
}

#[test]
fn changed_data_is_never_handed_out_even_if_its_checksum_was_made_to_fit() {
    let (mut units, plain) = (full_set(), vec![5; 20_000]);
    units[0].stored = plain.clone();
    let file = on_disk(&bin(1, &units));
    let firmware = verify_path(&file.path).unwrap();
    units[0].stored[9000] ^= 1;
    change_unnoticed(&file.path, &bin(1, &units));
    let mut blocks = firmware.blocks(0).unwrap();
    assert_eq!(blocks.next().unwrap().unwrap(), plain[..4096]);
    assert_eq!(blocks.next().unwrap().unwrap(), plain[..4096]);
    let error = blocks.next().unwrap().unwrap_err().to_string();
    assert!(error.contains("partition 0 (00110000 Fastboot)") && error.contains("from byte 8192"), "{error}");
    assert!(blocks.next().is_none());
}

#[test]
fn a_file_cut_while_it_is_read_ends_in_an_error_that_names_the_offset() {
    let mut units = full_set();
    units[0].stored = vec![5; 300_000];
    let file = on_disk(&bin(1, &units));
    let firmware = verify_path(&file.path).unwrap();
    let mut blocks = firmware.blocks(0).unwrap();
    assert!(blocks.next().unwrap().is_ok());
    File::options().write(true).open(&file.path).unwrap().set_len(100_000).unwrap();
    let error = blocks.find_map(Result::err).expect("the end is missing").to_string();
    assert!(error.contains("changed") && error.contains("0x"), "{error}");
}
