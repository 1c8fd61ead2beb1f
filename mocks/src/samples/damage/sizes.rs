//! B5: numbers out of range in the prefix and in unit headers. Header CRCs are right, so that only the number is wrong.

use super::base::{Base, hex, names, set_field};
use super::{DamageCase, Verdict};

const HEADER_SIZE_AT: usize = 4;
const DATA_SIZE_AT: usize = 24;
const CRC_BLOCK_AT: usize = 94;

pub(super) fn cases(base: &Base) -> Vec<DamageCase> {
    let mut cases = Vec::new();
    for value in [0, 8, 0x10, 0x80, 0xff] {
        let bytes = base.with(|bytes| bytes[base.prefix()] = value);
        let name = format!("type byte {value:02x}");
        cases.push(DamageCase::firmware("B5", name, bytes, Verdict::Refused).naming(["type"]));
    }
    for (word, unit) in base.places() {
        let header_size = unit.header_size as u32;
        let numbers = [
            ("data size", DATA_SIZE_AT, 0),
            ("data size", DATA_SIZE_AT, unit.stored_size as u32 - 1100),
            ("data size", DATA_SIZE_AT, unit.stored_size as u32 + 1100),
            ("data size", DATA_SIZE_AT, 0x8000_0000),
            ("data size", DATA_SIZE_AT, 0xffff_ffff),
            ("header size", HEADER_SIZE_AT, 0),
            ("header size", HEADER_SIZE_AT, 97),
            ("header size", HEADER_SIZE_AT, 98),
            ("header size", HEADER_SIZE_AT, header_size - 2),
            ("header size", HEADER_SIZE_AT, header_size + 2),
            ("header size", HEADER_SIZE_AT, 0x8000_0000),
            ("header size", HEADER_SIZE_AT, 0xffff_ffff),
            ("CRC block size", CRC_BLOCK_AT, 0),
            ("CRC block size", CRC_BLOCK_AT, 1),
            ("CRC block size", CRC_BLOCK_AT, 0xffff_ffff),
        ];
        for (what, at, value) in numbers {
            let bytes = base.with(|bytes| set_field(bytes, unit, at, value));
            let name = format!("{what} {value:#x} in the {word} unit");
            cases.push(DamageCase::firmware("B5", name, bytes, Verdict::Refused).naming(names(unit)));
        }
        // Header and data size agree with each other, and together they pass the end of a 32-bit number.
        let bytes = base.with(|bytes| {
            set_field(bytes, unit, DATA_SIZE_AT, 0xffff_fff0);
            set_field(bytes, unit, CRC_BLOCK_AT, 0x8000_0000);
            set_field(bytes, unit, HEADER_SIZE_AT, 102);
        });
        let name = format!("sizes of the {word} unit that overflow when they are added");
        let mut place = names(unit);
        place.push(hex(unit.offset + 102));
        cases.push(DamageCase::firmware("B5", name, bytes, Verdict::Refused).naming(place));
    }
    cases
}
