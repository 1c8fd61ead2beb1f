//! The master's end of one pty.

mod away;
mod carrier;

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr};

use super::opened::{Openings, Presence};
use crate::bridge::link::Link;
use crate::bridge::program::{AT_ONCE, Act, READS_WITHIN};
use crate::bridge::wake::Wake;
use crate::serial::Lines;
use carrier::Carrier;

/// How often it is looked whether a program set the speed to 0, or back: nothing tells of it.
const SPEED_EVERY: Duration = Duration::from_millis(250);

/// How much later than the news of a closing the closing itself may be.
const CLOSES_WITHIN: Duration = Duration::from_millis(50);

/// The speed of a slave whose last program left it at 0.
const USUAL_SPEED: u32 = 115_200;

/// One pty. Its link goes with it.
pub(super) struct Master {
    fd: OwnedFd,
    path: PathBuf,
    openings: Openings,
    presence: Mutex<Presence>,
    is_open: AtomicBool,
    /// The program set the speed to 0, which is to drop the lines.
    is_hung_up: AtomicBool,
    carrier: Mutex<Carrier>,
    /// What the program said before it was noticed that it is there, or what the stick did not take.
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
        Ok(Self {
            fd,
            path,
            openings,
            presence: Mutex::new(Presence::default()),
            is_open: AtomicBool::new(false),
            is_hung_up: AtomicBool::new(false),
            carrier: Mutex::default(),
            said: Mutex::new(None),
            unheard: Mutex::new(Vec::new()),
            _link: link,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }

    /// The lines as the program has them.
    pub(super) fn lines(&self) -> Lines {
        if self.is_open() && !self.is_hung_up.load(Ordering::SeqCst) { Lines::UP } else { Lines::DOWN }
    }

    /// Puts the slave into raw mode, without what an earlier program left unread. Where the next program is there already,
    /// the mode is its own choice, and stays. Fails with EBUSY where the earlier one wanted the slave for itself alone
    /// (`TIOCEXCL`) and this is not root: the wish outlives it.
    pub(super) fn reset(&self) -> io::Result<()> {
        if self.is_left()? {
            return reset(&self.path);
        }
        match open_slave(&self.path).and_then(|slave| Ok(tcflush(&slave, QueueSelector::IFlush)?)) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                tracing::debug!(path = %self.path.display(), "what was left unread stays: the next program wants the pty alone");
                Ok(())
            }
            done => done,
        }
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
            self.look()?;
            if self.is_open() && lock(&self.presence).changed_hands() {
                self.closes();
                return Ok(Act::Closed);
            }
            if self.has_lost_carrier() {
                return Ok(Act::LostCarrier);
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
                Err(Errno::AGAIN) => match self.drives()? {
                    Some(lines) => return Ok(Act::Drives(lines)),
                    None => self.wait(wake, PollFlags::IN)?,
                },
                Ok(_) | Err(Errno::IO) if self.closes() => return Ok(Act::Closed),
                Ok(_) | Err(Errno::IO) => drop(self.openings.wait(wake, None, None)?),
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

    /// Whether the program closed the slave, or drives the lines; see [`crate::bridge::program::Program::overtakes`].
    pub(super) fn overtakes(&self) -> io::Result<Option<Act>> {
        self.look()?;
        if self.is_open() && (self.is_left()? || lock(&self.presence).changed_hands()) {
            self.discard()?;
            self.closes();
            return Ok(Some(Act::Closed));
        }
        if self.has_lost_carrier() {
            return Ok(Some(Act::LostCarrier));
        }
        Ok(self.drives()?.map(Act::Drives))
    }

    /// Takes back what the stick did not take.
    pub(super) fn take_back(&self, untaken: Bytes) {
        *lock(&self.said) = Some(untaken);
    }

    /// Takes note of who opened and closed the slave.
    fn look(&self) -> io::Result<()> {
        let mut presence = lock(&self.presence);
        self.openings.take()?.into_iter().for_each(|done| presence.note(done));
        Ok(())
    }

    /// Waits for a program that is there. One that is there after all, though its closing was told, is another one.
    fn wait(&self, wake: &Wake, events: PollFlags) -> io::Result<()> {
        let seems_left = lock(&self.presence).seems_left();
        let at_most = if seems_left { CLOSES_WITHIN } else { SPEED_EVERY };
        let has_happened = self.openings.wait(wake, Some((&self.fd, events)), Some(at_most))?;
        if seems_left && !has_happened {
            lock(&self.presence).somebody();
        }
        Ok(())
    }

    /// The lines, where the program has just dropped them by the speed 0, or raised them again.
    fn drives(&self) -> io::Result<Option<Lines>> {
        // The master's mode is the slave's.
        let is_hung_up = self.is_open() && tcgetattr(&self.fd)?.output_speed() == 0;
        let has_changed = self.is_hung_up.swap(is_hung_up, Ordering::SeqCst) != is_hung_up;
        Ok(has_changed.then(|| self.lines()))
    }

    /// Whether nobody has the slave open.
    fn is_left(&self) -> io::Result<bool> {
        let mut master = [PollFd::new(&self.fd, PollFlags::empty())];
        loop {
            match poll(&mut master, Some(&Timespec::default())) {
                Ok(_) => return Ok(master[0].revents().contains(PollFlags::HUP)),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Hands the program what the stick said, and waits for a while where it does not read. Whether it took it all.
    pub(super) fn hear(&self, bytes: &[u8], wake: &Wake) -> io::Result<bool> {
        let begun = Instant::now();
        let mut unheard = lock(&self.unheard);
        unheard.extend_from_slice(bytes);
        while !unheard.is_empty() && !wake.is_rung() {
            if !self.is_open() || self.has_lost_carrier() {
                unheard.clear();
                break;
            }
            match rustix::io::write(&self.fd, &unheard) {
                Ok(length) => drop(unheard.drain(..length)),
                Err(Errno::AGAIN) => {
                    // The other thread, which learns of the end of the program too, wants to throw this away then.
                    let held = std::mem::take(&mut *unheard);
                    drop(unheard);
                    let left = READS_WITHIN.saturating_sub(begun.elapsed());
                    let [ready] = wake.wait([(&self.fd, PollFlags::OUT)], Some(left))?;
                    if ready.contains(PollFlags::HUP) {
                        return Ok(true);
                    }
                    unheard = lock(&self.unheard);
                    *unheard = held;
                    if left.is_zero() {
                        return Ok(false);
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::IO) => unheard.clear(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unheard.is_empty())
    }

    /// Whether this is the moment in which a program is first seen.
    fn opens(&self) -> bool {
        let is_new = !self.is_open.swap(true, Ordering::SeqCst);
        if is_new {
            lock(&self.presence).somebody();
        }
        is_new
    }

    /// Whether this is the moment in which it is seen to be gone.
    fn closes(&self) -> bool {
        let was_open = self.is_open.swap(false, Ordering::SeqCst);
        if was_open {
            lock(&self.presence).left();
            self.is_hung_up.store(false, Ordering::SeqCst);
            *lock(&self.carrier) = Carrier::default();
            lock(&self.unheard).clear();
        }
        was_open
    }
}

#[cfg(test)]
impl Master {
    /// How many bytes of programs wait in it.
    pub(super) fn holds(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.fd).expect("a tty")
    }
}

fn open_slave(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed()).open(path)
}

fn reset(path: &Path) -> io::Result<()> {
    let slave = open_slave(path)?;
    let mut mode = tcgetattr(&slave)?;
    mode.make_raw();
    if mode.output_speed() == 0 {
        mode.set_speed(USUAL_SPEED)?;
    }
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
