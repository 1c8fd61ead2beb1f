//! Stay with one stick, by its port path, while it leaves the bus and comes back.
//!
//! The bus is polled. Hot-plug events need udev on Linux and are silent without it, and a poll every tenth of a second
//! costs nothing beside the ten seconds that a stick takes to come back.

mod change;
mod error;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::protocol::Interrupt;
use crate::stick::{self, Mode};
use crate::usb::{Attached, PortPath, UsbBus};

pub use change::Change;
pub use error::FollowError;

/// How often the bus is looked at.
const POLL: Duration = Duration::from_millis(100);

/// The same, where another program may be faster.
const POLL_EAGERLY: Duration = Duration::from_millis(10);

/// How long a new incarnation must have been there, unchanged, before it is taken: the kernel lists a device a moment
/// before its interfaces.
const SETTLED: Duration = Duration::from_millis(300);

/// The same where another program may be faster, or somebody waits. Linux lists all interfaces at once, from the descriptors
/// that it read; of other systems it is only known that they are done within this.
const SETTLED_EAGERLY: Duration = Duration::from_millis(if cfg!(target_os = "linux") { 10 } else { 120 });

/// The same for one that lists no interfaces.
const UNLISTED: Duration = Duration::from_secs(5);

/// What the caller makes of something new in the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This is what was waited for.
    Arrived,
    /// Not yet: go on waiting, and say why (a stick that came back unchanged because the pad was missed).
    KeepWaiting(String),
    /// This can never lead to what was waited for.
    Refuse(String),
}

/// What is told while waiting.
pub trait Waiting {
    /// Called at each look at the bus, so that a display shows that it is alive.
    fn tick(&mut self, _passed: Duration, _within: Duration) {}
    /// Something happened that the person in front of the stick should know.
    fn remark(&mut self, _text: &str) {}
}

/// One stick, known by its port path alone.
#[derive(Clone)]
pub struct Follower<'a> {
    bus: &'a dyn UsbBus,
    path: PortPath,
    interrupt: Interrupt,
    is_eager: bool,
}

impl<'a> Follower<'a> {
    /// A follower of whatever sits in that port.
    #[must_use]
    pub fn new(bus: &'a dyn UsbBus, path: PortPath, interrupt: Interrupt) -> Self {
        Self { bus, path, interrupt, is_eager: false }
    }

    /// A follower of the same port that takes a new incarnation sooner, and looks more often: for what must be said to a
    /// stick before another program says something else, and where nothing is written.
    #[must_use]
    pub fn eager(&self) -> Self {
        Self { is_eager: true, ..self.clone() }
    }

    /// The port.
    #[must_use]
    pub fn path(&self) -> &PortPath {
        &self.path
    }

    /// What is in the port now.
    ///
    /// # Errors
    ///
    /// [`FollowError::Usb`].
    pub fn present(&self) -> Result<Option<Attached>, FollowError> {
        stick::at_path(self.bus, &self.path).map_err(FollowError::Usb)
    }

    /// What is in the port, once something is: a stick that another program has just told to switch is away for some
    /// seconds. What came meanwhile is taken once it has settled. Nothing, if the port stays empty for so long.
    ///
    /// # Errors
    ///
    /// [`FollowError::Usb`] and [`FollowError::Interrupted`].
    pub fn once_present(&self, within: Duration, waiting: &mut dyn Waiting) -> Result<Option<Attached>, FollowError> {
        let start = self.bus.now();
        if let Some(found) = self.present()? {
            return Ok(Some(found));
        }
        let mut candidate: Option<(Attached, Duration)> = None;
        loop {
            let passed = self.bus.now().saturating_sub(start);
            match (&candidate, self.present()?) {
                (Some((known, since)), Some(found)) if *known == found => {
                    if passed.saturating_sub(*since) >= SETTLED {
                        return Ok(Some(found));
                    }
                }
                (_, found) => candidate = found.map(|found| (found, passed)),
            }
            if self.interrupt.requested() {
                return Err(FollowError::Interrupted { path: self.path.clone() });
            }
            if passed >= within && candidate.is_none() {
                return Ok(None);
            }
            waiting.tick(passed, within);
            self.bus.sleep(POLL);
        }
    }

