//! `loader unpack` and `loader pack`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::{Global, LoaderPackOptions, LoaderUnpackOptions};
use super::console::Console;
use super::loader_patch::{change, show_changes};
use super::new_file::NewFiles;
use super::problem::Problem;
use super::{loader_command, table_text};
use crate::failure::Cause;
use crate::image::loader::{self, Loader, LoaderState};

pub fn unpack(console: &mut Console<'_>, global: &Global, options: &LoaderUnpackOptions) -> Result<u8, Problem> {
    let files = NewFiles { force: options.output.force, dry_run: global.dry_run };
    let loader = Loader::read(&options.loader).map_err(Cause::Loader)?;
    let unpacked = loader.unpack().map_err(Cause::Loader)?;
    let folder = &options.output.to;
    let mut contents: Vec<(PathBuf, Vec<u8>)> =
        unpacked.into_iter().map(|file| (folder.join(&file.name), file.content.to_vec())).collect();
    if let Some(located) = loader.partition_table() {
        contents.push((folder.join(loader::TABLE_TEXT), table_text::file(&located.table).into_bytes()));
    }
    refuse_strangers(folder, &contents)?;
    files.refuse_existing(contents.iter().map(|(path, _)| &**path))?;
    files.folder(folder)?;
    for (path, content) in &contents {
        files.write(console, path, content)?;
    }
    Ok(0)
}

/// A folder with other things in it could not be packed again.
fn refuse_strangers(folder: &Path, contents: &[(PathBuf, Vec<u8>)]) -> Result<(), Problem> {
    let unreadable = |source| Cause::System { doing: format!("looking into the folder {folder:?}"), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if contents.iter().all(|(wanted, _)| *wanted != path) {
            let shown = path.display().to_string();
            return Err(Problem::usage(format!(
                "{} is in that folder already and would not be packed again; name a folder that is new or empty",
                shown.escape_debug()
            )));
        }
    }
    Ok(())
}

pub fn pack(console: &mut Console<'_>, global: &Global, options: &LoaderPackOptions) -> Result<u8, Problem> {
    let files = NewFiles { force: options.output.force, dry_run: global.dry_run };
    let packed = loader::pack(&options.folder).map_err(Cause::Loader)?;
    files.refuse_existing([&*options.output.to])?;
    let mut event = loader_command::event(&packed.loader);
    event["changes"] = json!(packed.changes.iter().map(change).collect::<Vec<_>>());
    console.event("loader", event);
    show_changes(console, &packed.changes);
    console.line(&format!("State      {}", packed.loader.state()));
    if matches!(packed.loader.state(), LoaderState::Erases | LoaderState::Unknown) {
        console
            .line("           packing is not patching: `balong loader patch` makes a safe copy where that can be done");
    }
    for warning in packed.loader.warnings() {
        console.line(&format!("warning: {warning}"));
    }
    files.write(console, &options.output.to, packed.loader.content())?;
    Ok(0)
}
