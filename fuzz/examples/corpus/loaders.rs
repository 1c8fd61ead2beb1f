//! Loaders reduced to what is looked for in them: the generator's have at least 80 KiB of filler around it.

use balong_mocks::samples::RecipeError;
use balong_mocks::samples::loader::{EraseCall, EraseSignature, EraseSite, LoaderRecipe, TABLE_AT};

use super::Seeds;

const HEAD: usize = 0x54;
const RAMINIT: usize = 0x380;
/// What is kept before the word that is patched, and how far behind it the function of a patched call is put.
const BEFORE: usize = 0x60;
const FUNCTION: usize = 0x3f8;
/// Where the generator puts the call that asks for bad-block marks.
const BAD_BLOCK_QUESTION: usize = 0x9200;

pub fn seeds() -> Result<Seeds, RecipeError> {
    let v7r22 = |signature| LoaderRecipe::v7r22(signature);
    let recipes = [
        ("v7r1", LoaderRecipe::v7r1()),
        ("v7r1_safe", LoaderRecipe::v7r1_safe()),
        ("v7r2", LoaderRecipe::v7r2()),
        ("v7r11", LoaderRecipe::v7r11()),
        ("v7r11_patched", LoaderRecipe::v7r11().with_calls(EraseCall::Patched)),
        ("v7r11_signed", LoaderRecipe { signed_length: Some(3000), ..LoaderRecipe::v7r11() }),
        ("v7r11_bad_blocks", LoaderRecipe { bad_block_question: true, ..LoaderRecipe::v7r11() }),
        ("v7r11_without_table", LoaderRecipe { table: None, ..LoaderRecipe::v7r11() }),
        ("v7r11_without_kernel", LoaderRecipe { boot_image: false, ..LoaderRecipe::v7r11() }),
        ("unknown", LoaderRecipe { erase_sites: Vec::new(), ..LoaderRecipe::v7r11() }),
        ("v7r22", v7r22(EraseSignature::V7R22)),
        ("v7r22_e5885", v7r22(EraseSignature::V7R22E5885)),
        ("v7r22_b525", v7r22(EraseSignature::V7R22B525)),
        (
            "two_sites",
            LoaderRecipe {
                erase_sites: vec![
                    EraseSite::new(EraseSignature::V7R11, EraseCall::Unpatched),
                    EraseSite { at: 0x3000, ..EraseSite::new(EraseSignature::V7R2, EraseCall::Patched) },
                ],
                ..LoaderRecipe::v7r11()
            },
        ),
    ];
    let mut seeds: Seeds = Vec::new();
    for (name, recipe) in recipes {
        seeds.push((name.to_owned(), reduced(recipe.small())?));
    }
    // A kernel between the call and the function that was patched: fastboot would leave the function off.
    let mut between = seeds[1].1.clone();
    let usbldr = HEAD + 0x36c;
    between[usbldr + BEFORE + 0x200..][..8].copy_from_slice(b"ANDROID!");
    seeds.push(("v7r1_safe_with_a_kernel_inside".to_owned(), between));
    let (_, whole) = seeds[3].clone();
    seeds.push(("v7r11_with_trailing_bytes".to_owned(), [&whole[..], b"trailing"].concat()));
    let mut head = whole.clone();
    head[4..8].copy_from_slice(b"head");
    seeds.push(("v7r11_with_head_bytes".to_owned(), head));
    seeds.push((
        "three_blocks".to_owned(),
        with_blocks(&[&whole[0x54..0x154], b"second block", &whole[HEAD + RAMINIT..]]),
    ));
    Ok(seeds)
}

/// The same loader with a short raminit, and a usbldr of nothing but the parts that are looked for.
fn reduced(recipe: LoaderRecipe) -> Result<Vec<u8>, RecipeError> {
    let (bytes, description) = recipe.bytes()?;
    let [raminit, usbldr] = &description.blocks;
    let raminit = &bytes[raminit.offset as usize..][..RAMINIT.min(raminit.size as usize)];
    let start = usbldr.offset as usize;
    let block = &bytes[start..];
    let mut usbldr = Vec::new();
    for (word, site) in description.patch_words.iter().zip(&recipe.erase_sites) {
        let word = word - start;
        // The masked form compares with a literal behind it.
        let behind = if site.signature == EraseSignature::V7R1Masked { FUNCTION } else { 0x60 };
        usbldr.extend_from_slice(&block[word - BEFORE..word + behind]);
        if site.call == EraseCall::InnerPatch {
            // The function lies 16 KiB further on; here it follows at once, so the call leads elsewhere.
            let call = usbldr.len() - behind;
            usbldr[call..call + 4].copy_from_slice(&[(FUNCTION / 4 - 2) as u8, 0, 0, 0xeb]);
            usbldr.extend_from_slice(&block[site.at + 0x4000..][..0x40]);
        }
    }
    if recipe.bad_block_question {
        usbldr.extend_from_slice(&block[BAD_BLOCK_QUESTION..][..0x20]);
    }
    if let Some(table) = &recipe.table {
        usbldr.extend_from_slice(&block[TABLE_AT..][..table.size]);
    }
    if let Some(image) = description.boot_image {
        usbldr.extend_from_slice(&block[image - start..][..0x40]);
    }
    let mut file = with_blocks(&[raminit, &usbldr]);
    // Its own load addresses: they hint at the chip.
    file[0x2c..0x30].copy_from_slice(&recipe.raminit_address.to_le_bytes());
    file[0x3c..0x40].copy_from_slice(&recipe.usbldr_address.to_le_bytes());
    Ok(file)
}

/// A loader of these blocks, the last of which is started.
fn with_blocks(blocks: &[&[u8]]) -> Vec<u8> {
    let mut file = vec![0, 0, 2, 0];
    file.resize(0x24, 0);
    let mut offset = 0x24 + 16 * (blocks.len() as u32 + 1);
    for (index, block) in blocks.iter().enumerate() {
        let mode = if index + 1 == blocks.len() { 2 } else { 1 };
        let words = [mode, block.len() as u32, 0x1000_0000 * (index as u32 + 1), offset];
        file.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
        offset += block.len() as u32;
    }
    file.extend([0; 16]);
    blocks.iter().for_each(|block| file.extend_from_slice(block));
    file
}
