//! Leaving fastboot.

use bytes::Bytes;

use super::FastbootError;
use super::exchange::{Ending, Exchange};
use crate::protocol::{Conversation, Event, Step};

/// How the stick took the restart. Whichever it is, only its return proves that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebooted {
    /// It acknowledged.
    Acknowledged,
    /// It left the bus before it acknowledged, which is as usual.
    Left,
    /// It took the command and said nothing more.
    Silent,
}

/// Restarts the stick (`reboot`). It comes up with whatever its flash holds.
pub struct Reboot {
    exchange: Exchange,
    outcome: Option<Rebooted>,
}

impl Reboot {
    /// The command.
    #[must_use]
    pub fn new() -> Self {
        Self { exchange: Exchange::new(Bytes::from_static(b"reboot")), outcome: None }
    }
}

impl Default for Reboot {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversation for Reboot {
    type Output = Rebooted;
    type Error = FastbootError;

    fn next(&mut self) -> Step<Rebooted> {
        self.outcome.map_or_else(|| self.exchange.step(), Step::Finished)
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), FastbootError> {
        self.outcome = match self.exchange.handle(event) {
            Ok(()) => match self.exchange.ending() {
                None => None,
                Some(Ending::Okay(_)) => Some(Rebooted::Acknowledged),
                Some(Ending::Fail(reason)) => {
                    let reason = if reason.is_empty() { "no reason given".to_owned() } else { reason };
                    return Err(FastbootError::Refused { command: self.exchange.command(), reason });
                }
            },
            Err(FastbootError::Left { .. }) if self.exchange.asked() => Some(Rebooted::Left),
            Err(FastbootError::Silent { .. }) => Some(Rebooted::Silent),
            Err(error) => return Err(error),
        };
        Ok(())
    }
}
