//! Reset, the way back onto the bus, and the proof: the version, read back from the stick in its new mode.

use std::time::Duration;

use super::{Pass, Run, mode_of};
use crate::failure::Cause;
use crate::follow::Verdict;
use crate::image::firmware::Firmware;
use crate::stick::{self, Identified, Mode};
use crate::usb::{Attached, UsbError};

/// How long a flashed stick may take to come up: up to 60 s were seen.
const RETURN_WITHIN: Duration = Duration::from_secs(90);

/// How long firmware that is up may take until it answers who it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How long it must stay after it answered: a mode that it only passes through must not be reported as the end.
const STAY: Duration = Duration::from_secs(3);

/// How often it may come and go before that counts as not coming back.
const MOST_RETURNS: u32 = 6;

impl Run<'_, '_> {
    /// Waits for the firmware that was written, and compares its version with what the file states.
    ///
    /// Between two containers of a job the stick may come back in download mode or in its boot ROM, when an earlier run
    /// broke off in the container that is still to come. That is where the next pass enters.
    pub(super) fn come_back(&mut self, was: &Attached, pass: Pass<'_>) -> Result<Attached, Cause> {
        let mut here = self.wait_for_firmware(was, pass)?;
        for _ in 0..MOST_RETURNS {
            let said = match mode_of(&here) {
                mode if !mode.runs_firmware() => return Ok(here),
                Mode::Cd => {
                    self.leave_cd_stage(&here)?;
                    None
                }
                _ => self.ask_until_it_answers(&here)?,
            };
            match said {
                Some(identified) if !self.leaves_within(&here, STAY)? => {
                    self.check_it_is_the_same(&identified, pass.firmware)?;
                    self.check_version(&identified, pass.firmware)?;
                    self.software.clone_from(&identified.identity.software);
                    return Ok(here);
                }
                _ => here = self.wait_for_firmware(&here, pass)?,
            }
        }
        Err(Cause::NotProven("the stick comes and goes, and does not settle in any mode".to_owned()))
    }

    fn wait_for_firmware(&mut self, was: &Attached, pass: Pass<'_>) -> Result<Attached, Cause> {
        self.wait_for(was, "with its new firmware", RETURN_WITHIN, &|mode| match mode {
            mode if mode.runs_firmware() => Verdict::Arrived,
            Mode::BootRom | Mode::Download if !pass.is_last => Verdict::Arrived,
            Mode::BootRom => {
                Verdict::Refuse("it is in its boot ROM, so it finds nothing to start in its flash".to_owned())
            }
            Mode::Download => {
                Verdict::Refuse("it is in download mode, so it holds a partition to be incomplete".to_owned())
            }
            mode => Verdict::Refuse(format!("firmware does not come up in {mode}")),
        })
    }

    /// Asks until the firmware states its version. `None` when the stick left meanwhile: it takes another mode.
    fn ask_until_it_answers(&mut self, here: &Attached) -> Result<Option<Identified>, Cause> {
        let start = self.host.bus.now();
        loop {
            self.stop_if_asked()?;
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::identify(self.host, here) {
                Ok(Some(identified)) if identified.identity.software.is_some() => return Ok(Some(identified)),
                Ok(_) if passed >= ANSWER_WITHIN => {
                    return Err(Cause::NotProven("the stick came back, but does not state its version".to_owned()));
                }
                Err(error) if error.is_interruption() => return Err(Cause::Interrupted),
                Err(error) if matches!(error.usb(), Some(UsbError::Gone)) => return Ok(None),
                Err(error) if passed >= ANSWER_WITHIN => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
            self.observer.waiting("to state its version", passed, ANSWER_WITHIN);
            if self.leaves_within(here, ASK_EVERY)? {
                return Ok(None);
            }
        }
    }

    /// A stick that says it is another chip, model or device than before is not the one that was written.
    fn check_it_is_the_same(&self, now: &Identified, firmware: &Firmware) -> Result<(), Cause> {
        let differs = |found: String, expected: String| Err(Cause::AnotherStick { found, expected });
        if let (Some(found), Some(clue)) = (now.identity.platform, firmware.platform_clue())
            && !clue.admits(found)
        {
            return differs(found.to_string(), clue.to_string());
        }
        let Some(before) = &self.identity else { return Ok(()) };
        let (new, old) = (&now.identity, &before.identity);
        match (new.platform, old.platform, new.model, old.model, &now.imei, &before.imei) {
            (Some(found), Some(expected), ..) if found != expected => differs(found.to_string(), expected.to_string()),
            (_, _, Some(found), Some(expected), ..) if found != expected => {
                differs(found.name.to_owned(), expected.name.to_owned())
            }
            (_, _, _, _, Some(found), Some(expected)) if found != expected => {
                differs(format!("IMEI {}", found.masked()), format!("IMEI {}", expected.masked()))
            }
            _ => Ok(()),
        }
    }

    /// Compares what the stick says with what the file states. What is not stated proves nothing, and is said.
    fn check_version(&mut self, identified: &Identified, firmware: &Firmware) -> Result<(), Cause> {
        let is_firmware = firmware.image_type().has_firmware();
        let found = if is_firmware { &identified.identity.software } else { &identified.web_ui };
        match (firmware.version(), found.as_deref()) {
            (None, _) => {
                self.observer.remark("the file states no version, so what the stick runs now is only reported")
            }
            (Some(expected), Some(found)) if found == expected => {}
            // Web UI versions are told with and without their frame: WEBUI_17.100.13.01.03_HILINK.
            (Some(expected), Some(found)) if !is_firmware && found.split('_').any(|field| field == expected) => {}
            (Some(_), None) if !is_firmware => {
                self.observer.remark("the stick does not state the version of its web UI, so that was not read back");
            }
            (Some(expected), found) => {
                let found = found.unwrap_or("unknown").to_owned();
                return Err(Cause::WrongVersion { found, expected: expected.to_owned() });
            }
        }
        Ok(())
    }
}
