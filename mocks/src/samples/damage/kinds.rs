//! B1 and B2: nothing at all, and other kinds of file.

use super::base::Base;
use super::{DamageCase, Verdict};
use crate::samples::RecipeError;
use crate::samples::filler::Filler;
use crate::samples::firmware::Wrapper;
use crate::samples::loader::LoaderRecipe;

pub(super) fn cases(base: &Base) -> Result<Vec<DamageCase>, RecipeError> {
    let refused = |name: &str, bytes| DamageCase::firmware("B2", name, bytes, Verdict::Refused).naming(NOTHING);
    let behind = |head: &[u8], rest: &str| {
        let mut bytes = head.to_vec();
        bytes.extend(Filler::bytes(rest, 5000, 9));
        bytes
    };
    let (loader, _) = LoaderRecipe::v7r11().small().bytes()?;
    let type_only = base.cut(0x5c);
    Ok(vec![
        DamageCase::firmware("B1", "an empty firmware file", Vec::new(), Verdict::Refused).naming(["empty", "0 bytes"]),
        DamageCase::firmware("B1", "a firmware file of one byte", vec![1], Verdict::Refused).naming(NOTHING),
        refused("a text", b"This is a text and nothing else, whatever its name says.\n".repeat(40)),
        refused("an archive", behind(b"PK\x03\x04", "BALONG SAMPLE ARCHIVE\n")),
        refused("a compressed file", behind(&[0x1f, 0x8b, 8, 0], "BALONG SAMPLE\n")),
        refused("a program of another system", behind(b"\x7fELF\x02\x01\x01", "BALONG SAMPLE PROGRAM\n")),
        refused("a picture", behind(b"\x89PNG\r\n\x1a\n", "BALONG SAMPLE PICTURE\n")),
        refused("zeros", vec![0; 4096]),
        refused("erased flash", vec![0xff; 4096]),
        refused("filler behind a plausible type byte", behind(&[1], "\0\0\0")),
        refused("a prefix and nothing behind it", type_only),
        refused("an updater without firmware in it", Wrapper::sample_stub()),
        refused("a loader where a firmware belongs", loader),
    ])
}

/// Words of which a refusal of something else altogether has one.
const NOTHING: [&str; 7] = ["no partition", "no unit", "not a firmware", "0x5c", "too short", "type", "cut"];
