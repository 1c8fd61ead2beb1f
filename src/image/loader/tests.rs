use super::*;
use crate::image::loader::sample::{BRANCH_ALWAYS, BRANCH_IF_EQUAL, LIVE_CALL, NO_CALL, USBLDR};
use crate::image::partition_table::tests as table;

fn parse(usbldr: &[u8]) -> Loader {
    Loader::parse(sample::loader(usbldr).into()).unwrap()
}

fn with(form: &str, instruction: [u8; 4]) -> Loader {
    parse(&sample::usbldr_of(sample::form(form), instruction))
}

#[test]
fn a_live_call_erases_and_names_the_platform() {
    for form in &signature::FORMS {
        let live = if form.name == "V7R22" { BRANCH_IF_EQUAL } else { LIVE_CALL };
        let loader = with(form.name, live);
        assert_eq!((loader.state(), loader.platform()), (LoaderState::Erases, Some(form.platform)), "{}", form.name);
    }
}

#[test]
fn a_patched_call_of_every_form_is_patched() {
    for form in &signature::FORMS {
        let patched = if form.name == "V7R22" { BRANCH_ALWAYS } else { NO_CALL };
        assert_eq!(with(form.name, patched).state(), LoaderState::Patched, "{}", form.name);
    }
}

#[test]
fn evidence_gives_the_place_of_the_instruction_in_the_block_and_in_the_file() {
    let loader = with("V7R11", LIVE_CALL);
    let [evidence] = loader.evidence() else { panic!("{:?}", loader.evidence()) };
    let block_offset = sample::SIGNATURE + 60;
    assert_eq!(evidence.place, Some(Place { block_offset, file_offset: USBLDR + block_offset }));
    let text = evidence.to_string();
    for needed in ["V7R11", "100000eb", "0x100,", "0x4d4;", "0x13c,", "0x510"] {
        assert!(text.contains(needed), "{needed} is missing in: {text}");
    }
}

#[test]
fn the_inner_patch_is_safe_in_the_exact_and_in_the_masked_form() {
    for block in [sample::v7r1_inner_patch(), sample::v7r1_masked_inner_patch()] {
        let loader = parse(&block);
        assert_eq!((loader.state(), loader.platform()), (LoaderState::Safe, Some(Platform::V7R1)));
    }
    let text = parse(&sample::v7r1_inner_patch()).evidence()[0].to_string();
    assert!(text.contains("0x1371c"), "{text}");
}

#[test]
fn no_signature_and_a_wrong_word_are_unknown() {
    let loader = parse(&sample::filler(0x400));
    assert_eq!((loader.state(), loader.platform()), (LoaderState::Unknown, None));
    assert!(loader.evidence()[0].to_string().contains("no erase call"), "{:?}", loader.evidence());
    let wrong = with("V7R22", [0x06, 0, 0, 0x1a]);
    assert_eq!((wrong.state(), wrong.platform()), (LoaderState::Unknown, Some(Platform::V7R22)));
}

#[test]
fn a_signature_in_raminit_or_behind_the_blocks_counts_for_nothing() {
    let patched = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    let mut file = sample::file(&[(1, 0, &patched), (2, 0, &sample::filler(64))]);
    file.extend(&patched);
    assert_eq!(Loader::parse(file.into()).unwrap().state(), LoaderState::Unknown);
}

#[test]
fn several_hits_are_safe_only_when_every_one_is() {
    let patched = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    let live = sample::usbldr_of(sample::form("V7R11"), LIVE_CALL);
    let odd = sample::usbldr_of(sample::form("V7R2"), [0; 4]);
    let state = |blocks: &[&[u8]]| parse(&blocks.concat()).state();
    assert_eq!(state(&[&patched, &patched]), LoaderState::Patched);
    assert_eq!(state(&[&patched, &sample::v7r1_inner_patch()]), LoaderState::Safe);
    assert_eq!(state(&[&patched, &live]), LoaderState::Erases);
    assert_eq!(state(&[&patched, &odd]), LoaderState::Unknown);
    assert_eq!(state(&[&patched.repeat(40)]), LoaderState::Unknown, "hits that were not looked at prove nothing");
    assert_eq!(parse(&[patched, odd].concat()).platform(), None, "two platforms are none");
}

