//! The loop between a person and a port.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use super::front::{Front, Trouble, Wish};
use super::keyboard::{Keyboard, Typed};
use super::talk_log::{Speaker, TalkLog};
use crate::cli::console::Console;
use crate::failure::Cause;
use crate::usb::{Direction, UsbBus, UsbError, UsbPort};

/// How long one look at the port takes: how soon a key is seen, and a stop.
const LOOK: Duration = Duration::from_millis(20);
/// How long a send may hold up what the stick says. The rest is sent at the next look.
const SEND_SLICE: Duration = Duration::from_millis(50);
/// How long the stick may take nothing at all.
const TAKES_WITHIN: Duration = Duration::from_secs(10);

/// What is needed of a port.
pub trait SerialLine {
    /// Sends bytes; [`UsbError::TimedOut`] says how many were taken.
    fn send(&mut self, bytes: &[u8], within: Duration) -> Result<(), UsbError>;

    /// Waits for bytes.
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError>;

    /// Clears a halted endpoint.
    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError>;
}

impl SerialLine for dyn UsbPort + '_ {
    fn send(&mut self, bytes: &[u8], within: Duration) -> Result<(), UsbError> {
        UsbPort::send(self, bytes, within)
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        UsbPort::receive(self, within)
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        UsbPort::clear_halt(self, direction)
    }
}

/// How a talk ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The person left, or there was no more to be said.
    Left,
    /// A stop was asked for.
    Stopped,
    /// It was left before all was said.
    Trouble(Trouble),
}

/// A talk, and what it goes by.
pub struct Talk<'t, 'c, L: SerialLine + ?Sized> {
    pub console: &'t mut Console<'c>,
    pub clock: &'t dyn UsbBus,
    pub line: &'t mut L,
    pub log: Option<TalkLog>,
    /// Whether a stop is asked for.
    pub stop: &'t dyn Fn() -> bool,
}

/// What is on its way to the stick.
struct Outgoing {
    bytes: BytesMut,
    /// When some of it was taken last, or when it began to wait.
    taken_at: Duration,
    /// Whether the endpoint was halted the last time.
    halted: bool,
}

impl<L: SerialLine + ?Sized> Talk<'_, '_, L> {
    /// Talks until somebody leaves, or the stick does. What was said before is sent to its end; where it is not, that is
    /// told.
    ///
    /// # Errors
    ///
    /// Those of the port; a stick that takes nothing for long.
    pub fn run(&mut self, front: &mut dyn Front, keyboard: &Keyboard) -> Result<Ended, Cause> {
        let mut outgoing = Outgoing { bytes: BytesMut::new(), taken_at: self.clock.now(), halted: false };
        let ended = self.talk(front, keyboard, &mut outgoing);
        let farewell = front.farewell();
        if !farewell.is_empty() {
            self.console.raw_bytes(&farewell);
        }
        if !outgoing.bytes.is_empty() {
            self.console.aside(&format!("The last {} bytes were not sent.", outgoing.bytes.len()));
        }
        ended
    }

    fn talk(&mut self, front: &mut dyn Front, keyboard: &Keyboard, outgoing: &mut Outgoing) -> Result<Ended, Cause> {
        let mut last = self.clock.now();
        let mut typing = true;
        let mut halted = false;
        let mut leaving = None;
        loop {
            if (self.stop)() {
                return Ok(Ended::Stopped);
            }
            if outgoing.bytes.is_empty()
                && let Some(ended) = leaving.take()
            {
                return Ok(ended);
            }
            if self.console.output_is_closed() {
                return Ok(Ended::Left);
            }
            let mut wishes = Vec::new();
            if typing && leaving.is_none() && outgoing.bytes.is_empty() && front.has_room() {
                match keyboard.look() {
                    Some(Typed::Bytes(bytes)) => wishes.push(front.typed(&bytes)),
                    Some(Typed::End) => {
                        typing = false;
                        // The silence that ends it all is counted from here.
                        last = self.clock.now();
                        wishes.push(front.ended());
                    }
                    None => {}
                }
            }
            match self.line.receive(LOOK) {
                Ok(Some(chunk)) => {
                    halted = false;
                    last = self.clock.now();
                    self.note(Speaker::Stick, &chunk);
                    wishes.push(front.heard(&chunk));
                }
                Ok(None) if leaving.is_none() && outgoing.bytes.is_empty() && wishes.is_empty() => {
                    wishes.push(front.silent(self.clock.now().saturating_sub(last)));
                }
                Ok(None) => {}
                Err(UsbError::Stalled(_)) if !std::mem::replace(&mut halted, true) => {
                    self.line.clear_halt(Direction::In)?;
                }
                Err(error) => return Err(error.into()),
            }
            for wish in wishes {
                let ends = self.grant(wish, outgoing, leaving.is_some());
                leaving = leaving.or(ends);
            }
            if self.send(outgoing)? {
                last = self.clock.now();
            }
        }
    }

    /// Shows what is to be shown and puts aside what is to be sent; how the terminal is to be left, if it is. Who is leaving
    /// says nothing more.
    fn grant(&mut self, wish: Wish, outgoing: &mut Outgoing, leaving: bool) -> Option<Ended> {
        if !wish.show.is_empty() {
            self.console.raw_bytes(&wish.show);
        }
        if leaving {
            return None;
        }
        if outgoing.bytes.is_empty() {
            outgoing.taken_at = self.clock.now();
        }
        outgoing.bytes.extend_from_slice(&wish.send);
        wish.trouble.map(Ended::Trouble).or_else(|| wish.leave.then_some(Ended::Left))
    }

    /// Sends what can be sent within a moment; whether the stick took any.
    fn send(&mut self, outgoing: &mut Outgoing) -> Result<bool, Cause> {
        if outgoing.bytes.is_empty() {
            return Ok(false);
        }
        let taken = match self.line.send(&outgoing.bytes, SEND_SLICE) {
            Ok(()) => outgoing.bytes.len(),
            Err(UsbError::TimedOut { sent, .. }) => sent.min(outgoing.bytes.len()),
            Err(UsbError::Stalled(_)) if !std::mem::replace(&mut outgoing.halted, true) => {
                self.line.clear_halt(Direction::Out)?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let now = self.clock.now();
        if taken == 0 {
            if now.saturating_sub(outgoing.taken_at) < TAKES_WITHIN {
                return Ok(false);
            }
            return Err(UsbError::TimedOut { sent: 0, within: TAKES_WITHIN }.into());
        }
        outgoing.halted = false;
        outgoing.taken_at = now;
        let sent = outgoing.bytes.copy_to_bytes(taken);
        self.note(Speaker::Host, &sent);
        Ok(true)
    }

    fn note(&mut self, speaker: Speaker, bytes: &[u8]) {
        let Some(log) = &mut self.log else { return };
        if let Err(error) = log.note(speaker, bytes) {
            self.console.aside(&format!("The log cannot be written any more ({error}); what follows is not in it."));
        }
    }
}
