use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::image::loader::{Loader, sample};

fn two_blocks() -> Vec<u8> {
    sample::file(&[(1, 0x1000_0000, &[1; 100]), (2, 0x5790_0000, &[2; 300])])
}

fn refusal(file: &[u8]) -> LoaderError {
    Loader::parse(Bytes::copy_from_slice(file)).unwrap_err()
}

/// The error of the two-block file with this word at that offset.
fn refusal_with(offset: usize, word: u32) -> LoaderError {
    let mut file = two_blocks();
    sample::put(&mut file, offset, &word.to_le_bytes());
    refusal(&file)
}

#[test]
fn two_blocks_are_read_with_mode_size_address_and_offset() {
    let loader = Loader::parse(two_blocks().into()).unwrap();
    let expected = [
        LoaderBlock { mode: BlockMode::CallAndReturn, address: 0x1000_0000, offset: 0x54, size: 100 },
        LoaderBlock { mode: BlockMode::Start, address: 0x5790_0000, offset: 0x54 + 100, size: 300 },
    ];
    assert_eq!(loader.blocks(), expected);
    assert_eq!(loader.block_data(1).unwrap(), [2; 300][..]);
    assert_eq!(loader.block_data(2), None);
    assert_eq!(loader.warnings(), [""; 0]);
}

#[test]
fn the_header_packets_of_a_real_loader_are_made_of_what_is_read_here() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../hw-tests/vectors/bootrom.json")).unwrap();
    let blocks = vectors["real_usblsafe_327x_unmodified"]["blocks"].as_array().unwrap();
    let sizes: Vec<usize> = blocks.iter().map(|block| block["size"].as_u64().unwrap() as usize).collect();
    let file = sample::file(&[(1, 0x2ffe_4000, &vec![0; sizes[0]]), (2, 0x3000_4000, &vec![0; sizes[1]])]);
    assert_eq!(file.len(), 1_754_444, "the size of the real file");
    let loader = Loader::parse(file.into()).unwrap();
    for (vector, block) in blocks.iter().zip(loader.blocks()) {
        let head = format!("fe00ff{:02x}{:08x}{:08x}", block.mode.code(), block.size, block.address);
        assert!(vector["head_hex"].as_str().unwrap().starts_with(&head));
    }
    assert_eq!(loader.blocks()[1].offset, 0x3c0);
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let file = two_blocks();
    for length in 0..file.len() {
        let error = refusal(&file[..length]);
        match length {
            0 => assert!(matches!(error, LoaderError::Empty)),
            1..0x54 => {
                assert!(matches!(error, LoaderError::HeadCutOff { size } if size == length), "{length}: {error}")
            }
            _ => assert!(matches!(error, LoaderError::BlockBeyondFile { .. }), "{length}: {error}"),
        }
    }
}

#[test]
fn every_byte_of_the_magic_counts() {
    for byte in 0..4 {
        let mut file = two_blocks();
        file[byte] ^= 4;
        assert!(matches!(refusal(&file), LoaderError::Magic { .. }), "byte {byte}");
    }
    assert!(matches!(refusal(b"MZ"), LoaderError::Magic { .. }));
}

#[test]
fn modes_other_than_call_and_start_are_refused_with_their_offset() {
    assert!(matches!(refusal_with(0x24, 3), LoaderError::Mode { block: 0, descriptor: 0x24, found: 3 }));
    assert!(matches!(refusal_with(0x34, 0x100), LoaderError::Mode { block: 1, descriptor: 0x34, found: 0x100 }));
}

#[test]
fn a_list_that_ends_early_late_or_not_in_zeros_is_refused() {
    assert!(matches!(refusal_with(0x24, 0), LoaderError::Terminator { offset: 0x24 }));
    assert!(matches!(refusal_with(0x44, 1), LoaderError::BlockSize { block: 2, .. }));
    assert!(matches!(refusal_with(0x50, 9), LoaderError::Terminator { offset: 0x44 }));
    let one = sample::file(&[(2, 0, &[0; 64])]);
    assert!(matches!(refusal(&one), LoaderError::TooFewBlocks { found: 1 }));
    let twenty: [(u32, u32, &[u8]); 20] = [(1, 0, &[0; 64]); 20];
    assert!(matches!(refusal(&sample::file(&twenty)), LoaderError::TooManyBlocks { offset: 0x124 }));
}