    /// Waits until another incarnation than `was` is in the port and `judge` takes it.
    ///
    /// The one that was there does not count, however long it stays: only a new address, other ids, or any device after
    /// the port was seen empty is a return (a host may give the same address again). One that is there when time is up is
    /// judged as soon as it has settled. A stick that turns up in another port meanwhile is named in the message, and never
    /// followed: it may be somebody else's.
    ///
    /// # Errors
    ///
    /// See [`FollowError`].
    pub fn next_incarnation(
        &self,
        was: &Attached,
        awaited: &str,
        within: Duration,
        waiting: &mut dyn Waiting,
        judge: &mut dyn FnMut(&Attached) -> Verdict,
    ) -> Result<Attached, FollowError> {
        let start = self.bus.now();
        let (_, others_before) = self.look()?;
        let mut candidate: Option<(Attached, Duration)> = None;
        let mut passed_over = Some(was.clone());
        let mut strangers: Vec<PortPath> = Vec::new();
        loop {
            let passed = self.bus.now().saturating_sub(start);
            if self.interrupt.requested() {
                return Err(FollowError::Interrupted { path: self.path.clone() });
            }
            waiting.tick(passed.min(within), within);
            let (found, elsewhere) = self.look()?;
            match found {
                None => (candidate, passed_over) = (None, None),
                Some(found) if passed_over.as_ref().is_some_and(|known| is_same_incarnation(known, &found)) => {
                    candidate = None;
                }
                Some(found) => match &candidate {
                    Some((known, since))
                        if self.is_unchanged(known, &found)
                            && self.has_settled(known, passed.saturating_sub(*since)) =>
                    {
                        match judge(&found) {
                            Verdict::Arrived => {
                                tracing::info!(port = %self.path, id = found.id(), address = found.address, "it came back");
                                return Ok(found);
                            }
                            Verdict::KeepWaiting(why) => waiting.remark(&why),
                            Verdict::Refuse(why) => return Err(self.unexpected(&found, why)),
                        }
                        (candidate, passed_over) = (None, Some(found));
                    }
                    Some((known, _)) if self.is_unchanged(known, &found) => {}
                    _ => candidate = Some((found, passed)),
                },
            }
            for path in elsewhere {
                if !others_before.contains(&path) && !strangers.contains(&path) {
                    waiting.remark(&format!(
                        "a stick appeared at {path}; this job follows {} alone, so plug it into that port if it is the one",
                        self.path
                    ));
                    strangers.push(path);
                }
            }
            // What is in the port by then came in time, and is given the time to settle.
            let until = within.saturating_add(if candidate.is_some() { UNLISTED } else { Duration::ZERO });
            if passed >= until {
                return Err(self.never_came(awaited, within, was, &strangers));
            }
            self.bus.sleep(if self.is_eager { POLL_EAGERLY } else { POLL });
        }
    }

    /// Whether that very incarnation is in the port.
    ///
    /// # Errors
    ///
    /// [`FollowError::Usb`].
    pub fn is_still(&self, here: &Attached) -> Result<bool, FollowError> {
        Ok(self.present()?.is_some_and(|found| is_same_incarnation(here, &found)))
    }

    /// A device without interfaces is one that the kernel has not read to the end, or one that was left unconfigured.
    fn has_settled(&self, found: &Attached, for_so_long: Duration) -> bool {
        let is_listed = !found.interfaces.is_empty();
        let settled = if self.is_eager { SETTLED_EAGERLY } else { SETTLED };
        is_listed && for_so_long >= settled || for_so_long >= UNLISTED
    }

    /// Whether a new incarnation is as it was at the last look. Whoever is in a hurry does not wait until the kernel has
    /// given each interface its driver.
    fn is_unchanged(&self, before: &Attached, now: &Attached) -> bool {
        let classes = |device: &Attached| -> Vec<_> {
            device.interfaces.iter().map(|interface| (interface.number, interface.class)).collect()
        };
        before == now || self.is_eager && is_same_incarnation(before, now) && classes(before) == classes(now)
    }

    /// What is in the port now, and in which other ports a stick sits.
    fn look(&self) -> Result<(Option<Attached>, Vec<PortPath>), FollowError> {
        let (here, others): (Vec<_>, Vec<_>) =
            self.bus.attached().map_err(FollowError::Usb)?.into_iter().partition(|device| device.path == self.path);
        let sticks = others.into_iter().filter(|device| Mode::of(device).is_some());
        Ok((here.into_iter().next(), sticks.map(|stick| stick.path).collect()))
    }

    fn never_came(&self, awaited: &str, within: Duration, was: &Attached, strangers: &[PortPath]) -> FollowError {
        let here = match self.present() {
            Ok(Some(found)) if found.address == was.address => "; it never left".to_owned(),
            Ok(Some(found)) => format!("; what is there now is {}", describe(&found)),
            Ok(None) => "; the port is empty".to_owned(),
            Err(_) => String::new(),
        };
        let elsewhere = match strangers {
            [] => String::new(),
            paths => {
                let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
                format!(", and a stick appeared at {} meanwhile", paths.join(", "))
            }
        };
        FollowError::NeverCame { path: self.path.clone(), awaited: awaited.to_owned(), within, seen: here + &elsewhere }
    }

    fn unexpected(&self, found: &Attached, why: String) -> FollowError {
        FollowError::Unexpected { path: self.path.clone(), found: describe(found), why }
    }
}

/// Whether both are one stay of one device on the bus.
fn is_same_incarnation(known: &Attached, found: &Attached) -> bool {
    (known.address, known.vendor_id, known.product_id) == (found.address, found.vendor_id, found.product_id)
}

/// Ids and mode of a device, for messages.
#[must_use]
pub fn describe(device: &Attached) -> String {
    match Mode::of(device) {
        Some(mode) => format!("{} ({mode})", device.id()),
        None => format!("{} (no Huawei device)", device.id()),
    }
}
