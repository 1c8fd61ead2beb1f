//! Waking threads that wait for the system.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, FdFlags, fcntl_setfd};

/// A bell that everybody hears who waits on it, from when it is rung until it is silenced.
#[derive(Debug)]
pub(super) struct Wake {
    rung: AtomicBool,
    heard: OwnedFd,
    bell: OwnedFd,
}

impl Wake {
    pub(super) fn new() -> io::Result<Self> {
        let (heard, bell) = rustix::pipe::pipe()?;
        for end in [&heard, &bell] {
            fcntl_setfl(end, OFlags::NONBLOCK)?;
            fcntl_setfd(end, FdFlags::CLOEXEC)?;
        }
        Ok(Self { rung: AtomicBool::new(false), heard, bell })
    }

    /// Wakes everybody.
    pub(super) fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if let Err(error) = rustix::io::write(&self.bell, &[0])
            && error != Errno::AGAIN
        {
            tracing::error!(%error, "the threads of a port could not be woken");
        }
    }

    /// From now on they can wait again.
    pub(super) fn silence(&self) {
        let mut rings = [0; 64];
        while rustix::io::read(&self.heard, &mut rings).is_ok_and(|length| length > 0) {}
        self.rung.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// Waits until one of these is ready, the bell rings, or so much time has passed. Gives what each is ready for.
    pub(super) fn wait<const N: usize>(
        &self,
        others: [(&dyn std::os::fd::AsFd, PollFlags); N],
        at_most: Option<Duration>,
    ) -> io::Result<[PollFlags; N]> {
        let mut watched: Vec<_> =
            others.iter().map(|(other, events)| PollFd::from_borrowed_fd(other.as_fd(), *events)).collect();
        watched.push(PollFd::new(&self.heard, PollFlags::IN));
        let at_most = at_most.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        loop {
            match poll(&mut watched, at_most.as_ref()) {
                Ok(_) => return Ok(std::array::from_fn(|at| watched[at].revents())),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_woken_by_the_bell_and_later_ones_too_until_it_is_silenced() {
        let wake = Wake::new().expect("a pipe");
        wake.ring();
        wake.ring();
        for _ in 0..2 {
            wake.wait([], None).expect("woken");
        }
        assert!(wake.is_rung());
        wake.silence();
        assert!(!wake.is_rung());
        wake.wait([], Some(Duration::from_millis(1))).expect("only the time passes");
    }
}
