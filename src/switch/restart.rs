//! Restarting a stick, by whatever its mode has for that.

use super::plan::NoRoute;
use super::{Observer, Place, Plan, Switcher, Target, Way, refusal};
use crate::failure::{Cause, Failure};
use crate::outcome::Outcome;
use crate::protocol::DriveError;
use crate::protocol::download::{EnterDataMode, Restart};
use crate::protocol::fastboot::Reboot;
use crate::stick::{self, DownloadPort, Host, Mode, Role};
use crate::usb::{Attached, PortPath, UsbError};

use super::take::Taken;

/// Restarts the stick in one port, and waits until it is back.
///
/// # Errors
///
/// [`Cause::WrongMode`] where no restart can be asked for, [`Cause::NotAllowed`] where it is refused, and those of the way
/// back.
pub fn restart(host: &Host<'_>, path: &PortPath, observer: &mut dyn Observer) -> Result<Outcome, Failure> {
    // The target does not matter: one way is taken, and where it leads is only reported.
    let mut switcher = Switcher::new(host, path, Target::Stick, observer);
    let ended = switcher.restarted();
    ended.map_err(|cause| switcher.failed(cause))
}

impl Switcher<'_, '_> {
    fn restarted(&mut self) -> Result<Outcome, Cause> {
        let here = self.present()?;
        let place = Place::of(&here);
        if !Way::from(&place).iter().any(|(way, _)| *way == Way::Restart) {
            let needed = "it has no command for a restart that this program can send; unplug it and plug it in again";
            return Err(Cause::WrongMode { mode: place.mode, needed: needed.to_owned() });
        }
        if let Err(why @ NoRoute::LeaveAlone(_)) = Plan::new(&here, Target::Stick, &[]) {
            return Err(refusal::no_way(&place, Target::Stick, &why));
        }
        let plan = Plan { port: here.path.clone(), here: here.clone(), place, target: None, ways: vec![Way::Restart] };
        if !self.observer.agrees(&plan) {
            return Ok(Outcome::of_modes(false, place.mode, place.mode));
        }
        self.observer.way(self.follower.path(), &Way::Restart, place.mode);
        if let Some(refused) = self.ask_for_restart(&here)? {
            return Err(refused);
        }
        match self.arrival(&here, "after its restart")? {
            Taken::Arrived(back) => Ok(Outcome::of_modes(true, place.mode, Place::of(&back).mode)),
            Taken::Refused(why) => {
                Err(Cause::NotAllowed(format!("{why}: it never left. Unplug it and plug it in again")))
            }
        }
    }

    /// Asks for a restart. The reason, where it is refused.
    pub(super) fn ask_for_restart(&mut self, here: &Attached) -> Result<Option<Cause>, Cause> {
        match Place::of(here).mode {
            Mode::Stick | Mode::Serial => {
                let refused = self.command("AT^RESET", here)?;
                Ok(refused.map(|why| Cause::NotAllowed(format!("AT^RESET does not restart the stick: {why}"))))
            }
            Mode::HiLink => self.restart_by_web(here),
            Mode::Fastboot => self.restart_by_fastboot(here),
            _ => self.restart_by_daemon(here),
        }
    }

    fn restart_by_daemon(&mut self, here: &Attached) -> Result<Option<Cause>, Cause> {
        let DownloadPort { mut session, in_hdlc, .. } = stick::download_port(self.host, here)?;
        if !in_hdlc {
            session.drive(EnterDataMode::new())?;
        }
        session.drive(Restart::new())?;
        Ok(None)
    }

    /// `reboot`. A departure and silence are normal; the bus decides.
    fn restart_by_fastboot(&mut self, here: &Attached) -> Result<Option<Cause>, Cause> {
        let mut session = stick::open_role(self.host, here, Role::Fastboot)?;
        match session.drive(Reboot::new()) {
            Ok(_) | Err(DriveError::Usb(UsbError::Gone)) => Ok(None),
            Err(DriveError::Conversation(error)) => Ok(Some(error.into())),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(all(test, feature = "simulate"))]
mod tests;
