//! `loader patch`: a safe copy of a loader, with every byte that differs shown.

use serde_json::{Value, json};

use super::arguments::{Global, LoaderPatchOptions};
use super::console::Console;
use super::firmware_command::hex;
use super::new_file::NewFiles;
use super::problem::Problem;
use super::size_text::size_text;
use crate::failure::Cause;
use crate::image::loader::{self, Change, Loader, Preparation};

pub fn patch(console: &mut Console<'_>, global: &Global, options: &LoaderPatchOptions) -> Result<u8, Problem> {
    let files = NewFiles { force: options.output.force, dry_run: global.dry_run };
    let table = options.partition_table.as_deref().map(loader::read_partition_table).transpose();
    let partition_table = table.map_err(Cause::Loader)?;
    let original = Loader::read(&options.loader).map_err(Cause::Loader)?;
    let preparation = Preparation { fastboot: options.fastboot, partition_table, ..Preparation::default() };
    let copy = original.copy(&preparation).map_err(Cause::Loader)?;
    files.refuse_existing([&*options.output.to])?;
    console.event(
        "patched",
        json!({
            "path": options.loader.display().to_string(),
            "platform": copy.loader.platform().map(|platform| platform.name()),
            "from_state": original.state().name(),
            "state": copy.loader.state().name(),
            "safety": copy.safety.name(),
            "changes": copy.changes.iter().map(change).collect::<Vec<_>>(),
            "left_off": copy.left_off.as_ref().map(|range| json!({ "offset": range.start, "size": range.len() })),
        }),
    );
    console.line(&format!("State      {}, and {} in the copy", original.state(), copy.loader.state()));
    if copy.changes.is_empty() {
        console.line("Nothing has to be changed: the copy is the same file.");
    }
    show_changes(console, &copy.changes);
    if let Some(range) = &copy.left_off {
        let size = size_text(range.len() as u64);
        console.line(&format!("Left off   {size} from file offset {:#x} on", range.start));
    }
    files.write(console, &options.output.to, copy.loader.content())?;
    Ok(0)
}

/// Each change with its reason, and the bytes that differ.
pub(super) fn show_changes(console: &mut Console<'_>, changes: &[Change]) {
    for change in changes {
        console.line(&format!("Change     {}", change.why));
        for (offset, before, after) in change.rows() {
            console.line(&format!("  {offset:#010x}  {} -> {}", spaced(before), spaced(after)));
        }
    }
}

pub(super) fn change(change: &Change) -> Value {
    let rows: Vec<_> = change
        .rows()
        .into_iter()
        .map(|(offset, before, after)| json!({ "offset": offset, "before": hex(before), "after": hex(after) }))
        .collect();
    json!({ "why": change.why, "bytes": rows })
}

fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
