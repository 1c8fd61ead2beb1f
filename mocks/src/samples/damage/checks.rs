//! B4: a wrong header CRC, a wrong entry of the CRC table, and flipped bits that the checks must find.

use super::base::{Base, names};
use super::{DamageCase, Verdict};
use crate::samples::firmware::HEADER_SIZE;

pub(super) fn cases(base: &Base) -> Vec<DamageCase> {
    let mut cases = Vec::new();
    for (word, unit) in base.places() {
        let header = unit.offset as usize;
        let data = unit.data_offset() as usize;
        let end = unit.data_end() as usize;
        let flips = [
            ("the stored header CRC", header + 92, 0x01),
            ("the hardware code", header + 12, 0x20),
            ("the partition code", header + 22, 0x02),
            ("the date", header + 30, 0x04),
            ("the version text", header + 61, 0x08),
            ("the header version", header + 8, 0x02),
            ("the first entry of the CRC table", header + HEADER_SIZE, 0x10),
            ("the last entry of the CRC table", data - 1, 0x40),
            ("the first data byte", data, 0x80),
            ("a data byte in the middle", data + (end - data) / 2, 0x01),
            ("the last data byte", end - 1, 0x02),
        ];
        for (what, at, bit) in flips {
            let bytes = base.with(|bytes| bytes[at] ^= bit);
            let name = format!("one bit of {what} of the {word} unit");
            cases.push(DamageCase::firmware("B4", name, bytes, Verdict::Refused).naming(names(unit)));
        }
    }
    cases
}
