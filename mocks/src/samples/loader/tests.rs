use super::*;

const TABLE_HEAD: &[u8; 16] = b"pTableHead\0\0\0\0\0\x80";

fn places(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    bytes.windows(what.len()).enumerate().filter(|(_, window)| *window == what).map(|(at, _)| at).collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn recipe(signature: EraseSignature) -> LoaderRecipe {
    match signature {
        EraseSignature::V7R1 => LoaderRecipe::v7r1(),
        EraseSignature::V7R1Masked => LoaderRecipe::v7r1_safe(),
        EraseSignature::V7R2 => LoaderRecipe::v7r2(),
        EraseSignature::V7R11 => LoaderRecipe::v7r11(),
        other => LoaderRecipe::v7r22(other),
    }
}

#[test]
fn the_head_lists_two_blocks_that_fill_the_file() {
    for signature in EraseSignature::ALL {
        let (bytes, description) = recipe(signature).bytes().unwrap();
        assert_eq!(bytes[..4], [0, 0, 2, 0]);
        assert!(bytes[4..0x24].iter().chain(&bytes[0x44..HEAD_SIZE]).all(|byte| *byte == 0));
        let [first, second] = &description.blocks;
        for (at, block) in [(0x24, first), (0x34, second)] {
            let stated = [block.mode, block.size, block.address, block.offset];
            assert_eq!([0, 4, 8, 12].map(|field| word(&bytes, at + field)), stated);
        }
        assert_eq!((first.mode, first.offset as usize), (1, HEAD_SIZE));
        assert_eq!((second.mode, second.offset), (2, first.offset + first.size));
        assert_eq!((second.offset + second.size) as usize, bytes.len());
    }
}

#[test]
fn each_signature_stands_in_its_own_loader_exactly_once_and_in_no_other() {
    for signature in EraseSignature::ALL {
        let (bytes, _) = recipe(signature).bytes().unwrap();
        for other in EraseSignature::ALL {
            let expected = usize::from(other == signature);
            assert_eq!(places(&bytes, &other.bytes()).len(), expected, "{other:?} in the loader of {signature:?}");
        }
    }
}

#[test]
fn the_lengths_of_the_signatures_are_the_known_ones() {
    let lengths = EraseSignature::ALL.map(|signature| signature.bytes().len());
    assert_eq!(lengths, [20, 20, 44, 56, 32, 24, 20]);
}

#[test]
fn an_unpatched_site_has_a_call_and_a_patched_one_does_nothing() {
    for signature in EraseSignature::ALL {
        let erasing = recipe(signature).with_calls(EraseCall::Unpatched).bytes().unwrap();
        let patched = recipe(signature).with_calls(EraseCall::Patched).bytes().unwrap();
        let at = erasing.1.patch_words[0];
        if signature == EraseSignature::V7R22 {
            assert_eq!((erasing.0[at + 3], patched.0[at + 3]), (0x0a, 0xea));
            assert_eq!(erasing.0[..at + 3], patched.0[..at + 3]);
        } else {
            assert_eq!(erasing.0[at + 3], 0xeb);
            assert_eq!(patched.0[at..at + 4], [0, 0, 0xa0, 0xe3]);
        }
    }
}

#[test]
fn the_v7r1_call_leads_to_the_erase_function_and_its_literal_is_the_restart_mark() {
    for (recipe, inner) in
        [(LoaderRecipe::v7r1(), [0x12, 0x34, 0, 0xeb]), (LoaderRecipe::v7r1_safe(), [0, 0, 0xa0, 0xe3])]
    {
        let site = recipe.erase_sites[0];
        let (bytes, description) = recipe.bytes().unwrap();
        let block = &bytes[description.blocks[1].offset as usize..];
        let call = word(block, site.patch_at());
        assert_eq!(call >> 24, 0xeb);
        let target = site.patch_at() + 8 + (call & 0xff_ffff) as usize * 4;
        assert_eq!(block[target..target + 4], [0x00, 0x4c, 0x2d, 0xe9]);
        assert_eq!(block[target + 0x2c..target + 0x30], inner);
        let offset = (word(block, site.at + 8) & 0xfff) as usize;
        assert_eq!(word(block, site.at + 16 + offset), 0x9876_5432);
    }
}

#[test]
fn the_table_is_found_once_by_its_sixteen_bytes_and_a_bare_word_is_a_decoy() {
    let (bytes, description) = LoaderRecipe::v7r11().bytes().unwrap();
    assert_eq!(places(&bytes, TABLE_HEAD), [description.table.unwrap()]);
    assert_eq!(places(&bytes, b"pTableHead").len(), 2);
    assert_eq!((description.table.unwrap() - description.blocks[1].offset as usize) % 4, 0);
}

#[test]
fn the_last_boot_image_magic_is_the_boot_image_with_pages_of_2048() {
    let (bytes, description) = LoaderRecipe::v7r11().bytes().unwrap();
    let hits = places(&bytes, b"ANDROID!");
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[1], description.boot_image.unwrap());
    assert_eq!(word(&bytes, hits[1] + 36), 2048);
    assert_eq!(LoaderRecipe::v7r1().bytes().unwrap().1.boot_image, None);
}

#[test]
fn raminit_says_whether_it_is_signed() {
    let signed = LoaderRecipe { signed_length: Some(0x900), ..LoaderRecipe::v7r11() };
    assert_eq!(word(&signed.bytes().unwrap().0, HEAD_SIZE + 576), 0x900);
    let (unsigned, _) = LoaderRecipe::v7r11().bytes().unwrap();
    assert!(unsigned[HEAD_SIZE + 576..HEAD_SIZE + 840].iter().all(|byte| *byte == 0));
}

#[test]
fn every_block_says_that_it_is_a_sample() {
    let (bytes, description) = LoaderRecipe::v7r2().bytes().unwrap();
    for block in &description.blocks {
        assert!(bytes[block.offset as usize..].starts_with(BANNER.as_bytes()));
    }
}

#[test]
fn the_same_recipe_gives_the_same_file() {
    assert_eq!(LoaderRecipe::v7r11().bytes().unwrap(), LoaderRecipe::v7r11().bytes().unwrap());
}

#[test]
fn a_usbldr_without_room_and_an_inner_patch_on_another_chip_are_refused() {
    let tight = LoaderRecipe { usbldr_size: SMALLEST_USBLDR - 1, ..LoaderRecipe::v7r11() };
    assert!(matches!(tight.bytes(), Err(RecipeError::DoesNotFit { .. })));
    let foreign = LoaderRecipe::v7r11().with_calls(EraseCall::InnerPatch);
    assert!(matches!(foreign.bytes(), Err(RecipeError::OtherPlatform { platform: "V7R1", .. })));
}

#[test]
fn the_smallest_loader_still_holds_everything() {
    let (bytes, description) = LoaderRecipe::v7r11().small().bytes().unwrap();
    assert!(bytes.len() < 120_000);
    assert!(description.table.is_some() && description.boot_image.is_some());
    let question = LoaderRecipe { bad_block_question: true, ..LoaderRecipe::v7r11().small() };
    assert_eq!(places(&question.bytes().unwrap().0, &BAD_BLOCK_QUESTION).len(), 1);
}
