use std::io::{self, Read, Write};

use flate2::read::ZlibDecoder;
use lzma_rust2::LzmaReader;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::samples::crc::Crc16;

const VECTORS: &str = include_str!("../../../../hw-tests/vectors/firmware.json");
const VERSION: &str = ":BV7R11HS:21.180.01.00.00";

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn vector(name: &str) -> serde_json::Value {
    let all: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let found = all["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == name);
    found.unwrap_or_else(|| panic!("no vector is named {name}")).clone()
}

fn vector_bytes(vector: &serde_json::Value) -> Vec<u8> {
    hex(vector["hex"].as_str().unwrap())
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|index| (3 + 7 * index) as u8).collect()
}

fn unit(code: u32, content: Vec<u8>) -> UnitRecipe {
    UnitRecipe { crc_block: 64, ..UnitRecipe::new(code, "Vector", VERSION, Content::Bytes(content)) }
}

/// The vector's third and second unit, stored bytes taken over: a raw unit of those bytes is the same unit.
fn stored(vector: &serde_json::Value, index: usize) -> Vec<u8> {
    let part = &vector["partitions"][index];
    let number = |key: &str| part[key].as_u64().unwrap() as usize;
    let data = number("offset") + number("header_size");
    vector_bytes(vector)[data..data + number("stored_size")].to_vec()
}

#[test]
fn one_raw_unit_is_the_vector_byte_for_byte() {
    let (bytes, _) = FirmwareRecipe::new(1, vec![unit(0x11_0000, pattern(150))]).bytes().unwrap();
    assert_eq!(bytes, vector_bytes(&vector("one raw unit")));
}

#[test]
fn raw_zlib_and_lzma_units_of_the_same_stored_bytes_are_the_vector_byte_for_byte() {
    let vector = vector("raw, zlib, lzma");
    let units =
        vec![unit(0x11_0000, pattern(150)), unit(0x59_0000, stored(&vector, 1)), unit(0x5a_0000, stored(&vector, 2))];
    let (bytes, description) = FirmwareRecipe::new(1, units).bytes().unwrap();
    assert_eq!(bytes, vector_bytes(&vector));
    let offsets: Vec<u64> = description.units.iter().map(|unit| unit.offset).collect();
    assert_eq!(offsets, [92, 348, 476]);
}

