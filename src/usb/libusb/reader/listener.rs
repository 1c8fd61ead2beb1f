//! The thread that reads notifications, as long as that succeeds.

use std::sync::Arc;

use bytes::Bytes;

use super::{Reader, SLICE, Shared, Source, Wanted};
use crate::usb::UsbError;

/// An interrupt endpoint that nobody listens to yet, and the bytes in one of its packets.
pub(super) struct Unheard {
    source: Box<dyn Source>,
    packet: usize,
}

impl Reader {
    /// Names the interrupt endpoint that the first [`Reader::hear`] begins to listen to, `packet` bytes at a time: whoever
    /// only receives has no use for another thread.
    pub(in crate::usb::libusb) fn listen_to(&mut self, source: impl Source, packet: usize) {
        self.unheard = Some(Unheard { source: Box::new(source), packet });
    }

    /// Starts the thread, unless that is done. A port without it goes on without notifications.
    pub(super) fn begin_to_listen(&mut self) {
        let Some(Unheard { source, packet }) = self.unheard.take() else { return };
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("USB listener".into());
        let thread = thread.spawn(move || {
            let _at_rest = AtRest(&shared);
            shared.listen_on(source, packet);
        });
        match thread {
            Ok(thread) => self.threads.push(thread),
            Err(error) => tracing::debug!(%error, "the notifications of this port are not listened to"),
        }
    }
}

/// Nobody waits for a read of a thread that has ended, however it ended.
struct AtRest<'a>(&'a Shared);

impl Drop for AtRest<'_> {
    fn drop(&mut self) {
        self.0.lock().listening = false;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn listen_on(&self, mut source: Box<dyn Source>, packet: usize) {
        let mut buffer = vec![0; packet];
        while self.begin_listening() {
            let outcome = source.read(&mut buffer, SLICE);
            let mut state = self.lock();
            state.listening = false;
            let ended = match outcome {
                Ok(0) => false,
                Ok(length) => {
                    state.notices.keep(Bytes::copy_from_slice(buffer.get(..length).unwrap_or(&buffer)));
                    false
                }
                Err(error) => {
                    // A departure is told by the bulk endpoint, after all that came over it before.
                    if !matches!(error, UsbError::Gone) {
                        tracing::debug!(%error, "the notifications of this port are listened to no longer");
                    }
                    true
                }
            };
            drop(state);
            self.changed.notify_all();
            if ended {
                return;
            }
        }
    }

    /// Notes that a read is about to begin, unless the port is being closed. Halts of the bulk endpoint are none of this
    /// one's business.
    fn begin_listening(&self) -> bool {
        let mut state = self.lock();
        state.listening = state.wanted != Wanted::Stop;
        state.listening
    }
}

#[cfg(test)]
mod tests;
