//! The only protocol loop: it carries out the steps of a conversation on a USB port.

use std::time::Duration;

use bytes::Bytes;

use super::{Conversation, Event, Interrupt, Step};
use crate::usb::{Direction, UsbBus, UsbError, UsbPort};

/// How many chunks that had arrived by a deadline are still handed out after it. More than any answer here is split
/// into, and few enough that a stick which never stops talking comes to an end.
const LATE_CHUNKS: u32 = 16;

/// The longest wait in one piece: how soon somebody who insists on a stop is heard. A receive that timed out has lost
/// nothing, so that a long one can be made in pieces.
const PIECE: Duration = Duration::from_millis(250);

/// How a driven conversation can end other than well.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<E> {
    /// The protocol failed.
    #[error(transparent)]
    Conversation(E),
    /// The USB layer failed in a way that no protocol can use.
    #[error(transparent)]
    Usb(UsbError),
    /// A stop was asked for, and no other frame was begun. The last one was answered, unless the stop was insisted on.
    #[error("stopped on request")]
    Interrupted,
}

/// When the last question was asked, and how many chunks were taken after its deadline.
struct Asked {
    at: Duration,
    late: u32,
}

/// What became of a step on the port.
enum Happened {
    /// It succeeded, and there is nothing to tell.
    Nothing,
    Received(Bytes),
    TimedOut,
}

/// An open port and what must be remembered from one conversation on it to the next.
pub struct Session<'bus> {
    bus: &'bus dyn UsbBus,
    port: Box<dyn UsbPort>,
    interrupt: Interrupt,
    begun: bool,
}

impl<'bus> Session<'bus> {
    /// A session over a freshly opened port.
    #[must_use]
    pub fn new(bus: &'bus dyn UsbBus, port: Box<dyn UsbPort>, interrupt: Interrupt) -> Self {
        Self { bus, port, interrupt, begun: false }
    }

    /// The port, for what is no conversation (such as DTR and RTS).
    pub fn port(&mut self) -> &mut dyn UsbPort {
        &mut *self.port
    }

    /// Throws away what an earlier program left in the IN endpoint, until nothing comes for `quiet`.
    ///
    /// A halt that is found here is cleared once; so stale bytes are never taken for an answer. It gives up after
    /// twenty times `quiet`: a port that never falls silent is not one to begin a conversation on, but what it says
    /// will be refused by the framing of the protocol that follows.
    ///
    /// # Errors
    ///
    /// Those of [`UsbPort::receive`].
    pub fn drain(&mut self, quiet: Duration) -> Result<(), UsbError> {
        let give_up = self.bus.now() + quiet * 20;
        let mut cleared = false;
        while self.bus.now() < give_up && !self.interrupt.insisted() {
            match self.port.receive(quiet) {
                Ok(None) => break,
                Ok(Some(stale)) => tracing::debug!(bytes = stale.len(), "dropped stale bytes"),
                Err(UsbError::Stalled(_)) if !cleared => {
                    cleared = true;
                    self.port.clear_halt(Direction::In)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Drives a conversation to its end.
    ///
    /// A stop that was asked for takes effect before the next `Send`, so that no frame is left unanswered; one that is
    /// insisted on, within any wait. A stall of the very first transfer of the session is cleared and the transfer sent
    /// again, once: the stick took none of it.
    ///
    /// # Errors
    ///
    /// See [`DriveError`].
    pub fn drive<C: Conversation>(&mut self, mut conversation: C) -> Result<C::Output, DriveError<C::Error>> {
        let mut asked = Asked { at: self.bus.now(), late: 0 };
        loop {
            let happened = match conversation.next() {
                Step::Finished(output) => return Ok(output),
                Step::Send { .. } if self.interrupt.requested() => return Err(DriveError::Interrupted),
                _ if self.interrupt.insisted() => return Err(DriveError::Interrupted),
                step => self.carry_out(step, &mut asked),
            };
            // A wait that was broken off says nothing about the stick; an answer that came all the same does.
            if self.interrupt.insisted() && !matches!(happened, Ok(Happened::Nothing | Happened::Received(_))) {
                return Err(DriveError::Interrupted);
            }
            let event = match &happened {
                Ok(Happened::Nothing) => continue,
                Ok(Happened::Received(chunk)) => Event::Received(chunk),
                Ok(Happened::TimedOut) => Event::TimedOut,
                Err(UsbError::TimedOut { sent, .. }) => Event::SendTimedOut { sent: *sent },
                Err(UsbError::Stalled(direction)) => Event::Stalled(*direction),
                Err(UsbError::Gone) => Event::Gone,
                Err(_) => {
                    happened.map_err(DriveError::Usb)?;
                    continue;
                }
            };
            note(&event);
            conversation.handle(event).map_err(DriveError::Conversation)?;
        }
    }

    fn carry_out<T>(&mut self, step: Step<T>, asked: &mut Asked) -> Result<Happened, UsbError> {
        let done = match step {
            Step::Receive { within } => return self.receive(within, asked),
            Step::Finished(_) => Ok(Happened::Nothing),
            Step::Pause(how_long) => {
                self.bus.sleep(how_long);
                Ok(Happened::Nothing)
            }
            Step::Send { bytes, within } => self.send(&bytes, within).map(|()| Happened::Nothing),
            Step::Control { request, data, within } => match self.port.control(request, &data, within) {
                Err(UsbError::TimedOut { .. }) => Ok(Happened::TimedOut),
                answered => answered.map(Happened::Received),
            },
        };
        *asked = Asked { at: self.bus.now(), late: 0 };
        done
    }

    fn receive(&mut self, within: Duration, asked: &mut Asked) -> Result<Happened, UsbError> {
        let passed = self.bus.now().saturating_sub(asked.at);
        let left = within.saturating_sub(passed);
        if left.is_zero() && !within.is_zero() {
            // The host may have been busy with the next block, or suspended: the answer may be here all the same.
            if asked.late == LATE_CHUNKS {
                return Ok(Happened::TimedOut);
            }
            asked.late += 1;
        }
        let deadline = self.bus.now() + left;
        loop {
            let left = deadline.saturating_sub(self.bus.now());
            if let Some(chunk) = self.port.receive(left.min(PIECE))? {
                return Ok(Happened::Received(chunk));
            }
            if left <= PIECE || self.interrupt.insisted() {
                return Ok(Happened::TimedOut);
            }
        }
    }

    fn send(&mut self, bytes: &[u8], within: Duration) -> Result<(), UsbError> {
        tracing::trace!(bytes = bytes.len(), "send");
        let first = !std::mem::replace(&mut self.begun, true);
        match self.port.send(bytes, within) {
            Err(UsbError::Stalled(_)) if first => {
                self.port.clear_halt(Direction::Out)?;
                self.port.send(bytes, within)
            }
            other => other,
        }
    }
}

/// What was received is logged by its length alone: it may hold an IMEI, and logs are pasted into public places.
fn note(event: &Event<'_>) {
    match event {
        Event::Received(chunk) => tracing::trace!(bytes = chunk.len(), "received"),
        other => tracing::trace!(event = ?other, "instead of an answer"),
    }
}

#[cfg(test)]
mod tests;
