//! Stored data, sound and damaged, and the ends of partitions.

use balong_mocks::samples::RecipeError;
use balong_mocks::samples::filler::Filler;
use balong_mocks::samples::firmware::{Compression, TrailerRecipe};

use super::Seeds;

pub fn seeds() -> Result<Seeds, RecipeError> {
    let filler = Filler::bytes("BALONG SAMPLE DATA\n", 600, 9);
    let zeros = vec![0; 40_000];
    let mut seeds: Seeds = vec![("plain".to_owned(), filler[..100].to_vec())];
    for (name, compression) in [("zlib", Compression::Zlib), ("lzma", Compression::Lzma { dictionary: 1 << 12 })] {
        let stored = compression.applied_to(&filler)?;
        for (what, bytes) in [
            ("filler", stored.clone()),
            ("nothing", compression.applied_to(&[])?),
            ("one_byte", compression.applied_to(b"x")?),
            ("text", compression.applied_to(&b"the same text again. ".repeat(20))?),
            ("zeros", compression.applied_to(&zeros)?),
            ("cut", stored[..stored.len() / 2].to_vec()),
            ("and_more", [&stored[..], b"more"].concat()),
            ("twice", stored.repeat(2)),
        ] {
            seeds.push((format!("{name}_{what}"), bytes));
        }
    }
    let lzma = Compression::Lzma { dictionary: 1 << 12 }.applied_to(b"dictionaries")?;
    for dictionary in [0, 1, 32 << 20, (32 << 20) + 1, u32::MAX] {
        let bytes = [&lzma[..1], &dictionary.to_le_bytes(), &lzma[5..]].concat();
        seeds.push((format!("lzma_dictionary_{dictionary}"), bytes));
    }
    let stated = [&lzma[..5], &12_u64.to_le_bytes(), &lzma[13..]].concat();
    seeds.push(("lzma_stated_size".to_owned(), stated));
    Ok(seeds)
}

pub fn trailers() -> Result<Seeds, RecipeError> {
    let mut seeds: Seeds = vec![("nothing".to_owned(), Vec::new()), ("no_marker".to_owned(), vec![7; 100])];
    for (name, lead, trailer) in [
        ("sample", 30, TrailerRecipe::sample(846)),
        ("shortest", 0, TrailerRecipe::sample(50)),
        ("real_length", 5, TrailerRecipe::sample(2958)),
        ("states_nothing", 40, TrailerRecipe::lying(64, 0)),
        ("states_49", 40, TrailerRecipe::lying(64, 49)),
        ("states_more_than_all", 0, TrailerRecipe::lying(64, 65)),
        ("states_six_digits", 0, TrailerRecipe::lying(64, 100_000)),
        ("ends_alone", 0, TrailerRecipe::lying(12, 12)),
    ] {
        let lead = vec![0x11; lead];
        seeds.push((name.to_owned(), [lead, trailer.bytes()?].concat()));
    }
    Ok(seeds)
}
