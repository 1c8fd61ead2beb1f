//! The endpoints of a port: the IN side with one transfer always waiting, the notifications beside it, and the OUT side.
//!
//! The rules are written over the small trait [`Endpoint`], so that they can be tested with an endpoint made up of
//! nothing but a script.

mod either;
mod input;
mod notices;
mod output;

use std::task::{Context, Poll};
use std::time::Duration;

use ::nusb::transfer::{Buffer, BulkOrInterrupt, Completion, EndpointDirection, TransferError};
use ::nusb::{ErrorKind, MaybeFuture};

use crate::usb::patience::failed;
use crate::usb::{Direction, UsbError};

pub(super) use input::InPipe;
pub(super) use notices::NoticePipe;
pub(super) use output::OutPipe;

/// How long a cancelled transfer may take to come back. The kernel returns it at once; more is a fault of its own.
pub(super) const CANCELLING: Duration = Duration::from_secs(1);

/// An endpoint with a queue of transfers, as nusb has it.
pub(super) trait Endpoint: Send {
    /// Queues a transfer.
    fn submit(&mut self, buffer: Buffer);
    /// Transfers queued and not handed back yet.
    fn pending(&self) -> usize;
    /// Hands back the oldest transfer once it is complete. Called only while one is pending.
    fn wait(&mut self, within: Duration) -> Option<Completion>;
    /// The same without waiting; the context is woken once it is worth asking again. Called only while one is pending.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Completion>;
    /// Cancels every pending transfer; each is still handed back.
    fn cancel(&mut self);
    /// CLEAR_FEATURE(ENDPOINT_HALT), and the host's data toggle with it.
    fn clear_halt(&mut self) -> Result<(), UsbError>;
}

impl<T: BulkOrInterrupt, D: EndpointDirection> Endpoint for ::nusb::Endpoint<T, D> {
    fn submit(&mut self, buffer: Buffer) {
        ::nusb::Endpoint::submit(self, buffer);
    }

    fn pending(&self) -> usize {
        ::nusb::Endpoint::pending(self)
    }

    fn wait(&mut self, within: Duration) -> Option<Completion> {
        self.wait_next_complete(within)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Completion> {
        self.poll_next_complete(context)
    }

    fn cancel(&mut self) {
        self.cancel_all();
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        ::nusb::Endpoint::clear_halt(self).wait().map_err(|error| match error.kind() {
            ErrorKind::Disconnected => UsbError::Gone,
            _ => failed(format!("clearing the halt of endpoint {:02x}", self.endpoint_address()), error),
        })
    }
}

/// Cancels what is pending and hands it back, the oldest transfer first.
fn withdraw(endpoint: &mut impl Endpoint) -> Result<Vec<Completion>, UsbError> {
    let mut withdrawn = Vec::new();
    if endpoint.pending() > 0 {
        endpoint.cancel();
    }
    while endpoint.pending() > 0 {
        match endpoint.wait(CANCELLING) {
            Some(completion) => withdrawn.push(completion),
            None => return Err(failed("cancelling a transfer", "the system did not hand it back")),
        }
    }
    Ok(withdrawn)
}

fn failure(error: TransferError, direction: Direction) -> UsbError {
    let doing = match direction {
        Direction::In => "reading from the stick",
        Direction::Out => "writing to the stick",
    };
    match error {
        TransferError::Disconnected => UsbError::Gone,
        TransferError::Stall => UsbError::Stalled(direction),
        other => failed(doing, other),
    }
}

#[cfg(test)]
mod script;
