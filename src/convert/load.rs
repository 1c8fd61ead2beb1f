//! From the boot ROM into download mode, by a loader that was checked and made safe.

use std::time::Duration;

use super::{Progress, Run};
use crate::failure::{Cause, FlashState, Stage};
use crate::follow::Verdict;
use crate::image::loader::{PreparedBlock, Safety};
use crate::protocol::boot_rom::{BootRomError, Upload, UploadBlock};
use crate::stick::{self, Mode, Role};
use crate::usb::Attached;

/// How long a started loader may take to appear: 10 to 15 s were seen on an E3372h, 30 s on a B525.
const LOADER_WITHIN: Duration = Duration::from_secs(60);

impl Run<'_, '_> {
    /// Sends the loader and waits for what it brings up. With `is_last`, the loader's memory is given back afterwards.
    pub(super) fn load(&mut self, here: &Attached, is_last: bool) -> Result<Attached, Cause> {
        let loader = match if is_last { self.loader.take() } else { self.loader.clone() } {
            Some(loader) => loader,
            None => {
                return Err(Cause::Usage(
                    "the stick is in its boot ROM, so a loader is needed: --loader FILE".to_owned(),
                ));
            }
        };
        let block = |block: &PreparedBlock| UploadBlock {
            mode: block.mode.code(),
            address: block.address,
            data: block.data.clone(),
        };
        let blocks: Vec<_> = loader.blocks().iter().map(block).collect();
        let (for_fastboot, safety) = (loader.is_for_fastboot(), loader.safety());
        drop(loader);
        if safety == Safety::EraseAllowed {
            self.observer.remark(
                "the loader that is sent now may erase the whole flash as it starts, with calibration and identity; \
                 that was allowed (--allow-erase)",
            );
        }
        let (ended, all_sent) = self.upload(here, blocks);
        let was_refused =
            matches!(ended, Err(Cause::BootRom(BootRomError::SecureBoot { .. } | BootRomError::Refused { .. })));
        if all_sent && !was_refused {
            let started = self.state.with_loader_running();
            self.state = if safety == Safety::EraseAllowed { FlashState::Unknown } else { started };
        }
        ended?;
        let awaited = if for_fastboot { "in fastboot" } else { "in download mode" };
        self.wait_for(here, awaited, LOADER_WITHIN, &|mode| match mode {
            Mode::Fastboot if for_fastboot => Verdict::Arrived,
            Mode::Download if !for_fastboot => Verdict::Arrived,
            Mode::BootRom => Verdict::Refuse("the boot ROM is back, so the loader did not start".to_owned()),
            mode => Verdict::Refuse(format!("a loader does not lead to {mode}")),
        })
    }

    /// Sends every block; says as well whether all the data was acknowledged, after which the loader may have started.
    fn upload(&mut self, here: &Attached, blocks: Vec<UploadBlock>) -> (Result<(), Cause>, bool) {
        let mut session = match stick::open_role(self.host, here, Role::BootRom) {
            Ok(session) => session,
            Err(error) => return (Err(error.into()), false),
        };
        let path = self.follower.path().clone();
        let size = blocks.iter().map(|block| block.data.len() as u64).sum();
        let observer = &mut *self.observer;
        let mut all_sent = false;
        let report = Box::new(|sent, total| {
            all_sent = sent == total;
            observer.progress(&path, &Progress { stage: Stage::Load, part: "loader", sent, total });
        });
        let ended = session.drive(Upload::new(blocks, report)).map(drop).map_err(Cause::from);
        if ended.is_ok() {
            let progress = Progress { stage: Stage::Load, part: "loader", sent: size, total: size };
            self.observer.part_done(&path, &progress);
        }
        (ended, all_sent)
    }
}
