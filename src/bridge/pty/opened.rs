//! Noticing that a program opens the slave.

use std::io;
use std::path::Path;

use crate::bridge::wake::Wake;

/// The openings of one slave.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) struct Openings(std::os::fd::OwnedFd);

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Openings {
    pub(super) fn of(slave: &Path) -> io::Result<Self> {
        use rustix::fs::inotify;
        let events = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        inotify::add_watch(&events, slave, inotify::WatchFlags::OPEN)?;
        Ok(Self(events))
    }

    /// Waits until somebody opens it. Openings from before this call, of this program's own too, end it at once: the slave
    /// is then to be looked at once more.
    pub(super) fn wait(&self, wake: &Wake) -> io::Result<()> {
        let mut events = [0; 4096];
        if !matches!(rustix::io::read(&self.0, &mut events), Ok(1..)) {
            wake.wait([(&self.0, rustix::event::PollFlags::IN)], None)?;
        }
        Ok(())
    }
}

/// Where the system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) struct Openings;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Openings {
    const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

    pub(super) fn of(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn wait(&self, wake: &Wake) -> io::Result<()> {
        wake.wait([], Some(Self::LOOK_EVERY)).map(drop)
    }
}
