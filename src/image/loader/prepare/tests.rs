use proptest::prelude::*;

use super::*;
use crate::image::loader::sample::{self, BRANCH_IF_EQUAL, LIVE_CALL, NO_CALL, USBLDR};
use crate::image::loader::signature::FORMS;
use crate::image::partition_table::{PartitionTable, TableError, tests as table};

const CHECK: &[u8] = &[0x04, 0x10, 0x8d, 0xe2, 0x04, 0x00, 0xa0, 0xe1];

fn parse(usbldr: &[u8]) -> Loader {
    Loader::parse(sample::loader(usbldr).into()).unwrap()
}

fn with(form: &str, instruction: [u8; 4]) -> Loader {
    parse(&sample::usbldr_of(sample::form(form), instruction))
}

fn fastboot() -> Preparation {
    Preparation { fastboot: true, ..Preparation::default() }
}

/// A patched V7R11 block with a table at 0x400 and this behind it.
fn usbldr_with(behind: &[u8]) -> Vec<u8> {
    let mut usbldr = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    usbldr.extend(table::build(table::V7R11, Some(0x7e0), 0x800));
    usbldr.extend(behind);
    usbldr
}

#[test]
fn the_one_live_call_of_every_form_is_patched_and_nothing_else_is() {
    for form in &FORMS {
        let branch = form.name == "V7R22";
        let loader = with(form.name, if branch { BRANCH_IF_EQUAL } else { LIVE_CALL });
        let prepared = loader.prepare(&Preparation::default()).unwrap();
        assert_eq!((prepared.safety(), prepared.platform()), (Safety::PatchedHere, Some(form.platform)));
        let [change] = prepared.changes() else { panic!("{:?}", prepared.changes()) };
        let instruction = sample::instruction_of(form);
        let (at, before, after) = if branch {
            (instruction + 3, vec![0x0a], vec![0xea])
        } else {
            (instruction, LIVE_CALL.to_vec(), NO_CALL.to_vec())
        };
        assert_eq!((change.file_offset, &change.before, &change.after), (USBLDR + at, &before, &after));
        let mut expected = loader.block_data(1).unwrap().to_vec();
        sample::put(&mut expected, at, &after);
        assert_eq!(prepared.blocks()[1].data, expected, "{}", form.name);
        assert_eq!(prepared.blocks()[0].data, loader.block_data(0).unwrap());
        assert_eq!((prepared.blocks()[1].mode, prepared.blocks()[1].address), (BlockMode::Start, 0x5780_0000));
    }
}

#[test]
fn what_is_safe_already_is_sent_as_it_is() {
    for loader in [with("V7R2", NO_CALL), parse(&sample::v7r1_masked_inner_patch())] {
        let prepared = loader.prepare(&Preparation { allow_erase: true, ..Preparation::default() }).unwrap();
        assert_eq!((prepared.safety(), prepared.changes()), (Safety::AlreadySafe, &[][..]));
        assert_eq!(prepared.blocks()[1].data, loader.block_data(1).unwrap());
    }
}

#[test]
fn what_cannot_be_told_safe_is_refused_with_its_evidence_and_the_option_that_lifts_it() {
    let twice = sample::usbldr_of(sample::form("V7R11"), LIVE_CALL).repeat(2);
    let cases = [
        (parse(&sample::filler(512)), LoaderState::Unknown, "no erase call"),
        (with("V7R22", [6, 0, 0, 0x1a]), LoaderState::Unknown, "0600001a"),
        (with("V7R11", [0; 4]), LoaderState::Unknown, "00000000"),
        (parse(&twice), LoaderState::Erases, "2 places"),
    ];
    for (loader, expected, evidence) in cases {
        let error = loader.prepare(&Preparation::default()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, LoaderError::NotKnownSafe { state, .. } if state == expected), "{text}");
        assert!(text.contains("--allow-erase") && text.contains(evidence), "{text}");
        let allowed = loader.prepare(&Preparation { allow_erase: true, ..Preparation::default() }).unwrap();
        assert_eq!((allowed.safety(), allowed.changes()), (Safety::EraseAllowed, &[][..]));
    }
}

