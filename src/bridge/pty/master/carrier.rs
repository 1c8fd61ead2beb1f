//! The carrier of the call that a program has at its port.

use std::io;

use rustix::termios::{ControlModes, tcgetattr};

use super::{Master, lock};

/// What is known of it, during the stay of one program.
#[derive(Debug, Default)]
pub(super) struct Carrier {
    is_up: bool,
    /// It was lost, and the program is to be hung up on.
    is_lost: bool,
}

impl Master {
    /// Whether there is a carrier from now on.
    ///
    /// Only a carrier that came during the stay of a program can be lost to it: a modem that a program leaves in a call needs
    /// a moment to drop its carrier, and the next one may be there by then. A program that had it ignored (`CLOCAL`, see
    /// `termios`) goes on; any other one hears nothing more, until it is hung up on.
    pub(in crate::bridge::pty) fn carrier(&self, is_up: bool) -> io::Result<()> {
        // The end of a stay takes this lock after it was noted, so that nothing outlives it.
        let mut carrier = lock(&self.carrier);
        let was_up = std::mem::replace(&mut carrier.is_up, is_up && self.is_open());
        if was_up && !is_up && !tcgetattr(&self.fd)?.control_modes.contains(ControlModes::CLOCAL) {
            carrier.is_lost = true;
        }
        Ok(())
    }

    /// What was known of a carrier counts no more: the stick left, and its calls with it.
    pub(in crate::bridge::pty) fn forget_carrier(&self) {
        lock(&self.carrier).is_up = false;
    }

    /// Whether the program is to be hung up on.
    pub(super) fn has_lost_carrier(&self) -> bool {
        lock(&self.carrier).is_lost
    }
}
