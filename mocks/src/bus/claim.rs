//! A claimed interface: its bulk pair, and what it announces.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::state::Claimed;
use super::{Bus, ClaimReceiver, TransferError};
use crate::stick::{Out, Response, Setup};

/// A claimed interface. Dropping it releases it.
#[derive(Debug)]
pub struct Claim {
    receiver: ClaimReceiver,
    sender: ClaimSender,
}

/// The OUT side of a claimed interface, and its control requests.
#[derive(Debug)]
pub struct ClaimSender {
    held: Arc<Held>,
}

/// What is released when both sides are gone.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bus: Bus,
    pub(super) claimed: Claimed,
}

impl Held {
    /// Clears a halted endpoint.
    pub(super) fn clear_halt(&self, endpoint: u8) -> Result<(), TransferError> {
        self.bus.changing(|state| {
            let stick = state.claimed(&self.claimed).ok_or(TransferError::Gone)?;
            stick.clear_halt(endpoint);
            Ok(())
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.bus.changing(|state| state.release(&self.claimed));
    }
}

impl Claim {
    pub(super) fn new(bus: Bus, claimed: Claimed) -> Self {
        let held = Arc::new(Held { bus, claimed });
        let receiver = ClaimReceiver::new(Arc::clone(&held));
        Self { receiver, sender: ClaimSender { held } }
    }

    /// The number of the interface.
    #[must_use]
    pub fn interface(&self) -> u8 {
        self.sender.held.claimed.interface
    }

    /// The addresses of its bulk endpoints, OUT and IN.
    #[must_use]
    pub fn endpoints(&self) -> (u8, u8) {
        let claimed = &self.sender.held.claimed;
        (claimed.out, claimed.inward)
    }

    /// The address of the interrupt IN endpoint beside them, if there is one.
    #[must_use]
    pub fn notices(&self) -> Option<u8> {
        self.sender.held.claimed.notices
    }

    /// Its IN side.
    pub fn receiver(&mut self) -> &mut ClaimReceiver {
        &mut self.receiver
    }

    /// Its OUT side.
    pub fn sender(&mut self) -> &mut ClaimSender {
        &mut self.sender
    }

    /// Both sides, for two threads. The interface is released when both are dropped. The interrupt endpoint is listened to
    /// from here on.
    #[must_use]
    pub fn split(self) -> (ClaimReceiver, ClaimSender) {
        let notices = self.notices();
        (self.receiver.listening_to(notices), self.sender)
    }

    /// As [`ClaimSender::send`].
    ///
    /// # Errors
    ///
    /// See [`TransferError`].
    pub fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), TransferError> {
        self.sender.send(transfer, within)
    }

    /// As [`ClaimReceiver::receive`].
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, TransferError> {
        self.receiver.receive(within)
    }

    /// As [`ClaimSender::control`].
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn control(&mut self, setup: Setup, data: &[u8]) -> Result<Bytes, TransferError> {
        self.sender.control(setup, data)
    }

    /// Clears a halted endpoint: the IN endpoint, or the OUT one.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn clear_halt(&mut self, inward: bool) -> Result<(), TransferError> {
        if inward { self.receiver.clear_halt() } else { self.sender.clear_halt() }
    }
}

impl ClaimSender {
    /// Sends one transfer. An empty one is a zero-length packet.
    ///
    /// # Errors
    ///
    /// See [`TransferError`].
    pub fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), TransferError> {
        let Held { bus, claimed } = &*self.held;
        bus.charge(transfer.len());
        let mut sent = 0;
        let outcome = bus.wait(within, |state| {
            let Some(stick) = state.claimed(claimed) else {
                return Some(Err(TransferError::Gone));
            };
            match stick.bulk_out(claimed.out, &transfer[sent..]) {
                Out::Taken(more) => {
                    sent += more;
                    (sent == transfer.len()).then_some(Ok(()))
                }
                Out::NotNow => None,
                Out::Stall => Some(Err(TransferError::Stalled)),
            }
        });
        outcome.unwrap_or(Err(TransferError::TimedOut { sent }))
    }

    /// A control request to this interface.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn control(&mut self, setup: Setup, data: &[u8]) -> Result<Bytes, TransferError> {
        let Held { bus, claimed } = &*self.held;
        bus.charge(data.len());
        bus.changing(|state| {
            let stick = state.claimed(claimed).ok_or(TransferError::Gone)?;
            match stick.control(setup, data) {
                Response::Done(bytes) => Ok(bytes),
                Response::Stall => Err(TransferError::Stalled),
            }
        })
    }

    /// Clears a halt of the OUT endpoint.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn clear_halt(&mut self) -> Result<(), TransferError> {
        self.held.clear_halt(self.held.claimed.out)
    }
}
