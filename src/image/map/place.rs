//! Which entries of a partition table a partition of a firmware goes to.

use crate::image::partition_code::{PartitionCode, PlatformClue};
use crate::image::partition_table::PartitionTable;
use crate::image::platform::Platform;

/// An entry that something goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in the table.
    pub entry: usize,
    /// Whether the sizes compare one to one.
    pub is_certain: bool,
}

/// The entries that a partition goes to: none where that is not known.
pub(super) fn of(table: &PartitionTable, code: PartitionCode) -> Vec<Place> {
    if let Some(entry) = table.place_of(code.0) {
        return vec![Place { entry, is_certain: true }];
    }
    let by = |fits: &dyn Fn(&str, u32) -> bool| {
        let entries = table.entries.iter().enumerate();
        let fitting = entries.filter(|(_, entry)| fits(&entry.name, entry.image_type));
        fitting.map(|(entry, _)| Place { entry, is_certain: false }).collect()
    };
    match (code.platform_clue(), named(code)) {
        // The raw image type, in the older numbering; two entries may hold the same, such as the two BootRoms.
        (Some(PlatformClue::Exactly(Platform::V7R1)), _) if is_older(table) => {
            by(&|_, image_type| image_type == code.0 & 0xffff)
        }
        (_, Some(name)) => by(&|entry, _| entry.eq_ignore_ascii_case(name)),
        _ => Vec::new(),
    }
}

/// Tables of V7R1 and V3R3 number their image types otherwise than later ones: 0x101 is their BootLoad.
fn is_older(table: &PartitionTable) -> bool {
    table.entries.iter().any(|entry| entry.image_type == 0x101 && entry.name == "BootLoad")
}

/// The entry in which tables of V7R2 and later keep what a code means, for the codes whose sizes do not compare.
fn named(code: PartitionCode) -> Option<&'static str> {
    match code.0 {
        0x0001_0000 => Some("ptable"),
        0x0010_0000 | 0x0059_0000 => Some("system"),
        0x0057_0000 | 0x005a_0000 => Some("app"),
        0x0056_0000 | 0x005b_0000 => Some("webui"),
        0x000b_0000 => Some("cdromiso"),
        0x0008_0000 | 0x0026_0000 => Some("nvimg"),
        0x001a_0000 => Some("oeminfo"),
        0x0019_0000 => Some("userdata"),
        0x001b_0000 | 0x005d_0000 | 0x005e_0000 => Some("online"),
        _ => None,
    }
}

/// Whether a partition of this name keeps radio calibration, IMEI or serial number: `nvbacklte` and the two `NvBack*` of
/// older tables, the working NV, and `oeminfo`.
pub(super) fn holds_identity(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("nvback") || name == "nvimg" || name == "oeminfo"
}
