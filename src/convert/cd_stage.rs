//! Out of the CD stage, in which every firmware comes up first.

use std::time::Duration;

use super::Run;
use crate::failure::Cause;
use crate::stick::{self, PortError};
use crate::usb::{Attached, UsbError};

/// How long the system's own switcher has, before this program switches the stick itself.
const SWITCHER_WITHIN: Duration = Duration::from_secs(3);

/// How long a stick may take to leave after it was told to.
const LEAVES_WITHIN: Duration = Duration::from_secs(15);

/// How often it is told.
const MOST_TIMES: u32 = 3;

/// How long permission may take, or another program may hold the stick: the system is still at work on a new device.
const ACCESS_WITHIN: Duration = Duration::from_secs(30);

/// How often the bus is looked at while waiting for a departure.
const POLL: Duration = Duration::from_millis(100);

impl Run<'_, '_> {
    /// Sees to it that the stick leaves its CD stage. Many systems do that by themselves, so they are given a moment.
    pub(super) fn leave_cd_stage(&mut self, here: &Attached) -> Result<(), Cause> {
        if self.leaves_within(here, SWITCHER_WITHIN)? {
            return Ok(());
        }
        for _ in 0..MOST_TIMES {
            self.tell_it_to_leave(here)?;
            if self.leaves_within(here, LEAVES_WITHIN)? {
                return Ok(());
            }
        }
        Err(Cause::NotProven("the stick stays in its CD stage, though it was told three times to leave it".to_owned()))
    }

    fn tell_it_to_leave(&mut self, here: &Attached) -> Result<(), Cause> {
        let start = self.host.bus.now();
        loop {
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::leave_cd_stage(self.host, here) {
                Ok(()) | Err(PortError::Usb(UsbError::Gone)) => return Ok(()),
                Err(PortError::Usb(UsbError::Denied { .. } | UsbError::Busy { .. })) if passed < ACCESS_WITHIN => {
                    self.observer.waiting("to be permitted to this program", passed, ACCESS_WITHIN);
                }
                Err(error) => return Err(error.into()),
            }
            if self.leaves_within(here, Duration::from_secs(1))? {
                return Ok(());
            }
        }
    }

    /// Watches whether this incarnation leaves the port.
    pub(super) fn leaves_within(&mut self, here: &Attached, within: Duration) -> Result<bool, Cause> {
        let give_up = self.host.bus.now() + within;
        while self.is_still(here)? {
            self.stop_if_asked()?;
            if self.host.bus.now() >= give_up {
                return Ok(false);
            }
            self.host.bus.sleep(POLL);
        }
        Ok(true)
    }

    pub(super) fn stop_if_asked(&self) -> Result<(), Cause> {
        if self.host.interrupt.requested() { Err(Cause::Interrupted) } else { Ok(()) }
    }
}
