//! Restarting a stick, in the modes that have a word for it.

use std::time::Duration;

use super::{Confirmation, Observer, Outcome, Plan, Run, mode_of};
use crate::failure::{Cause, Failure, Stage};
use crate::follow::Verdict;
use crate::protocol::DriveError;
use crate::protocol::at::{Command, Exchange, FinalResult};
use crate::protocol::download::{EnterDataMode, Restart};
use crate::protocol::fastboot::Reboot;
use crate::stick::{self, DownloadPort, Host, Mode, PortError, Role};
use crate::usb::{Attached, PortPath, UsbError};
use crate::web::{WebApi, WebOutcome};

/// How long a stick may take to come up after a restart: up to 60 s were seen.
const WITHIN: Duration = Duration::from_secs(90);

/// Restarts the stick in one port, and waits until it is back.
///
/// # Errors
///
/// [`Cause::WrongMode`] where no restart can be asked for, and those of the conversation and of the way back.
pub fn restart(host: &Host<'_>, path: &PortPath, observer: &mut dyn Observer) -> Result<Outcome, Failure> {
    let mut run = Run::new(host, path, Stage::Return..=Stage::Return, observer);
    run.restart().map_err(|cause| run.failed(cause))
}

impl Run<'_, '_> {
    fn restart(&mut self) -> Result<Outcome, Cause> {
        let here = self.present()?;
        let mode = mode_of(&here);
        let knows_a_restart =
            matches!(mode, Mode::HiLink | Mode::Stick | Mode::Serial | Mode::Download | Mode::Fastboot);
        if !knows_a_restart {
            let needed = "it has no command for a restart that this program can send; unplug it and plug it in again";
            return Err(Cause::WrongMode { mode, needed: needed.to_owned() });
        }
        let mut plan = Plan::new(self.follower.path(), &here, &self.rows, self.entry, None, None, &[]);
        plan.stages = vec![Stage::Return];
        match self.observer.confirm(&plan) {
            Confirmation::Yes => {}
            Confirmation::PlanOnly => return Ok(self.outcome(false, mode, mode)),
            Confirmation::Interrupted => return Err(Cause::Interrupted),
            Confirmation::No | Confirmation::NobodyToAsk => return Err(Cause::Declined),
        }
        self.stage = Some(Stage::Return);
        self.observer.stage(self.follower.path(), Stage::Return, mode);
        match mode {
            Mode::Download => self.reset_by_daemon(&here)?,
            Mode::Fastboot => self.reset_by_fastboot(&here)?,
            Mode::HiLink => self.reset_by_web(&here)?,
            _ => self.reset_by_at(&here)?,
        }
        let back = self.wait_for(&here, "after its restart", WITHIN, &|_| Verdict::Arrived)?;
        Ok(self.outcome(true, mode, mode_of(&back)))
    }

    fn reset_by_at(&mut self, here: &Attached) -> Result<(), Cause> {
        let mut session = stick::at_port(self.host, here)?;
        let command = Command::new("AT^RESET").map_err(PortError::from)?;
        match session.drive(Exchange::new(command, Duration::from_secs(5))) {
            Ok(answer) if answer.result == FinalResult::Ok => Ok(()),
            Ok(answer) => Err(Cause::NotAllowed(format!("the firmware refuses AT^RESET ({})", answer.result))),
            // The stick may leave, or fall silent, while it answers; the bus decides.
            Err(DriveError::Conversation(_) | DriveError::Usb(UsbError::Gone)) => Ok(()),
            Err(DriveError::Usb(error)) => Err(error.into()),
            Err(DriveError::Interrupted) => Err(Cause::Interrupted),
        }
    }

    fn reset_by_daemon(&mut self, here: &Attached) -> Result<(), Cause> {
        let DownloadPort { mut session, in_hdlc, .. } = stick::download_port(self.host, here)?;
        if !in_hdlc {
            session.drive(EnterDataMode::new())?;
        }
        session.drive(Restart::new())?;
        Ok(())
    }

    /// `reboot`. A departure and silence are normal; the bus decides.
    fn reset_by_fastboot(&mut self, here: &Attached) -> Result<(), Cause> {
        let mut session = stick::open_role(self.host, here, Role::Fastboot)?;
        let rebooted = session.drive(Reboot::new())?;
        tracing::info!(?rebooted, "fastboot");
        Ok(())
    }

    /// Control 1 of the web interface. The stick may leave before it has answered; the bus decides.
    fn reset_by_web(&mut self, here: &Attached) -> Result<(), Cause> {
        let address = self.host.web.reach(here)?;
        match WebApi::connect(&address)?.restart()? {
            WebOutcome::Accepted => {}
            WebOutcome::Unclear(error) => {
                self.observer.remark(&format!("the web server does not say whether it restarts the stick ({error})"));
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests;
