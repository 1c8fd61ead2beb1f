//! The program at the other end of a port, whichever way it is reached.

use std::io;
use std::time::Duration;

use bytes::Bytes;

use crate::serial::{Lines, Signals};

/// The most that is carried at once, in bytes: each piece wakes several threads, so small ones are slow.
pub(super) const AT_ONCE: usize = 16 << 10;

/// How long a program may not read before it is looked what the stick does meanwhile.
pub(super) const READS_WITHIN: Duration = Duration::from_millis(250);

/// What a program does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It opened the port.
    Opened,
    /// It closed it, or ended; nobody else has it open.
    Closed,
    /// It said this to the stick.
    Said(Bytes),
    /// It was hung up on, because there is no carrier any more: nobody is there, and the place is another one.
    LostCarrier,
    /// It drives the lines itself.
    Drives(Lines),
    /// Nothing: the place where it is met is another one from now on.
    Moved,
    /// Nothing: the bridge is to stop for now.
    Stopped,
}

impl Act {
    /// The lines that it asks for.
    pub(super) fn lines(&self) -> Option<Lines> {
        match self {
            Self::Opened => Some(Lines::UP),
            Self::Closed | Self::LostCarrier => Some(Lines::DOWN),
            Self::Drives(lines) => Some(*lines),
            Self::Said(_) | Self::Moved | Self::Stopped => None,
        }
    }
}

/// A program, and the place where it is met. One thread asks what it does, another one hands it what the stick says.
pub(super) trait Program: Send + Sync {
    /// Waits for what the program does next, or for [`Program::stop`].
    fn next(&self) -> io::Result<Act>;

    /// What it did that shall not wait for a stick that takes nothing: it closed the port, was hung up on, or drives the
    /// lines. With the first two all that it had said and nobody took is thrown away. `None` where it did nothing of the
    /// kind; never waits.
    fn overtakes(&self) -> io::Result<Option<Act>>;

    /// Takes back what it said and the stick did not take before [`Program::stop`]. It is said first the next time.
    fn take_back(&self, untaken: Bytes);

    /// Sees to it, while the stick is away and until [`Program::stop`], that what a program said does not outlive its stay
    /// at the port.
    fn mind(&self) -> io::Result<()>;

    /// Hands it what the stick said, and waits while it does not read, but no longer than [`READS_WITHIN`]. What it did not
    /// take by then, or before [`Program::stop`], is kept, and comes first the next time; `false` says so. Without a program
    /// this is thrown away, as by a tty that nobody has open.
    fn hear(&self, bytes: &[u8]) -> io::Result<bool>;

    /// The stick drives its lines otherwise. A carrier that is lost is a hang-up, as far as the place can hang up.
    fn signalled(&self, now: Signals) -> io::Result<()>;

    /// The lines as the program has them now.
    fn lines(&self) -> Lines;

    /// The stick is there from now on.
    fn arrived(&self) -> io::Result<()>;

    /// The stick left. Says whether the place of the meeting is another one now.
    fn departed(&self) -> io::Result<bool>;

    /// Ends every wait, until [`Program::resume`].
    fn stop(&self);

    /// Waits are possible again.
    fn resume(&self);

    /// Where the program is met.
    fn place(&self) -> super::Place;
}
