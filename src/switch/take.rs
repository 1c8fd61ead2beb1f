//! Taking one way: what is done to the stick, and where it is afterwards.

use std::time::Duration;

use super::{Awaited, Switcher, Way, web};
use crate::failure::Cause;
use crate::follow::{Change, FollowError, Verdict};
use crate::protocol::DriveError;
use crate::protocol::at::{AtError, Command, Exchange, FinalResult};
use crate::stick::{Mode, PortError};
use crate::usb::{Attached, UsbError};

/// How long a stick may take to come back in another composition: 25 s were seen from `AT^GODLOAD`, and up to 60 s from a
/// restart.
const RETURNS_WITHIN: Duration = Duration::from_secs(90);

/// How long a stick may take to leave the bus once it was told to: about 2 s were seen.
pub(super) const LEAVES_WITHIN: Duration = Duration::from_secs(10);

/// What is waited for meanwhile.
const TO_LEAVE: &str = "to leave the bus";

/// How long an AT command may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What came of a way.
pub(super) enum Taken {
    /// The stick came back; where, is to be looked at.
    Arrived(Attached),
    /// The firmware does not take it, and the stick is where it was.
    Refused(String),
}

impl Switcher<'_, '_> {
    /// Takes one way.
    pub(super) fn take(&mut self, way: Way, here: &Attached) -> Result<Taken, Cause> {
        match way {
            Way::Tell(method) => self.tell(method, here),
            Way::Ask(mode) => self.ask_web(mode, here),
            Way::GoDownload => match self.command("AT^GODLOAD", here)? {
                Some(why) => Ok(Taken::Refused(why)),
                None => self.arrival(here, "in download mode"),
            },
            Way::Restart => match self.ask_for_restart(here)? {
                Some(Cause::Web(why)) => Ok(Taken::Refused(web::in_short(&why))),
                Some(why) => Ok(Taken::Refused(why.to_string())),
                None => self.arrival(here, "after its restart"),
            },
        }
    }

    /// Says an AT command that makes the stick leave. The reason, where it is refused.
    pub(super) fn command(&mut self, text: &str, here: &Attached) -> Result<Option<String>, Cause> {
        let mut session = match self.at_session(here)? {
            Ok(session) => session,
            Err(why) => return Ok(Some(why)),
        };
        let command = Command::new(text).map_err(PortError::from)?;
        match session.drive(Exchange::new(command, ANSWER_WITHIN)) {
            Ok(answer) if answer.result == FinalResult::Ok => Ok(None),
            Ok(answer) => Ok(Some(format!("the firmware answers {}", answer.result))),
            // It may leave, or fall silent, while it answers; the bus decides.
            Err(DriveError::Conversation(AtError::Left { .. } | AtError::Silent { .. })) => Ok(None),
            Err(DriveError::Usb(UsbError::Gone)) => Ok(None),
            Err(DriveError::Conversation(error)) => Ok(Some(error.to_string())),
            Err(DriveError::Usb(error)) => Err(error.into()),
            Err(DriveError::Interrupted) => Err(Cause::Interrupted),
        }
    }

    /// Waits until the stick is back in any composition that is known.
    pub(super) fn arrival(&mut self, was: &Attached, awaited: &str) -> Result<Taken, Cause> {
        let known = self.known;
        let mut waiting = Awaited { observer: &mut *self.observer, awaited };
        let mut judge = |found: &Attached| match Mode::of(found) {
            None => Verdict::Refuse("it is no Huawei device, so another device was plugged into that port".to_owned()),
            // The table knows more names than the interfaces tell.
            Some(_) if known.is_some_and(|known| known.lands.admits(found)) => Verdict::Arrived,
            Some(mode @ (Mode::Unsupported | Mode::Unknown)) => {
                Verdict::Refuse(format!("nothing leads from here to {mode}"))
            }
            Some(Mode::BootRom) => Verdict::Refuse(
                "it is in its boot ROM: its boot pad was shorted, or it finds nothing to start".to_owned(),
            ),
            Some(_) => Verdict::Arrived,
        };
        match self.follower.eager().next_incarnation(was, awaited, RETURNS_WITHIN, &mut waiting, &mut judge) {
            Ok(arrived) => Ok(Taken::Arrived(arrived)),
            Err(FollowError::NeverCame { .. }) if self.follower.is_still(was)? => {
                Ok(Taken::Refused("the firmware took it and did nothing about it".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Watches whether this incarnation leaves the port.
    pub(super) fn leaves_within(&mut self, here: &Attached, within: Duration) -> Result<bool, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited: TO_LEAVE };
        Ok(self.follower.leaves_within(here, within, &mut waiting)?)
    }

    /// Watches whether it leaves, or shows another composition without that.
    pub(super) fn changes_within(&mut self, here: &Attached, within: Duration) -> Result<Change, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited: TO_LEAVE };
        Ok(self.follower.changes_within(here, within, &mut waiting)?)
    }
}
