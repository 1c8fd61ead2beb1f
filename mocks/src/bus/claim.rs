//! A claimed interface and its bulk pair.

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
    bus: Bus,
    claimed: Claimed,
    /// What an IN transfer that has not completed holds so far.
    collected: BytesMut,
}

impl Claim {
    pub(super) fn new(bus: Bus, claimed: Claimed) -> Self {
        Self { bus, claimed, collected: BytesMut::new() }
    }

    /// The number of the interface.
    #[must_use]
    pub fn interface(&self) -> u8 {
        self.claimed.interface
    }

    /// The addresses of its bulk endpoints, OUT and IN.
    #[must_use]
    pub fn endpoints(&self) -> (u8, u8) {
        (self.claimed.out, self.claimed.inward)
    }

    /// Sends one transfer. An empty one is a zero-length packet.
    ///
    /// # Errors
    ///
    /// See [`TransferError`].
    pub fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), TransferError> {
        self.bus.charge(transfer.len());
        let mut sent = 0;
        let claimed = &self.claimed;
        let outcome = self.bus.wait(within, |state| {
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

    /// Waits for an IN transfer to complete: at a short packet, or when it is full. What has come of one that did not
    /// complete is handed over at the deadline. A transfer that holds nothing is passed over.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, TransferError> {
        let claimed = &self.claimed;
        let collected = &mut self.collected;
        let outcome = self.bus.wait(within, |state| {
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
        self.bus.charge(chunk.len());
        Ok(Some(chunk))
    }

    /// A control request to this interface.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn control(&mut self, setup: Setup, data: &[u8]) -> Result<Bytes, TransferError> {
        self.bus.charge(data.len());
        self.bus.changing(|state| {
            let stick = state.claimed(&self.claimed).ok_or(TransferError::Gone)?;
            match stick.control(setup, data) {
                Response::Done(bytes) => Ok(bytes),
                Response::Stall => Err(TransferError::Stalled),
            }
        })
    }

    /// Clears a halted endpoint: the IN endpoint, or the OUT one.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn clear_halt(&mut self, inward: bool) -> Result<(), TransferError> {
        let endpoint = if inward { self.claimed.inward } else { self.claimed.out };
        self.bus.changing(|state| {
            let stick = state.claimed(&self.claimed).ok_or(TransferError::Gone)?;
            stick.clear_halt(endpoint);
            Ok(())
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.bus.changing(|state| state.release(&self.claimed));
    }
}
