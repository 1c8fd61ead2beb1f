//! B3: cut off within every part of a container, and exactly between two units.

use super::base::{Base, hex, names};
use super::{DamageCase, Verdict};
use crate::samples::firmware::HEADER_SIZE;

pub(super) fn cases(base: &Base) -> Vec<DamageCase> {
    let mut cases = vec![
        DamageCase::firmware("B3", "cut in the prefix", base.cut(0x30), Verdict::Refused)
            .naming(["0x30", "0x5c", "48"]),
    ];
    for (word, unit) in base.places() {
        let within = [
            ("magic", unit.offset + 2),
            ("header", unit.offset + 40),
            ("CRC table", unit.offset + HEADER_SIZE as u64 + 1),
            ("data", unit.data_offset() + unit.stored_size / 2),
            ("last data byte", unit.data_end() - 1),
        ];
        for (part, length) in within {
            let name = format!("cut in the {part} of the {word} unit");
            let mut place = names(unit);
            place.push(hex(length));
            cases.push(DamageCase::firmware("B3", name, base.cut(length), Verdict::Refused).naming(place));
        }
        let next = base.description.units.get(unit.index + 1);
        if let Some(next) = next {
            // A sound container, as far as anybody can tell, until one asks what is missing.
            let between = DamageCase::firmware(
                "B3",
                format!("cut right behind the {word} unit"),
                base.cut(base.end(unit)),
                Verdict::RefusedForSending,
            );
            cases.push(between.naming(names(next)));
        }
    }
    let padded = base.description.units.iter().rev().find(|unit| base.end(unit) - unit.data_end() > 1);
    if let Some(unit) = padded {
        let bytes = base.cut(unit.data_end() + 1);
        let last = unit.index + 1 == base.description.units.len();
        let verdict = if last { Verdict::Accepted } else { Verdict::RefusedForSending };
        cases.push(DamageCase::firmware("B3", "cut in the padding behind a unit", bytes, verdict));
    }
    if let Some(last) = base.description.units.last() {
        // The last unit may lack its padding.
        let bytes = base.cut(last.data_end());
        cases.push(DamageCase::firmware("B3", "cut before the padding of the last unit", bytes, Verdict::Accepted));
    }
    cases
}
