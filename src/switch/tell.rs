//! Telling a virtual CD to take another composition.

use std::time::Duration;

use super::take::{LEAVES_WITHIN, Taken};
use super::{Place, Switcher};
use crate::failure::Cause;
use crate::follow::Change;
use crate::protocol::mode_switch::SwitchMethod;
use crate::stick::{self, PortError};
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
        if let Some(why) = self.is_no_virtual_cd(here)? {
            return Ok(Taken::Refused(why));
        }
        match self.tell_until_it_obeys(method, here)? {
            Change::Stays => Ok(Taken::Refused("the firmware takes it and does nothing".to_owned())),
            Change::Left => self.arrival(here, "in its new composition"),
            Change::Recomposed(now) => Ok(Taken::Arrived(now)),
        }
    }

    /// Tells it, and once more if need be.
    pub(super) fn tell_until_it_obeys(&mut self, method: SwitchMethod, here: &Attached) -> Result<Change, Cause> {
        for _ in 0..MOST_TIMES {
            self.tell_once(method, here)?;
            let change = self.changes_within(here, LEAVES_WITHIN)?;
            if change != Change::Stays {
                return Ok(change);
            }
        }
        Ok(Change::Stays)
    }

    /// What no table names is asked who it is before it is told anything: it may be a phone or a card reader, whose files
    /// somebody uses. The reason, where it is none of Huawei's virtual CDs.
    fn is_no_virtual_cd(&mut self, here: &Attached) -> Result<Option<String>, Cause> {
        if self.known.is_some() || Place::of(here).is_balong {
            return Ok(None);
        }
        Ok(match stick::ask_drive(self.host, here)? {
            Some(drive) if drive.is_virtual_cd() => None,
            Some(drive) => Some(format!(
                "{} is not in the table of known devices, and its drive is no CD-ROM of Huawei's but type {:02x}, {} {}",
                here.id(),
                drive.device_type,
                drive.vendor,
                drive.product
            )),
            None => Some(format!(
                "{} is not in the table of known devices, and its drive does not say what it is",
                here.id()
            )),
        })
    }

    /// Tells it, as soon as it can be opened. One that changed meanwhile needs no telling.
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
            if self.changes_within(here, AGAIN)? != Change::Stays {
                return Ok(());
            }
        }
    }
}
