//! What a job is going to do, said before it does anything.

use std::ops::RangeInclusive;
use std::path::Path;

use super::{Entry, mode_of, row_of};
use crate::failure::{Cause, Stage};
use crate::image::firmware::Firmware;
use crate::image::loader::PreparedLoader;
use crate::stick::{Identified, Mode};
use crate::switch::{self, Target};
use crate::usb::{Attached, PortPath};

/// How often the boot pad will be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needles {
    /// At least.
    pub least: u32,
    /// At most: where the running firmware may allow the software way, nobody knows before it was tried.
    pub most: u32,
}

/// The whole job, before anything is sent.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The stick's port.
    pub port: &'a PortPath,
    /// What sits there.
    pub here: &'a Attached,
    /// Its mode.
    pub mode: Mode,
    /// What it said of itself.
    pub identity: Option<&'a Identified>,
    /// The loader that will be sent if the way goes through the boot ROM.
    pub loader: Option<&'a PreparedLoader>,
    /// The file that the loader was read from.
    pub loader_path: Option<&'a Path>,
    /// The containers, in flashing order.
    pub firmware: &'a [Firmware],
    /// The stages, pass after pass.
    pub stages: Vec<Stage>,
    /// How often the pad will be needed.
    pub needles: Needles,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        port: &'a PortPath,
        here: &'a Attached,
        rows: &RangeInclusive<Stage>,
        entry: Entry,
        identity: Option<&'a Identified>,
        loader: Option<&'a PreparedLoader>,
        firmware: &'a [Firmware],
    ) -> Self {
        let mode = mode_of(here);
        let mut stages = Vec::new();
        let mut needles = Needles { least: 0, most: 0 };
        for pass in 0..firmware.len().max(1) {
            // Before a later pass the stick runs whatever it ran before, or the new web pages on it.
            let from = if pass == 0 { row_of(mode) } else { Stage::Leave };
            let may_be_soft = entry != Entry::Needle && (pass > 0 || switch::may_lead(here, Target::Download));
            let mut row = Some(from);
            while let Some(stage) = row.filter(|stage| rows.contains(stage)) {
                if stage == Stage::Leave {
                    needles.least += u32::from(!may_be_soft);
                    needles.most += u32::from(entry != Entry::Software);
                }
                stages.push(stage);
                row = following(stage);
            }
        }
        Self { port, here, mode, identity, loader, loader_path: None, firmware, stages, needles }
    }

    /// Whether the way certainly goes through the boot ROM.
    #[must_use]
    pub fn needs_loader(&self) -> bool {
        self.mode == Mode::BootRom || self.needles.least > 0
    }
}

fn following(stage: Stage) -> Option<Stage> {
    match stage {
        Stage::Leave => Some(Stage::Load),
        Stage::Load => Some(Stage::Flash),
        Stage::Flash => Some(Stage::Return),
        Stage::Return => None,
    }
}

/// Puts containers into flashing order by their type byte: web pages and CD images first, the firmware last.
///
/// The firmware decides which mode the stick comes up in, so it goes last; a HiLink firmware without its web pages would
/// come up with nothing to show.
///
/// # Errors
///
/// [`Cause::Usage`] when two containers hold the same kind of content.
pub fn in_flashing_order(mut firmware: Vec<Firmware>) -> Result<Vec<Firmware>, Cause> {
    firmware.sort_by_key(|container| container.image_type().has_firmware());
    for (index, one) in firmware.iter().enumerate() {
        for other in &firmware[index + 1..] {
            let shared = one.image_type().dload_type() & other.image_type().dload_type();
            if shared != 0 {
                return Err(Cause::Usage(format!(
                    "{} and {} hold the same kind of content ({}); name one of them",
                    one.path().display(),
                    other.path().display(),
                    one.image_type()
                )));
            }
        }
    }
    Ok(firmware)
}
