//! Loaders: heads that lie, blocks that overlap, and code that cannot be told safe.

use super::base::hex;
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::loader::{EraseCall, EraseSignature, EraseSite, LoaderDescription, LoaderRecipe};
use crate::samples::partition_table::TableRecipe;
use crate::samples::ready::recipes;

const FIRST: usize = 0x24;
const SECOND: usize = 0x34;
/// Places within a descriptor.
const MODE: usize = 0;
const SIZE: usize = 4;
const OFFSET: usize = 12;

pub(super) fn cases() -> Result<Vec<DamageCase>, RecipeError> {
    let (bytes, description) = LoaderRecipe::v7r11().small().bytes()?;
    let mut cases = other_kinds()?;
    cases.extend(cuts(&bytes, &description));
    cases.extend(heads(&bytes, &description));
    cases.extend(unsafe_code()?);
    cases.extend(tables()?);
    Ok(cases)
}

fn other_kinds() -> Result<Vec<DamageCase>, RecipeError> {
    let refused = |class, name, bytes| DamageCase::loader(class, name, bytes, Verdict::Refused);
    let (firmware, _) = recipes::miniature()?.bytes()?;
    Ok(vec![
        refused("B1", "an empty loader file", Vec::new()).naming(["empty", "0 bytes"]),
        refused("B1", "a loader file of one byte", vec![0]),
        refused("B2", "a firmware where a loader belongs", firmware).naming(["magic", "loader"]),
        refused("B2", "zeros where a loader belongs", vec![0; 4096]).naming(["magic", "loader"]),
        refused("B2", "a program where a loader belongs", b"\x7fELF\x02\x01\x01\0".repeat(64))
            .naming(["magic", "loader"]),
    ])
}

fn cuts(bytes: &[u8], description: &LoaderDescription) -> Vec<DamageCase> {
    let [raminit, usbldr] = &description.blocks;
    let cuts = [
        ("the magic", 3),
        ("the descriptors", 0x40),
        ("the head", 0x53),
        ("raminit", raminit.offset as usize + 100),
        ("usbldr", usbldr.offset as usize + 100),
        ("the last byte", bytes.len() - 1),
    ];
    cuts.map(|(part, length)| {
        let name = format!("a loader cut in {part}");
        DamageCase::loader("B3", name, bytes[..length].to_vec(), Verdict::Refused)
    })
    .to_vec()
}

fn heads(bytes: &[u8], description: &LoaderDescription) -> Vec<DamageCase> {
    let [raminit, usbldr] = &description.blocks;
    let changes: [(&str, &[(usize, u32)]); 19] = [
        ("a loader with another magic", &[(0, 0x0002_0001)]),
        ("raminit of size 0", &[(FIRST + SIZE, 0)]),
        ("usbldr of size 0", &[(SECOND + SIZE, 0)]),
        ("raminit of 2 GiB", &[(FIRST + SIZE, 0x8000_0000)]),
        ("usbldr of 4 GiB", &[(SECOND + SIZE, u32::MAX)]),
        ("usbldr one byte longer than the file", &[(SECOND + SIZE, usbldr.size + 1)]),
        ("raminit inside the head", &[(FIRST + OFFSET, 0x40)]),
        ("raminit at offset 0", &[(FIRST + OFFSET, 0)]),
        ("usbldr over raminit", &[(SECOND + OFFSET, raminit.offset + 4)]),
        ("usbldr one byte into raminit", &[(SECOND + OFFSET, usbldr.offset - 1)]),
        ("both blocks at one offset", &[(SECOND + OFFSET, raminit.offset)]),
        ("usbldr behind the end of the file", &[(SECOND + OFFSET, bytes.len() as u32)]),
        ("an offset that overflows with its size", &[(SECOND + OFFSET, u32::MAX - 15)]),
        ("no block at all", &[(FIRST + MODE, 0)]),
        ("only raminit", &[(SECOND + MODE, 0)]),
        ("a first block of mode 3", &[(FIRST + MODE, 3)]),
        ("a second block of mode 3", &[(SECOND + MODE, 3)]),
        ("two blocks that come back", &[(SECOND + MODE, 1)]),
        ("blocks whose modes are swapped", &[(FIRST + MODE, 2), (SECOND + MODE, 1)]),
    ];
    let case = |(name, words): (&str, &[(usize, u32)])| {
        let mut damaged = bytes.to_vec();
        for (at, value) in words {
            damaged[*at..*at + 4].copy_from_slice(&value.to_le_bytes());
        }
        let place = ["block", "raminit", "usbldr", "magic", "descriptor", "mode"];
        DamageCase::loader("B5", name, damaged, Verdict::Refused).naming(place)
    };
    changes.into_iter().map(case).collect()
}