#[test]
fn allowing_the_erase_does_not_keep_a_known_call_from_being_patched() {
    let allowing = Preparation { allow_erase: true, ..Preparation::default() };
    assert_eq!(with("V7R11", LIVE_CALL).prepare(&allowing).unwrap().safety(), Safety::PatchedHere);
}

#[test]
fn fastboot_cuts_behind_the_last_android_image_and_spoils_its_first_letter() {
    let mut usbldr = usbldr_with(b"ANDROID! of a string, then odd ANDROID!kernel");
    let last = usbldr.len() - 14;
    let prepared = parse(&usbldr).prepare(&fastboot()).unwrap();
    usbldr.truncate(last + 8);
    usbldr[last] = 0x55;
    assert_eq!(prepared.blocks()[1].data, usbldr);
    let [change] = prepared.changes() else { panic!("{:?}", prepared.changes()) };
    assert_eq!((change.file_offset, &change.before[..], &change.after[..]), (USBLDR + last, &b"A"[..], &b"\x55"[..]));
}

#[test]
fn fastboot_needs_an_android_image() {
    assert!(matches!(with("V7R1", NO_CALL).prepare(&fastboot()), Err(LoaderError::NoAndroidImage)));
}

#[test]
fn an_erase_call_behind_the_cut_proves_nothing_about_what_is_sent() {
    let mut usbldr = b"ANDROID!".to_vec();
    usbldr.extend(sample::usbldr_of(sample::form("V7R11"), NO_CALL));
    let error = parse(&usbldr).prepare(&fastboot()).unwrap_err();
    assert!(matches!(error, LoaderError::EraseCutOff { cut: 0, offset: 0x144 }), "{error}");
    let allowed = parse(&usbldr).prepare(&Preparation { allow_erase: true, ..fastboot() }).unwrap();
    assert_eq!(allowed.safety(), Safety::EraseAllowed);
    assert_eq!(parse(&usbldr).prepare(&Preparation::default()).unwrap().safety(), Safety::AlreadySafe);
}

#[test]
fn a_patched_function_that_fastboot_leaves_off_proves_nothing_about_what_is_sent() {
    let mut usbldr = sample::v7r1_inner_patch();
    sample::put(&mut usbldr, 0x8000, b"ANDROID!");
    let loader = parse(&usbldr);
    assert_eq!(loader.prepare(&Preparation::default()).unwrap().safety(), Safety::AlreadySafe);
    let error = loader.prepare(&fastboot()).unwrap_err();
    assert!(matches!(error, LoaderError::NotSafeAnyMore { state: LoaderState::Erases, .. }), "{error}");
    assert!(error.to_string().contains("--allow-erase"), "{error}");
    let allowed = loader.prepare(&Preparation { allow_erase: true, ..fastboot() }).unwrap();
    assert_eq!(allowed.safety(), Safety::EraseAllowed);
}

#[test]
fn an_own_table_over_the_patched_function_is_refused_like_any_other_loss_of_safety() {
    let mut usbldr = sample::v7r1_inner_patch();
    // The function begins in the first entry's RAM address of entry, and is patched in the second one's load address.
    let (start, table) = (0x1371c - 0x7c, table::build(table::V7R11, None, 0));
    let mut held = table.clone();
    held[0x50..0x54].copy_from_slice(&usbldr[0x136f0..0x136f4]);
    held[0x7c..0x80].copy_from_slice(&usbldr[0x1371c..0x13720]);
    sample::put(&mut usbldr, start, &held);
    let loader = parse(&usbldr);
    assert_eq!(loader.state(), LoaderState::Safe);
    let own = Preparation { partition_table: Some(table.into()), ..Preparation::default() };
    let error = loader.prepare(&own).unwrap_err();
    assert!(matches!(error, LoaderError::NotSafeAnyMore { state: LoaderState::Erases, .. }), "{error}");
}

