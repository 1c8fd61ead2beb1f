//! Telling a virtual CD to take another composition.

use std::time::Duration;

use super::take::{LEAVES_WITHIN, Taken};
use super::{Place, Switcher};
use crate::failure::Cause;
use crate::protocol::mode_switch::SwitchMethod;
use crate::stick::{self, Mode, PortError};
use crate::usb::{Attached, UsbError};

/// How often a virtual CD is told the same thing: one that has only just come up may miss the first time.
const MOST_TIMES: u32 = 2;

/// How long another program may hold it, or permission may take: the system is still at work on a new device.
const ACCESS_WITHIN: Duration = Duration::from_secs(15);

/// Between two tries to open it.
const AGAIN: Duration = Duration::from_millis(250);

impl Switcher<'_, '_> {
    pub(super) fn tell(&mut self, method: SwitchMethod, here: &Attached) -> Result<Taken, Cause> {
        self.known = Place::of(here).known;
        for _ in 0..MOST_TIMES {
            self.tell_once(method, here)?;
            if self.leaves_within(here, LEAVES_WITHIN)? {
                return self.arrival(here, "in its new composition", false);
            }
            // A configuration can be taken without leaving the bus.
            let now = self.follower.present()?.filter(|now| Place::of(now).mode != Mode::Cd);
            if let Some(now) = now {
                return Ok(Taken::Arrived(now));
            }
        }
        Ok(Taken::Refused("the firmware takes it and does nothing".to_owned()))
    }

    /// Tells it, as soon as it can be opened. One that left meanwhile needs no telling.
    fn tell_once(&mut self, method: SwitchMethod, here: &Attached) -> Result<(), Cause> {
        let start = self.host.bus.now();
        loop {
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::tell_to_switch(self.host, here, &method) {
                Ok(reaction) => {
                    tracing::debug!(?reaction, %method, "told");
                    return Ok(());
                }
                Err(PortError::Usb(UsbError::Gone)) => return Ok(()),
                Err(PortError::Usb(UsbError::Denied { .. } | UsbError::Busy { .. })) if passed < ACCESS_WITHIN => {
                    self.observer.waiting("to be permitted to this program", passed, ACCESS_WITHIN);
                }
                Err(error) => return Err(error.into()),
            }
            if self.leaves_within(here, AGAIN)? {
                return Ok(());
            }
        }
    }
}
