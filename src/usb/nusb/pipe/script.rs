//! An endpoint made up of a script: each submitted transfer takes the next turn.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use ::nusb::transfer::{Buffer, Completion, TransferError};

use super::Endpoint;
use crate::usb::UsbError;

/// When a transfer comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// As soon as it is waited for.
    AtOnce,
    /// As soon as it is waited for, beside another one: just too late for a look at what is here already.
    AfterALook,
    /// Only when it is cancelled so many times.
    Cancels(usize),
}

/// What becomes of one transfer.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    when: When,
    bytes: Vec<u8>,
    status: Result<(), TransferError>,
}

impl Turn {
    pub(super) fn sent(length: usize) -> Self {
        Self::brought(&vec![0; length])
    }

    pub(super) fn sent_at_cancel(length: usize) -> Self {
        Self::brought_at_cancel(&vec![0; length])
    }

    pub(super) fn brought(bytes: &[u8]) -> Self {
        Self { when: When::AtOnce, bytes: bytes.to_vec(), status: Ok(()) }
    }

    pub(super) fn brought_after_a_look(bytes: &[u8]) -> Self {
        Self { when: When::AfterALook, ..Self::brought(bytes) }
    }

    pub(super) fn brought_at_cancel(bytes: &[u8]) -> Self {
        Self { when: When::Cancels(1), bytes: bytes.to_vec(), status: Err(TransferError::Cancelled) }
    }

    pub(super) fn nothing() -> Self {
        Self::brought_at_cancel(&[])
    }

    pub(super) fn ended(error: TransferError) -> Self {
        Self { status: Err(error), ..Self::brought(&[]) }
    }

    pub(super) fn brought_and_ended(bytes: &[u8], error: TransferError) -> Self {
        Self { status: Err(error), ..Self::brought(bytes) }
    }

    pub(super) fn stuck_for_one_cancel() -> Self {
        Self { when: When::Cancels(2), ..Self::nothing() }
    }
}

/// The scripted endpoint, and what was done to it.
pub(super) struct Script {
    turns: VecDeque<Turn>,
    queue: VecDeque<Turn>,
    then: Turn,
    pub(super) submitted: Vec<usize>,
    pub(super) cleared: usize,
}

impl Script {
    /// Transfers beyond the script bring nothing.
    pub(super) fn of(turns: impl IntoIterator<Item = Turn>) -> Self {
        let turns = turns.into_iter().collect();
        Self { turns, queue: VecDeque::new(), then: Turn::nothing(), submitted: Vec::new(), cleared: 0 }
    }

    /// Every transfer takes the same turn, without end.
    pub(super) fn forever(turn: Turn) -> Self {
        Self { then: turn, ..Self::of([]) }
    }

    /// Hands back the oldest transfer if it has come back.
    fn hand_back(&mut self, is_back: impl FnOnce(When) -> bool) -> Option<Completion> {
        let turn = self.queue.front().expect("waited with no transfer pending, which panics in nusb");
        if !is_back(turn.when) {
            return None;
        }
        let turn = self.queue.pop_front()?;
        let actual_len = turn.bytes.len();
        Some(Completion { buffer: turn.bytes.into(), actual_len, status: turn.status })
    }
}

impl Endpoint for Script {
    fn submit(&mut self, buffer: Buffer) {
        self.submitted.push(buffer.requested_len());
        self.queue.push_back(self.turns.pop_front().unwrap_or_else(|| self.then.clone()));
    }

    fn pending(&self) -> usize {
        self.queue.len()
    }

    fn wait(&mut self, _: Duration) -> Option<Completion> {
        self.hand_back(|when| matches!(when, When::AtOnce | When::Cancels(0)))
    }

    /// A script has no other thread that could wake anybody.
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Completion> {
        let back = self.hand_back(|when| !matches!(when, When::Cancels(1..)));
        back.map_or(Poll::Pending, Poll::Ready)
    }

    fn cancel(&mut self) {
        for turn in &mut self.queue {
            if let When::Cancels(left) = turn.when {
                turn.when = When::Cancels(left.saturating_sub(1));
            }
        }
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        assert!(self.queue.is_empty(), "a halt was cleared with a transfer in flight");
        self.cleared += 1;
        Ok(())
    }
}