#[test]
fn the_bad_block_check_is_reported_and_taken_out_only_on_demand_with_fastboot() {
    let loader = parse(&usbldr_with(&[CHECK, &LIVE_CALL, b"ANDROID!"].concat()));
    let [check] = loader.bad_block_checks() else { panic!("{:?}", loader.bad_block_checks()) };
    assert_eq!((check.place.block_offset, check.place.file_offset), (0xc08, USBLDR + 0xc08));
    assert!(!check.ignores_marks());
    assert_eq!(loader.prepare(&fastboot()).unwrap().changes().len(), 1);
    let ignoring = Preparation { ignore_bad_block_marks: true, ..fastboot() };
    let prepared = loader.prepare(&ignoring).unwrap();
    assert_eq!(prepared.blocks()[1].data[0xc08..0xc0c], NO_CALL);
    assert_eq!(prepared.changes()[0].file_offset, USBLDR + 0xc08);
    let without = Preparation { fastboot: false, ..ignoring };
    assert!(matches!(loader.prepare(&without), Err(LoaderError::BadBlocksWithoutFastboot)));
}

#[test]
fn a_bad_block_check_that_is_not_one_call_is_refused_and_one_taken_out_is_left() {
    let ignoring = Preparation { ignore_bad_block_marks: true, ..fastboot() };
    let prepare =
        |parts: &[&[u8]]| parse(&usbldr_with(&[&parts.concat(), &b"ANDROID!"[..]].concat())).prepare(&ignoring);
    assert_eq!(prepare(&[CHECK, &NO_CALL]).unwrap().changes().len(), 1);
    for parts in [&[][..], &[CHECK, &[0; 4]], &[CHECK, &LIVE_CALL, CHECK, &LIVE_CALL]] {
        assert!(matches!(prepare(parts), Err(LoaderError::BadBlockCheck { .. })), "{parts:?}");
    }
}

#[test]
fn an_own_table_replaces_only_what_is_table() {
    let mut usbldr = usbldr_with(b"");
    let loader = parse(&usbldr);
    let mut own = table::build(&table::V7R11[..2], Some(0x7e0), 0x800);
    own[0x700] = 0xee;
    let own_size = 0x30 + 3 * 48;
    let preparation = Preparation { partition_table: Some(own.clone().into()), ..Preparation::default() };
    let prepared = loader.prepare(&preparation).unwrap();
    usbldr[0x400..0x400 + own_size].copy_from_slice(&own[..own_size]);
    usbldr[0x400 + own_size..0x400 + 0x30 + 5 * 48].fill(0);
    assert_eq!(prepared.blocks()[1].data, usbldr, "to the old end mark, and not what lies behind it");
    let (read, _) = PartitionTable::parse(&prepared.blocks()[1].data[0x400..]).unwrap();
    assert_eq!(read.entries.len(), 2);
    assert_eq!(prepared.changes()[0].file_offset, USBLDR + 0x400);
}

#[test]
fn an_own_table_may_fill_the_room_before_the_tail_and_no_more() {
    let rows = |count: u32| (0..count).map(|at| ("part", [at * 0x2_0000, 0, 0x2_0000, 0, 0, 0, 0])).collect::<Vec<_>>();
    let mut usbldr = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    usbldr.extend(table::build(&rows(3), Some(0x3f0), 0x400));
    usbldr.extend(sample::filler(0x400));
    let prepare = |count| {
        let own = table::build(&rows(count), Some(0x7e0), 0x800).into();
        parse(&usbldr).prepare(&Preparation { partition_table: Some(own), ..Preparation::default() })
    };
    // 0x30 + 20 * 48 is exactly 0x3f0: 19 partitions and the end mark.
    let fitting = prepare(19).unwrap();
    assert_eq!(fitting.blocks()[1].data[0x400 + 0x3f0..], usbldr[0x400 + 0x3f0..]);
    let error = prepare(20).unwrap_err();
    let offset = USBLDR + 0x400;
    assert!(
        matches!(error, LoaderError::TableTooLong { size: 0x420, room: 0x3f0, offset: at } if at == offset),
        "{error}"
    );
}

