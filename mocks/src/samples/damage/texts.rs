//! B10: text fields with control characters, bytes that are no UTF-8, or no terminator. The files are sound, so they are
//! read; what matters is how the texts are shown.

use super::base::Base;
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::firmware::UnitRecipe;
use crate::samples::ready::recipes;

pub(super) fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    Ok(vec![
        hostile("a version text that clears the screen", |unit| version(unit, b"21.180\x1b[2J\x1b[H"))?,
        hostile("a version text that sets the title of the terminal", |unit| version(unit, b"21.180\x1b]0;x\x07"))?,
        hostile("a version text that is no UTF-8", |unit| version(unit, b"21.180\xff\xfe\xc3\x28"))?,
        hostile("a version text written from right to left", |unit| version(unit, "21.180\u{202e}081".as_bytes()))?,
        hostile("a version text with a line break", |unit| version(unit, b"21.180\r\nOK"))?,
        hostile("a date with a control code", |unit| unit.date = b"2015\x1b[31m.27".to_vec())?,
        hostile("a date that is no UTF-8", |unit| unit.date = b"\x80\x81\x82\x83\xf0\x9f".to_vec())?,
        hostile("a time with a bell in it", |unit| unit.time = b"11:20\x07\x08".to_vec())?,
        hostile("a time with text behind its terminator", |unit| unit.time = b"11:20:25\0\x1b[2J".to_vec())?,
        hostile("a hardware code that is no UTF-8", |unit| unit.hardware = b"HW\xff\x9b1.1\x7f".to_vec())?,
        plain("a version text that fills its field", |unit| version(unit, b"21.180.01.00.00.0000000"))?,
        plain("empty texts for date and time", |unit| (unit.date, unit.time) = (Vec::new(), Vec::new()))?,
    ])
}

fn version(unit: &mut UnitRecipe, text: &[u8]) {
    unit.version = [b":BV7R11HS:".as_slice(), text].concat();
    unit.version.truncate(32);
}

fn hostile(name: &str, change: impl FnMut(&mut UnitRecipe)) -> Result<DamageCase, RecipeError> {
    Ok(plain(name, change)?.hostile())
}

fn plain(name: &str, change: impl FnMut(&mut UnitRecipe)) -> Result<DamageCase, RecipeError> {
    let mut recipe = recipes::miniature()?;
    recipe.units.iter_mut().for_each(change);
    Ok(DamageCase::firmware("B10", name, Base::of(&recipe)?.bytes, Verdict::Accepted))
}
