//! Bad files, each refused with the place that is wrong.

use super::*;

/// The first two partitions of a set; the second one is to be made bad.
fn with_second(unit: UnitRecipe) -> Vec<u8> {
    bin(1, &[UnitRecipe::new(0x11_0000, "fastboot"), unit])
}

fn assert_contains(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message} lacks one of {parts:?}");
}

#[test]
fn other_kinds_of_files_have_no_partitions_and_are_named() {
    assert_contains(&refusal(&[b"PK\x03\x04".to_vec(), vec![7; 500]].concat()), &["no partitions found", "ZIP"]);
    assert_contains(&refusal(&[1; 500]), &["no partitions found", "0x5c"]);
    assert_contains(&refusal(b"short"), &["no partitions found", "0x5"]);
    assert_contains(&refusal(&[b"MZ".to_vec(), vec![0; 500]].concat()), &["no partitions found"]);
    let single = UnitRecipe::new(0x11_0000, vec![0; 200]).bytes();
    assert_contains(&refusal(&single), &["single partition"]);
}

#[test]
fn a_doubled_partition_and_one_out_of_order_are_listed() {
    let mut units = full_set();
    units.push(units[3].clone());
    assert_contains(
        &refusal(&bin(1, &units)),
        &["more than once", "partition 3 (00090000 Kernel_R11)", "partition 10"],
    );
    let mut units = full_set();
    units.swap(4, 6);
    assert_contains(&refusal(&bin(1, &units)), &["out of order", "00230000 M3Image_R11", "00220000 VxWorks_R11"]);
}

#[test]
fn text_and_codes_of_different_chips_are_refused() {
    let units: Vec<_> = full_set().into_iter().map(|unit| unit.text(b":BV7R2SAMPLE:21.1")).collect();
    assert_contains(&refusal(&bin(1, &units)), &["contradicts itself", "V7R2", "V7R11 or later"]);
}

#[test]
fn a_type_byte_of_0_8_or_above_15_is_refused() {
    for byte in [0, 8, 16, 0x4d, 0xff] {
        assert_contains(&refusal(&bin(byte, &full_set())), &["offset 0x0", &format!("{byte:#04x}")]);
    }
}

#[test]
fn damaged_data_is_refused_with_partition_block_and_offset() {
    let mut file = with_second(UnitRecipe::new(0x59_0000, vec![3; 200]));
    let end = file.len();
    file[end - 1] ^= 0x10;
    assert_contains(&refusal(&file), &["partition 1 (00590000 System)", "CRC block 3", &format!("{:#x}", end - 8)]);
}

#[test]
fn lzma_with_a_giant_dictionary_or_a_stated_size_is_refused_by_name() {
    let head =
        |dictionary: u32, size: u64| [&[0x5d][..], &dictionary.to_le_bytes(), &size.to_le_bytes(), &[0; 40]].concat();
    let giant = with_second(UnitRecipe::new(0x59_0000, head(u32::MAX, u64::MAX)));
    assert_contains(&refusal(&giant), &["00590000 System", "dictionary is 4294967295"]);
    let stated = with_second(UnitRecipe::new(0x59_0000, head(1 << 16, 560)));
    assert_contains(&refusal(&stated), &["00590000 System", "states its size (560)"]);
}

#[test]
fn undecodable_cut_left_over_and_empty_streams_are_refused() {
    let good = zlib(&[9; 5000]);
    let of = |stored: Vec<u8>| refusal(&with_second(UnitRecipe::new(0x59_0000, stored)));
    let mut broken = good.clone();
    let end = broken.len();
    broken[end - 1] ^= 1;
    assert_contains(&of(broken), &["00590000 System", "zlib data cannot be decoded"]);
    assert_contains(&of(good[..end - 3].to_vec()), &["cannot be decoded"]);
    assert_contains(&of([good, vec![0; 5]].concat()), &["5 bytes are left over"]);
    assert_contains(&of(zlib(&[])), &["nothing is left"]);
    let lzma_nonsense = [&[0x5d, 0, 0, 1, 0][..], &[0xff; 8], &[0x77; 60]].concat();
    assert_contains(&of(lzma_nonsense), &["lzma data cannot be decoded after 0"]);
}

