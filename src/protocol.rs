//! Conversations with a stick as pure state machines, and the one loop that drives them.
//!
//! A [`Conversation`] says what to do next ([`Step`]) and is told what came of it ([`Event`]). It does no input or output
//! of its own, so every retry, every deadline and every accepted answer can be read and tested in one place. A stall, a
//! departure and a short send are events and not errors, because only the protocol knows what they mean: a lost last
//! answer followed by a departure is the normal end of a loader upload.

mod drive;

pub mod at;
pub mod boot_rom;
pub mod download;
pub mod fastboot;
pub mod hdlc;
pub mod mode_switch;
#[cfg(test)]
mod play;
mod text;

use std::time::Duration;

use bytes::Bytes;

use crate::usb::{ControlRequest, Direction};

pub use crate::interrupt::Interrupt;
pub use drive::{DriveError, Session};

/// What a conversation wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// Send exactly these bytes as one USB transfer.
    Send {
        /// The transfer.
        bytes: Bytes,
        /// How long the stick may take to accept it.
        within: Duration,
    },
    /// Wait for the next chunk.
    ///
    /// The deadline counts from the last step that was not a `Receive`: an answer that comes in many pieces has one
    /// deadline in all, and a stick that dribbles bytes cannot stretch it. What had arrived by then still counts, however
    /// late it is looked at. A deadline of nothing asks only for what is here already.
    Receive {
        /// How long after the question.
        within: Duration,
    },
    /// Make a control request to the interface. Data that comes back is [`Event::Received`]; success without data is
    /// [`Event::Received`] with nothing in it.
    Control {
        /// The request.
        request: ControlRequest,
        /// What to send with it.
        data: Bytes,
        /// How long it may take.
        within: Duration,
    },
    /// Let time pass. Followed by no event.
    Pause(Duration),
    /// The conversation is over.
    Finished(T),
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A chunk arrived. It may hold part of an answer, or several.
    Received(&'a [u8]),
    /// Nothing (more) came before the deadline of a `Receive` or `Control`.
    TimedOut,
    /// The stick did not take the whole transfer before the deadline.
    SendTimedOut {
        /// How many bytes it took.
        sent: usize,
    },
    /// The stick stalled that endpoint, or refused the control request.
    Stalled(Direction),
    /// The stick left the bus.
    Gone,
}

/// A protocol, or a part of one, as a state machine without input or output.
///
/// `next` is called again after each event, and directly after a `Send` that succeeded or a `Pause`: success of a send
/// is no event.
pub trait Conversation {
    /// What it yields.
    type Output;
    /// How it fails.
    type Error;

    /// The next step.
    fn next(&mut self) -> Step<Self::Output>;

    /// Takes note of what became of the last step.
    ///
    /// # Errors
    ///
    /// Any failure ends the conversation.
    fn handle(&mut self, event: Event<'_>) -> Result<(), Self::Error>;
}

/// A conversation that is lent can be asked afterwards how far it came.
impl<C: Conversation + ?Sized> Conversation for &mut C {
    type Output = C::Output;
    type Error = C::Error;

    fn next(&mut self) -> Step<Self::Output> {
        (**self).next()
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), Self::Error> {
        (**self).handle(event)
    }
}
