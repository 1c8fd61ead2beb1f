use super::*;
use crate::image::loader::sample::{self, LIVE_CALL, NO_CALL, USBLDR};
use crate::image::partition_table::tests as table;

fn live_with(behind: &[u8]) -> Loader {
    let mut usbldr = sample::usbldr_of(sample::form("V7R11"), LIVE_CALL);
    usbldr.extend(table::build(table::V7R11, Some(0x7e0), 0x800));
    usbldr.extend(behind);
    Loader::parse(sample::loader(&usbldr).into()).unwrap()
}

#[test]
fn a_safe_copy_differs_in_the_patched_instruction_alone() {
    let loader = live_with(b"");
    let copy = loader.copy(&Preparation::default()).unwrap();
    let (old, new) = (loader.content(), copy.loader.content());
    let differing: Vec<usize> = (0..old.len()).filter(|&at| old[at] != new[at]).collect();
    let at = USBLDR + sample::SIGNATURE + 60;
    assert_eq!((old.len(), &differing[..]), (new.len(), &[at, at + 2, at + 3][..]));
    assert_eq!((copy.loader.state(), copy.safety, copy.left_off), (LoaderState::Patched, Safety::PatchedHere, None));
    let rows: Vec<_> = copy.changes.iter().flat_map(Change::rows).collect();
    assert_eq!(rows, [(at, &LIVE_CALL[..], &NO_CALL[..])]);
}

#[test]
fn a_copy_of_what_is_safe_already_is_the_same_file() {
    let copy = live_with(b"").copy(&Preparation::default()).unwrap();
    let again = copy.loader.copy(&Preparation::default()).unwrap();
    assert_eq!((again.loader.content(), again.changes.len()), (copy.loader.content(), 0));
    assert_eq!(again.safety, Safety::AlreadySafe);
}

#[test]
fn the_fastboot_copy_ends_behind_the_spoilt_word_and_its_head_says_so() {
    let loader = live_with(b"ANDROID!kernel");
    let copy = loader.copy(&Preparation { fastboot: true, ..Preparation::default() }).unwrap();
    let end = loader.content().len();
    assert_eq!((copy.loader.content().len(), copy.left_off), (end - 6, Some(end - 6..end)));
    assert!(copy.loader.content().ends_with(b"\x55NDROID!"));
    assert_eq!(copy.loader.blocks()[1].size, loader.blocks()[1].size - 6);
    let mut rebuilt = loader.content()[..end - 6].to_vec();
    for change in &copy.changes {
        sample::put(&mut rebuilt, change.file_offset, &change.after);
    }
    assert_eq!(copy.loader.content(), &rebuilt, "the changes and what is left off say all");
}

#[test]
fn a_block_that_lies_behind_a_cut_usbldr_moves_up_with_its_descriptor() {
    let mut usbldr = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    usbldr.extend(b"ANDROID!kernel!!");
    let mut file = sample::file(&[(1, 0x1000, &sample::filler(64)), (2, 0x5780_0000, &usbldr)]);
    let raminit = file[0x54..0x54 + 64].to_vec();
    file.drain(0x54..0x54 + 64);
    file.extend(&raminit);
    sample::put(&mut file, 0x24 + 12, &((0x54 + usbldr.len()) as u32).to_le_bytes());
    sample::put(&mut file, 0x34 + 12, &0x54_u32.to_le_bytes());
    let loader = Loader::parse(file.into()).unwrap();
    let copy = loader.copy(&Preparation { fastboot: true, ..Preparation::default() }).unwrap();
    assert_eq!(copy.loader.block_data(0).unwrap(), raminit);
    assert_eq!(copy.loader.block_data(1).unwrap().len(), usbldr.len() - 8);
}

#[test]
fn a_fastboot_copy_is_not_cut_twice_and_is_never_taken_for_one_that_brings_download_mode() {
    // A constant of the code, such as real loaders have, must not be taken for the image that is gone.
    let loader = live_with(b"the constant ANDROID! and then ANDROID!kernel");
    let fastboot = Preparation { fastboot: true, ..Preparation::default() };
    let copy = loader.copy(&fastboot).unwrap();
    let again = copy.loader.copy(&fastboot).unwrap();
    assert_eq!((again.loader.content(), again.changes.len()), (copy.loader.content(), 0));
    assert!(copy.loader.prepare(&fastboot).unwrap().is_for_fastboot());
    assert!(matches!(copy.loader.prepare(&Preparation::default()), Err(LoaderError::OnlyFastboot { .. })));
    assert!(copy.loader.warnings().iter().any(|warning| warning.contains("fastboot")));
    assert!(!loader.warnings().iter().any(|warning| warning.contains("fastboot")));
}

#[test]
fn a_file_that_is_safe_by_its_digest_alone_gets_no_changed_copy() {
    use crate::image::loader::{Layout, known::Verified};
    use crate::image::platform::Platform;
    static FILE: Verified =
        Verified { name: "usblsafe-e303", platform: Platform::V3R3, sha256: "", why: "it was read" };
    let mut usbldr = sample::filler(0x60);
    usbldr.extend(table::build(table::V7R11, None, 0));
    let content: Bytes = sample::loader(&usbldr).into();
    let layout = Layout::read(&content).unwrap();
    let verified = Loader::judged(content, layout, Some(FILE.name), Some(&FILE));
    let own = table::build(&table::V7R11[..2], None, 0).into();
    let error = verified.copy(&Preparation { partition_table: Some(own), ..Preparation::default() }).unwrap_err();
    assert!(matches!(error, LoaderError::CopyNotSafe { state: LoaderState::Unknown }), "{error}");
}
