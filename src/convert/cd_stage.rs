//! Out of the CD stage, in which every firmware comes up first.

use std::time::Duration;

use super::leave::Ways;
use super::{Awaited, Run};
use crate::failure::Cause;
use crate::switch;
use crate::usb::Attached;

/// How long the system's own switcher has, before this program switches the stick itself.
const SWITCHER_WITHIN: Duration = Duration::from_secs(3);

impl Run<'_, '_> {
    /// Sees to it that the stick leaves its CD stage. Many systems do that by themselves, so they are given a moment.
    pub(super) fn leave_cd_stage(&mut self, here: &Attached) -> Result<(), Cause> {
        if self.leaves_within(here, SWITCHER_WITHIN)?
            || switch::out_of_cd(self.host, here, &mut Ways { observer: &mut *self.observer })?
        {
            return Ok(());
        }
        Err(Cause::NotProven("the stick stays in its CD stage, though it was told to leave it".to_owned()))
    }

    /// Watches whether this incarnation leaves the port.
    pub(super) fn leaves_within(&mut self, here: &Attached, within: Duration) -> Result<bool, Cause> {
        let mut waiting = Awaited { observer: &mut *self.observer, awaited: "to go on by itself" };
        Ok(self.follower.leaves_within(here, within, &mut waiting)?)
    }

    pub(super) fn stop_if_asked(&self) -> Result<(), Cause> {
        if self.host.interrupt.requested() { Err(Cause::Interrupted) } else { Ok(()) }
    }
}
