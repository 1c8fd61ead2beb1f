//! What becomes of a loader's second block once it is started.

use crate::model::Chip;

/// What was started.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// Code for another chip, or at an address that is no RAM: it never shows on the bus again.
    Crashed,
    /// It runs.
    Runs {
        /// It wipes the whole flash first.
        erases: bool,
        /// It found no kernel behind it and stays in fastboot.
        fastboot: bool,
        /// The partition table that it carries.
        table: Option<PartitionTable>,
    },
}

/// One row of a partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableEntry {
    pub(crate) name: String,
    /// Capacity in bytes.
    pub(crate) length: u32,
    pub(crate) image_type: u32,
}

/// The partition table that a loader carries, and that the download daemon goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartitionTable {
    pub(crate) entries: Vec<TableEntry>,
}

const TABLE_HEAD: &[u8; 16] = b"pTableHead\0\0\0\0\0\x80";
const TABLE_START: usize = 0x30;
const ENTRY: usize = 48;
const MOST_ENTRIES: usize = 41;
const MOVE_ZERO: [u8; 4] = [0x00, 0x00, 0xa0, 0xe3];
const ANDROID: &[u8; 8] = b"ANDROID!";
/// How a block ends whose kernel was cut off.
const NO_ANDROID: &[u8; 8] = b"\x55NDROID!";

/// The code around the call that erases the flash, and where the call is, counted from the signature's end. The bytes
/// are those that today's patching tools look for.
struct EraseSignature {
    code: &'static [u8],
    call: usize,
}

const ERASE_V7R2: EraseSignature = EraseSignature {
    code: &[
        0x00, 0x30, 0xa0, 0xe3, 0x9a, 0x3f, 0x07, 0xee, 0xff, 0x2f, 0x0f, 0xe3, 0xe1, 0x2f, 0x44, 0xe3, 0x07, 0x30,
        0x02, 0xe5, 0x9a, 0x3f, 0x07, 0xee, 0x00, 0x40, 0xa0, 0xe3, 0xe0, 0x4f, 0x44, 0xe3, 0x4e, 0x36, 0x04, 0xe3,
        0x4c, 0x34, 0x44, 0xe3, 0x30, 0x33, 0x84, 0xe5,
    ],
    call: 16,
};

const ERASE_V7R11: EraseSignature = EraseSignature {
    code: &[
        0x00, 0x00, 0x50, 0xe3, 0x70, 0x80, 0xbd, 0x08, 0x00, 0x30, 0xa0, 0xe3, 0x4e, 0x26, 0x04, 0xe3, 0xe0, 0x3f,
        0x44, 0xe3, 0x55, 0x22, 0x44, 0xe3, 0x4c, 0x01, 0x9f, 0xe5, 0x4e, 0xc6, 0x04, 0xe3, 0x48, 0x41, 0x9f, 0xe5,
        0x02, 0x10, 0xa0, 0xe1, 0x4c, 0xc4, 0x44, 0xe3, 0x5c, 0x23, 0x83, 0xe5, 0x00, 0x00, 0x8f, 0xe0, 0x40, 0xc3,
        0x83, 0xe5,
    ],
    call: 4,
};

/// How the call that erases the flash stands in a block of code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EraseCall {
    Absent,
    Live,
    PatchedOut,
}

/// Looks for the erasing call of this chip's loaders.
pub(crate) fn erase_call(chip: Chip, code: &[u8]) -> EraseCall {
    let signature = match chip {
        Chip::V7R2 => &ERASE_V7R2,
        Chip::V7R11 => &ERASE_V7R11,
    };
    let hits = (8..code.len()).step_by(4).filter(|at| code[*at..].starts_with(signature.code));
    let calls = hits.map(|at| at + signature.code.len() + signature.call);
    let patched: Vec<bool> = calls.map(|at| code.get(at..).is_some_and(|rest| rest.starts_with(&MOVE_ZERO))).collect();
    match patched.as_slice() {
        [] => EraseCall::Absent,
        all if all.iter().all(|patched| *patched) => EraseCall::PatchedOut,
        _ => EraseCall::Live,
    }
}

/// Starts a loader's second block on a chip.
pub(crate) fn start(chip: Chip, code: &[u8]) -> Loaded {
    let call = erase_call(chip, code);
    if call == EraseCall::Absent {
        return Loaded::Crashed;
    }
    // The magic may stand elsewhere as well, such as in the code that looks for it; behind the code stands the kernel.
    let kernel = !code.ends_with(NO_ANDROID) && code.windows(ANDROID.len()).any(|window| window == ANDROID);
    Loaded::Runs { erases: call == EraseCall::Live, fastboot: !kernel, table: PartitionTable::find(code) }
}

