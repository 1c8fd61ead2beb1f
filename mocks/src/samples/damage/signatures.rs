//! B9: signature trailers that lie, stand in the wrong place, or disagree with the type byte.

use super::base::Base;
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::firmware::trailer::MARKER;
use crate::samples::firmware::{Content, FirmwareRecipe, SIGNED, TrailerRecipe};
use crate::samples::ready::recipes;

pub(super) fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    let mut cases = Vec::new();
    let lengths = [
        ("zero", 0, 846),
        ("49, which has no room for a key hash", 49, 846),
        ("one more than the data", 2001 + 846 + 1, 846),
        ("100000, more than any trailer has", 100_000, 120_000),
        ("ffffffff", u32::MAX, 846),
    ];
    for (words, length, size) in lengths {
        let bytes = made(|set| set.units[0].trailer = Some(TrailerRecipe::lying(size, length)))?;
        let name = format!("a trailer whose length is {words}");
        cases.push(DamageCase::firmware("B9", name, bytes, Verdict::Refused).naming(["trailer", "signature"]));
    }
    let no_room = made(|set| {
        set.units[0].trailer = None;
        set.units[0].content = Content::Bytes([b"BSLE".as_slice(), &MARKER].concat());
    })?;
    let both = made(|set| set.units[1].trailer = Some(TrailerRecipe::sample(846)))?;
    let refused =
        |name, bytes| DamageCase::firmware("B9", name, bytes, Verdict::Refused).naming(["trailer", "signature"]);
    cases.push(refused("a marker with no room for a length before it", no_room));
    cases.push(refused("a trailer in each of the first two units", both));
    cases.extend(disagreeing()?);
    Ok(cases)
}

/// Flag and trailer disagree: worth a warning, no more.
fn disagreeing() -> Result<Vec<DamageCase>, RecipeError> {
    let no_trailer = made(|set| set.units[0].trailer = None)?;
    let no_flag = made(|set| set.type_byte &= !SIGNED)?;
    let third = made(|set| {
        set.units[0].trailer = None;
        set.units[3].trailer = Some(TrailerRecipe::sample(846));
    })?;
    let warned = |name, bytes| {
        DamageCase::firmware("B9", name, bytes, Verdict::Warned).naming(["trailer", "signature", "signed"])
    };
    Ok(vec![
        warned("a type byte that says signed, and no trailer", no_trailer),
        warned("a trailer, and a type byte that does not say signed", no_flag),
        warned("a trailer in a unit where none counts, and a type byte that says signed", third),
    ])
}

fn made(change: impl FnOnce(&mut FirmwareRecipe)) -> Result<Vec<u8>, RecipeError> {
    let mut recipe = recipes::miniature()?;
    change(&mut recipe);
    Ok(Base::of(&recipe)?.bytes)
}
