//! B13: damaged unit magics, in BIN and EXE, and what may not follow the last unit. A reader that goes on after one would
//! flash a part of the set.

use super::base::{Base, hex, names};
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::firmware::MAGIC;
use crate::samples::ready::recipes;

pub(super) fn cases(bin: &Base) -> Result<Vec<DamageCase>, RecipeError> {
    let exe = Base::of(&recipes::miniature()?.exe())?;
    let mut cases = Vec::new();
    for (form, base) in [("BIN", bin), ("EXE", &exe)] {
        for (word, unit) in base.places() {
            // In an EXE, a damaged first unit shows only by its touching the one behind it.
            let mut place = names(unit);
            place.extend(base.description.units.get(unit.index + 1).map(|next| hex(next.offset)));
            for byte in 0..4 {
                let bytes = base.with(|bytes| bytes[unit.offset as usize + byte] ^= 1 << byte);
                let name = format!("one bit in byte {byte} of the magic of the {word} unit of {form}");
                cases.push(DamageCase::firmware("B13", name, bytes, Verdict::Refused).naming(place.clone()));
            }
        }
        let (first, second) = (&base.description.units[0], &base.description.units[1]);
        let bytes = base.with(|bytes| [first, second].iter().for_each(|unit| bytes[unit.offset as usize] = 0));
        let name = format!("the magics of the first two units of {form}");
        let case = DamageCase::firmware("B13", name, bytes, Verdict::Refused);
        cases.push(case.naming([names(first), names(second)].concat()));
        let bytes = base.with(|bytes| bytes[first.offset as usize + 8] = 2);
        let name = format!("header version 2 in the first unit of {form}");
        cases.push(DamageCase::firmware("B13", name, bytes, Verdict::Refused).naming(names(first)));
    }
    cases.extend(behind_the_last(bin));
    Ok(cases)
}

fn behind_the_last(base: &Base) -> Vec<DamageCase> {
    let behind = |more: &[u8]| [&base.bytes, more].concat();
    let end = hex(base.bytes.len() as u64);
    let (_, middle) = base.places()[1];
    let at = middle.offset as usize;
    let torn = [&base.bytes[..at], &[0; 16], &base.bytes[at..]].concat();
    let later = [[0_u8; 64].as_slice(), &MAGIC, &[100, 0, 0, 0, 1, 0, 0, 0], &[0; 40]].concat();
    let refused = |name, bytes| DamageCase::firmware("B13", name, bytes, Verdict::Refused);
    vec![
        refused("four bytes behind the last unit", behind(&[1, 2, 3, 4])).naming([end.clone()]),
        refused("one byte far behind the last unit", behind(&[[0; 200].as_slice(), &[1]].concat()))
            .naming([end, hex(base.bytes.len() as u64 + 200)]),
        refused("sixteen zeros between two units", torn).naming([hex(middle.offset), hex(middle.offset + 16)]),
        refused("the head of another unit far behind the last one", behind(&later))
            .naming([hex(base.bytes.len() as u64), hex(base.bytes.len() as u64 + 64)]),
        DamageCase::firmware("B13", "zeros behind the last unit", behind(&[0; 64]), Verdict::Accepted),
    ]
}
