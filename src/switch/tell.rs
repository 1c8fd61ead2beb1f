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
        if let Some(why) = self.is_no_virtual_cd(here)? {
            return Ok(Taken::Refused(why));
        }
        if !self.tell_until_it_obeys(method, here)? {
            return Ok(Taken::Refused("the firmware takes it and does nothing".to_owned()));
        }
        match self.follower.present()?.filter(|now| is_reconfigured(here, now)) {
            Some(now) => Ok(Taken::Arrived(now)),
            None => self.arrival(here, "in its new composition"),
        }
    }

    /// Tells it, and once more if need be. `false`: it stays in its virtual CD.
    pub(super) fn tell_until_it_obeys(&mut self, method: SwitchMethod, here: &Attached) -> Result<bool, Cause> {
        for _ in 0..MOST_TIMES {
            self.tell_once(method, here)?;
            // A configuration can be taken without leaving the bus.
            let stayed = self.follower.present()?.is_some_and(|now| is_reconfigured(here, &now));
            if stayed || self.leaves_within(here, LEAVES_WITHIN)? {
                return Ok(true);
            }
        }
        Ok(false)
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

/// Whether the same incarnation shows another composition. One that is just leaving shows none: the kernel takes its
/// interfaces off the list before the device.
pub(super) fn is_reconfigured(before: &Attached, now: &Attached) -> bool {
    let is_same = now.address == before.address && now.product_id == before.product_id;
    is_same && !now.interfaces.is_empty() && !matches!(Place::of(now).mode, Mode::Cd | Mode::Unknown)
}
