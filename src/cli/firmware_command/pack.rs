//! `firmware pack`.

use indicatif::HumanBytes;
use serde_json::json;

use super::{behind_bar, hex, show};
use crate::cli::arguments::{Global, PackArguments};
use crate::cli::console::Console;
use crate::cli::problem::Problem;
use crate::failure::Cause;
use crate::image::firmware::{DESCRIPTION_FILE, Packed, Packing, PlannedPartition};
use crate::protocol::Interrupt;

pub(super) fn pack(
    console: &mut Console<'_>,
    global: &Global,
    arguments: &PackArguments,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    let (folder, output) = (&arguments.folder, &arguments.output);
    Packing::check_place(folder, output, arguments.force)?;
    let packing = behind_bar(console, format!("checking {}", folder.display()), interrupt, |going| {
        let packing = Packing::read(folder, &arguments.options(), &mut |read, total| {
            // Reading has no side effects: an interrupt is seen before anything is written.
            let _: std::ops::ControlFlow<()> = going(read, total);
        })?;
        Ok(packing)
    })?;
    if interrupt.requested() {
        return Err(Cause::Interrupted.into());
    }
    for code in packing.unused() {
        console.tell(&format!("note: {DESCRIPTION_FILE} tells of partition {code}, which is not in the folder"));
    }
    if packing.partitions().iter().all(|partition| partition.version_text.is_empty()) {
        console.tell(
            "note: no header states a product or a version, so a stick is compared by its chip alone, and only with \
             --force-product; --product and --version state them",
        );
    }
    if global.dry_run {
        tell_plan(console, arguments, &packing);
        return Ok(0);
    }
    let message = format!("building {}", output.display());
    let packed = behind_bar(console, message, interrupt, |going| packing.write(output, arguments.force, going))?;
    tell(console, arguments, &packing, &packed);
    Ok(0)
}

fn tell_plan(console: &mut Console<'_>, arguments: &PackArguments, packing: &Packing) {
    for partition in packing.partitions() {
        event(console, arguments, &partition, None);
        console.line(&format!("  {:40} {:>10}, {}", partition.file, partition.size, partition.compression));
    }
    result(console, arguments, packing.image_type().byte(), "planned", packing.partitions().len(), None);
    console.line(&format!(
        "{}: type {}, would be built of these. Nothing was (--dry-run).",
        arguments.output.display(),
        packing.image_type()
    ));
}

fn tell(console: &mut Console<'_>, arguments: &PackArguments, packing: &Packing, packed: &Packed) {
    for (partition, built) in packing.partitions().iter().zip(&packed.partitions) {
        event(console, arguments, partition, Some((built.offset, built.stored_size)));
        console.line(&format!(
            "  {:40} {:>10} -> {:>10} at {:#010x}, {}",
            partition.file, partition.size, built.stored_size, built.offset, partition.compression
        ));
    }
    let (byte, count) = (packed.image_type.byte(), packed.partitions.len());
    result(console, arguments, byte, "packed", count, Some(packed));
    for warning in &packed.warnings {
        console.line(&format!("warning: {warning}"));
    }
    if let Some(missing) = show::missing_sentence(&packed.missing) {
        console.line(&format!("warning: {missing}; flashing it is refused without --partial"));
    }
    console.line(&format!(
        "{}: type {}, {} partitions, {}; it was read back and is good.",
        arguments.output.display(),
        packed.image_type,
        count,
        HumanBytes(packed.length)
    ));
}

/// One partition: the file it comes from, and where it went.
fn event(
    console: &mut Console<'_>,
    arguments: &PackArguments,
    partition: &PlannedPartition,
    stored: Option<(u64, u64)>,
) {
    console.event(
        "file",
        json!({
            "path": arguments.folder.join(&partition.file).to_string_lossy(),
            "index": partition.index,
            "code": format!("{:08x}", partition.code.0),
            "name": partition.code.name(),
            "size": partition.size,
            "sha256": hex(&partition.sha256),
            "compression": partition.compression.name(),
            "offset": stored.map(|(offset, _)| offset),
            "stored_size": stored.map(|(_, size)| size),
        }),
    );
}

fn result(
    console: &mut Console<'_>,
    arguments: &PackArguments,
    image_type: u8,
    outcome: &str,
    files: usize,
    packed: Option<&Packed>,
) {
    console.event(
        "result",
        json!({
            "port": null,
            "outcome": outcome,
            "path": arguments.output.to_string_lossy(),
            "files": files,
            "type": image_type,
            "length": packed.map(|packed| packed.length),
            "missing": packed.map(|packed| show::missing(&packed.missing)),
            "warnings": packed.map(|packed| packed.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()),
        }),
    );
}
