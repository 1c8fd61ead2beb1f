//! What becomes of a stick that is to leave, or to show another composition.

use std::time::Duration;

use super::{FollowError, Follower, POLL, POLL_EAGERLY, SETTLED, Waiting, is_same_incarnation};
use crate::usb::Attached;

/// What became of an incarnation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is as it was.
    Stays,
    /// It left the port.
    Left,
    /// It shows other interfaces, and never left for that: another configuration was selected.
    Recomposed(Attached),
}

impl Follower<'_> {
    /// Watches whether this incarnation leaves the port.
    ///
    /// # Errors
    ///
    /// [`FollowError::Usb`], and [`FollowError::Interrupted`].
    pub fn leaves_within(
        &self,
        here: &Attached,
        within: Duration,
        waiting: &mut dyn Waiting,
    ) -> Result<bool, FollowError> {
        Ok(self.watch(here, within, waiting, |_| false)? == Change::Left)
    }

    /// Watches whether this incarnation leaves the port, or shows other interfaces without leaving it.
    ///
    /// # Errors
    ///
    /// [`FollowError::Usb`], and [`FollowError::Interrupted`].
    pub fn changes_within(
        &self,
        here: &Attached,
        within: Duration,
        waiting: &mut dyn Waiting,
    ) -> Result<Change, FollowError> {
        self.watch(here, within, waiting, |found| is_recomposed(here, found))
    }

    fn watch(
        &self,
        here: &Attached,
        within: Duration,
        waiting: &mut dyn Waiting,
        is_other: impl Fn(&Attached) -> bool,
    ) -> Result<Change, FollowError> {
        let start = self.bus.now();
        let mut before = None;
        loop {
            let Some(found) = self.present()?.filter(|found| is_same_incarnation(here, found)) else {
                return Ok(Change::Left);
            };
            // The kernel lists the interfaces of a configuration one by one, so the list must be the same twice.
            match Some(found).filter(&is_other) {
                Some(now) if before.as_ref() == Some(&now) => return Ok(Change::Recomposed(now)),
                other => before = other,
            }
            if self.interrupt.requested() {
                return Err(FollowError::Interrupted { path: self.path.clone() });
            }
            let passed = self.bus.now().saturating_sub(start);
            // What showed in time is looked at once more.
            let (interval, more) = if before.is_some() { (POLL_EAGERLY, SETTLED) } else { (POLL, Duration::ZERO) };
            let until = within.saturating_add(more);
            if passed >= until {
                return Ok(Change::Stays);
            }
            waiting.tick(passed.min(within), within);
            // The last look is when the time is up, not up to a whole interval later.
            self.bus.sleep(interval.min(until - passed));
        }
    }
}

/// Whether the same incarnation shows interfaces that it did not show, unless it showed none as yet. One that is just leaving
/// shows fewer and fewer: the kernel takes them off the list before the device.
fn is_recomposed(before: &Attached, now: &Attached) -> bool {
    let was_shown = |number, class| {
        before.interfaces.iter().any(|interface| (interface.number, interface.class) == (number, class))
    };
    let is_new = now.interfaces.iter().any(|interface| !was_shown(interface.number, interface.class));
    is_new && !before.interfaces.is_empty()
}