#[test]
fn a_block_off_the_four_byte_grid_of_the_file_hides_no_hit() {
    let block = sample::usbldr_of(sample::form("V7R2"), LIVE_CALL);
    let file = sample::file(&[(1, 0, &[0; 77]), (2, 0, &block)]);
    assert_eq!(Loader::parse(file.into()).unwrap().state(), LoaderState::Erases);
}

#[test]
fn a_known_name_alone_proves_nothing_and_a_verified_file_is_safe() {
    let content = Bytes::from(sample::loader(&sample::filler(64)));
    let layout = || Layout::read(&content).unwrap();
    let named = Loader::judged(content.clone(), layout(), Some("usblsafe-3372h"), None);
    assert_eq!((named.state(), named.known_as()), (LoaderState::Unknown, Some("usblsafe-3372h")));
    static FILE: Verified =
        Verified { name: "usblsafe-e303", platform: Platform::V3R3, sha256: "", why: "it was read" };
    let verified = Loader::judged(content.clone(), layout(), Some(FILE.name), Some(&FILE));
    assert_eq!((verified.state(), verified.platform()), (LoaderState::Safe, Some(Platform::V3R3)));
    assert!(verified.evidence()[0].to_string().contains("it was read"));
    assert_eq!(Loader::parse(content).unwrap().known_as(), None);
}

#[test]
fn load_addresses_are_a_hint_and_a_contradiction_is_said() {
    let file = |usbldr: &[u8]| sample::file(&[(1, 0x2ffe_4000, &[0; 64]), (2, 0x3000_4000, usbldr)]);
    let silent = Loader::parse(file(&sample::filler(64)).into()).unwrap();
    assert_eq!((silent.platform(), silent.platform_hint()), (None, Some(Platform::V7R1)));
    let other = sample::usbldr_of(sample::form("V7R11"), NO_CALL);
    let contradicting = Loader::parse(file(&other).into()).unwrap();
    assert_eq!(contradicting.platform(), Some(Platform::V7R11));
    assert!(contradicting.warnings()[0].contains("V7R1"), "{:?}", contradicting.warnings());
    assert_eq!(with("V7R11", NO_CALL).platform_hint(), None);
}

#[test]
fn the_signed_line_is_read_in_v7r11_raminits_that_are_long_enough() {
    let usbldr = sample::usbldr_of(sample::form("V7R11"), LIVE_CALL);
    let signed = |raminit: &[u8], usbldr: &[u8]| {
        Loader::parse(sample::file(&[(1, 0, raminit), (2, 0, usbldr)]).into()).unwrap().signed()
    };
    let mut raminit = vec![0xff; 900];
    raminit[576..840].fill(0);
    assert_eq!(signed(&raminit, &usbldr), Some(false));
    for at in [576, 579, 580, 839] {
        let mut signed_one = raminit.clone();
        signed_one[at] = 1;
        assert_eq!(signed(&signed_one, &usbldr), Some(true), "byte {at}");
    }
    assert_eq!(signed(&raminit[..839], &usbldr), None, "too short to tell");
    assert_eq!(signed(&raminit, &sample::usbldr_of(sample::form("V7R2"), LIVE_CALL)), None);
}

#[test]
fn the_partition_table_is_found_on_the_grid_of_the_block_and_bare_names_are_passed_over() {
    let mut usbldr = sample::filler(0x1002);
    sample::put(&mut usbldr, 0x40, b"pTableHead\0\0\0\0\0\0");
    let bytes = table::build(table::V7R11, Some(0x7e0), 0x800);
    sample::put(&mut usbldr, 0x104, &bytes);
    let loader = parse(&usbldr);
    let located = loader.partition_table().unwrap();
    assert_eq!((located.offset, located.size, located.room), (USBLDR + 0x104, 0x30 + 5 * 48, 0x7e0));
    assert_eq!(located.table.entries[1].name, "fastboot");
    usbldr.drain(..2);
    assert_eq!(parse(&usbldr).partition_table(), None, "off the grid");
}

#[test]
fn a_damaged_table_and_a_second_table_are_said() {
    let mut usbldr = sample::filler(0x60);
    usbldr.extend(table::build(table::V7R11, None, 0));
    usbldr.extend(table::build(table::V7R11, None, 0));
    assert!(parse(&usbldr).warnings().iter().any(|warning| warning.contains("2 partition tables")));
    usbldr.truncate(0x60 + 100);
    let loader = parse(&usbldr);
    assert_eq!(loader.partition_table(), None);
    assert!(loader.warnings()[0].contains("damaged"), "{:?}", loader.warnings());
}
