//! The proof that a stick is where it shows itself to be: its port answers.

use std::time::Duration;

use super::{Place, Switcher};
use crate::failure::Cause;
use crate::stick::{self, Mode, PortError};
use crate::usb::Attached;

/// How long firmware may take until its AT port answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// Between two questions.
const AGAIN: Duration = Duration::from_millis(500);

impl Switcher<'_, '_> {
    /// Asks the port that a mode is for. An id alone is a hint: 1c05 is download mode on one stick and a modem on another.
    ///
    /// HiLink mode has no port: its network card is all that it shows.
    pub(super) fn prove(&mut self, here: &Attached) -> Result<(), Cause> {
        match self.mode_of(here) {
            Mode::Download => Ok(stick::download_port(self.host, here).map(drop)?),
            Mode::Stick | Mode::Serial => self.at_answers(here),
            _ => Ok(()),
        }
    }

    fn at_answers(&mut self, here: &Attached) -> Result<(), Cause> {
        let start = self.host.bus.now();
        loop {
            let passed = self.host.bus.now().saturating_sub(start);
            match stick::at_port(self.host, here) {
                Ok(_) => return Ok(()),
                // A network card of another family, which the table says is what it becomes.
                Err(PortError::NoInterface(_)) if self.known.is_some_and(|known| known.lands.admits(here)) => {
                    return Ok(());
                }
                Err(error) if error.is_silence() && passed < ANSWERS_WITHIN => {
                    self.observer.waiting("to answer on its AT port", passed, ANSWERS_WITHIN);
                }
                Err(error) if error.is_silence() => {
                    return Err(Cause::NotProven(format!(
                        "the stick is in {} by its id, but no AT port answers within {} s",
                        Place::of(here).mode,
                        ANSWERS_WITHIN.as_secs()
                    )));
                }
                Err(error) => return Err(error.into()),
            }
            if self.leaves_within(here, AGAIN)? {
                return Err(Cause::NotProven("the stick left again before its AT port answered".to_owned()));
            }
        }
    }
}
