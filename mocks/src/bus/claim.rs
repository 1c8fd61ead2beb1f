//! A claimed interface and its bulk pair.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::state::Claimed;
use super::{Bus, TransferError};
use crate::stick::{In, Out, Response, Setup};

/// How much one IN transfer asks for: a multiple of every packet size.
const TRANSFER: usize = 4096;

/// A claimed interface. Dropping it releases it.
#[derive(Debug)]
pub struct Claim {
    receiver: ClaimReceiver,
    sender: ClaimSender,
}

/// The IN side of a claimed interface.
#[derive(Debug)]
pub struct ClaimReceiver {
    held: Arc<Held>,
    /// What an IN transfer that has not completed holds so far.
    collected: BytesMut,
}

/// The OUT side of a claimed interface, and its control requests.
#[derive(Debug)]
pub struct ClaimSender {
    held: Arc<Held>,
}

/// What is released when both sides are gone.
#[derive(Debug)]
struct Held {
    bus: Bus,
    claimed: Claimed,
}

impl Held {
    fn clear_halt(&self, endpoint: u8) -> Result<(), TransferError> {
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
        let receiver = ClaimReceiver { held: Arc::clone(&held), collected: BytesMut::new() };
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

    /// Its IN side.
    pub fn receiver(&mut self) -> &mut ClaimReceiver {
        &mut self.receiver
    }

    /// Its OUT side.
    pub fn sender(&mut self) -> &mut ClaimSender {
        &mut self.sender
    }

    /// Both sides, for two threads. The interface is released when both are dropped.
    #[must_use]
    pub fn split(self) -> (ClaimReceiver, ClaimSender) {
        (self.receiver, self.sender)
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

impl ClaimReceiver {
    /// Waits for an IN transfer to complete: at a short packet, or when it is full. What has come of one that did not
    /// complete is handed over at the deadline. A transfer that holds nothing is passed over.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, TransferError> {
        let Held { bus, claimed } = &*self.held;
        let collected = &mut self.collected;
        let outcome = bus.wait(within, |state| {
            loop {
                let Some(stick) = state.claimed(claimed) else {
                    return Some(Err(TransferError::Gone));
                };
                let max_packet = stick.max_packet();
                match stick.bulk_in(claimed.inward, TRANSFER - collected.len()) {
                    In::Packet(packet) => {
                        collected.extend_from_slice(&packet);
                        let complete = packet.len() < max_packet || collected.len() == TRANSFER;
                        if complete && !collected.is_empty() {
                            return Some(Ok(()));
                        }
                    }
                    In::NotNow => return None,
                    In::Stall => return Some(Err(TransferError::Stalled)),
                }
            }
        });
        if let Some(Err(error)) = outcome {
            return Err(error);
        }
        let chunk = self.collected.split().freeze();
        if chunk.is_empty() {
            return Ok(None);
        }
        bus.charge(chunk.len());
        Ok(Some(chunk))
    }

    /// Clears a halt of the IN endpoint.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn clear_halt(&mut self) -> Result<(), TransferError> {
        self.held.clear_halt(self.held.claimed.inward)
    }
}
