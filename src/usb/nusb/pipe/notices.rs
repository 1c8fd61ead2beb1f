//! The interrupt IN endpoint of a port: one transfer always queued from the first time that somebody hears, and what it brought kept until it is asked for.

use std::time::Duration;

use ::nusb::transfer::{Buffer, Completion, TransferError};
use bytes::Bytes;

use super::{Endpoint, withdraw};
use crate::usb::UsbError;
use crate::usb::notices::Notices;

/// An interrupt IN endpoint that is listened to until it fails. It is nobody's only way to learn anything: whatever becomes
/// of it, the bulk pair goes on, and a departure is told by that.
pub(in crate::usb::nusb) struct NoticePipe<E> {
    endpoint: E,
    packet: usize,
    kept: Notices,
    failed: bool,
}

impl<E: Endpoint> NoticePipe<E> {
    /// Notifications in packets of at most so many bytes. Nothing is queued yet.
    pub(in crate::usb::nusb) fn new(endpoint: E, packet: usize) -> Self {
        Self { endpoint, packet, kept: Notices::default(), failed: false }
    }

    /// Queues the first transfer, unless that is done.
    pub(super) fn listen(&mut self) {
        self.post();
    }

    /// Keeps what has come.
    pub(super) fn collect(&mut self) {
        if self.endpoint.pending() > 0
            && let Some(completion) = self.endpoint.wait(Duration::ZERO)
        {
            self.keep(&completion);
        }
    }

    /// Keeps what a transfer of this endpoint brought, and queues the next, unless it failed.
    pub(super) fn keep(&mut self, completion: &Completion) {
        let brought = completion.buffer.get(..completion.actual_len).unwrap_or(&completion.buffer);
        if !brought.is_empty() {
            self.kept.keep(Bytes::copy_from_slice(brought));
        }
        match completion.status {
            Ok(()) => {}
            // The stick is leaving, which the bulk pair tells; or this port is being closed.
            Err(TransferError::Disconnected | TransferError::Cancelled) => self.failed = true,
            Err(error) => {
                tracing::debug!(%error, "the notifications of this port are listened to no longer");
                self.failed = true;
            }
        }
        self.post();
    }

    /// The oldest notification, unless a chunk waits as well and it is the chunk's turn.
    pub(super) fn take_turn(&mut self, chunk_waits: bool) -> Option<Bytes> {
        self.kept.take_turn(chunk_waits)
    }

    /// The oldest notification that is here.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        self.listen();
        self.collect();
        self.kept.pop()
    }

    /// The endpoint, for waiting.
    pub(super) fn endpoint(&mut self) -> &mut E {
        &mut self.endpoint
    }

    /// Takes the waiting transfer back, and queues none any more.
    pub(super) fn stop(&mut self) -> Result<(), UsbError> {
        self.failed = true;
        withdraw(&mut self.endpoint).map(drop)
    }

    fn post(&mut self) {
        if !self.failed && self.endpoint.pending() == 0 {
            self.endpoint.submit(Buffer::new(self.packet));
        }
    }
}
