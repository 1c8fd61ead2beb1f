//! Loader files: the blocks are where they are said to be, what is sent differs from the file only where that is said and
//! never erases unless that was allowed, and copy and folder give the file again.

use std::fs;

use balong::image::loader::{BlockMode, Loader, LoaderState, Preparation, PreparedLoader, Safety, pack};
use balong_mocks::samples::crc::Crc16;
use balong_mocks::samples::partition_table::TableRecipe;
use bytes::Bytes;

use super::message::{assert_error_is_readable, assert_is_readable};

/// Where the list of blocks begins, and how large an entry is.
const LIST: usize = 0x24;
const DESCRIPTOR: usize = 16;
/// What a fastboot variant ends in.
const CUT: &[u8] = b"\x55NDROID!";

/// Takes the bytes for a loader file.
pub fn run(data: &[u8]) {
    let loader = match Loader::parse(Bytes::copy_from_slice(data)) {
        Ok(loader) => loader,
        Err(error) => return assert_error_is_readable(&error),
    };
    assert_eq!(loader.content(), data);
    check_layout(&loader);
    check_findings(&loader);
    let table = Bytes::from(TableRecipe::v7r1("FUZZ").bytes().expect("a table"));
    // Nothing asked for, and two of the other wishes: which ones, the bytes say.
    let wishes = usize::from(Crc16::of(data));
    for number in [0, wishes % 16, wishes / 16 % 16] {
        let preparation = Preparation {
            fastboot: number & 1 != 0,
            allow_erase: number & 2 != 0,
            ignore_bad_block_marks: number & 4 != 0,
            partition_table: (number & 8 != 0).then(|| table.clone()),
        };
        check_preparation(&loader, &preparation);
    }
    check_folder(&loader);
}

fn check_layout(loader: &Loader) {
    let (blocks, file) = (loader.blocks(), loader.content().len());
    assert!((2..=16).contains(&blocks.len()));
    let list_end = LIST + DESCRIPTOR * (blocks.len() + 1);
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let (start, size) = (block.offset as usize, block.size as usize);
        assert!(size > 0 && start >= list_end && start + size <= file, "block {index}: {block:?}");
        assert!(u64::from(block.address) + u64::from(block.size) <= 1 << 32, "block {index}: {block:?}");
        let is_last = index + 1 == blocks.len();
        assert_eq!(block.mode, if is_last { BlockMode::Start } else { BlockMode::CallAndReturn });
        assert_eq!(loader.block_data(index).as_deref(), Some(&loader.content()[start..start + size]));
        places.push((start, start + size));
    }
    assert_eq!(loader.block_data(blocks.len()), None);
    places.sort_unstable();
    assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].0), "blocks overlap: {places:x?}");
}

/// Everything that is said about a loader can be said, and lies in it.
fn check_findings(loader: &Loader) {
    loader.warnings().iter().for_each(|warning| assert_is_readable(warning));
    for evidence in loader.evidence() {
        assert_is_readable(&evidence.to_string());
    }
    assert!(!loader.evidence().is_empty(), "a verdict without a reason");
    assert_eq!(loader.blob_id().len(), 40);
    let usbldr = loader.blocks()[loader.blocks().len() - 1];
    let (start, end) = (usbldr.offset as usize, (usbldr.offset + usbldr.size) as usize);
    if let Some(table) = loader.partition_table() {
        assert!(table.offset >= start && table.offset + table.size <= end && table.room >= table.size);
        assert!(table.offset + table.room <= end);
    }
    for check in loader.bad_block_checks() {
        assert_eq!(check.place.file_offset, start + check.place.block_offset);
        assert_eq!(check.instruction.is_some(), check.place.file_offset + 4 <= end);
    }
    assert!(loader.fastboot_cut().is_none_or(|cut| loader.content()[cut..end] == *CUT));
}

