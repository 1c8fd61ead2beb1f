//! A map of the flash: its partition table, and what some firmware would write into it.
//!
//! The map is plain data; it is drawn elsewhere. Starts and sizes are bytes of flash.

mod place;
mod scale;

use super::firmware::Firmware;
use super::partition_code::PartitionCode;
use super::partition_table::{PartitionEntry, PartitionTable};

pub use scale::to_scale;

/// Whose table the map is drawn by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableSource {
    /// The firmware brings it along, and the stick goes by it afterwards.
    Firmware,
    /// The loader's own.
    Loader,
}

impl TableSource {
    /// The word for it, in JSON and in sentences.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Firmware => "firmware",
            Self::Loader => "loader",
        }
    }
}

/// What becomes of a piece of flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// Something would be written that is larger than the partition.
    DoesNotFit,
    /// Calibration or identity of the stick would be written.
    WrittenIdentity,
    /// It would be written.
    Written,
    /// It is left alone, and holds calibration or identity of the stick.
    Identity,
    /// It is left alone.
    LeftAlone,
    /// It belongs to no partition.
    Unassigned,
}

impl Mark {
    /// All of them, the gravest first.
    pub const ALL: [Self; 6] =
        [Self::DoesNotFit, Self::WrittenIdentity, Self::Written, Self::Identity, Self::LeftAlone, Self::Unassigned];

    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DoesNotFit => "does_not_fit",
            Self::WrittenIdentity => "written_identity",
            Self::Written => "written",
            Self::Identity => "identity",
            Self::LeftAlone => "left_alone",
            Self::Unassigned => "unassigned",
        }
    }
}

/// One partition of a firmware, on its way into the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// What it is.
    pub code: PartitionCode,
    /// Its size as flashed, in bytes.
    pub size: u64,
}

/// A piece of flash: a partition, or a gap between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The partition's name, escaped; `None` for a gap.
    pub name: Option<String>,
    /// Its first byte.
    pub start: u64,
    /// Its size. Zero is legal.
    pub length: u64,
    /// What becomes of it.
    pub mark: Mark,
    /// What goes into it.
    pub writes: Vec<Write>,
    /// Whether it begins before the one ahead of it ends. No table that is checked before use has that.
    pub overlaps: bool,
}

/// The flash, from its beginning to the end of its last partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlashMap {
    /// Product of the table, escaped.
    pub product: String,
    /// Whose table it is.
    pub source: TableSource,
    /// The end of the last partition.
    pub size: u64,
    /// Everything in the flash, by its start.
    pub spans: Vec<Span>,
    /// What the table has no partition for, as far as is known.
    pub without_place: Vec<Write>,
}

impl FlashMap {
    /// The map by a table, with everything that these partitions would do to it.
    #[must_use]
    pub fn new(table: &PartitionTable, source: TableSource, writes: impl IntoIterator<Item = Write>) -> Self {
        let mut going: Vec<Vec<(Write, bool)>> = vec![Vec::new(); table.entries.len()];
        let mut without_place = Vec::new();
        for write in writes {
            let places = place::of(table, write.code);
            if places.is_empty() {
                without_place.push(write);
            }
            for place in places {
                going[place.entry].push((write, place.is_certain));
            }
        }
        let mut partitions: Vec<_> =
            table.entries.iter().zip(going).map(|(entry, going)| span(entry, &going)).collect();
        // By the end too: of two that begin at one place, the one of no length comes first.
        partitions.sort_by_key(|span| (span.start, span.start + span.length));
        let mut spans = Vec::new();
        let mut size = 0;
        for mut partition in partitions {
            if partition.start > size {
                let length = partition.start - size;
                let mark = Mark::Unassigned;
                spans.push(Span { name: None, start: size, length, mark, writes: Vec::new(), overlaps: false });
            }
            partition.overlaps = partition.start < size && partition.length > 0;
            size = size.max(partition.start + partition.length);
            spans.push(partition);
        }
        Self { product: table.product.clone(), source, size, spans, without_place }
    }

    /// The map of what containers would do, in the order of flashing, by the table that the stick will go by: the last one
    /// that a container brings along, or else the loader's. `None` where neither is known.
    #[must_use]
    pub fn of_firmware(firmware: &[Firmware], loader: Option<&PartitionTable>) -> Option<Self> {
        let own = firmware.iter().rev().find_map(Firmware::partition_table);
        let own = own.map(|table| (table, TableSource::Firmware));
        let (table, source) = own.or(loader.map(|table| (table, TableSource::Loader)))?;
        let partitions = firmware.iter().flat_map(Firmware::partitions);
        let writes = partitions.map(|partition| Write { code: partition.code, size: partition.size });
        Some(Self::new(table, source, writes))
    }

    /// Whether it shows what some firmware would do, and not the partition table alone.
    #[must_use]
    pub fn is_of_firmware(&self) -> bool {
        !self.without_place.is_empty() || self.spans.iter().any(|span| !span.writes.is_empty())
    }

    /// What a mark means in this map, for people.
    #[must_use]
    pub fn meaning(&self, mark: Mark) -> &'static str {
        match (mark, self.is_of_firmware()) {
            (Mark::DoesNotFit, _) => "does not fit",
            (Mark::WrittenIdentity, _) => "written, though it holds calibration or identity",
            (Mark::Written, _) => "written by this firmware",
            (Mark::Identity, true) => "left alone, holds calibration or identity",
            (Mark::Identity, false) => "holds calibration or identity",
            (Mark::LeftAlone, true) => "left alone",
            (Mark::LeftAlone, false) => "a partition",
            (Mark::Unassigned, _) => "in no partition",
        }
    }

    /// The pieces with this mark.
    pub fn marked(&self, mark: Mark) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.mark == mark)
    }
}

/// What goes to a place that is not certain is not measured: file systems do not compare one to one.
fn span(entry: &PartitionEntry, going: &[(Write, bool)]) -> Span {
    let length = u64::from(entry.length);
    let too_large = going.iter().any(|(write, is_certain)| *is_certain && write.size > length);
    let mark = match (going.is_empty(), place::holds_identity(&entry.name)) {
        _ if too_large => Mark::DoesNotFit,
        (false, true) => Mark::WrittenIdentity,
        (false, false) => Mark::Written,
        (true, true) => Mark::Identity,
        (true, false) => Mark::LeftAlone,
    };
    let writes = going.iter().map(|(write, _)| *write).collect();
    let start = u64::from(entry.start);
    Span { name: Some(entry.name.clone()), start, length, mark, writes, overlaps: false }
}

#[cfg(test)]
mod tests;
