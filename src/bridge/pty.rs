//! A pseudo terminal for one program, with a name that stays.
//!
//! The program opens the slave as it would open a tty of the kernel's; this end is the master. It is opened in raw mode, and
//! goes back to it after each program. What a pty has no word for, and how it is done here:
//!
//! * Whether a program has the slave open shows in the master's reads: with data or with "nothing yet" while one does, with
//!   EIO once the last one closed it (Linux, `tty_ldisc`). That the slave is opened again wakes no master, and takes away
//!   every trace of a close that nobody looked at, so inotify on the slave's node tells of both; where there is no inotify,
//!   the master is looked at every tenth of a second.
//! * A program that sets the speed to 0 drops the lines until it sets another one, as on any tty (`termios`). Nothing tells
//!   the master, so it looks every quarter of a second.
//! * A carrier that is lost is a hang-up, unless the program had the modem's lines ignored (`CLOCAL`), as on any tty. The master
//!   is closed, which is the only way in which a pty can hang up, and another one takes its place under the same name.
//! * A stick that leaves is a hang-up where a call may have been going on, that is on the modem port. On every other
//!   port the pty stays: what the program writes meanwhile waits in it, and once it is full the program waits too.

mod master;
mod opened;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::Place;
use super::program::{Act, Program};
use super::wake::Wake;
use crate::serial::{Lines, Signals};
use master::Master;

/// What the program on a pty sees of a stick that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// A hang-up.
    HangUp,
    /// A pause.
    Pause,
}

/// The place of one port.
pub(super) struct Pty {
    wake: Wake,
    link: Option<PathBuf>,
    departure: Departure,
    master: RwLock<Arc<Master>>,
    has_moved: AtomicBool,
}

impl Pty {
    /// A new pty, under this name.
    pub(super) fn new(link: Option<PathBuf>, departure: Departure) -> io::Result<Self> {
        let master = RwLock::new(Arc::new(Master::new(link.as_deref())?));
        Ok(Self { wake: Wake::new()?, link, departure, master, has_moved: AtomicBool::new(false) })
    }

    fn master(&self) -> Arc<Master> {
        Arc::clone(&self.master.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another pty under the same name. It takes the name before the old one goes, so that whoever opens it at once does
    /// not miss it.
    fn replace(&self) -> io::Result<()> {
        let next = Arc::new(Master::new(self.link.as_deref())?);
        let before = std::mem::replace(&mut *self.master.write().unwrap_or_else(PoisonError::into_inner), next);
        drop(before);
        Ok(())
    }

    /// Puts another pty in the place of this one, which the next act tells of.
    fn move_on(&self) -> io::Result<()> {
        self.replace()?;
        self.has_moved.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Makes the pty what it was, for the next program.
    fn reset(&self) -> io::Result<()> {
        match self.master().reset() {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => self.move_on(),
            done => done,
        }
    }

    /// Does for the next program what the end of this one asks for.
    fn see_out(&self, act: Option<&Act>) -> io::Result<()> {
        match act {
            Some(Act::Closed) => self.reset(),
            Some(Act::LostCarrier) => self.move_on(),
            _ => Ok(()),
        }
    }
}

impl Program for Pty {
    fn next(&self) -> io::Result<Act> {
        if self.has_moved.swap(false, Ordering::SeqCst) {
            return Ok(Act::Moved);
        }
        let act = self.master().next(&self.wake)?;
        self.see_out(Some(&act))?;
        Ok(act)
    }

    fn overtakes(&self) -> io::Result<Option<Act>> {
        let act = self.master().overtakes()?;
        self.see_out(act.as_ref())?;
        Ok(act)
    }

    fn take_back(&self, untaken: Bytes) {
        self.master().take_back(untaken);
    }

    fn mind(&self) -> io::Result<()> {
        while self.master().mind(&self.wake)? {
            self.reset()?;
        }
        Ok(())
    }

    fn hear(&self, bytes: &[u8]) -> io::Result<bool> {
        self.master().hear(bytes, &self.wake)
    }

    fn signalled(&self, now: Signals) -> io::Result<()> {
        self.master().carrier(now.data_carrier_detect)
    }

    fn lines(&self) -> Lines {
        self.master().lines()
    }

    fn arrived(&self) -> io::Result<()> {
        self.master().forget_carrier();
        Ok(())
    }

    fn departed(&self) -> io::Result<bool> {
        if self.departure == Departure::Pause || !self.master().is_open() {
            return Ok(false);
        }
        self.replace()?;
        Ok(true)
    }

    fn stop(&self) {
        self.wake.ring();
    }

    fn resume(&self) {
        self.wake.silence();
    }

    fn place(&self) -> Place {
        let master = self.master();
        Place::Pty { path: master.path().to_owned(), link: self.link.clone() }
    }
}
