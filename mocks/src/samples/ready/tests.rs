use std::fs;

use super::*;
use crate::samples::firmware::{Compression, Content};
use crate::samples::partition_table::TABLE_SIZE;

fn codes(recipe: &FirmwareRecipe) -> Vec<u32> {
    recipe.units.iter().map(|unit| unit.code >> 16).collect()
}

#[test]
fn the_orders_are_those_of_the_field() {
    let v7r11 = [0x11, 0x20, 0x01, 0x09, 0x22, 0x23, 0x24, 0x25, 0x59, 0x5a];
    assert_eq!(codes(&recipes::e3372h_stick().unwrap()), v7r11);
    assert_eq!(codes(&recipes::e3372h_hilink().unwrap()), v7r11);
    assert_eq!(codes(&recipes::miniature().unwrap()), v7r11);
    let v7r2 = [0x11, 0x02, 0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x59, 0x5a];
    assert_eq!(codes(&recipes::e3372s_stick().unwrap()), v7r2);
    assert_eq!(codes(&recipes::e3372h_webui()), [0x55, 0x5b]);
    assert_eq!(codes(&recipes::e3372h_webui_with_iso()), [0x55, 0x0a, 0x5b, 0x0b]);
}

#[test]
fn the_vxworks_unit_states_its_version_near_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let variant = Variant { form: Form::Directory, unsigned: false };
    let set = e3372h_stick(folder.path(), variant).unwrap();
    let vxworks = fs::read(set.path.join("04-00220000-VxWorks_R11.bin")).unwrap();
    assert!(vxworks.starts_with(b"BALONG SAMPLE VXWORKS version 21.180.01.00.00 "));
    let set = e3372s_stick(folder.path(), variant).unwrap();
    let vxworks = fs::read(set.path.join("04-00040000-VxWorks.bin")).unwrap();
    assert!(vxworks.starts_with(b"BALONG SAMPLE VXWORKS version 21.300.05.00.00 "));
}

#[test]
fn the_web_ui_states_its_version_in_its_own_partition() {
    let Content::Bytes(text) = &recipes::e3372h_webui().units[0].content else { panic!("not a text") };
    let text = String::from_utf8(text.clone()).unwrap();
    assert!(text.contains("WEBUI_17.100.13.01.03_HILINK"), "{text}");
    assert_eq!(recipes::e3372h_webui().units[0].version, b":BV7R11HS:17.100.13.01.03");
}

#[test]
fn the_table_of_the_set_is_the_table_of_the_loader() {
    let folder = tempfile::tempdir().unwrap();
    let loader = e3372h_loader(folder.path()).unwrap();
    let bytes = fs::read(&loader.path).unwrap();
    let at = loader.description.table.unwrap();
    let set = e3372h_stick(folder.path(), Variant { form: Form::Directory, unsigned: true }).unwrap();
    let unit = fs::read(set.path.join("02-00010000-M3Boot-ptable.bin")).unwrap();
    assert_eq!(unit, bytes[at..at + TABLE_SIZE]);
}

#[test]
fn a_set_is_about_six_megabytes_as_flashed_and_smaller_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let set = e3372h_stick(folder.path(), Variant::default()).unwrap();
    let plain = set.description.plain_size();
    assert!((5_500_000..6_500_000).contains(&plain), "{plain} bytes");
    assert_eq!(fs::metadata(&set.path).unwrap().len(), set.description.length);
    assert!(set.description.length < plain * 4 / 5);
    let stored: Vec<Compression> = set.description.units.iter().map(|unit| unit.compression).collect();
    assert!(stored.contains(&Compression::None) && stored.contains(&Compression::Zlib));
    assert!(stored.iter().any(|stored| matches!(stored, Compression::Lzma { .. })));
}

#[test]
fn signed_and_unsigned_variants_differ_in_trailer_and_type_bit_only() {
    let folder = tempfile::tempdir().unwrap();
    let signed = e3372h_hilink(folder.path(), Variant::default()).unwrap().description;
    let unsigned = e3372h_hilink(folder.path(), Variant { unsigned: true, ..Variant::default() }).unwrap().description;
    assert_eq!(signed.signature.as_ref().map(|signature| (signature.unit, signature.length)), Some((0, 2958)));
    assert_eq!((signed.type_byte, unsigned.type_byte), (9, 1));
    assert_eq!(unsigned.signature, None);
    assert_eq!(signed.units[0].size, unsigned.units[0].size + 2958);
    assert_eq!(signed.units[1].sha256, unsigned.units[1].sha256);
}

#[test]
fn every_form_holds_the_same_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let of = |form| e3372h_webui_with_iso(folder.path(), Variant { form, unsigned: false }).unwrap();
    let digests = |sample: &SampleFirmware| sample.description.units.iter().map(|unit| unit.sha256).collect::<Vec<_>>();
    let bin = of(Form::Bin);
    assert_eq!(digests(&bin), digests(&of(Form::Exe)));
    assert_eq!(digests(&bin), digests(&of(Form::Directory)));
}

#[test]
fn a_set_made_twice_is_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let first = e3372s_stick(folder.path(), Variant::default()).unwrap();
    let second = e3372s_stick(other.path(), Variant::default()).unwrap();
    assert_eq!(fs::read(first.path).unwrap(), fs::read(second.path).unwrap());
}