#[test]
fn a_stream_that_grows_beyond_any_partition_is_stopped() {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let megabyte = vec![0; 1 << 20];
    for _ in 0..513 {
        encoder.write_all(&megabyte).unwrap();
    }
    let bomb = with_second(UnitRecipe::new(0x59_0000, encoder.finish().unwrap()));
    assert_contains(&refusal(&bomb), &["00590000 System", "more than 536870912 bytes"]);
}

#[test]
fn absurd_trailer_lengths_and_two_trailers_are_refused() {
    for length in [0, 49, 5000, u32::MAX] {
        let mut units = full_set();
        let mut bad = trailer(1);
        bad[108..112].copy_from_slice(&u32::to_le_bytes(length));
        units[0].stored.extend(bad);
        assert_contains(&refusal(&bin(9, &units)), &["00110000 Fastboot", &format!("length of {length},")]);
    }
    let mut units = full_set();
    units[0].stored.extend(trailer(1));
    units[1].stored.extend(trailer(2));
    assert_contains(&refusal(&bin(9, &units)), &["Fastboot", "M3Boot_R11", "both"]);
}

#[test]
fn a_partition_larger_than_its_place_in_the_table_of_the_set_is_refused() {
    let mut units = full_set();
    units[2].stored = table(&[("kernel", 0x20, 0x107), ("fastboot", 0x1000, 0x102)]);
    assert!(verify(&bin(1, &units)).is_ok());
    units[3].stored = vec![1; 0x21];
    assert_contains(&refusal(&bin(1, &units)), &["00090000 Kernel_R11", "33 bytes", "32"]);
}

#[test]
fn more_than_128_partitions_are_refused() {
    let units: Vec<_> = (0..129).map(|code| UnitRecipe::new(0x70_0000 + code, "x")).collect();
    assert_contains(&refusal(&bin(1, &units)), &["more than 128"]);
    assert_eq!(verify(&bin(1, &units[..128])).unwrap().partitions().len(), 128);
}

#[test]
fn bytes_after_the_last_partition_of_a_bin_need_the_override_and_are_said() {
    let file = [bin(1, &full_set()), vec![0; 9], vec![7], vec![0; 4]].concat();
    let error = verify(&file).unwrap_err();
    assert_eq!(error.lifted_by(), Some("--allow-trailing"));
    let options = ReadOptions { allow_trailing: true, ..ReadOptions::default() };
    let firmware = Firmware::verify(&on_disk(&file).path, &options, &mut |_, _| {}).unwrap();
    assert!(matches!(firmware.warnings(), [Warning::Trailing { .. }]));
    assert!(verify(&[bin(1, &full_set()), vec![0; 50]].concat()).unwrap().warnings().is_empty());
}

#[test]
fn no_override_ignores_a_partition_behind_the_end_of_the_chain() {
    let options = ReadOptions { allow_trailing: true, ..ReadOptions::default() };
    let further = UnitRecipe::new(0x5b_0000, "web").bytes();
    let mut file = [bin(1, &full_set()), vec![7; 100]].concat();
    file.resize(file.len().next_multiple_of(4), 7);
    file.extend(further);
    let error = Firmware::verify(&on_disk(&file).path, &options, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, FirmwareError::StrayUnit { .. }), "{error}");
}

#[test]
fn a_type_given_for_a_file_must_be_its_own() {
    let file = on_disk(&bin(9, &full_set()));
    let with = |given| {
        let options = ReadOptions { directory_type: Some(given), ..ReadOptions::default() };
        Firmware::verify(&file.path, &options, &mut |_, _| {})
    };
    assert!(with(1).is_ok());
    assert!(matches!(with(4), Err(FirmwareError::TypeDisagrees { .. })));
    assert!(matches!(with(8), Err(FirmwareError::GivenType(8))));
}
