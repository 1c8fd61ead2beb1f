//! File names of folders: a name that is accepted says number and code, stays in its folder, and no file is left out.

use std::fs;
use std::path::{Component, Path};

use balong::image::firmware::{Firmware, ReadOptions, set_member};
use balong::image::loader;
use balong::image::partition_code::PartitionCode;

use super::message::assert_error_is_readable;

/// More files say nothing new.
const MOST_FILES: usize = 16;

/// Takes each line for a file name, and all of them for the names of one folder.
pub fn run(data: &[u8]) {
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').take(MOST_FILES).collect();
    lines.iter().filter_map(|line| std::str::from_utf8(line).ok()).for_each(check_name);
    if let Some(code) = data.first_chunk() {
        check_code(u32::from_le_bytes(*code), data.len());
    }
    check_folder(&lines);
}

fn check_name(name: &str) {
    let Some((number, code)) = set_member(name) else { return };
    assert!(number < 100);
    let start = format!("{number:02}-{:08x}-", code.0);
    let (head, rest) = name.split_at(start.len());
    assert!(head.eq_ignore_ascii_case(&start) && !rest.is_empty(), "{name:?} is read as {start}");
    assert!(!name.contains(char::is_control), "{name:?}");
    assert!(stays_inside(name), "{name:?} leads out of its folder");
}

/// Whether a name is that of one file in any folder, on Windows too.
fn stays_inside(name: &str) -> bool {
    let folder = Path::new("folder");
    let path = folder.join(name);
    let names: Vec<Component<'_>> = Path::new(name).components().collect();
    matches!(names[..], [Component::Normal(only)] if only == name)
        && path.parent() == Some(folder)
        && !name.contains(['/', '\\', '\0'])
}

/// The name that is made of a code is one that is read.
fn check_code(code: u32, number: usize) {
    let (number, code) = ((number % 100) as u8, PartitionCode(code));
    let name = format!("{number:02}-{:08x}-{}.bin", code.0, code.name());
    assert_eq!(set_member(&name), Some((number, code)), "{name}");
}

fn check_folder(names: &[&[u8]]) {
    let above = tempfile::tempdir().expect("a temporary folder");
    let folder = above.path().join("set");
    fs::create_dir(&folder).expect("a folder");
    // A good name outside: nobody may go there.
    fs::write(above.path().join("00-00110000-Outside.bin"), b"outside").expect("a file");
    let mut files = 0;
    for name in names.iter().filter_map(|name| file_name(name)) {
        let path = folder.join(name);
        if !path.exists() && fs::write(&path, name).is_ok() {
            files += 1;
        }
    }
    check_set(&folder, files);
    check_loader_folder(&folder);
}

/// A name as a file system takes it.
fn file_name(bytes: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(bytes).ok()?;
    (!name.is_empty() && stays_inside(name)).then_some(name)
}

/// Each file holds its own name. A set that is accepted has all of them, in the order of their numbers.
fn check_set(folder: &Path, files: usize) {
    let firmware = match Firmware::verify(folder, &ReadOptions::default(), &mut |_, _| {}) {
        Ok(firmware) => firmware,
        Err(error) => return assert_error_is_readable(&error),
    };
    assert_eq!(firmware.partitions().len(), files, "a file is left out");
    for (index, partition) in firmware.partitions().iter().enumerate() {
        let name = partition.file.as_deref().expect("the file of a set");
        assert_eq!(set_member(name), Some((index as u8, partition.code)));
        assert_eq!(partition.size, name.len() as u64);
        let data: Vec<u8> = firmware.blocks(index).expect("the same file").flat_map(Result::unwrap).collect();
        assert_eq!(data, name.as_bytes(), "another file is read");
    }
}

/// What is packed of the same folder are exactly its blocks, by their names.
fn check_loader_folder(folder: &Path) {
    let packed = match loader::pack(folder) {
        Ok(packed) => packed,
        Err(error) => return assert_error_is_readable(&error),
    };
    for (number, block) in packed.loader.blocks().iter().enumerate() {
        let data = packed.loader.block_data(number).expect("the data of a block");
        let name = std::str::from_utf8(&data).expect("a file that holds its name");
        let mode = if block.mode == loader::BlockMode::Start { "start" } else { "call" };
        let expected = format!("{number:02}-{:08x}-{mode}.bin", block.address);
        assert!(name.eq_ignore_ascii_case(&expected), "{name:?} became {expected}");
        assert!(folder.join(name).is_file());
    }
}
