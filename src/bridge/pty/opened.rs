//! Noticing that programs open and close the slave.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::PollFlags;

use crate::bridge::wake::Wake;

/// What somebody did with the slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Opened,
    Closed,
}

/// Who has the slave open, as far as its openings and closings tell. The system may tell two equal ones in a row as one, so
/// the number is a guess, and is set right by what the master sees.
#[derive(Debug, Default)]
pub(super) struct Presence {
    open: u32,
    was_left: bool,
    changed_hands: bool,
}

impl Presence {
    pub(super) fn note(&mut self, done: Done) {
        match done {
            Done::Opened => {
                self.changed_hands |= self.was_left && self.open == 0;
                self.open += 1;
            }
            Done::Closed => {
                self.open = self.open.saturating_sub(1);
                self.was_left |= self.open == 0;
            }
        }
    }

    /// Whether the last one closed it, and another one opened it, since it was last known who is there.
    pub(super) fn changed_hands(&self) -> bool {
        self.changed_hands
    }

    /// Whether the last one seems to have closed it.
    pub(super) fn seems_left(&self) -> bool {
        self.open == 0
    }

    /// Somebody is there for sure.
    pub(super) fn somebody(&mut self) {
        *self = Self { open: self.open.max(1), ..Self::default() };
    }

    /// It was taken note of that the last one left.
    pub(super) fn left(&mut self) {
        (self.was_left, self.changed_hands) = (false, false);
    }
}

/// The openings and closings of one slave.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) struct Openings(OwnedFd);

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Openings {
    pub(super) fn of(slave: &Path) -> io::Result<Self> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        add_watch(&events, slave, WatchFlags::OPEN | WatchFlags::CLOSE)?;
        Ok(Self(events))
    }

    /// What was done since the last call, by this program itself too.
    pub(super) fn take(&self) -> io::Result<Vec<Done>> {
        use rustix::fs::inotify::{ReadFlags, Reader};
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.0, &mut buffer);
        let mut done = Vec::new();
        loop {
            match reader.next().map(|event| event.events()) {
                Ok(events) if events.contains(ReadFlags::OPEN) => done.push(Done::Opened),
                Ok(events) if events.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) => {
                    done.push(Done::Closed);
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return Ok(done),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until somebody opens or closes it, until there is something else at the master, for so long at most, or for the
    /// bell. Says whether anything happened.
    pub(super) fn wait(
        &self,
        wake: &Wake,
        master: Option<(&OwnedFd, PollFlags)>,
        at_most: Option<Duration>,
    ) -> io::Result<bool> {
        let ready = match master {
            Some((master, events)) => wake.wait([(&self.0, PollFlags::IN), (master, events)], at_most)?.to_vec(),
            None => wake.wait([(&self.0, PollFlags::IN)], at_most)?.to_vec(),
        };
        Ok(ready.iter().any(|ready| !ready.is_empty()))
    }
}

/// Where the system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) struct Openings;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Openings {
    const LOOK_EVERY: Duration = Duration::from_millis(100);

    pub(super) fn of(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn take(&self) -> io::Result<Vec<Done>> {
        Ok(Vec::new())
    }

    pub(super) fn wait(
        &self,
        wake: &Wake,
        master: Option<(&OwnedFd, PollFlags)>,
        at_most: Option<Duration>,
    ) -> io::Result<bool> {
        let at_most = Some(at_most.unwrap_or(Self::LOOK_EVERY).min(Self::LOOK_EVERY));
        match master {
            Some((master, events)) => Ok(!wake.wait([(master, events)], at_most)?[0].is_empty()),
            None => wake.wait([], at_most).map(|_| false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Done::{Closed, Opened};
    use super::*;

    fn after(done: &[Done]) -> Presence {
        let mut presence = Presence::default();
        presence.note(Opened);
        presence.somebody();
        done.iter().for_each(|&done| presence.note(done));
        presence
    }

    #[test]
    fn only_who_comes_after_the_last_one_left_is_another_one() {
        assert!(after(&[Closed, Opened]).changed_hands());
        assert!(after(&[Opened, Closed, Closed, Opened]).changed_hands());
        for done in [&[][..], &[Opened, Closed], &[Opened, Closed, Opened, Closed], &[Closed]] {
            assert!(!after(done).changed_hands(), "{done:?}");
        }
    }

    #[test]
    fn a_number_that_is_too_low_is_set_right_once_it_is_known_that_somebody_is_there() {
        let mut presence = after(&[Closed]);
        assert!(presence.seems_left());
        presence.somebody();
        assert!(!presence.seems_left());
        presence.note(Opened);
        assert!(!presence.changed_hands());
    }
}