#[test]
fn an_own_table_that_is_none_or_bad_or_has_no_place_is_refused() {
    let prepare = |loader: &Loader, own: Vec<u8>, fastboot| {
        let preparation = Preparation { partition_table: Some(own.into()), fastboot, ..Preparation::default() };
        loader.prepare(&preparation).unwrap_err()
    };
    let good = || table::build(table::V7R11, None, 0);
    let loader = parse(&usbldr_with(b""));
    let unusable = |own| match prepare(&loader, own, false) {
        LoaderError::OwnTable { source } => source,
        other => panic!("{other}"),
    };
    assert!(matches!(unusable(b"nothing".to_vec()), TableError::Head { .. }));
    assert!(matches!(unusable(good()[..100].to_vec()), TableError::CutOff { offset: 100, .. }));
    assert!(matches!(unusable(table::build(table::V7R11, None, 0x801)), TableError::TooLong { size: 0x801 }));
    assert!(matches!(unusable(table::build(&[table::V7R11[1]; 2], None, 0)), TableError::Overlap { .. }));
    let tableless = with("V7R11", NO_CALL);
    assert!(matches!(prepare(&tableless, good(), false), LoaderError::NoPartitionTable));
    let double = parse(&usbldr_with(&good()));
    let expected = [USBLDR + 0x400, USBLDR + 0xc00];
    assert!(matches!(prepare(&double, good(), false),
        LoaderError::SeveralPartitionTables { offsets } if offsets == expected));
    let behind = parse(&[sample::usbldr_of(sample::form("V7R11"), NO_CALL), b"ANDROID!".to_vec(), good()].concat());
    assert!(matches!(prepare(&behind, good(), true), LoaderError::TableCutOff { offset: 0x408, cut: 0x400 }));
}

#[test]
fn the_changes_applied_to_the_file_make_a_loader_that_is_safe() {
    let loader = with("V7R11", LIVE_CALL);
    let mut file = loader.content().to_vec();
    for change in loader.prepare(&Preparation::default()).unwrap().changes() {
        assert_eq!(file[change.file_offset..change.file_offset + change.before.len()], change.before);
        sample::put(&mut file, change.file_offset, &change.after);
    }
    assert_eq!(Loader::parse(file.into()).unwrap().state(), LoaderState::Patched);
}

/// Pieces that mean something to the search, and some that do not.
fn piece(choice: u8) -> Vec<u8> {
    let forms = FORMS.each_ref();
    match choice {
        0..6 => forms[usize::from(choice)].signature.to_vec(),
        6 => LIVE_CALL.to_vec(),
        7 => NO_CALL.to_vec(),
        8 => BRANCH_IF_EQUAL.to_vec(),
        9 => b"ANDROID!".to_vec(),
        10 => CHECK.to_vec(),
        11 => table::build(table::V7R11, None, 0),
        _ => sample::filler(usize::from(choice)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_prepared_without_leave_to_erase_is_found_safe_when_looked_at_again(
        choices in proptest::collection::vec(0..20_u8, 1..12), fastboot: bool, ignore_bad_block_marks: bool, own: bool,
    ) {
        let loader = parse(&choices.into_iter().flat_map(piece).collect::<Vec<_>>());
        let partition_table = own.then(|| table::build(&table::V7R11[..2], None, 0).into());
        let preparation = Preparation { fastboot, partition_table, ignore_bad_block_marks, allow_erase: false };
        if let Ok(prepared) = loader.prepare(&preparation) {
            let again = parse(&prepared.blocks()[1].data);
            prop_assert!(matches!(again.state(), LoaderState::Patched | LoaderState::Safe), "{:?}", again.evidence());
            prop_assert_eq!(again.platform(), prepared.platform());
        }
    }
}
