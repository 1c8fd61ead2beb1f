//! Programs that come and go while nobody carries what they say.

use std::io;

use rustix::event::PollFlags;
use rustix::io::Errno;

use super::{AT_ONCE, Master, SPEED_EVERY, lock};
use crate::bridge::wake::Wake;

impl Master {
    /// Throws away what programs say, once they closed the slave. `false`: a stop ended it; `true`: the slave is to be reset.
    pub(in crate::bridge::pty) fn mind(&self, wake: &Wake) -> io::Result<bool> {
        loop {
            // A stop ends this only after a last look.
            let is_stopped = wake.is_rung();
            self.look()?;
            let is_left = self.is_left()?;
            if !is_left && self.opens() {
                continue;
            }
            if self.is_open() && (is_left || lock(&self.presence).changed_hands()) {
                self.discard()?;
                self.closes();
                return Ok(true);
            }
            if is_left {
                // Somebody may have come and gone between two looks.
                self.discard()?;
            }
            match (is_stopped, is_left) {
                (true, _) => return Ok(false),
                // The kernel hands over what was said a moment after it was said, and perhaps after the closing.
                (_, true) => drop(self.openings.wait(wake, None, Some(SPEED_EVERY))?),
                (_, false) => self.wait(wake, PollFlags::empty())?,
            }
        }
    }

    /// Throws away what a program said and nobody took.
    pub(super) fn discard(&self) -> io::Result<()> {
        let mut discarded = lock(&self.said).take().map_or(0, |said| said.len());
        let mut buffer = [0; AT_ONCE];
        // No more than a pty holds: somebody else may be speaking already.
        for _ in 0..16 {
            match rustix::io::read(&self.fd, &mut buffer) {
                Ok(0) | Err(Errno::AGAIN | Errno::IO) => break,
                Ok(length) => discarded += length,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if discarded > 0 {
            tracing::info!(path = %self.path.display(), discarded, "bytes of a program that is gone were thrown away");
        }
        Ok(())
    }
}
