//! The map of the flash: in the terminal, as SVG, as JSON.

mod svg;
mod text;

use std::path::Path;

use serde_json::{Value, json};

use super::arguments::MapOptions;
use super::console::Console;
use super::new_file::NewFiles;
use super::problem::Problem;
use crate::image::map::{FlashMap, Write};

pub(super) use text::brief;

/// Shows the map where one was asked for. `missing` says what would have to be given where there is none.
pub fn show(
    console: &mut Console<'_>,
    options: &MapOptions,
    dry_run: bool,
    map: Option<&FlashMap>,
    missing: &str,
) -> Result<(), Problem> {
    let Some(wanted) = &options.map else { return Ok(()) };
    let map = map.ok_or_else(|| Problem::usage(format!("there is no partition table to draw a map by; {missing}")))?;
    console.event("map", event(map));
    match wanted.as_deref() {
        None => {
            for line in text::lines(map, console.screen()) {
                console.line(&line);
            }
            Ok(())
        }
        Some(file) => save(console, options, dry_run, map, file),
    }
}

fn save(
    console: &mut Console<'_>,
    options: &MapOptions,
    dry_run: bool,
    map: &FlashMap,
    file: &Path,
) -> Result<(), Problem> {
    let files = NewFiles { force: options.force, dry_run };
    files.refuse_existing([file])?;
    files.write(console, file, svg::draw(map).as_bytes())
}

/// The map as data.
fn event(map: &FlashMap) -> Value {
    let write = |write: &Write| {
        let (code, name) = (format!("{:08x}", write.code.0), write.code.name());
        json!({ "code": code, "name": name, "size": write.size })
    };
    let spans: Vec<_> = map
        .spans
        .iter()
        .map(|span| {
            json!({
                "name": span.name,
                "start": span.start,
                "size": span.length,
                "mark": span.mark.word(),
                "overlaps": span.overlaps,
                "writes": span.writes.iter().map(write).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "product": map.product,
        "table_of": map.source.word(),
        "size": map.size,
        "spans": spans,
        "without_place": map.without_place.iter().map(write).collect::<Vec<_>>(),
    })
}
