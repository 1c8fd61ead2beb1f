//! Out of the running firmware: by software where it allows that, else by the operator's hand on the boot pad.

use std::time::Duration;

use super::{Awaited, Entry, NEEDLE_WITHIN, Run, mode_of};
use crate::failure::Cause;
use crate::follow::{FollowError, Verdict};
use crate::protocol::DriveError;
use crate::protocol::at::{AtError, Command, Exchange, FinalResult};
use crate::stick::{self, Mode, PortError};
use crate::usb::Attached;

/// How long a stick takes from `AT^GODLOAD` to its download composition: 20 to 25 s were seen; this allows for twice that.
const GODLOAD_WITHIN: Duration = Duration::from_secs(60);

impl Run<'_, '_> {
    /// Brings the stick into download mode or into the boot ROM.
    pub(super) fn leave(&mut self, here: Attached) -> Result<Attached, Cause> {
        let mode = mode_of(&here);
        let by_software = match (self.entry, mode) {
            (Entry::Needle, _) => None,
            (_, Mode::Stick | Mode::Serial) => self.go_download(&here)?,
            (Entry::Auto | Entry::Software, _) => None,
        };
        match by_software {
            Some(arrived) => Ok(arrived),
            None if self.entry == Entry::Software => Err(Cause::NotAllowed(format!(
                "no software way leads from {mode} with this firmware into download mode; the boot pad remains (--entry needle)"
            ))),
            None if self.loader.is_none() => Err(Cause::NotAllowed(
                "the firmware that runs refuses the software way, and the boot pad needs a loader: --loader FILE"
                    .to_owned(),
            )),
            None => self.needle(&here),
        }
    }

    /// `AT^GODLOAD`: `None` when the firmware refuses it, or has no AT port that answers.
    fn go_download(&mut self, here: &Attached) -> Result<Option<Attached>, Cause> {
        let mut session = match stick::at_port(self.host, here) {
            Ok(session) => session,
            Err(error) if error.is_silence() => {
                self.observer.remark("no AT port answers, so the software way is closed");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let command = Command::new("AT^GODLOAD").map_err(PortError::from)?;
        let answer = session.drive(Exchange::new(command, Duration::from_secs(5)));
        drop(session);
        match answer {
            Ok(answer) if answer.result == FinalResult::Ok => {}
            Ok(answer) => {
                self.observer.remark(&format!("the firmware refuses AT^GODLOAD ({})", answer.result));
                return Ok(None);
            }
            // It may leave while it answers; the bus decides.
            Err(DriveError::Conversation(AtError::Left { .. } | AtError::Silent { .. })) => {}
            Err(DriveError::Interrupted) => return Err(Cause::Interrupted),
            Err(DriveError::Usb(error)) => return Err(error.into()),
            Err(DriveError::Conversation(error)) => {
                self.observer.remark(&format!("AT^GODLOAD was not answered as expected ({error})"));
                return Ok(None);
            }
        }
        let waited = self.wait_for(here, "in download mode", GODLOAD_WITHIN, &|mode| match mode {
            Mode::Download => Verdict::Arrived,
            mode => Verdict::Refuse(format!("AT^GODLOAD leads into download mode, not into {mode}")),
        });
        match waited {
            Ok(arrived) => Ok(Some(arrived)),
            Err(Cause::Follow(FollowError::NeverCame { .. })) if self.is_still(here)? => {
                self.observer.remark("the firmware took AT^GODLOAD and did nothing about it");
                Ok(None)
            }
            Err(cause) => Err(cause),
        }
    }

    /// Whether that very incarnation is in the port.
    pub(super) fn is_still(&self, here: &Attached) -> Result<bool, Cause> {
        Ok(self.follower.present()?.is_some_and(|found| found.address == here.address))
    }

    /// Asks for the boot pad, and waits until the boot ROM is in the same port.
    fn needle(&mut self, here: &Attached) -> Result<Attached, Cause> {
        let path = self.follower.path().clone();
        self.observer.needle(&path, NEEDLE_WITHIN);
        self.wait_for(here, "in its boot ROM", NEEDLE_WITHIN, &|mode| match mode {
            Mode::BootRom | Mode::Download => Verdict::Arrived,
            mode => Verdict::KeepWaiting(format!(
                "it came back in {mode}: the pad did not touch ground while the stick was plugged in. Pull it out and try again"
            )),
        })
    }

    /// Waits for the next incarnation in a mode that `judge` takes, and shows that the program is alive meanwhile.
    pub(super) fn wait_for(
        &mut self,
        was: &Attached,
        awaited: &str,
        within: Duration,
        judge: &dyn Fn(Mode) -> Verdict,
    ) -> Result<Attached, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited };
        let mut judge = |found: &Attached| match Mode::of(found) {
            Some(mode) => judge(mode),
            None => Verdict::Refuse("it is no Huawei device".to_owned()),
        };
        Ok(self.follower.next_incarnation(was, awaited, within, &mut waiting, &mut judge)?)
    }
}
