//! The master's end of one pty.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr};

use super::opened::Openings;
use crate::bridge::link::Link;
use crate::bridge::program::{AT_ONCE, Act};
use crate::bridge::wake::Wake;

/// One pty. Its link goes with it.
pub(super) struct Master {
    fd: OwnedFd,
    path: PathBuf,
    openings: Openings,
    is_open: AtomicBool,
    /// What the program said before it was noticed that it is there.
    said: Mutex<Option<Bytes>>,
    /// What it did not read before the last stop.
    unheard: Mutex<Vec<u8>>,
    _link: Option<Link>,
}

impl Master {
    pub(super) fn new(link: Option<&Path>) -> io::Result<Self> {
        let fd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
        fcntl_setfl(&fd, OFlags::NONBLOCK | OFlags::RDWR)?;
        grantpt(&fd)?;
        unlockpt(&fd)?;
        let path = PathBuf::from(OsStr::from_bytes(ptsname(&fd, Vec::new())?.as_bytes()));
        // Once opened and closed, it is told apart from one that a program has open.
        reset(&path)?;
        let openings = Openings::of(&path)?;
        let link = link.map(|link| Link::make(link, &path)).transpose()?;
        let (said, unheard) = (Mutex::new(None), Mutex::new(Vec::new()));
        Ok(Self { fd, path, openings, is_open: AtomicBool::new(false), said, unheard, _link: link })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }

    /// Puts the slave into raw mode, without what an earlier program left unread. Fails with EBUSY where that program wanted
    /// the slave for itself alone (`TIOCEXCL`) and this is not root: the wish outlives it.
    pub(super) fn reset(&self) -> io::Result<()> {
        reset(&self.path)
    }

    /// What the program does next.
    pub(super) fn next(&self, wake: &Wake) -> io::Result<Act> {
        let mut buffer = [0; AT_ONCE];
        loop {
            if wake.is_rung() {
                return Ok(Act::Stopped);
            }
            if let Some(said) = lock(&self.said).take() {
                return Ok(Act::Said(said));
            }
            match self.read(&mut buffer) {
                Ok(length @ 1..) => {
                    let said = Bytes::copy_from_slice(buffer.get(..length).unwrap_or(&buffer));
                    if self.opens() {
                        *lock(&self.said) = Some(said);
                        return Ok(Act::Opened);
                    }
                    return Ok(Act::Said(said));
                }
                Err(Errno::AGAIN) if self.opens() => return Ok(Act::Opened),
                Err(Errno::AGAIN) => {
                    wake.wait([(&self.fd, PollFlags::IN)], None)?;
                }
                Ok(_) | Err(Errno::IO) if self.closes() => {
                    lock(&self.unheard).clear();
                    return Ok(Act::Closed);
                }
                Ok(_) | Err(Errno::IO) => self.openings.wait(wake)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads all that is there, as far as it fits: one read gives no more than a page of it.
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut length = rustix::io::read(&self.fd, &mut *buffer)?;
        while let Some(rest) = buffer.get_mut(length..).filter(|rest| length > 0 && !rest.is_empty()) {
            match rustix::io::read(&self.fd, rest) {
                Ok(more @ 1..) => length += more,
                // Whatever that is, the next read meets it again.
                Ok(_) | Err(_) => break,
            }
        }
        Ok(length)
    }

    /// Hands the program what the stick said.
    pub(super) fn hear(&self, bytes: &[u8], wake: &Wake) -> io::Result<()> {
        let mut unheard = lock(&self.unheard);
        unheard.extend_from_slice(bytes);
        while !unheard.is_empty() && !wake.is_rung() {
            if !self.is_open() {
                unheard.clear();
                break;
            }
            match rustix::io::write(&self.fd, &unheard) {
                Ok(length) => drop(unheard.drain(..length)),
                Err(Errno::AGAIN) => {
                    // The other thread, which learns of the end of the program too, wants to throw this away then.
                    let held = std::mem::take(&mut *unheard);
                    drop(unheard);
                    let [ready] = wake.wait([(&self.fd, PollFlags::OUT)], None)?;
                    if ready.contains(PollFlags::HUP) {
                        return Ok(());
                    }
                    unheard = lock(&self.unheard);
                    *unheard = held;
                }
                Err(Errno::INTR) => {}
                Err(Errno::IO) => unheard.clear(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether this is the moment in which a program is first seen.
    fn opens(&self) -> bool {
        !self.is_open.swap(true, Ordering::SeqCst)
    }

    fn closes(&self) -> bool {
        self.is_open.swap(false, Ordering::SeqCst)
    }
}

fn reset(path: &Path) -> io::Result<()> {
    let slave: File =
        OpenOptions::new().read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed()).open(path)?;
    let mut mode = tcgetattr(&slave)?;
    mode.make_raw();
    // On a tty that really closes, the wish to have it alone ends with the program.
    ioctl_tiocnxcl(&slave)?;
    tcsetattr(&slave, OptionalActions::Now, &mode)?;
    tcflush(&slave, QueueSelector::IFlush)?;
    Ok(())
}

/// What is kept between two waits is never left half changed.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
