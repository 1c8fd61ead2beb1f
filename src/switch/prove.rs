//! The proof that a stick is where it shows itself to be: its port answers, its network card is in use, or it stays.

use std::time::Duration;

use super::{Place, Switcher};
use crate::failure::Cause;
use crate::protocol::fastboot::GetVariable;
use crate::protocol::{DriveError, Session};
use crate::stick::{self, Mode, PortError, Role};
use crate::usb::{Attached, UsbError};

/// How long firmware may take until its AT port answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// Between two questions.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a stick must stay that has neither a port that could be asked nor a network card that this system uses: one
/// whose firmware drops off the bus again while it comes up is not there yet.
pub(super) const STAYS: Duration = Duration::from_millis(200);

/// What came of it.
pub(super) enum Proof {
    /// It is there.
    Proven,
    /// It left again.
    Left,
}

impl<'a> Switcher<'a, '_> {
    /// Asks the port that a mode is for. An id alone is a hint: 1c05 is download mode on one stick and a modem on another.
    ///
    /// HiLink mode has no port. Its network card is all that it shows: either this system uses that, whose driver asked it
    /// and got its answers then, or it stays for a moment.
    pub(super) fn prove(&mut self, here: &Attached) -> Result<Proof, Cause> {
        match self.mode_of(here) {
            Mode::Download => match stick::download_port(self.host, here) {
                Ok(_) => return Ok(Proof::Proven),
                Err(PortError::Usb(UsbError::Gone)) => return Ok(Proof::Left),
                Err(error) if error.is_silence() => return Err(Cause::NotProven(error.to_string())),
                Err(error) => return Err(error.into()),
            },
            Mode::Fastboot => {
                let mut session = stick::open_role(self.host, here, Role::Fastboot)?;
                match session.drive(GetVariable::version()) {
                    Ok(_) => return Ok(Proof::Proven),
                    Err(DriveError::Usb(UsbError::Gone)) => return Ok(Proof::Left),
                    Err(error) => return Err(error.into()),
                }
            }
            Mode::Stick | Mode::Serial => {
                // A network card of another family, which the table says is what it becomes, has no AT port.
                let is_modem =
                    stick::role_of(here).iter().any(|role| matches!(role, Role::Pcui | Role::Modem | Role::Serial));
                if is_modem && let Err(why) = self.at_session(here)?.map(drop) {
                    if !self.follower.is_still(here)? {
                        return Ok(Proof::Left);
                    }
                    let mode = Place::of(here).mode;
                    return Err(Cause::NotProven(format!("the stick is in {mode} by its id, but {why}")));
                }
                if is_modem {
                    return Ok(Proof::Proven);
                }
            }
            _ => {}
        }
        if self.host.web.has_interface(here) {
            return Ok(Proof::Proven);
        }
        Ok(if self.leaves_within(here, STAYS)? { Proof::Left } else { Proof::Proven })
    }

    /// The AT port, once it answers: firmware that has just come up takes a while. Else why there is none.
    pub(super) fn at_session(&mut self, here: &Attached) -> Result<Result<Session<'a>, String>, Cause> {
        let start = self.host.bus.now();
        loop {
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::at_port(self.host, here) {
                Ok(session) => return Ok(Ok(session)),
                Err(PortError::Usb(UsbError::Gone)) => return Ok(Err("it left the bus".to_owned())),
                Err(error @ PortError::NoInterface(_)) => return Ok(Err(error.to_string())),
                Err(error) if error.is_silence() && passed < ANSWERS_WITHIN => {
                    self.observer.waiting("to answer on its AT port", passed, ANSWERS_WITHIN);
                }
                Err(error) if error.is_silence() => {
                    let seconds = ANSWERS_WITHIN.as_secs();
                    return Ok(Err(format!("no AT port answers within {seconds} s")));
                }
                Err(error) => return Err(error.into()),
            }
            if self.leaves_within(here, AGAIN)? {
                return Ok(Err("it left the bus".to_owned()));
            }
        }
    }
}
