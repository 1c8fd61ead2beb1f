//! A partition table, as text and as JSON.

use serde_json::{Value, json};

use crate::image::partition_table::PartitionTable;

/// The table as the events show it. Names are escaped.
pub(super) fn event(table: &PartitionTable) -> Value {
    let entries: Vec<_> = table
        .entries
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "start": entry.start,
                "size": entry.length,
                "load_size": entry.load_size,
                "load_address": entry.load_address,
                "entry": entry.entry,
                "type": format!("{:x}", entry.image_type),
                "property": format!("{:x}", entry.property),
            })
        })
        .collect();
    json!({ "version": table.version, "product": table.product, "entries": entries })
}

/// A headline, and one row an entry; numbers are hexadecimal.
pub(super) fn rows(table: &PartitionTable) -> Vec<String> {
    let headline = format!(
        "{:2}  {:16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>4} {:>8}",
        "", "name", "start", "length", "loadsize", "load", "entry", "type", "property"
    );
    let rows = table.entries.iter().enumerate().map(|(index, entry)| {
        format!(
            "{index:2}  {:16} {:08x} {:08x} {:08x} {:08x} {:08x} {:>4x} {:8x}",
            entry.name,
            entry.start,
            entry.length,
            entry.load_size,
            entry.load_address,
            entry.entry,
            entry.image_type,
            entry.property
        )
    });
    std::iter::once(headline).chain(rows).collect()
}

/// The file that stands beside the table of an unpacked loader.
pub(super) fn file(table: &PartitionTable) -> String {
    let mut lines = vec![
        "For reading: ptable.bin is what is packed. Numbers are hexadecimal; starts and lengths are bytes of flash."
            .to_owned(),
        format!("version {}  product {}", table.version, table.product),
    ];
    lines.extend(rows(table));
    lines.join("\n") + "\n"
}