impl PartitionTable {
    /// The first table in a block of code, at 4-byte steps.
    pub(crate) fn find(code: &[u8]) -> Option<Self> {
        (0..code.len())
            .step_by(4)
            .find(|at| code[*at..].starts_with(TABLE_HEAD))
            .and_then(|at| Self::parse(&code[at..]))
    }

    /// A table from its first byte on. `None` when it is none, or has no end.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(TABLE_HEAD) {
            return None;
        }
        let mut entries = Vec::new();
        for entry in bytes.get(TABLE_START..)?.chunks_exact(ENTRY).take(MOST_ENTRIES + 1) {
            let name: Vec<u8> = entry[..16].iter().copied().take_while(|byte| *byte != 0).collect();
            // The tail's first letter, or nothing, ends the list.
            if name.is_empty() || name == b"T" || name == b"pTableTail" {
                return Some(Self { entries });
            }
            let word = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
            let name = String::from_utf8_lossy(&name).escape_default().to_string();
            entries.push(TableEntry { name, length: word(24), image_type: word(36) });
        }
        None
    }

    /// The capacity for a partition code, where the table's row for it is certain.
    pub(crate) fn capacity(&self, code: u32) -> Option<u32> {
        let image_type = match code {
            0x11_0000 => 0x102,
            0x20_0000 | 0x02_0000 => 0x101,
            0x03_0000 | 0x09_0000 => 0x107,
            0x04_0000 | 0x22_0000 => 0x10a,
            0x05_0000 | 0x23_0000 => 0x109,
            0x06_0000 | 0x24_0000 => 0x10b,
            0x07_0000 | 0x25_0000 => 0x105,
            0x13_0000 => 0x10c,
            _ => return None,
        };
        self.entries.iter().find(|entry| entry.image_type == image_type).map(|entry| entry.length)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A second block: code of the chip, a table with room for a fastboot of 0x40000 bytes, and a kernel.
    pub(crate) fn usbldr(chip: Chip, patched: bool) -> Vec<u8> {
        let signature = match chip {
            Chip::V7R2 => &ERASE_V7R2,
            Chip::V7R11 => &ERASE_V7R11,
        };
        let mut code = vec![0x11; 64];
        code.extend(signature.code);
        code.extend(vec![0x22; signature.call]);
        code.extend(if patched { MOVE_ZERO } else { [0x01, 0x02, 0x03, 0xeb] });
        code.resize(512, 0x33);
        code.extend(table());
        code.extend(b"ANDROID!kernel");
        code
    }

    pub(crate) fn table() -> Vec<u8> {
        let mut table = TABLE_HEAD.to_vec();
        table.resize(TABLE_START, 0);
        for (name, length, image_type) in
            [("m3boot", 0x2_0000u32, 0x101u32), ("fastboot", 0x4_0000, 0x102), ("T", 0, 0x200)]
        {
            let start = table.len();
            table.extend(name.as_bytes());
            table.resize(start + 24, 0);
            table.extend(length.to_le_bytes());
            table.resize(start + 36, 0);
            table.extend(image_type.to_le_bytes());
            table.resize(start + ENTRY, 0);
        }
        table.resize(0x800, 0);
        table
    }

    #[test]
    fn an_unpatched_loader_erases_and_a_patched_one_does_not() {
        for chip in [Chip::V7R2, Chip::V7R11] {
            for patched in [false, true] {
                let Loaded::Runs { erases, fastboot, table } = start(chip, &usbldr(chip, patched)) else {
                    panic!("a loader for {chip:?} runs on it");
                };
                assert_eq!((erases, fastboot), (!patched, false));
                assert_eq!(table.expect("it carries a table").capacity(0x11_0000), Some(0x4_0000));
            }
        }
    }

    #[test]
    fn a_loader_for_another_chip_crashes() {
        assert_eq!(start(Chip::V7R11, &usbldr(Chip::V7R2, true)), Loaded::Crashed);
    }

    #[test]
    fn without_a_kernel_behind_it_a_loader_stays_in_fastboot() {
        let mut code = usbldr(Chip::V7R11, true);
        // What looks for the magic holds it too.
        code[16..24].copy_from_slice(ANDROID);
        assert!(matches!(start(Chip::V7R11, &code), Loaded::Runs { fastboot: false, .. }));
        let kernel = code.windows(8).rposition(|window| window == ANDROID).expect("a kernel");
        code.truncate(kernel + 8);
        code[kernel] = 0x55;
        assert!(matches!(start(Chip::V7R11, &code), Loaded::Runs { fastboot: true, .. }));
    }

    #[test]
    fn a_table_without_an_end_is_none() {
        let mut table = table();
        table.truncate(TABLE_START + ENTRY);
        assert_eq!(PartitionTable::parse(&table), None);
    }
}
