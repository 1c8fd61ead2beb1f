//! `firmware show`, `verify`, `unpack` and `pack`.

mod pack;
mod show;
mod unpack;

use std::ops::ControlFlow;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::arguments::{FirmwareCommand, FirmwareOptions, Global};
use super::console::Console;
use super::firmware_show;
use super::job::read_firmware;
use super::problem::Problem;
use crate::failure::Cause;
use crate::image::firmware::{Firmware, ReadOptions, RepackError};
use crate::protocol::Interrupt;

pub fn run(
    console: &mut Console<'_>,
    global: &Global,
    command: &FirmwareCommand,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    match command {
        FirmwareCommand::Show(options) => firmware_show::show(console, global, options, None),
        FirmwareCommand::Verify(options) => verify(console, options),
        FirmwareCommand::Unpack(options) => unpack::unpack(console, global, options, interrupt),
        FirmwareCommand::Pack(options) => pack::pack(console, global, options, interrupt),
    }
}

/// Shows what a firmware holds, and hands it out.
pub fn show(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<Firmware, Problem> {
    let firmware = read(console, options)?;
    console.event("firmware", show::event(&firmware));
    for line in show::table(&firmware) {
        console.line(&line);
    }
    Ok(firmware)
}

fn verify(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<u8, Problem> {
    let firmware = read(console, options)?;
    console.event("firmware", show::event(&firmware));
    for warning in firmware.warnings() {
        console.line(&format!("warning: {warning}"));
    }
    let missing = show::missing_sentence(firmware.missing());
    if let Some(missing) = &missing {
        console.line(&format!("warning: {missing}; flashing it is refused without --partial"));
    }
    let size: u64 = firmware.partitions().iter().map(|partition| partition.size).sum();
    console.line(&format!(
        "{}: {}. {} partitions, {} when written; every checksum and every compressed stream was read to its end.",
        options.firmware.display(),
        if missing.is_none() { "good" } else { "good, but incomplete" },
        firmware.partitions().len(),
        HumanBytes(size)
    ));
    Ok(0)
}

fn read(console: &mut Console<'_>, options: &FirmwareOptions) -> Result<Firmware, Problem> {
    let reading = ReadOptions { allow_trailing: options.allow_trailing, directory_type: options.image_type };
    read_firmware(console, &options.firmware, &reading)
}

/// Does something that takes seconds behind a bar, until an interrupt.
fn behind_bar<T>(
    console: &mut Console<'_>,
    message: String,
    interrupt: &Interrupt,
    work: impl FnOnce(&mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<T, RepackError>,
) -> Result<T, Problem> {
    let bar = ProgressBar::new(0).with_message(message);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:24} {percent:>3} %") {
        bar.set_style(style.progress_chars("=> "));
    }
    let bar = console.bar(bar).clone();
    let done = work(&mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
        if interrupt.requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    console.clear_bar();
    Ok(done?)
}

impl From<RepackError> for Cause {
    fn from(error: RepackError) -> Self {
        match error {
            RepackError::Firmware(error) => error.into(),
            RepackError::Output(error) => error.into(),
            RepackError::Interrupted => Self::Interrupted,
            // What is left is said by the arguments: a name, a place, a text.
            other => Self::Usage(other.to_string()),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
