//! `loader show`, and what the other commands on loaders show too.

use serde_json::{Value, json};

use super::arguments::{Global, LoaderShowOptions};
use super::console::Console;
use super::problem::Problem;
use super::size_text::size_text;
use super::{map, table_text};
use crate::failure::Cause;
use crate::image::loader::{Loader, LoaderState, LocatedTable};
use crate::image::map::{FlashMap, TableSource};

pub fn show(console: &mut Console<'_>, global: &Global, options: &LoaderShowOptions) -> Result<u8, Problem> {
    let loader = Loader::read(&options.loader).map_err(Cause::Loader)?;
    console.event("loader", event(&loader));
    for line in lines(&loader, &options.loader.display().to_string()) {
        console.line(&line);
    }
    let located = loader.partition_table();
    let drawn = located.map(|located| FlashMap::new(&located.table, TableSource::Loader, []));
    map::show(console, &options.map, global.dry_run, drawn.as_ref(), "this loader holds none that can be read")?;
    let fate = match loader.state() {
        LoaderState::Erases => Some("sent as it is, this loader erases all of that; what is sent is patched"),
        LoaderState::Unknown => Some("this loader may erase all of that; nothing is known of it"),
        LoaderState::Patched | LoaderState::Safe => None,
    };
    if let (Some(fate), Some(None)) = (fate, &options.map.map) {
        console.line(&format!("warning: {fate}"));
    }
    Ok(0)
}

pub(super) fn event(loader: &Loader) -> Value {
    let blocks: Vec<_> = loader
        .blocks()
        .iter()
        .map(|block| json!({ "mode": block.mode.code(), "size": block.size, "address": block.address, "offset": block.offset }))
        .collect();
    json!({
        "platform": loader.platform().map(|platform| platform.name()),
        "platform_hint": loader.platform_hint().map(|platform| platform.name()),
        "state": loader.state().name(),
        "known_as": loader.known_as(),
        "blob_id": loader.blob_id(),
        "signed": loader.signed(),
        "fastboot_variant": loader.fastboot_cut().is_some(),
        "evidence": loader.evidence().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": loader.warnings(),
        "blocks": blocks,
        "partition_table": loader.partition_table().map(located_table),
    })
}

fn located_table(located: &LocatedTable) -> Value {
    let mut table = table_text::event(&located.table);
    table["offset"] = json!(located.offset);
    table["length"] = json!(located.size);
    table["room"] = json!(located.room);
    table
}

fn lines(loader: &Loader, path: &str) -> Vec<String> {
    let known_as = loader.known_as().map_or_else(
        || format!("no loader that is known by its git blob id ({})", loader.blob_id()),
        |name| format!("{name}, by its git blob id ({})", loader.blob_id()),
    );
    let platform = match (loader.platform(), loader.platform_hint()) {
        (Some(platform), _) => platform.name().to_owned(),
        (None, Some(hint)) => format!("unknown; its load addresses have been seen with {hint}, which proves nothing"),
        (None, None) => "unknown".to_owned(),
    };
    let signed = match loader.signed() {
        Some(true) => "yes, its raminit is",
        Some(false) => "no",
        None => "cannot be read",
    };
    let mut lines = vec![
        format!("File       {} ({})", path.escape_debug(), size_text(loader.content().len() as u64)),
        format!("Known as   {known_as}"),
        format!("Platform   {platform}"),
        format!("Signed     {signed}"),
        format!("State      {}", loader.state()),
    ];
    lines.extend(loader.evidence().iter().map(|sentence| format!("           {sentence}")));
    for check in loader.bad_block_checks() {
        let what = if check.ignores_marks() { "is taken out: marks are ignored" } else { "is there" };
        lines.push(format!("Bad blocks the check for their marks {what} ({})", check.place));
    }
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
                "Partition table at {:#x}, {} bytes up to its end, room for {}, {} {}",
                located.offset, located.size, located.room, located.table.version, located.table.product
            ));
            lines.extend(table_text::rows(&located.table).into_iter().map(|row| format!("  {row}")));
        }
    }
    lines
}
