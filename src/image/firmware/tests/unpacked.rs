//! Unpacking: what is written, and what is left when it fails.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;

use super::*;
use crate::image::output::OutputError;
use crate::image::partition_code::PartitionSelector;

/// Goes on whatever happens.
pub(super) fn on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Name and content of every file in a folder.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// A set of raw and zlib data, a long unit among them.
pub(super) fn mixed_set() -> Vec<UnitRecipe> {
    let mut units = full_set();
    units[4].stored = zlib(&vec![0x5a; 20_000]);
    units[8].stored = (0..9000_u32).map(|at| (at * 31) as u8).collect();
    units
}

fn unpack(firmware: &Firmware, folder: &Path, options: &UnpackOptions) -> Result<(), RepackError> {
    firmware.unpacking(folder, options)?.write(&mut on)
}

#[test]
fn every_partition_is_a_file_of_its_plain_data_named_by_number_code_and_our_own_name() {
    let units = mixed_set();
    let file = on_disk(&bin(1, &units));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    let unpacking = firmware.unpacking(&folder, &UnpackOptions::default()).unwrap();
    assert!(!folder.exists(), "planning writes nothing");
    unpacking.write(&mut on).unwrap();
    let found = files(&folder);
    assert_eq!(found.len(), 11);
    assert_eq!(found["00-00110000-Fastboot.bin"], b"plain data of 00110000");
    assert_eq!(found["04-00220000-VxWorks_R11.bin"], vec![0x5a; 20_000]);
    assert_eq!(found["08-00590000-System.bin"], units[8].stored);
    for planned in unpacking.files() {
        assert_eq!(planned.length, found[&planned.name].len() as u64, "{}", planned.name);
    }
    assert!(String::from_utf8(found[DESCRIPTION_FILE].clone()).unwrap().contains(":BV7R11HS:21.180.01.00.00"));
}

#[test]
fn a_file_with_its_header_is_a_unit_of_the_plain_data() {
    let plain = UnitRecipe::new(0x22_0000, vec![0x5a; 20_000]);
    let stored = UnitRecipe { stored: zlib(&plain.stored), ..plain.clone() };
    let file = on_disk(&bin(1, &[stored]));
    let options = UnpackOptions { with_headers: true, ..UnpackOptions::default() };
    let folder = file.path.with_extension("");
    unpack(&verify_path(&file.path).unwrap(), &folder, &options).unwrap();
    assert!(files(&folder)["00-00220000-VxWorks_R11.fw"] == plain.bytes());
}

#[test]
fn one_partition_alone_keeps_its_number_and_has_no_description() {
    let file = on_disk(&bin(1, &mixed_set()));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    let only =
        |name: &str| UnpackOptions { only: vec![PartitionSelector::new(name).unwrap()], ..UnpackOptions::default() };
    unpack(&firmware, &folder, &only("vxworks")).unwrap();
    unpack(&firmware, &folder, &only("590000")).unwrap();
    assert_eq!(
        files(&folder).into_keys().collect::<Vec<_>>(),
        ["04-00220000-VxWorks_R11.bin", "08-00590000-System.bin"]
    );
    let error = unpack(&firmware, &folder, &only("Logo")).unwrap_err();
    assert!(matches!(&error, RepackError::NoSuchPartition { .. }) && error.to_string().contains("Fastboot"), "{error}");
}

#[test]
fn a_file_in_the_way_is_overwritten_on_request_only() {
    let file = on_disk(&bin(1, &full_set()));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("09-005a0000-APP.bin"), b"precious").unwrap();
    let error = unpack(&firmware, &folder, &UnpackOptions::default()).unwrap_err();
    assert!(matches!(error, RepackError::Output(OutputError::Exists { .. })), "{error}");
    assert_eq!(files(&folder).into_values().collect::<Vec<_>>(), [b"precious"]);
    unpack(&firmware, &folder, &UnpackOptions { replace: true, ..UnpackOptions::default() }).unwrap();
    assert_eq!(files(&folder).len(), 11);
    assert_eq!(files(&folder)["09-005a0000-APP.bin"], b"plain data of 005a0000");
}

#[test]
fn files_of_another_set_are_never_mixed_with_these() {
    let file = on_disk(&bin(1, &full_set()));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("10-00130000-Logo.bin"), b"of another set").unwrap();
    let options = UnpackOptions { replace: true, ..UnpackOptions::default() };
    let error = unpack(&firmware, &folder, &options).unwrap_err();
    assert!(matches!(&error, RepackError::OtherSet { name, .. } if name == "10-00130000-Logo.bin"), "{error}");
    assert_eq!(files(&folder).len(), 1);
}

#[test]
fn a_file_where_the_folder_belongs_is_refused() {
    let file = on_disk(&bin(1, &full_set()));
    let firmware = verify_path(&file.path).unwrap();
    let error = unpack(&firmware, &file.path, &UnpackOptions::default()).unwrap_err();
    assert!(matches!(error, RepackError::Output(OutputError::NotAFolder { .. })), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_is_replaced_and_nothing_outside_the_folder_is_written() {
    let file = on_disk(&bin(1, &full_set()));
    let firmware = verify_path(&file.path).unwrap();
    let (folder, outside) = (file.path.with_extension(""), file.path.with_extension("outside"));
    fs::create_dir(&folder).unwrap();
    fs::write(&outside, b"precious").unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("00-00110000-Fastboot.bin")).unwrap();
    let options = UnpackOptions { replace: true, ..UnpackOptions::default() };
    unpack(&firmware, &folder, &options).unwrap();
    assert_eq!(fs::read(&outside).unwrap(), b"precious");
    assert_eq!(files(&folder)["00-00110000-Fastboot.bin"], b"plain data of 00110000");
}

#[test]
fn a_file_that_changed_after_it_was_checked_leaves_no_file_and_no_folder() {
    let mut units = mixed_set();
    let file = on_disk(&bin(1, &units));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    let unpacking = firmware.unpacking(&folder, &UnpackOptions::default()).unwrap();
    units[8].stored[5000] ^= 1;
    // The time of the last change is put back, so that the data itself must give it away.
    let before = fs::metadata(&file.path).unwrap().modified().unwrap();
    fs::write(&file.path, bin(1, &units)).unwrap();
    fs::File::options().write(true).open(&file.path).unwrap().set_modified(before).unwrap();
    let error = unpacking.write(&mut on).unwrap_err();
    assert!(error.to_string().contains("partition 8 (00590000 System)"), "{error}");
    assert!(!folder.exists());
}

#[test]
fn a_stop_at_any_moment_leaves_no_file_and_no_folder() {
    let file = on_disk(&bin(1, &mixed_set()));
    let firmware = verify_path(&file.path).unwrap();
    let folder = file.path.with_extension("");
    for with_headers in [false, true] {
        let options = UnpackOptions { with_headers, ..UnpackOptions::default() };
        for moment in 0..9 {
            let mut asked = 0;
            let stopped = firmware.unpacking(&folder, &options).unwrap().write(&mut |_, _| {
                asked += 1;
                if asked > moment { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(matches!(stopped, Err(RepackError::Interrupted)), "after {moment} blocks");
            assert!(!folder.exists(), "after {moment} blocks");
        }
    }
}
