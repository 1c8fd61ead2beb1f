//! Good files, and what is read out of them.

use super::*;
use crate::image::compression::Compression;

const VECTORS: &str = include_str!("../../../../hw-tests/vectors/firmware.json");

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_vector_is_accepted_or_refused_as_it_says_and_read_to_the_same_data() {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let result = verify(&hex(vector["hex"].as_str().unwrap()));
        if !vector["accept"].as_bool().unwrap() {
            let error = result.expect_err(name).to_string();
            assert!(error.contains("0x") || error.contains("partition"), "{name}: {error}");
            continue;
        }
        let firmware = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(u64::from(firmware.image_type().byte()), vector["type"].as_u64().unwrap(), "{name}");
        let signature = firmware.signature().map_or(
            serde_json::Value::Null,
            |signature| serde_json::json!({ "length": signature.length, "key_hash": to_hex(&signature.key_hash) }),
        );
        assert_eq!(signature, vector["signature"], "{name}");
        let expected = vector["partitions"].as_array().unwrap();
        assert_eq!(firmware.partitions().len(), expected.len(), "{name}");
        for (partition, expected) in firmware.partitions().iter().zip(expected) {
            assert_eq!(partition.offset, expected["offset"].as_u64().unwrap(), "{name}");
            assert_eq!(format!("{:08x}", partition.code.0), expected["code"].as_str().unwrap(), "{name}");
            assert_eq!(partition.stored_size, expected["stored_size"].as_u64().unwrap(), "{name}");
            assert_eq!(partition.size, expected["size"].as_u64().unwrap(), "{name}");
            assert_eq!(to_hex(&partition.sha256), expected["sha256"].as_str().unwrap(), "{name}");
        }
    }
}

#[test]
fn a_full_set_tells_product_version_chip_and_lacks_nothing() {
    let firmware = verify(&bin(1, &full_set())).unwrap();
    assert_eq!(firmware.product(), Some("BV7R11HS"));
    assert_eq!(firmware.version(), Some("21.180.01.00.00"));
    assert_eq!(firmware.platform(), Some(Platform::V7R11));
    assert_eq!(firmware.container(), Container::Bin);
    assert!(firmware.missing().is_empty() && firmware.warnings().is_empty());
    let first = &firmware.partitions()[0];
    assert_eq!(
        (first.hardware.as_str(), first.date.as_str(), first.time.as_str()),
        ("HWEW11.1", "2015.11.27", "11:20:25")
    );
    assert_eq!(first.compression, Compression::None);
}

#[test]
fn the_same_set_in_an_exe_is_the_same() {
    let (plain, wrapped) = (verify(&bin(1, &full_set())).unwrap(), verify(&exe(1, &full_set())).unwrap());
    assert_eq!(wrapped.container(), Container::Exe);
    let digests = |firmware: &Firmware| -> Vec<_> {
        firmware.partitions().iter().map(|partition| (partition.code, partition.sha256)).collect()
    };
    assert_eq!(digests(&plain), digests(&wrapped));
    assert!(wrapped.missing().is_empty());
}

#[test]
fn a_stray_magic_in_the_stub_of_an_exe_is_passed_by() {
    let mut file = exe(1, &full_set());
    file[100..104].copy_from_slice(&[0x55, 0xaa, 0x5a, 0xa5]);
    assert_eq!(verify(&file).unwrap().partitions().len(), 10);
}

#[test]
fn the_trailer_is_found_in_the_decompressed_end_of_either_of_the_first_two() {
    for carrier in 0..2 {
        let mut units = full_set();
        units[carrier].stored = zlib(&[vec![1; 5000], trailer(0xab)].concat());
        let firmware = verify(&bin(9, &units)).unwrap();
        let signature = firmware.signature().unwrap();
        assert_eq!((signature.partition, signature.length, signature.key_hash), (carrier, 120, [0xab; 32]));
        assert!(firmware.warnings().is_empty());
    }
    let mut units = full_set();
    units[2].stored.extend(trailer(0xab));
    assert_eq!(verify(&bin(1, &units)).unwrap().signature(), None);
}

#[test]
fn a_signed_flag_without_trailer_and_a_trailer_without_flag_are_warned_of() {
    let firmware = verify(&bin(9, &full_set())).unwrap();
    assert!(matches!(firmware.warnings(), [Warning::FlagWithoutTrailer(_)]));
    let mut units = full_set();
    units[0].stored.extend(trailer(1));
    let firmware = verify(&bin(1, &units)).unwrap();
    assert!(matches!(firmware.warnings(), [Warning::TrailerWithoutFlag(_)]));
}

#[test]
fn a_partition_table_that_cannot_be_read_is_warned_of_because_no_size_was_compared() {
    let mut units = full_set();
    units[2].stored = b"no table".to_vec();
    assert!(matches!(verify(&bin(1, &units)).unwrap().warnings(), [Warning::UnreadableTable(_)]));
}

#[test]
fn terminal_escapes_in_header_texts_are_never_shown_raw() {
    let units: Vec<_> = full_set().into_iter().map(|unit| unit.text(b":BV7R11\x1b[2J:21\xff\x07")).collect();
    let firmware = verify(&bin(1, &units)).unwrap();
    let all = format!("{:?}{:?}{}", firmware.product(), firmware.version(), firmware.partitions()[0].version_text);
    assert!(all.chars().all(|letter| !letter.is_control()) && all.contains(r"\x1b[2J"), "{all}");
}

#[test]
fn progress_never_runs_backwards_and_ends_at_the_total() {
    let file = on_disk(&bin(1, &full_set()));
    let mut seen = Vec::new();
    Firmware::verify(&file.path, &ReadOptions::default(), &mut |read, total| seen.push((read, total))).unwrap();
    let total: u64 = full_set().iter().map(|unit| unit.stored.len() as u64).sum();
    assert!(seen.is_sorted() && seen.iter().all(|(_, of)| *of == total));
    assert_eq!(seen.last(), Some(&(total, total)));
}

#[test]
fn a_crc_block_larger_than_any_buffer_is_checked_as_a_stream() {
    let mut unit = UnitRecipe::new(0x11_0000, vec![0x5a; 300_001]);
    for block_size in [200_000, 70_001, u32::MAX, 3, 300_001] {
        unit.block_size = block_size;
        let mut file = bin(1, std::slice::from_ref(&unit));
        assert_eq!(verify(&file).unwrap().partitions()[0].size, 300_001);
        *file.last_mut().unwrap() ^= 1;
        assert!(refusal(&file).contains("CRC block"), "block size {block_size}");
    }
}
