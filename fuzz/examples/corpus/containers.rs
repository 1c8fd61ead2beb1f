//! Firmware containers whose partitions have a hundred bytes each.

use balong_mocks::samples::RecipeError;
use balong_mocks::samples::firmware::{Compression, Content, FirmwareRecipe, TrailerRecipe, UnitRecipe, Wrapper};
use balong_mocks::samples::partition_table::TableRecipe;
use balong_mocks::samples::ready::recipes;

use super::Seeds;

const LZMA: Compression = Compression::Lzma { dictionary: 1 << 12 };

pub fn seeds() -> Result<Seeds, RecipeError> {
    let full = shrunk(recipes::miniature()?)?;
    let v7r2 = shrunk(recipes::e3372s_stick()?)?;
    let webui = shrunk(recipes::e3372h_webui_with_iso())?;
    let mut stub = Wrapper::sample_stub()[..0x600].to_vec();
    stub[0x80..0x84].copy_from_slice(&[0x55, 0xaa, 0x5a, 0xa5]);
    let exe = FirmwareRecipe { wrapper: Wrapper::Exe { stub, tail: b"rest of the program".to_vec() }, ..webui.clone() };
    let one = |content: &[u8], compression| {
        let unit = UnitRecipe::new(0x59_0000, "System", ":BV7R11HS:21.180.01.00.00", Content::Bytes(content.to_vec()));
        FirmwareRecipe::new(1, vec![UnitRecipe { crc_block: 16, ..unit }.stored_as(compression)])
    };
    let mut several = full.clone();
    several.units[3].version = b":BV7R11XX:21.180.02.00.00".to_vec();
    several.units[4].hardware = b"\x1b[2J\xff\xfe\x07".to_vec();
    let mut blocks = v7r2.clone();
    blocks.units.iter_mut().zip([1, 2, 7, 4096, u32::MAX]).for_each(|(unit, size)| unit.crc_block = size);
    let mut seeds: Seeds = Vec::new();
    for (name, recipe) in [
        ("full_v7r11", full.clone()),
        ("full_v7r11_unsigned", full.clone().unsigned()),
        ("unpadded", FirmwareRecipe { pad_last: false, ..full.clone() }),
        ("full_v7r2", v7r2),
        ("webui_with_iso", webui),
        ("exe", exe),
        ("several_products", several),
        ("block_sizes", blocks),
        ("one_plain", one(b"one partition, five and forty bytes of plain data", Compression::None)),
        ("one_zlib", one(&b"zlib ".repeat(40), Compression::Zlib)),
        ("one_lzma", one(&b"lzma ".repeat(40), LZMA)),
        ("one_that_expands", one(&vec![0; 100_000], Compression::Zlib)),
        ("one_that_is_empty", one(&[], LZMA)),
    ] {
        seeds.push((format!("{name}.bin"), recipe.bytes()?.0));
    }
    let (whole, _) = full.bytes()?;
    seeds.push(("with_trailing_bytes.bin".to_owned(), [&whole[..], b"\0\0\0\0trailing"].concat()));
    Ok(seeds)
}

/// The same set with hardly any data, still stored as it was, and with a partition table of the older, shorter form.
fn shrunk(mut recipe: FirmwareRecipe) -> Result<FirmwareRecipe, RecipeError> {
    for (index, unit) in recipe.units.iter_mut().enumerate() {
        let text = format!("BALONG SAMPLE {} {} - NOT HUAWEI SOFTWARE\n", unit.name, ".".repeat(index * 7 % 30));
        unit.content = Content::Bytes(text.into_bytes());
        unit.crc_block = 64;
        if unit.code == 0x01_0000 {
            unit.content = Content::Bytes(TableRecipe::v7r1("SAMPLE").bytes()?);
            unit.crc_block = 512;
        }
        if matches!(unit.compression, Compression::Lzma { .. }) {
            unit.compression = LZMA;
        }
        if unit.trailer.is_some() {
            unit.trailer = Some(TrailerRecipe::sample(64));
        }
    }
    Ok(recipe)
}