fn check_preparation(loader: &Loader, preparation: &Preparation) {
    let prepared = match loader.prepare(preparation) {
        Ok(prepared) => prepared,
        Err(error) => {
            assert!(loader.copy(preparation).is_err(), "a copy of what cannot be prepared");
            return assert_error_is_readable(&error);
        }
    };
    check_changes(loader, preparation, &prepared);
    let sent = Loader::parse(file_of(&prepared)).expect("what is sent is a loader");
    if prepared.safety() == Safety::EraseAllowed {
        assert!(preparation.allow_erase, "nobody allowed it to erase");
    } else {
        assert!(matches!(sent.state(), LoaderState::Patched | LoaderState::Safe), "what is sent {}", sent.state());
    }
    if let Some(wanted) = &preparation.partition_table {
        let table = sent.partition_table().expect("the table that was put in");
        assert!(wanted.starts_with(&sent.content()[table.offset..table.offset + table.size]));
        assert_eq!(prepared.partition_table(), Some(&table.table));
    }
    match loader.copy(preparation) {
        Ok(copy) => {
            let usbldr = copy.loader.block_data(copy.loader.blocks().len() - 1);
            assert_eq!(usbldr.as_ref(), prepared.blocks().last().map(|block| &block.data));
            assert!(matches!(copy.loader.state(), LoaderState::Patched | LoaderState::Safe));
        }
        Err(error) => {
            assert_eq!(prepared.safety(), Safety::EraseAllowed, "no copy of what is safe: {error}");
            assert_error_is_readable(&error);
        }
    }
}

/// What is sent is the file with the changes that are told, and nothing else.
fn check_changes(loader: &Loader, preparation: &Preparation, prepared: &PreparedLoader) {
    let mut content = loader.content().to_vec();
    for change in prepared.changes() {
        let place = &mut content[change.file_offset..change.file_offset + change.before.len()];
        assert_eq!(place, change.before, "the change tells of other bytes");
        place.copy_from_slice(&change.after);
        assert!(change.rows().iter().all(|(_, before, after)| before.len() == after.len() && before.len() <= 16));
        assert_is_readable(&change.why);
    }
    assert_eq!(prepared.blocks().len(), loader.blocks().len());
    for (index, (block, sent)) in loader.blocks().iter().zip(prepared.blocks()).enumerate() {
        assert_eq!((block.mode, block.address), (sent.mode, sent.address));
        let is_cut = preparation.fastboot && index + 1 == loader.blocks().len();
        assert!(is_cut || sent.data.len() == block.size as usize, "block {index} has another size");
        assert!(content[block.offset as usize..].starts_with(&sent.data), "block {index} differs");
        assert!(!is_cut || sent.data.ends_with(CUT));
    }
    assert_eq!(prepared.is_for_fastboot(), preparation.fastboot);
}

/// The file of the blocks that are sent.
fn file_of(prepared: &PreparedLoader) -> Bytes {
    let blocks = prepared.blocks();
    let mut file = vec![0, 0, 2, 0];
    file.resize(LIST, 0);
    let mut offset = LIST + DESCRIPTOR * (blocks.len() + 1);
    for block in blocks {
        let words = [block.mode.code().into(), block.data.len() as u32, block.address, offset as u32];
        file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        offset += block.data.len();
    }
    file.resize(file.len() + DESCRIPTOR, 0);
    blocks.iter().for_each(|block| file.extend_from_slice(&block.data));
    file.into()
}

/// Taken apart and put together again it is the same file.
fn check_folder(loader: &Loader) {
    let files = match loader.unpack() {
        Ok(files) => files,
        Err(error) => return assert_error_is_readable(&error),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in &files {
        assert!(!file.name.contains(['/', '\\']) && !file.content.is_empty(), "{}", file.name);
        fs::write(folder.path().join(&file.name), &file.content).expect("a temporary file");
    }
    let packed = pack(folder.path()).expect("the folder of a loader");
    assert!(packed.loader.content() == loader.content() && packed.changes.is_empty(), "another file came out");
}
