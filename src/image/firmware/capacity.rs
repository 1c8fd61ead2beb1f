//! Partitions that do not fit: compared with the partition table of the same set, where that is certain.

use super::fault::PartitionFault;
use super::partition::Partition;
use super::{FirmwareError, Warning};
use crate::image::partition_table::PartitionTable;

/// Reads the set's own partition table, and refuses a partition that is larger than its place. `table` is its data.
///
/// A table that cannot be read is only warned of: the stick judges it by itself.
pub(super) fn check(
    partitions: &[Partition],
    table: &[u8],
    warnings: &mut Vec<Warning>,
) -> Result<Option<PartitionTable>, FirmwareError> {
    let table = match PartitionTable::parse(table) {
        Ok((table, _)) => table,
        Err(error) => {
            warnings.push(Warning::UnreadableTable(error));
            return Ok(None);
        }
    };
    for partition in partitions {
        let capacity = table.capacity_of(partition.code.0);
        if let Some(capacity) = capacity.filter(|capacity| partition.size > u64::from(*capacity)) {
            let fault = PartitionFault::LargerThanPartition { size: partition.size, capacity };
            return Err(fault.at(partition.place()));
        }
    }
    Ok(Some(table))
}
