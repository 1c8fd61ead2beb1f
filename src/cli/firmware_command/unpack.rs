//! `firmware unpack`.

use std::path::{Component, Path, PathBuf};

use indicatif::HumanBytes;
use serde_json::json;

use super::{behind_bar, hex, read, show};
use crate::cli::arguments::{Global, UnpackArguments};
use crate::cli::console::Console;
use crate::cli::problem::Problem;
use crate::failure::Cause;
use crate::image::firmware::{Container, Firmware, UnpackOptions, UnpackedFile, Unpacking};
use crate::protocol::Interrupt;

pub(super) fn unpack(
    console: &mut Console<'_>,
    global: &Global,
    arguments: &UnpackArguments,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    let firmware = read(console, &arguments.reading)?;
    if interrupt.requested() {
        return Err(Cause::Interrupted.into());
    }
    let folder = match &arguments.output {
        Some(folder) => folder.clone(),
        None => named_after(&firmware)?,
    };
    let options =
        UnpackOptions { with_headers: arguments.with_headers, only: arguments.only.clone(), replace: arguments.force };
    let unpacking = firmware.unpacking(&folder, &options)?;
    if !global.dry_run {
        let message = format!("writing into {}", folder.display());
        behind_bar(console, message, interrupt, |going| unpacking.write(going))?;
    }
    tell(console, &firmware, &unpacking, !global.dry_run);
    Ok(0)
}

/// The name of the file without its ending, in the present folder.
fn named_after(firmware: &Firmware) -> Result<PathBuf, Problem> {
    let file = firmware.path();
    let stem = file.file_stem().map(PathBuf::from).filter(|stem| {
        // A name such as `..bin` would lead elsewhere, and one without an ending would be that of the file itself.
        let is_name = matches!(stem.components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
        is_name && file.extension().is_some() && firmware.container() != Container::Directory
    });
    stem.ok_or_else(|| Problem::usage("which folder is it to be unpacked into? Name one with -o DIR"))
}

fn tell(console: &mut Console<'_>, firmware: &Firmware, unpacking: &Unpacking<'_>, written: bool) {
    let folder = unpacking.folder();
    for file in unpacking.files() {
        event(console, firmware, folder, file, written);
        console.line(&format!("  {:40} {:>10}", file.name, file.length));
    }
    let length: u64 = unpacking.files().iter().map(|file| file.length).sum();
    console.event(
        "result",
        json!({
            "port": null,
            "outcome": if written { "unpacked" } else { "planned" },
            "path": folder.to_string_lossy(),
            "files": unpacking.files().len(),
            "length": length,
        }),
    );
    for warning in firmware.warnings() {
        console.line(&format!("warning: {warning}"));
    }
    if let Some(missing) = show::missing_sentence(firmware.missing()) {
        console.line(&format!("warning: {missing}"));
    }
    let (count, size) = (unpacking.files().len(), HumanBytes(length));
    console.line(&if written {
        format!("{}: {count} files, {size}.", folder.display())
    } else {
        format!("{}: {count} files, {size}, would be written. Nothing was (--dry-run).", folder.display())
    });
}

fn event(console: &mut Console<'_>, firmware: &Firmware, folder: &Path, file: &UnpackedFile, written: bool) {
    let partition = file.partition.and_then(|index| firmware.partitions().get(index));
    console.event(
        "file",
        json!({
            "path": folder.join(&file.name).to_string_lossy(),
            "index": file.partition,
            "code": partition.map(|partition| format!("{:08x}", partition.code.0)),
            "name": partition.map(|partition| partition.code.name()),
            "length": file.length,
            "size": partition.map(|partition| partition.size),
            "sha256": partition.map(|partition| hex(&partition.sha256)),
            "written": written,
        }),
    );
}
