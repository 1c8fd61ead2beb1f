//! B7 and B8: doubled, missing and misplaced partitions; contradictory platforms; more data than the partition holds.

use super::base::{Base, changed, names, unknown};
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::firmware::{Compression, Content, FirmwareRecipe, UnitRecipe};
use crate::samples::partition_table::{ERASE_BLOCK, TableRecipe};
use crate::samples::ready::recipes;

const FASTBOOT: u32 = 0x11_0000;
const PTABLE: u32 = 0x01_0000;
const DSP: u32 = 0x24_0000;
const KERNEL: u32 = 0x09_0000;

pub(super) fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    let mut cases = doubled_or_misplaced()?;
    cases.extend(missing()?);
    cases.extend(contradictory()?);
    cases.extend(too_large()?);
    Ok(cases)
}

fn made(change: impl FnOnce(&mut FirmwareRecipe)) -> Result<Vec<u8>, RecipeError> {
    let mut recipe = recipes::miniature()?;
    change(&mut recipe);
    Ok(Base::of(&recipe)?.bytes)
}

fn doubled_or_misplaced() -> Result<Vec<DamageCase>, RecipeError> {
    let twice_in_a_row = made(|set| set.units.insert(1, set.units[1].clone()))?;
    let again_at_the_end = made(|set| set.units.push(UnitRecipe { trailer: None, ..set.units[0].clone() }))?;
    let turned_round = made(|set| set.units.reverse())?;
    let refused = |name, bytes| DamageCase::firmware("B7", name, bytes, Verdict::Refused);
    Ok(vec![
        refused("the second unit twice in a row", twice_in_a_row).naming(["200000", "M3Boot"]),
        refused("Fastboot once more at the end", again_at_the_end).naming(["110000", "Fastboot"]),
        refused("all units in the opposite order", turned_round).naming(["110000", "Fastboot", "order"]),
    ])
}

fn missing() -> Result<Vec<DamageCase>, RecipeError> {
    let members = [(FASTBOOT, "Fastboot"), (KERNEL, "Kernel"), (0x22_0000, "VxWorks"), (0x23_0000, "M3Image")];
    let mut cases = Vec::new();
    for (code, name) in members {
        let bytes = made(|set| set.units.retain(|unit| unit.code != code))?;
        let title = format!("a firmware without {name}");
        let code = format!("{code:06x}");
        cases.push(DamageCase::firmware("B7", title, bytes, Verdict::RefusedForSending).naming([&code, name]));
    }
    for (bit, what, words) in [(4, "web UI", ["web", "560000"]), (2, "CD image", ["iso", "cd"])] {
        let bytes = made(|set| set.type_byte |= bit)?;
        let title = format!("a type byte that promises a {what} which is not there");
        cases.push(DamageCase::firmware("B7", title, bytes, Verdict::RefusedForSending).naming(words));
    }
    Ok(cases)
}

fn contradictory() -> Result<Vec<DamageCase>, RecipeError> {
    let refused = |name, bytes| DamageCase::firmware("B8", name, bytes, Verdict::Refused);
    let texts = made(|set| set.units.iter_mut().for_each(|unit| unit.version = b":BV7R2ES:21.300.05.00.00".to_vec()))?;
    let one_text = changed(DSP, |unit| unit.version = b":BV7R22C:21.180.01.00.00".to_vec())?.bytes;
    let one_code = changed(0x22_0000, |unit| unit.code = 0x04_0000)?.bytes;
    let v7r1 = changed(KERNEL, |unit| unit.code = 0x0105)?.bytes;
    Ok(vec![
        refused("texts of V7R2 over codes of V7R11", texts).naming(["V7R2"]),
        refused("one unit with the text of another chip", one_text).naming(["V7R22", "240000", "DSP"]),
        refused("one unit with a code of V7R2", one_code).naming(["V7R2", "040000", "VxWorks"]),
        refused("one unit with a code of V7R1", v7r1).naming(["V7R1", "000105", "Kernel"]),
    ])
}

fn too_large() -> Result<Vec<DamageCase>, RecipeError> {
    let too_large = |name, base: &Base, code| {
        let place = names(base.unit(code)?);
        let case = DamageCase::firmware("B8", name, base.bytes.clone(), Verdict::RefusedForSending);
        Ok::<_, RecipeError>(case.naming(place))
    };
    let mut recipe = recipes::miniature()?;
    with_dsp_of_one_block(&mut recipe)?;
    let dsp = Base::of(&recipe)?;
    // The kernel's partition in the table of the set holds 6 MiB.
    let kernel = changed(KERNEL, |unit| {
        unit.compression = Compression::Zlib;
        unit.content = Content::Bytes(vec![0; (6 << 20) + 1]);
    })?;
    Ok(vec![
        too_large("a DSP one byte larger than its partition", &dsp, DSP)?,
        too_large("a kernel that is larger than its partition once decompressed", &kernel, KERNEL)?,
    ])
}

/// A table whose DSP partition is one erase block, and a DSP of one byte more.
pub(super) fn with_dsp_of_one_block(set: &mut FirmwareRecipe) -> Result<(), RecipeError> {
    let mut table = TableRecipe::modern("SAMPLE_V7R11");
    for entry in table.entries.iter_mut().filter(|entry| entry.image_type == 0x10b) {
        entry.length = ERASE_BLOCK;
    }
    let contents = [(PTABLE, table.bytes()?), (DSP, vec![0x2a; ERASE_BLOCK as usize + 1])];
    for (code, bytes) in contents {
        set.unit_mut(code).ok_or_else(|| unknown(code))?.content = Content::Bytes(bytes);
    }
    Ok(())
}
