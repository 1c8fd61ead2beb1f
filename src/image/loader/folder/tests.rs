use proptest::prelude::*;

use super::*;
use crate::image::loader::LoaderState;
use crate::image::loader::sample::{self, LIVE_CALL};
use crate::image::partition_table::tests as table;

fn loader() -> Loader {
    let mut usbldr = sample::usbldr_of(sample::form("V7R11"), LIVE_CALL);
    usbldr.extend(table::build(table::V7R11, Some(0x7e0), 0x800));
    Loader::parse(sample::loader(&usbldr).into()).unwrap()
}

fn unpacked(loader: &Loader) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in loader.unpack().unwrap() {
        fs::write(folder.path().join(&file.name), &file.content).unwrap();
    }
    folder
}

#[test]
fn an_unchanged_folder_gives_the_same_file_byte_for_byte() {
    let loader = loader();
    let folder = unpacked(&loader);
    fs::write(folder.path().join(TABLE_TEXT), "for people").unwrap();
    let mut names: Vec<_> = loader.unpack().unwrap().into_iter().map(|file| file.name).collect();
    names.sort();
    assert_eq!(names, ["00-00001000-call.bin", "01-57800000-start.bin", "ptable.bin"]);
    let packed = pack(folder.path()).unwrap();
    assert_eq!((packed.loader.content(), packed.changes.len()), (loader.content(), 0));
}

#[test]
fn the_table_is_extracted_to_its_end_mark_and_not_to_2048_bytes() {
    let files = loader().unpack().unwrap();
    let extracted = files.iter().find(|file| file.name == "ptable.bin").unwrap();
    assert_eq!(extracted.content, table::build(table::V7R11, None, 0));
}

#[test]
fn another_table_is_put_into_usbldr_and_nothing_behind_its_end_is_touched() {
    let loader = loader();
    let folder = unpacked(&loader);
    fs::write(folder.path().join("ptable.bin"), table::build(&table::V7R11[..2], None, 0)).unwrap();
    let packed = pack(folder.path()).unwrap();
    assert_eq!(packed.loader.partition_table().unwrap().table.entries.len(), 2);
    assert_eq!(packed.loader.state(), LoaderState::Erases, "packing is not patching");
    let (old, new) = (loader.content(), packed.loader.content());
    let located = loader.partition_table().unwrap();
    assert_eq!(old[..located.offset], new[..located.offset]);
    assert_eq!(old[located.offset + located.size..], new[located.offset + located.size..]);
    assert_eq!(packed.changes.len(), 1);
}

#[test]
fn a_table_that_is_damaged_is_refused_by_its_file_and_offset() {
    let folder = unpacked(&loader());
    fs::write(folder.path().join("ptable.bin"), &table::build(table::V7R11, None, 0)[..100]).unwrap();
    let LoaderError::Folder(FolderError::Member { name, source }) = pack(folder.path()).unwrap_err() else { panic!() };
    assert_eq!(name, "ptable.bin");
    assert!(matches!(*source, LoaderError::OwnTable { .. }), "{source}");
}

#[test]
fn a_folder_with_a_gap_a_doubled_number_a_wrong_name_or_no_block_is_refused() {
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil); 6] = [
        ("00-00001000-call.bin", |path| fs::remove_file(path.join("00-00001000-call.bin")).unwrap()),
        ("01", |path| fs::write(path.join("00-00002000-call.bin"), b"x").unwrap()),
        ("notes.txt", |path| fs::write(path.join("notes.txt"), b"x").unwrap()),
        ("sub", |path| fs::create_dir(path.join("sub")).unwrap()),
        ("head.bin", |path| fs::write(path.join("head.bin"), b"x").unwrap()),
        ("01-57800000-start.bin", |path| fs::write(path.join("01-57800000-start.bin"), b"").unwrap()),
    ];
    for (named, spoil) in cases {
        let folder = unpacked(&loader());
        spoil(folder.path());
        let error = pack(folder.path()).unwrap_err();
        let is_named = error.to_string().contains(named) || named == "00-00001000-call.bin";
        assert!(matches!(error, LoaderError::Folder(_)) && is_named, "{named}: {error}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(pack(empty.path()), Err(LoaderError::Folder(FolderError::NoBlocks { .. }))));
    assert!(matches!(pack(&empty.path().join("none")), Err(LoaderError::Folder(FolderError::Read { .. }))));
}

#[test]
fn blocks_with_a_gap_between_them_are_not_taken_apart() {
    let mut file = sample::file(&[(1, 0x1000, &sample::filler(64)), (2, 0x5780_0000, &sample::filler(64))]);
    file.extend([0; 4]);
    sample::put(&mut file, 0x34 + 12, &(0x54_u32 + 68).to_le_bytes());
    let error = Loader::parse(file.into()).unwrap().unpack().unwrap_err();
    assert!(error.to_string().contains("0x98"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_can_be_taken_apart_comes_together_as_it_was(
        called in proptest::collection::vec(1..400_usize, 1..4), started in 1..3000_usize,
        head in proptest::collection::vec(any::<u8>(), 32), odd: bool, trailing in 0..40_usize,
    ) {
        let blocks: Vec<Vec<u8>> = called.iter().map(|&size| sample::filler(size)).collect();
        let last = sample::filler(started);
        let mut list: Vec<(u32, u32, &[u8])> =
            blocks.iter().enumerate().map(|(at, data)| (1, at as u32 * 0x1000, &data[..])).collect();
        list.push((2, 0x5780_0000, &last));
        let mut file = sample::file(&list);
        if odd {
            sample::put(&mut file, 4, &head);
        }
        file.extend(sample::filler(trailing));
        let loader = Loader::parse(file.into()).unwrap();
        let folder = unpacked(&loader);
        let packed = pack(folder.path()).unwrap();
        prop_assert_eq!(packed.loader.content(), loader.content());
    }
}
