use proptest::prelude::*;

use super::*;
use crate::image::loader::sample::{self, BRANCH_ALWAYS as ALWAYS, BRANCH_IF_EQUAL as IF_EQUAL, LIVE_CALL, SIGNATURE};

/// The only hit in a block.
fn hit(block: &[u8]) -> Hit {
    let hits = search(block);
    assert_eq!(hits.len(), 1, "{hits:?}");
    hits[0]
}

fn live(form: &Form) -> [u8; 4] {
    if form.name == "V7R22" { IF_EQUAL } else { LIVE_CALL }
}

#[test]
fn signatures_have_the_published_lengths() {
    assert_eq!(FORMS.each_ref().map(|form| form.signature.len()), [20, 44, 56, 32, 24, 20]);
}

#[test]
fn a_live_call_of_every_form_is_found_where_the_field_knows_it() {
    for form in &FORMS {
        let found = live(form);
        let hit = hit(&sample::usbldr_of(form, found));
        let instruction = sample::instruction_of(form);
        assert_eq!(hit, Hit { form, offset: SIGNATURE, instruction, condition: Condition::Erases { found } });
    }
}

#[test]
fn the_patch_of_every_form_turns_a_live_hit_into_a_patched_one() {
    for form in &FORMS {
        let mut block = sample::usbldr_of(form, live(form));
        let (offset, bytes) = hit(&block).patch();
        sample::put(&mut block, offset, bytes);
        assert_eq!(hit(&block).condition, Condition::Patched, "{}", form.name);
    }
}

#[test]
fn a_branch_on_another_condition_and_another_word_than_a_call_are_unexpected() {
    for form in &FORMS {
        for found in [[0x06, 0, 0, 0x1a], [0x01, 0x00, 0xa0, 0xe3], [0x10, 0, 0, 0x0b]] {
            let condition = hit(&sample::usbldr_of(form, found)).condition;
            assert_eq!(condition, Condition::Unexpected { found }, "{}", form.name);
        }
    }
}

#[test]
fn a_call_in_the_place_of_the_branch_is_unexpected_and_so_is_a_branch_in_the_place_of_a_call() {
    assert!(matches!(
        hit(&sample::usbldr_of(sample::form("V7R22"), LIVE_CALL)).condition,
        Condition::Unexpected { .. }
    ));
    assert!(matches!(hit(&sample::usbldr_of(sample::form("V7R11"), ALWAYS)).condition, Condition::Unexpected { .. }));
}

#[test]
fn a_signature_whose_patch_would_lie_behind_the_block_is_outside() {
    for form in FORMS.iter().filter(|form| form.name != "V7R22") {
        let block = sample::usbldr_of(form, LIVE_CALL);
        let instruction = sample::instruction_of(form);
        for end in instruction..instruction + 4 {
            assert_eq!(hit(&block[..end]).condition, Condition::Outside, "{}", form.name);
        }
        assert!(matches!(hit(&block[..instruction + 4]).condition, Condition::Erases { .. }));
    }
}

#[test]
fn a_signature_cut_off_or_off_the_four_byte_grid_is_no_hit() {
    for form in &FORMS {
        let block = sample::usbldr_of(form, live(form));
        assert_eq!(search(&block[..SIGNATURE + form.signature.len() - 1]), []);
        assert_eq!(search(&block[2..]), []);
    }
}

#[test]
fn the_first_two_words_are_not_searched_and_the_third_is() {
    let form = sample::form("V7R22");
    let block = sample::usbldr_of(form, IF_EQUAL);
    assert_eq!(hit(&block[SIGNATURE - 8..]).instruction, 0);
    assert_eq!(search(&block[SIGNATURE - 4..]), []);
}

#[test]
fn hits_of_several_platforms_are_all_found_and_endless_ones_are_not_collected() {
    let mut block = sample::usbldr_of(sample::form("V7R2"), LIVE_CALL);
    block.extend(sample::usbldr_of(sample::form("V7R11"), LIVE_CALL));
    assert_eq!(search(&block).iter().map(|hit| hit.form.name).collect::<Vec<_>>(), ["V7R2", "V7R11"]);
    assert_eq!(search(&block.repeat(20)).len(), MOST_HITS + 1);
}

#[test]
fn the_inner_patch_of_both_real_v7r1_builds_is_followed_to_its_word() {
    let exact = hit(&sample::v7r1_inner_patch());
    assert_eq!((exact.offset, exact.instruction), (0xdb0, 0xdc4));
    assert_eq!(exact.condition, Condition::CountsNothing { patched: 0x1371c });
    let masked = hit(&sample::v7r1_masked_inner_patch());
    assert_eq!((masked.offset, masked.instruction), (0xda8, 0xdbc));
    assert_eq!(masked.condition, Condition::CountsNothing { patched: 0x13054 });
}

#[test]
fn without_the_inner_patch_or_the_start_of_the_function_the_call_erases() {
    for (offset, byte) in [(0x1371c, 1), (0x136f0, 1), (0x136f3, 0xe8)] {
        let mut block = sample::v7r1_inner_patch();
        block[offset] = byte;
        assert!(matches!(hit(&block).condition, Condition::Erases { .. }), "{offset:#x}");
    }
}

#[test]
fn the_masked_form_needs_its_literal_and_the_other_bits_of_the_load() {
    let literal = 0xda8 + 16 + 0x424;
    for offset in [literal, literal + 3, 0xda8 + 7, 0xda8 + 10, 0xda8 + 11, 0xda8 + 12] {
        let mut block = sample::v7r1_masked_inner_patch();
        block[offset] ^= 0x40;
        assert_eq!(search(&block), [], "{offset:#x}");
    }
    let mut other_register = sample::v7r1_masked_inner_patch();
    other_register[0xda8 + 9] ^= 0x10;
    assert_eq!(search(&other_register), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_call_to_anywhere_never_panics(low in any::<u8>(), middle in any::<u8>(), high in any::<u8>()) {
        let mut block = sample::v7r1_inner_patch();
        sample::put(&mut block, 0xdc4, &[low, middle, high, CALL]);
        let to_the_function = (low, middle, high) == (0x49, 0x4a, 0x00);
        prop_assert_eq!(matches!(hit(&block).condition, Condition::CountsNothing { .. }), to_the_function);
    }
}
