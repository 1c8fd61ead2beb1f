//! The IN side of a claimed interface: the bulk pair's stream, and notifications beside it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::TransferError;
use super::claim::Held;
use crate::stick::{In, Stick};

/// How much one IN transfer asks for: a multiple of every packet size.
const TRANSFER: usize = 4096;

/// Notifications that are kept while nobody asks for them. Beyond these the oldest is dropped first.
const MOST_NOTICES: usize = 8;

/// What the IN side of a claimed interface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// One IN transfer of the bulk pair.
    Chunk(Bytes),
    /// One packet of the interrupt endpoint.
    Notice(Bytes),
}

/// The IN side of a claimed interface.
#[derive(Debug)]
pub struct ClaimReceiver {
    held: Arc<Held>,
    /// What an IN transfer that has not completed holds so far.
    collected: BytesMut,
    notices: Notices,
}

/// What the interrupt endpoint said.
#[derive(Debug, Default)]
struct Notices {
    /// The endpoint, if it is listened to.
    endpoint: Option<u8>,
    kept: VecDeque<Bytes>,
    /// The last that was said was one of them: it is the turn of the stream.
    had_last_turn: bool,
}

impl ClaimReceiver {
    pub(super) fn new(held: Arc<Held>) -> Self {
        Self { held, collected: BytesMut::new(), notices: Notices::default() }
    }

    /// The same, with an interrupt endpoint that is listened to from now on.
    pub(super) fn listening_to(mut self, endpoint: Option<u8>) -> Self {
        self.notices.endpoint = endpoint;
        self
    }

    /// Waits for an IN transfer to complete: at a short packet, or when it is full. What has come of one that did not
    /// complete is handed over at the deadline. A transfer that holds nothing is passed over. Notifications that come
    /// meanwhile wait for [`Self::hear`].
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, TransferError> {
        let Self { held, collected, notices } = self;
        let outcome = held.bus.wait(within, |state| {
            let Some(stick) = state.claimed(&held.claimed) else {
                return Some(Err(TransferError::Gone));
            };
            notices.listen(stick);
            collect(stick, held.claimed.inward, collected)
        });
        outcome.transpose()?;
        Ok(self.chunk())
    }

    /// Waits for an IN transfer as [`Self::receive`] does, or for a notification, whichever comes first. Where both are
    /// there already, they take turns.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn hear(&mut self, within: Duration) -> Result<Option<Said>, TransferError> {
        let Self { held, collected, notices } = self;
        let outcome = held.bus.wait(within, |state| {
            let Some(stick) = state.claimed(&held.claimed) else {
                return Some(Err(TransferError::Gone));
            };
            notices.listen(stick);
            if !notices.had_last_turn
                && let Some(notice) = notices.kept.pop_front()
            {
                return Some(Ok(Some(notice)));
            }
            match collect(stick, held.claimed.inward, collected) {
                Some(completed) => Some(completed.map(|()| None)),
                None => notices.kept.pop_front().map(|notice| Ok(Some(notice))),
            }
        });
        let notice = outcome.transpose()?.flatten();
        self.notices.had_last_turn = notice.is_some();
        match notice {
            Some(notice) => {
                self.held.bus.charge(notice.len());
                Ok(Some(Said::Notice(notice)))
            }
            None => Ok(self.chunk().map(Said::Chunk)),
        }
    }

    /// The next notification that is here; it does not wait, and takes nothing of the bulk pair.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn notice(&mut self) -> Result<Option<Bytes>, TransferError> {
        let Self { held, notices, .. } = self;
        let notice = held.bus.wait(Duration::ZERO, |state| {
            Some(state.claimed(&held.claimed).ok_or(TransferError::Gone).map(|stick| {
                notices.listen(stick);
                notices.kept.pop_front()
            }))
        });
        Ok(notice.transpose()?.flatten())
    }

    /// Clears a halt of the IN endpoint.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`].
    pub fn clear_halt(&mut self) -> Result<(), TransferError> {
        self.held.clear_halt(self.held.claimed.inward)
    }

    /// What the transfer holds.
    fn chunk(&mut self) -> Option<Bytes> {
        let chunk = self.collected.split().freeze();
        if chunk.is_empty() {
            return None;
        }
        self.held.bus.charge(chunk.len());
        Some(chunk)
    }
}

impl Notices {
    fn listen(&mut self, stick: &mut Stick) {
        while let Some(In::Packet(notice)) = self.endpoint.map(|endpoint| stick.interrupt_in(endpoint)) {
            if self.kept.len() == MOST_NOTICES {
                self.kept.pop_front();
            }
            self.kept.push_back(notice);
        }
    }
}

/// Asks an IN endpoint for packets until the transfer is complete or failed. `None`: the stick answers NAK.
fn collect(stick: &mut Stick, endpoint: u8, collected: &mut BytesMut) -> Option<Result<(), TransferError>> {
    let max_packet = stick.max_packet();
    loop {
        match stick.bulk_in(endpoint, TRANSFER - collected.len()) {
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
}
