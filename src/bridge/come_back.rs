//! Waiting until a stick that left is back, with its ports, in the same USB port.
//!
//! A stick that starts anew comes up in its CD stage. Most systems lead it out of there by themselves, so they are given a
//! moment; where nobody does, the bridge says what it takes, for it was at work here before, and nobody else may speak to it
//! while this process holds its lock.

use std::time::Duration;

use super::Event;
use crate::follow::{Change, FollowError, Follower, Verdict, Waiting, describe};
use crate::serial::{NotThere, SerialFunction, find_again};
use crate::stick::{self, Host, Mode, PortError};
use crate::switch;
use crate::usb::{Attached, PortPath, UsbError};

/// How long a bus that vanished, such as with its controller, is left alone between two looks.
const NO_BUS: Duration = Duration::from_secs(1);

/// How long the system's own switcher has, before the stick is told here.
const SWITCHER_WITHIN: Duration = Duration::from_secs(3);

/// How long a stick may take to leave after it was told to.
const LEAVES_WITHIN: Duration = Duration::from_secs(15);

/// How often it is told.
const MOST_TIMES: u32 = 3;

/// How long until it is tried again to open ports that could not be opened: udev may take its time, and another program
/// may have been faster.
const OPENED_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// What is waited for, and who is told.
pub(super) struct ComeBack<'a> {
    pub(super) host: &'a Host<'a>,
    pub(super) follower: &'a Follower<'a>,
    pub(super) functions: &'a [SerialFunction],
    pub(super) tell: &'a (dyn Fn(Event) + Sync),
}

impl ComeBack<'_> {
    /// Waits for as long as it takes until a stick with all these ports is there. Gives them as it shows them now, in the
    /// same order.
    pub(super) fn wait(&self, before: &Attached) -> Result<(Attached, Vec<SerialFunction>), FollowError> {
        let mut was = before.clone();
        loop {
            let found = self.next(before, &was)?;
            if let Ok(functions) = self.find_again(before, &found) {
                return Ok((found, functions));
            }
            was = match self.lead_out_of_cd_stage(&found)? {
                Change::Left => nobody(&found),
                Change::Stays => found,
                Change::Recomposed(now) => match self.find_again(before, &now) {
                    Ok(functions) => return Ok((now, functions)),
                    Err(_) => now,
                },
            };
        }
    }

    /// The next incarnation that has the ports, or that can be led to them.
    fn next(&self, before: &Attached, was: &Attached) -> Result<Attached, FollowError> {
        let mut judge = |found: &Attached| match self.find_again(before, found) {
            Ok(_) => Verdict::Arrived,
            Err(_) if Mode::of(found) == Some(Mode::Cd) => Verdict::Arrived,
            Err(missing) => {
                Verdict::KeepWaiting(format!("it is back as {}, but {missing}; waiting on", describe(found)))
            }
        };
        let mut remarks = Remarks { port: self.follower.path(), tell: self.tell };
        let mut was = was.clone();
        loop {
            let came = self.follower.next_incarnation(&was, "with its ports", Duration::MAX, &mut remarks, &mut judge);
            match came {
                Err(FollowError::Usb(UsbError::NoUsb { .. })) if !self.host.interrupt.requested() => {
                    was = nobody(&was);
                    self.host.bus.sleep(NO_BUS);
                }
                other => return other,
            }
        }
    }

    /// Whether a stick whose ports could not be opened, for this reason, is still there a moment later.
    pub(super) fn stays(&self, here: &Attached, why: &UsbError, is_told: bool) -> Result<bool, FollowError> {
        if !is_told {
            self.remark(&format!("it is back, but its ports cannot be opened yet ({why}); trying on"));
        }
        self.or_with_its_bus(true, |remarks| self.follower.leaves_within(here, OPENED_AGAIN_AFTER, remarks))
            .map(|leaves| !leaves)
    }

    /// Watches a stick. One whose bus went is `gone`.
    fn or_with_its_bus<T>(
        &self,
        gone: T,
        watch: impl FnOnce(&mut Remarks<'_>) -> Result<T, FollowError>,
    ) -> Result<T, FollowError> {
        match watch(&mut Remarks { port: self.follower.path(), tell: self.tell }) {
            Err(FollowError::Usb(UsbError::NoUsb { .. })) => Ok(gone),
            watched => watched,
        }
    }

    /// Sees to it that a stick leaves its CD stage, and says how it did. One that will not is left as it is, and whoever
    /// waits is told.
    fn lead_out_of_cd_stage(&self, here: &Attached) -> Result<Change, FollowError> {
        let mut within = SWITCHER_WITHIN;
        let mut refusal = None;
        let method = switch::usual_method(here);
        for told in 0..=MOST_TIMES {
            let watch = |remarks: &mut Remarks<'_>| self.follower.changes_within(here, within, remarks);
            let change = self.or_with_its_bus(Change::Left, watch)?;
            if change != Change::Stays {
                return Ok(change);
            }
            let Some(method) = method.filter(|_| told < MOST_TIMES) else { break };
            within = LEAVES_WITHIN;
            match stick::tell_to_switch(self.host, here, &method) {
                Ok(_) | Err(PortError::Usb(UsbError::Gone)) => {}
                Err(PortError::Interrupted) => {
                    return Err(FollowError::Interrupted { path: self.follower.path().clone() });
                }
                Err(error) => refusal = Some(error),
            }
        }
        let why = refusal.map(|error| format!(" ({error})")).unwrap_or_default();
        self.remark(&format!("it stays in its CD stage, though it was told to leave it{why}; waiting on"));
        Ok(Change::Stays)
    }

    fn find_again(&self, before: &Attached, found: &Attached) -> Result<Vec<SerialFunction>, NotThere> {
        find_again(found, before, self.functions)
    }

    fn remark(&self, text: &str) {
        Remarks { port: self.follower.path(), tell: self.tell }.remark(text);
    }
}

/// What was in a port that is empty now: whatever comes, it is another incarnation, though a host may give it the same address.
fn nobody(was: &Attached) -> Attached {
    Attached { vendor_id: 0, product_id: 0, ..was.clone() }
}

struct Remarks<'a> {
    port: &'a PortPath,
    tell: &'a (dyn Fn(Event) + Sync),
}

impl Waiting for Remarks<'_> {
    fn remark(&mut self, text: &str) {
        (self.tell)(Event::Remark { port: self.port.clone(), text: text.to_owned() });
    }
}
