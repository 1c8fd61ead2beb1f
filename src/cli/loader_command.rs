//! `loader show`.

use serde_json::{Value, json};

use super::arguments::LoaderOptions;
use super::console::Console;
use super::problem::Problem;
use crate::failure::Cause;
use crate::image::loader::Loader;
use crate::image::partition_table::PartitionTable;

pub fn show(console: &mut Console<'_>, options: &LoaderOptions) -> Result<u8, Problem> {
    let loader = Loader::read(&options.loader).map_err(Cause::Loader)?;
    console.event("loader", event(&loader));
    for line in table(&loader, &options.loader.display().to_string()) {
        console.line(&line);
    }
    Ok(0)
}

fn event(loader: &Loader) -> Value {
    let blocks: Vec<_> = loader
        .blocks()
        .iter()
        .map(|block| json!({ "mode": block.mode.code(), "size": block.size, "address": block.address, "offset": block.offset }))
        .collect();
    json!({
        "platform": loader.platform().map(|platform| platform.name()),
        "state": loader.state().name(),
        "known_as": loader.known_as(),
        "signed": loader.signed(),
        "evidence": loader.evidence().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": loader.warnings(),
        "blocks": blocks,
        "partition_table": loader.partition_table().map(|located| partition_table(&located.table)),
    })
}

fn partition_table(table: &PartitionTable) -> Value {
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

fn table(loader: &Loader, path: &str) -> Vec<String> {
    let mut lines = vec![
        format!("File       {path}"),
        format!("Known as   {}", loader.known_as().unwrap_or("no loader that is known by its digest")),
        format!("Platform   {}", loader.platform().map_or("unknown", |platform| platform.name())),
        format!("State      {}", loader.state()),
    ];
    if let Some(signed) = loader.signed() {
        lines.push(format!("Signed     {}", if signed { "yes" } else { "no" }));
    }
    lines.extend(loader.evidence().iter().map(|sentence| format!("           {sentence}")));
    lines.extend(loader.warnings().into_iter().map(|warning| format!("warning: {warning}")));
    for (index, block) in loader.blocks().iter().enumerate() {
        lines.push(format!(
            "Block {index}    {:<16} {:>9} bytes to {:08x}, at {:#x} in the file",
            block.mode.to_string(),
            block.size,
            block.address,
            block.offset
        ));
    }
    match loader.partition_table() {
        None => lines.push("Partition table: none found".to_owned()),
        Some(located) => {
            lines.push(format!(
                "Partition table at {:#x}, {} bytes, {} {}",
                located.offset, located.size, located.table.version, located.table.product
            ));
            lines.push(format!(
                "  {:2}  {:16} {:>8} {:>8} {:>4} {:>8}",
                "", "name", "start", "length", "type", "property"
            ));
            lines.extend(located.table.entries.iter().enumerate().map(|(index, entry)| {
                format!(
                    "  {index:2}  {:16} {:08x} {:08x} {:>4x} {:8x}",
                    entry.name, entry.start, entry.length, entry.image_type, entry.property
                )
            }));
        }
    }
    lines
}