#[test]
fn our_own_compressors_make_what_the_vector_decompresses_to() {
    let vector = vector("raw, zlib, lzma");
    let mut plain = Vec::new();
    ZlibDecoder::new(stored(&vector, 1).as_slice()).read_to_end(&mut plain).unwrap();
    let units = vec![
        unit(0x59_0000, plain.clone()).stored_as(Compression::Zlib),
        unit(0x5a_0000, plain.clone()).stored_as(Compression::Lzma { dictionary: 1 << 16 }),
    ];
    let (bytes, description) = FirmwareRecipe::new(1, units).bytes().unwrap();
    for (made, part) in description.units.iter().zip(&vector["partitions"].as_array().unwrap()[1..]) {
        assert_eq!(made.size, part["size"].as_u64().unwrap());
        assert_eq!(made.sha256.as_slice(), hex(part["sha256"].as_str().unwrap()));
    }
    let data = |index: usize| &bytes[description.units[index].data_offset() as usize..];
    assert_eq!(data(0)[..2], [0x78, 0xda]);
    assert_eq!(data(1)[..13], [0x5d, 0, 0, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    let mut back = Vec::new();
    let mut decoder = LzmaReader::new_mem_limit(data(1), u32::MAX, None).unwrap();
    decoder.read_to_end(&mut back).unwrap();
    assert_eq!(back, plain);
}

#[test]
fn the_signed_vector_is_made_byte_for_byte() {
    let vector = vector("signed");
    let signature = &vector["signature"];
    let key_hash = hex(signature["key_hash"].as_str().unwrap()).try_into().unwrap();
    let trailer = TrailerRecipe { key_hash, ..TrailerRecipe::sample(120) };
    let units = vec![unit(0x11_0000, pattern(150)).signed(trailer), unit(0x59_0000, pattern(150))];
    let (bytes, description) = FirmwareRecipe::new(9, units).bytes().unwrap();
    assert_eq!(bytes, vector_bytes(&vector));
    assert_eq!(description.signature, Some(SignatureDescription { unit: 0, length: 120, key_hash }));
}

#[test]
fn the_exe_vector_is_made_byte_for_byte() {
    let vector = vector("EXE-wrapped");
    let stub = vector_bytes(&vector)[..400].to_vec();
    let recipe = FirmwareRecipe {
        wrapper: Wrapper::Exe { stub, tail: Vec::new() },
        pad_last: false,
        ..FirmwareRecipe::new(1, vec![unit(0x11_0000, pattern(150)), unit(0x59_0000, stored(&vector, 1))])
    };
    assert_eq!(recipe.bytes().unwrap().0, vector_bytes(&vector));
}

#[test]
fn the_sample_updater_holds_the_magic_as_code_but_no_unit_before_the_first() {
    let stub = Wrapper::sample_stub();
    assert_eq!(stub[..2], *b"MZ");
    let hits: Vec<usize> =
        stub.chunks(4).enumerate().filter(|(_, word)| *word == MAGIC).map(|(at, _)| at * 4).collect();
    assert_eq!(hits, [0x400]);
    assert_ne!(stub[0x408..0x40c], 1_u32.to_le_bytes());
}

#[test]
fn a_directory_set_holds_the_plain_partitions_in_numbered_files() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = FirmwareRecipe::new(
        1,
        vec![unit(0x11_0000, pattern(10)), unit(0x59_0000, pattern(5000)).stored_as(Compression::Zlib)],
    );
    let description = recipe.write_directory(folder.path()).unwrap();
    let file = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(file("00-00110000-Vector.bin"), pattern(10));
    assert_eq!(file("01-00590000-Vector.bin"), pattern(5000));
    assert_eq!(description.units[1].sha256, <[u8; 32]>::from(Sha256::digest(pattern(5000))));
}

#[test]
fn texts_longer_than_their_field_and_a_block_size_of_zero_are_refused() {
    let mut recipe = FirmwareRecipe::new(1, vec![unit(0x11_0000, pattern(10))]);
    recipe.units[0].version = vec![b'x'; 33];
    assert!(matches!(recipe.bytes(), Err(RecipeError::DoesNotFit { needed: 33, room: 32, .. })));
    recipe.units[0].version = vec![b'x'; 32];
    assert!(recipe.bytes().is_ok());
    recipe.units[0].crc_block = 0;
    assert!(matches!(recipe.bytes(), Err(RecipeError::Impossible { found: 0, .. })));
}

/// Takes everything, keeps nothing, and remembers the largest piece it was handed.
#[derive(Default)]
struct Sink {
    size: u64,
    largest: usize,
}

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.size += buffer.len() as u64;
        self.largest = self.largest.max(buffer.len());
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_system_of_100_mib_streams_through_in_pieces_that_are_never_larger_than_what_is_kept() {
    let size = 100 << 20;
    let content = Content::Filler { banner: "BALONG SAMPLE SYSTEM\n".into(), size, seed: 1 };
    let recipe = FirmwareRecipe::new(1, vec![UnitRecipe::new(0x59_0000, "System", VERSION, content)]);
    let mut sink = Sink::default();
    let description = recipe.write_to(&mut sink).unwrap();
    assert_eq!(description.units[0].size, size);
    assert_eq!(description.units[0].header_size as u64, 98 + 2 * (size / 4096));
    assert_eq!(sink.size, description.length);
    assert!(sink.largest <= 1 << 20, "one piece was {} bytes", sink.largest);
}

#[test]
fn a_unit_too_large_to_be_kept_is_made_the_same_way_a_second_time() {
    for compression in [Compression::Zlib, Compression::Lzma { dictionary: 1 << 16 }] {
        let content = Content::Filler { banner: "BALONG SAMPLE\n".into(), size: 10 << 20, seed: 2 };
        let recipe = UnitRecipe::new(0x59_0000, "System", VERSION, content).stored_as(compression);
        let (bytes, description) = FirmwareRecipe::new(1, vec![recipe]).bytes().unwrap();
        let made = &description.units[0];
        assert!(made.stored_size as usize > unit::KEPT, "{compression:?} leaves only {} bytes", made.stored_size);
        let data = &bytes[made.data_offset() as usize..made.data_end() as usize];
        let checks: Vec<u8> = data.chunks(4096).flat_map(|part| Crc16::of(part).to_le_bytes()).collect();
        assert_eq!(bytes[PREFIX_SIZE + HEADER_SIZE..made.data_offset() as usize], checks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_unit_stands_where_the_description_says_and_its_checks_hold(
        sizes in prop::collection::vec(1_usize..3000, 1..6),
        block in 1_u32..600,
        exe in any::<bool>(),
    ) {
        let units = sizes.iter().map(|size| UnitRecipe { crc_block: block, ..unit(0x11_0000, pattern(*size)) });
        let mut recipe = FirmwareRecipe::new(1, units.collect());
        if exe {
            recipe = recipe.exe();
        }
        let (bytes, description) = recipe.bytes().unwrap();
        prop_assert_eq!(bytes.len() as u64, description.length);
        for (made, size) in description.units.iter().zip(sizes) {
            let at = made.offset as usize;
            prop_assert_eq!(at % 4, 0);
            prop_assert_eq!(&bytes[at..at + 4], MAGIC);
            let mut header = bytes[at..at + HEADER_SIZE].to_vec();
            let stored_crc = [header[92], header[93]];
            header[92..94].fill(0);
            prop_assert_eq!(stored_crc, Crc16::of(&header).to_le_bytes());
            let data = &bytes[made.data_offset() as usize..made.data_end() as usize];
            prop_assert_eq!(data, pattern(size));
            let table = &bytes[at + HEADER_SIZE..made.data_offset() as usize];
            let checks: Vec<u8> = data.chunks(block as usize).flat_map(|part| Crc16::of(part).to_le_bytes()).collect();
            prop_assert_eq!(table, checks);
        }
    }
}