#[test]
fn sizes_of_zero_beyond_the_file_and_beyond_all_sense_are_refused() {
    assert!(matches!(refusal_with(0x28, 0), LoaderError::BlockSize { block: 0, descriptor: 0x28, size: 0 }));
    assert!(matches!(refusal_with(0x38, 301), LoaderError::BlockBeyondFile { block: 1, size: 301, .. }));
    for size in [0x8000_0000, u32::MAX] {
        assert!(matches!(refusal_with(0x38, size), LoaderError::BlockSize { block: 1, descriptor: 0x38, .. }));
    }
}

#[test]
fn offsets_in_the_list_beyond_the_file_or_overlapping_are_refused() {
    assert!(matches!(refusal_with(0x30, 0), LoaderError::BlockInList { block: 0, offset: 0, list_end: 0x44 }));
    assert!(matches!(refusal_with(0x30, 0x53), LoaderError::BlockInList { block: 0, offset: 0x53, list_end: 0x54 }));
    assert!(matches!(refusal_with(0x40, u32::MAX), LoaderError::BlockBeyondFile { block: 1, offset: u32::MAX, .. }));
    let overlap = refusal_with(0x40, 0x54 + 99);
    assert!(matches!(overlap, LoaderError::Overlap { first: 0, end: 0xb8, second: 1, offset: 0xb7 }), "{overlap}");
}

#[test]
fn a_load_address_may_reach_the_last_byte_of_memory_and_no_further() {
    assert!(matches!(refusal_with(0x2c, u32::MAX - 98), LoaderError::BlockBeyondMemory { block: 0, .. }));
    let mut file = two_blocks();
    sample::put(&mut file, 0x2c, &(u32::MAX - 99).to_le_bytes());
    assert!(Loader::parse(file.into()).is_ok());
}

#[test]
fn only_the_last_block_is_started() {
    assert!(matches!(refusal_with(0x24, 2), LoaderError::Order { block: 0, descriptor: 0x24, found: 2, expected: 1 }));
    assert!(matches!(refusal_with(0x34, 1), LoaderError::Order { block: 1, descriptor: 0x34, found: 1, expected: 2 }));
}

#[test]
fn more_than_two_blocks_are_accepted_when_the_whole_list_ends_before_their_data() {
    let three = sample::file(&[(1, 0, &[0; 8]), (1, 0x100, &[0; 8]), (2, 0x1000, &[0; 64])]);
    assert_eq!(Loader::parse(three.clone().into()).unwrap().blocks().len(), 3);
    let mut reaching = three;
    sample::put(&mut reaching, 0x30, &0x60_u32.to_le_bytes());
    assert!(matches!(refusal(&reaching), LoaderError::BlockInList { block: 0, offset: 0x60, list_end: 0x64 }));
}

#[test]
fn trailing_bytes_and_a_head_that_is_not_zero_are_said_and_not_refused() {
    let mut file = two_blocks();
    file[0x10] = 1;
    file.extend([7; 5]);
    let warnings = Loader::parse(file.into()).unwrap().warnings();
    assert_eq!(warnings.len(), 2);
    assert!(warnings[1].contains("5 bytes") && warnings[1].contains("0x1e4"), "{warnings:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Loader::parse(bytes.clone().into());
        let mut with_magic = MAGIC.to_vec();
        with_magic.extend(bytes);
        let _ = Loader::parse(with_magic.into());
    }

    #[test]
    fn what_is_accepted_from_any_list_lies_inside_the_file(words in proptest::collection::vec(0..400_u32, 12)) {
        let mut file = two_blocks();
        for (word, at) in words.iter().zip((0x24..).step_by(4)) {
            let modes = [0, 1, 1, 2];
            let word = if (at - 0x24) % 16 == 0 { modes[*word as usize % 4] } else { *word };
            sample::put(&mut file, at, &word.to_le_bytes());
        }
        if let Ok(loader) = Loader::parse(file.clone().into()) {
            for (index, block) in loader.blocks().iter().enumerate() {
                prop_assert!(block.offset as usize >= 0x54 && block.end() <= file.len());
                prop_assert_eq!(loader.block_data(index).unwrap().len(), block.size as usize);
            }
        }
    }
}

#[test]
fn no_single_bit_of_damage_in_the_head_panics() {
    let file = two_blocks();
    for bit in 0..0x54 * 8 {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(loader) = Loader::parse(damaged.into()) {
            assert!(loader.blocks().iter().all(|block| block.end() <= file.len()), "bit {bit}");
        }
    }
}
