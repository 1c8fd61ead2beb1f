//! Finding the partition table in the second block.

use super::LoaderError;
use crate::image::partition_table::{self, HEAD, PartitionTable, TableError};

/// More tables than any loader has.
const MOST_TABLES: usize = 8;

/// A partition table and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedTable {
    /// The table.
    pub table: PartitionTable,
    /// Where it starts in the file.
    pub offset: usize,
    /// How many bytes it takes, its end mark included.
    pub size: usize,
    /// How many bytes it may grow to without touching anything else.
    pub room: usize,
}

/// A head, and what came of reading on from it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Where it starts in the file.
    pub offset: usize,
    pub table: Result<LocatedTable, TableError>,
}

/// Everything that begins like a table, at multiples of four from the start of the block. `file` is the block's offset.
pub(super) fn search(block: &[u8], file: usize) -> Vec<Candidate> {
    (0..block.len())
        .step_by(4)
        .map(|at| (at, &block[at..]))
        .filter(|(_, bytes)| bytes.starts_with(&HEAD))
        .take(MOST_TABLES)
        .map(|(at, bytes)| {
            let offset = file + at;
            let table = PartitionTable::parse(bytes).map(|(table, size)| {
                let room = partition_table::room(bytes, size);
                LocatedTable { table, offset, size, room }
            });
            Candidate { offset, table }
        })
        .collect()
}

/// The one table of the loader.
pub(super) fn only(candidates: &[Candidate]) -> Result<&LocatedTable, LoaderError> {
    match candidates {
        [] => Err(LoaderError::NoPartitionTable),
        [Candidate { offset, table }] => {
            table.as_ref().map_err(|source| LoaderError::LoaderTable { offset: *offset, source: source.clone() })
        }
        several => {
            let offsets = several.iter().map(|candidate| candidate.offset).collect();
            Err(LoaderError::SeveralPartitionTables { offsets })
        }
    }
}

/// What takes the place of `old`: the new table to its end mark, and zeros where the old one was longer.
///
/// Nothing behind the new table's end mark is taken, since what lies there in the loader is not the table's.
pub(super) fn replacement(old: &LocatedTable, new: &[u8]) -> Result<(PartitionTable, Vec<u8>), LoaderError> {
    let unusable = |source| LoaderError::OwnTable { source };
    if new.len() > partition_table::LARGEST {
        return Err(unusable(TableError::TooLong { size: new.len() }));
    }
    let (table, size) = PartitionTable::parse(new).map_err(unusable)?;
    table.check_plan().map_err(unusable)?;
    if size > old.room {
        return Err(LoaderError::TableTooLong { size, room: old.room, offset: old.offset });
    }
    let mut bytes = new[..size].to_vec();
    bytes.resize(size.max(old.size), 0);
    Ok((table, bytes))
}
