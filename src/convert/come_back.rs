//! Reset, the way back onto the bus, and the proof: the version, read back from the stick in its new mode.

use std::time::Duration;

use super::{Run, mode_of};
use crate::failure::Cause;
use crate::follow::Verdict;
use crate::image::firmware::Firmware;
use crate::stick::{self, Identified, Mode};
use crate::usb::Attached;

/// How long a flashed stick may take to come up: up to 60 s were seen.
const RETURN_WITHIN: Duration = Duration::from_secs(90);

/// How long firmware that is up may take until it answers who it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How long the system's own switcher has for the CD stage, before this program switches it.
const SWITCHER_WITHIN: Duration = Duration::from_secs(3);

impl Run<'_, '_> {
    /// Waits for the firmware that was written, and compares its version with what the file states.
    pub(super) fn come_back(&mut self, was: &Attached, firmware: &Firmware, _is_last: bool) -> Result<Attached, Cause> {
        let mut here = self.wait_for_firmware(was)?;
        let mut switched = 0;
        while mode_of(&here) == Mode::Cd {
            if switched == 3 {
                return Err(Cause::NotAllowed(
                    "the stick stays in its CD stage, though it was told three times to leave it".to_owned(),
                ));
            }
            switched += 1;
            here = self.leave_cd_stage(&here)?;
        }
        let identified = self.ask_until_it_answers(&here)?;
        compare(firmware, &identified)?;
        self.identity = Some(identified);
        Ok(here)
    }

    fn wait_for_firmware(&mut self, was: &Attached) -> Result<Attached, Cause> {
        self.wait_for(was, "with its new firmware", RETURN_WITHIN, &mut |found| match Mode::of(found) {
            Some(mode) if mode.runs_firmware() => Verdict::Arrived,
            Some(Mode::BootRom) => {
                Verdict::Refuse("it is in its boot ROM, so it finds nothing to start in its flash".to_owned())
            }
            Some(Mode::Download) => {
                Verdict::Refuse("it is in download mode, so it holds a partition to be incomplete".to_owned())
            }
            Some(mode) => Verdict::Refuse(format!("firmware does not come up in {mode}")),
            None => Verdict::Refuse("it is no Huawei device".to_owned()),
        })
    }

    /// Leaves the CD stage. Many systems do that by themselves, so they are given a moment first.
    fn leave_cd_stage(&mut self, here: &Attached) -> Result<Attached, Cause> {
        let give_up = self.host.bus.now() + SWITCHER_WITHIN;
        while self.host.bus.now() < give_up {
            match self.follower.present()? {
                Some(found) if found.address == here.address => self.host.bus.sleep(Duration::from_millis(200)),
                _ => return self.wait_for_firmware(here),
            }
        }
        if let Err(error) = stick::leave_cd_stage(self.host, here) {
            self.observer.remark(&format!("the message that ends the CD stage could not be sent ({error})"));
        }
        self.wait_for_firmware(here)
    }

    fn ask_until_it_answers(&mut self, here: &Attached) -> Result<Identified, Cause> {
        let start = self.host.bus.now();
        loop {
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::identify(self.host, here) {
                Ok(Some(identified)) if identified.identity.software.is_some() => return Ok(identified),
                Ok(_) if passed >= ANSWER_WITHIN => {
                    return Err(Cause::NotAllowed("the stick came back, but does not state its version".to_owned()));
                }
                Err(error) if passed >= ANSWER_WITHIN || error.is_final() => return Err(error.into()),
                _ => {}
            }
            self.observer.waiting("to state its version", passed, ANSWER_WITHIN);
            self.host.bus.sleep(ASK_EVERY);
        }
    }
}

/// Compares what the stick says with what the file states. A file that states nothing proves nothing, and is reported.
fn compare(firmware: &Firmware, identified: &Identified) -> Result<(), Cause> {
    let Some(expected) = firmware.version() else { return Ok(()) };
    let found = if firmware.image_type().has_firmware() {
        identified.identity.software.as_deref()
    } else {
        identified.web_ui.as_deref()
    };
    match found {
        // Web UI versions are told with and without their frame: WEBUI_17.100.13.01.03_HILINK.
        Some(found) if found == expected || (!firmware.image_type().has_firmware() && found.contains(expected)) => {
            Ok(())
        }
        None if !firmware.image_type().has_firmware() => Ok(()),
        found => {
            Err(Cause::WrongVersion { found: found.unwrap_or("unknown").to_owned(), expected: expected.to_owned() })
        }
    }
}
