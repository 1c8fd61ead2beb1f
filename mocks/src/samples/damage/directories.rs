//! Directory sets: empty ones, wrong numbers and names, files that are no bare partitions.

use std::ffi::OsString;

use super::base::Base;
use super::sets::with_dsp_of_one_block;
use super::{DamageCase, Damaged, Kind, Verdict};
use crate::samples::RecipeError;
use crate::samples::firmware::{FirmwareRecipe, TrailerRecipe};
use crate::samples::ready::recipes;

type Files = Vec<(OsString, Vec<u8>)>;

pub(super) fn cases(base: &Base) -> Result<Vec<DamageCase>, RecipeError> {
    let mut cases = empty_or_other(base)?;
    cases.extend(numbers_and_names()?);
    cases.extend(sets()?);
    cases.extend(hostile_names()?);
    Ok(cases)
}

fn case(class: &'static str, name: &str, files: Files, verdict: Verdict) -> DamageCase {
    DamageCase::new(class, name, Kind::DirectorySet, Damaged::Folder(files), verdict)
}

fn files_of(recipe: &FirmwareRecipe) -> Result<Files, RecipeError> {
    let named = recipe.units.iter().enumerate();
    named.map(|(index, unit)| Ok((unit.file_name(index).into(), unit.plain()?))).collect()
}

/// The miniature set as files, with something done to them.
fn files(change: impl FnOnce(&mut Files)) -> Result<Files, RecipeError> {
    let mut files = files_of(&recipes::miniature()?)?;
    change(&mut files);
    Ok(files)
}

/// The same with one file renamed.
fn renamed(index: usize, name: impl Into<OsString>) -> Result<Files, RecipeError> {
    files(|files| files[index].0 = name.into())
}

fn empty_or_other(base: &Base) -> Result<Vec<DamageCase>, RecipeError> {
    let refused = |class, name, files| case(class, name, files, Verdict::Refused);
    let other = vec![("readme.txt".into(), b"no partitions here\n".to_vec()), ("setup.exe".into(), b"MZ".to_vec())];
    // A unit with its header, as other tools extract it: it would be flashed header and all.
    let unit = &base.description.units[3];
    let headered = base.bytes[unit.offset as usize..unit.data_end() as usize].to_vec();
    let mut without_magic = headered.clone();
    without_magic[1] ^= 0x04;
    Ok(vec![
        refused("B1", "an empty folder", Vec::new()).naming(["no partition", "no file", "empty"]),
        refused("B1", "an empty file in a directory set", files(|files| files[4].1.clear())?).naming([
            "04-00220000",
            "220000",
            "VxWorks",
        ]),
        refused("B2", "a folder of other files", other).naming(["readme.txt", "setup.exe", "no partition"]),
        refused("B13", "a file with a unit header whose magic is damaged", files(|files| files[3].1 = without_magic)?)
            .naming(["03-00090000", "090000", "Kernel"]),
        refused("B2", "a file with a unit header in a directory set", files(|files| files[3].1 = headered)?).naming([
            "03-00090000",
            "090000",
            "Kernel",
        ]),
    ])
}

fn numbers_and_names() -> Result<Vec<DamageCase>, RecipeError> {
    let refused = |name, files, words: [&str; 2]| case("B7", name, files, Verdict::Refused).naming(words);
    let gap = files(|files| drop(files.remove(5)))?;
    let late = files(|files| drop(files.remove(0)))?;
    let beside = files(|files| files.push(("notes.txt".into(), b"a note\n".to_vec())))?;
    Ok(vec![
        refused("a gap in the numbers of a directory set", gap, ["05", "5"]),
        refused("a directory set that begins at 01", late, ["00", "0"]),
        refused("two files of one number", renamed(6, "05-00240000-DSP_R11.bin")?, ["05-0024", "05-0023"]),
        refused("two files of one partition", renamed(6, "06-00230000-M3Image_R11.bin")?, ["230000", "M3Image"]),
        refused("a number of one digit", renamed(6, "6-00240000-DSP_R11.bin")?, ["6-00240000", "06"]),
        refused("a number of three digits", renamed(6, "006-00240000-DSP_R11.bin")?, ["006-00240000", "06"]),
        refused("letters in place of a number", renamed(6, "XX-00240000-DSP_R11.bin")?, ["XX-00240000", "06"]),
        refused("a code that is not hexadecimal", renamed(6, "06-0024000g-DSP_R11.bin")?, ["0024000g", "06"]),
        refused("a code of six digits", renamed(6, "06-240000-DSP_R11.bin")?, ["06-240000", "06"]),
        refused("underscores in place of dashes", renamed(6, "06_00240000_DSP_R11.bin")?, ["06_00240000", "06"]),
        refused("a sign before a number", renamed(6, "+6-00240000-DSP_R11.bin")?, ["+6-00240000", "06"]),
        refused("another file beside a directory set", beside, ["notes.txt", "notes"]),
    ])
}

fn sets() -> Result<Vec<DamageCase>, RecipeError> {
    let mut small = recipes::miniature()?;
    with_dsp_of_one_block(&mut small)?;
    let mut signed_twice = recipes::miniature()?;
    signed_twice.units[1].trailer = Some(TrailerRecipe::sample(846));
    let mut without = recipes::miniature()?;
    without.units.retain(|unit| unit.code != 0x09_0000);
    let foreign = renamed(4, "04-00040000-VxWorks.bin")?;
    let trailer = TrailerRecipe::lying(64, 0).bytes()?;
    let lying = files(|files| files[0].1.extend(trailer))?;
    Ok(vec![
        case("B7", "a directory set without a kernel", files_of(&without)?, Verdict::RefusedForSending)
            .naming(["Kernel", "090000"]),
        case("B8", "a DSP file one byte larger than its partition", files_of(&small)?, Verdict::RefusedForSending)
            .naming(["DSP", "240000"]),
        case("B8", "a file of V7R2 in a directory set of V7R11", foreign, Verdict::Refused).naming(["V7R2", "040000"]),
        case("B9", "a trailer in each of the first two files", files_of(&signed_twice)?, Verdict::Refused)
            .naming(["trailer", "signature"]),
        case("B9", "a file whose trailer states length zero", lying, Verdict::Refused).naming(["trailer", "signature"]),
    ])
}

/// Names are free behind the code, and only shown. A reader may be stricter about them.
fn hostile_names() -> Result<Vec<DamageCase>, RecipeError> {
    let either = |name, files| case("B10", name, files, Verdict::Either);
    let mut cases = vec![
        either("a file name that clears the screen", renamed(0, "00-00110000-Fast\u{1b}[2Jboot.bin")?).hostile(),
        either("a file name with a line break", renamed(0, "00-00110000-Fast\nboot.bin")?).hostile(),
        either("a file name from right to left", renamed(0, "00-00110000-Fast\u{202e}nib.bin")?).hostile(),
        either("a file name that looks like a way up", renamed(0, "00-00110000-..\\..\\Fastboot.bin")?),
        either("a file name of dots", renamed(0, "00-00110000-.....bin")?),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let name = OsString::from_vec(b"00-00110000-Fast\xff\xfeboot.bin".to_vec());
        cases.push(either("a file name that is no UTF-8", renamed(0, name)?).hostile());
    }
    cases.retain(|case| !cfg!(windows) || !case.hostile_text);
    Ok(cases)
}