/// Loaders that may be looked at, and must not be sent.
fn unsafe_code() -> Result<Vec<DamageCase>, RecipeError> {
    use EraseCall::{Patched, Unpatched, Word};
    use EraseSignature::{V7R1Masked, V7R2, V7R11, V7R22, V7R22B525, V7R22E5885};
    let site = EraseSite::new;
    let size = LoaderRecipe::v7r11().small().usbldr_size;
    let sites: [(&str, Vec<EraseSite>); 13] = [
        ("a loader without a signature", vec![]),
        ("a loader with two signatures", vec![site(V7R11, Unpatched), site(V7R11, Unpatched).at(0x3000)]),
        ("signatures of two chips", vec![site(V7R11, Unpatched), site(V7R2, Unpatched).at(0x3000)]),
        ("two signatures, one of them patched", vec![site(V7R11, Patched), site(V7R11, Unpatched).at(0x3000)]),
        ("a load where the call of V7R11 should be", vec![site(V7R11, Word([0x04, 0x00, 0x90, 0xe5]))]),
        ("a load where the call of V7R2 should be", vec![site(V7R2, Word([0x04, 0x00, 0x90, 0xe5]))]),
        ("a plain branch where the call of V7R11 should be", vec![site(V7R11, Word([0x12, 0x00, 0x00, 0xea]))]),
        ("a conditional call where the call of E5885 should be", vec![site(V7R22E5885, Word([1, 0, 0, 0x0b]))]),
        ("zeros where the call of B525 should be", vec![site(V7R22B525, Word([0; 4]))]),
        ("a branch of V7R22 with condition byte 1a", vec![site(V7R22, Word([0x20, 0, 0, 0x1a]))]),
        ("a branch of V7R22 with condition byte 0b", vec![site(V7R22, Word([0x20, 0, 0, 0x0b]))]),
        ("a signature whose call is cut off by the end of the block", vec![site(V7R2, Unpatched).at(size - 48)]),
        ("a signature two bytes off the words of the block", vec![site(V7R1Masked, Unpatched).at(0x2002)]),
    ];
    let mut cases = Vec::new();
    for (name, erase_sites) in sites {
        // The place of a signature that a reader sees; one that is not at a whole word is none.
        let seen = erase_sites.first().filter(|site| site.at.is_multiple_of(4)).copied();
        let (bytes, description) = LoaderRecipe { erase_sites, ..LoaderRecipe::v7r11().small() }.bytes()?;
        let case = unsafe_loader(name, bytes);
        cases.push(match seen {
            Some(site) => {
                let block = description.blocks[1].offset as usize;
                let places = [site.at, site.patch_at(), block + site.at, block + site.patch_at()];
                case.naming(places.map(|place| hex(place as u64)))
            }
            None => case,
        });
    }
    // The masked form counts only with its literal.
    let masked = LoaderRecipe { erase_sites: vec![site(V7R1Masked, Unpatched)], ..LoaderRecipe::v7r1().small() };
    let (mut bytes, description) = masked.bytes()?;
    let literal = description.blocks[1].offset as usize + 0x2000 + 16 + 0x370;
    bytes[literal] ^= 1;
    cases.push(unsafe_loader("a masked signature of V7R1 without the literal it refers to", bytes));
    Ok(cases)
}

fn unsafe_loader(name: &str, bytes: Vec<u8>) -> DamageCase {
    DamageCase::loader("B11", name, bytes, Verdict::RefusedForSending).naming(["erase", "signature", "safe", "patch"])
}

/// Tables whose texts are hostile: shown escaped, never used as a path.
fn tables() -> Result<Vec<DamageCase>, RecipeError> {
    let with = |change: &dyn Fn(&mut TableRecipe)| {
        let mut table = TableRecipe::modern("SAMPLE_V7R11");
        change(&mut table);
        Ok::<_, RecipeError>(LoaderRecipe { table: Some(table), ..LoaderRecipe::v7r11().small() }.bytes()?.0)
    };
    let accepted = |name, bytes| DamageCase::loader("B10", name, bytes, Verdict::Accepted);
    Ok(vec![
        accepted(
            "a partition name that clears the screen",
            with(&|table| table.entries[7].name = b"ker\x1b[2Jnel".to_vec())?,
        )
        .hostile(),
        accepted("a partition name that is no UTF-8", with(&|table| table.entries[7].name = b"ker\xff\xfe".to_vec())?)
            .hostile(),
        accepted("a product text with a bell in it", with(&|table| table.product = b"SAMPLE\x07".to_vec())?).hostile(),
        accepted("a partition named like a way up", with(&|table| table.entries[7].name = b"../../etc".to_vec())?),
    ])
}
