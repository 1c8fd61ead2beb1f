//! Folders of partitions.

use super::*;

const NAMES: [&str; 10] = [
    "00-00110000-Fastboot.bin",
    "01-00200000-M3Boot_R11.bin",
    "02-00010000-M3Boot-ptable.bin",
    "03-00090000-Kernel_R11.bin",
    "04-00220000-VxWorks_R11.bin",
    "05-00230000-M3Image_R11.bin",
    "06-00240000-DSP_R11.bin",
    "07-00250000-Nvdload_R11.bin",
    "08-00590000-System.bin",
    "09-005A0000-APP.bin",
];

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let data = if name.contains("ptable") { table(&[]) } else { format!("data of {name}").into_bytes() };
        std::fs::write(folder.path().join(name), data).unwrap();
    }
    folder
}

fn refused(folder: &tempfile::TempDir) -> String {
    verify_path(folder.path()).expect_err("a folder that must be refused").to_string()
}

#[test]
fn a_full_folder_is_a_firmware_of_v7r11_or_later_without_product_and_version() {
    let folder = folder(&NAMES);
    let firmware = verify_path(folder.path()).unwrap();
    assert_eq!(firmware.container(), Container::Directory);
    assert_eq!((firmware.image_type().byte(), firmware.missing()), (1, &[][..]));
    assert_eq!((firmware.product(), firmware.version(), firmware.platform()), (None, None, None));
    assert_eq!(firmware.platform_clue(), Some(PlatformClue::V7R11OrLater));
    let order: Vec<u32> = firmware.partitions().iter().map(|partition| partition.code.0).collect();
    assert_eq!(order, full_set().iter().map(|unit| unit.code).collect::<Vec<_>>());
    let block = firmware.blocks(9).unwrap().next().unwrap().unwrap();
    assert_eq!(block, "data of 09-005A0000-APP.bin".as_bytes());
}

#[test]
fn the_type_is_given_or_follows_from_the_codes() {
    let names = ["00-00550000-Oeminfo.bin", "01-005b0000-WEBUI.bin", "02-000b0000-ISO.bin"];
    let folder = folder(&names);
    assert_eq!(verify_path(folder.path()).unwrap().image_type().byte(), 6);
    let options = ReadOptions { directory_type: Some(2), ..ReadOptions::default() };
    assert_eq!(Firmware::verify(folder.path(), &options, &mut |_, _| {}).unwrap().image_type().byte(), 2);
}

#[test]
fn the_trailer_is_found_in_the_first_two_files_and_sets_the_signed_flag() {
    let folder = folder(&NAMES);
    std::fs::write(folder.path().join(NAMES[1]), trailer(4)).unwrap();
    let firmware = verify_path(folder.path()).unwrap();
    assert_eq!(firmware.signature().unwrap().key_hash, [4; 32]);
    assert_eq!(firmware.image_type().byte(), 9);
    assert!(firmware.warnings().is_empty());
}

#[test]
fn gaps_duplicates_foreign_files_and_folders_are_refused_by_name() {
    assert!(refused(&folder(&[NAMES[0], NAMES[2]])).contains("number 01 is missing"));
    assert!(refused(&folder(&[NAMES[0], "00-00200000-B.bin"])).contains("number 00 is there twice"));
    assert!(refused(&folder(&[NAMES[0], "README.txt"])).contains("README.txt"));
    assert!(refused(&folder(&[NAMES[0], "01-00110000-Again.bin"])).contains("more than once"));
    assert!(refused(&folder(&[])).contains("no partitions found"));
    let with_folder = folder(&NAMES[..1]);
    std::fs::create_dir(with_folder.path().join(NAMES[1])).unwrap();
    assert!(refused(&with_folder).contains("is a folder"));
}

#[test]
fn headered_compressed_and_empty_files_are_refused_by_name() {
    let folder = folder(&NAMES);
    let path = folder.path().join(NAMES[4]);
    std::fs::write(&path, UnitRecipe::new(0x22_0000, "data").bytes()).unwrap();
    assert!(refused(&folder).contains("04-00220000-VxWorks_R11.bin\" begins with a partition header"));
    let container = [vec![1; 0x5c], UnitRecipe::new(0x22_0000, "data").bytes()].concat();
    std::fs::write(&path, container).unwrap();
    assert!(refused(&folder).contains("04-00220000-VxWorks_R11.bin\" is a whole firmware container"));
    std::fs::write(&path, zlib(b"data")).unwrap();
    assert!(refused(&folder).contains("04-00220000-VxWorks_R11.bin: the file is zlib data"));
    std::fs::write(&path, b"").unwrap();
    assert!(refused(&folder).contains("is empty"));
}

#[test]
fn a_file_larger_than_its_place_in_the_table_of_the_set_is_refused() {
    let folder = folder(&NAMES);
    let table = table(&[("m3image", 0x10, 0x109)]);
    std::fs::write(folder.path().join(NAMES[2]), table).unwrap();
    assert!(refused(&folder).contains("05-00230000-M3Image_R11.bin"));
}

#[test]
#[cfg(unix)]
fn a_name_that_is_not_utf8_is_escaped_and_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&NAMES);
    let name = std::ffi::OsStr::from_bytes(b"10-00290000-\xff\x1b[2J.bin");
    std::fs::write(folder.path().join(name), b"x").unwrap();
    let message = refused(&folder);
    assert!(message.contains(r"\xff\x1b[2J") && message.chars().all(|letter| !letter.is_control()), "{message}");
}

#[test]
fn a_header_with_a_damaged_magic_is_no_data() {
    let unit = UnitRecipe::new(0x59_0000, b"plain data".to_vec());
    let mut damaged = unit.bytes();
    damaged[1] ^= 4;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("00-00590000-System.bin"), damaged).unwrap();
    let error = verify_path(folder.path()).unwrap_err().to_string();
    assert!(error.contains("00-00590000-System.bin") && error.contains("a55aaa55"), "{error}");
}
