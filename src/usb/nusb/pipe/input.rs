//! The IN side: one transfer always queued, several in a stream, and nothing lost at a deadline.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ::nusb::transfer::{Buffer, Completion, TransferError};
use bytes::Bytes;

use super::{Endpoint, failure, withdraw};
use crate::usb::{Direction, UsbError};

/// Chunks that are kept while nobody asks for them. Beyond these the stick has to wait.
const MOST_CHUNKS: usize = 16;

/// Transfers that are queued in a stream: as many as Linux's own driver for these ports has.
const IN_FLIGHT: usize = 4;

/// How long a stream must be silent before it is swept for whole packets with no short one behind them.
const TAIL: Duration = Duration::from_millis(10);

/// A bulk IN endpoint.
///
/// A stick that has something to say finds a transfer waiting, before and after every question. At a deadline the
/// transfer is cancelled, because an answer of exactly one full packet with no short one behind it never completes it;
/// what had come by then is handed over, and a new transfer is queued. Cancelling loses nothing: the kernel hands back
/// every byte that the stick was told is received.
///
/// As a stream it has several transfers queued, and an idle one never wakes: after each burst it is swept once, and then
/// the first transfer in the queue is one packet long, so that any packet completes it and the deadline cancels nothing.
pub(in crate::usb::nusb) struct InPipe<E> {
    endpoint: E,
    length: usize,
    chunks: VecDeque<Bytes>,
    trouble: Option<UsbError>,
    halted: bool,
    stream: Option<Stream>,
}

/// What is remembered of a stream.
struct Stream {
    /// Bytes in a full packet.
    packet: usize,
    /// The oldest transfer in the queue is one packet long, so none can hold a part of what the stick said.
    swept: bool,
}

impl<E: Endpoint> InPipe<E> {
    /// Queues the first transfer. `length` bytes are asked for at a time: a multiple of the packet size.
    pub(in crate::usb::nusb) fn new(endpoint: E, length: usize) -> Self {
        let mut pipe = Self { endpoint, length, chunks: VecDeque::new(), trouble: None, halted: false, stream: None };
        pipe.post();
        pipe
    }

    /// From now on what comes is a stream, in packets of so many bytes.
    pub(in crate::usb::nusb) fn stream(&mut self, packet: usize) {
        self.stream = Some(Stream { packet, swept: false });
    }

    /// The next chunk, or `None` when nothing came in time.
    pub(in crate::usb::nusb) fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let begun = Instant::now();
        loop {
            if let Some(chunk) = self.chunks.pop_front() {
                return Ok(Some(chunk));
            }
            if let Some(trouble) = self.trouble.take() {
                return Err(trouble);
            }
            if self.halted {
                return Err(UsbError::Stalled(Direction::In));
            }
            self.post();
            let left = within.saturating_sub(begun.elapsed());
            let unswept = self.stream.as_ref().is_some_and(|stream| !stream.swept);
            match self.endpoint.wait(if unswept { left.min(TAIL) } else { left }) {
                Some(completion) => self.keep(completion),
                None if unswept && left > TAIL => {
                    self.stop()?;
                    continue;
                }
                None => return self.nothing_within(within),
            }
            if self.trouble.is_none() {
                self.post();
            }
            if self.chunks.is_empty() && begun.elapsed() >= within {
                return self.nothing_within(within);
            }
        }
    }

    /// Sees to it that a transfer is waiting for the answer to what is about to be sent.
    pub(in crate::usb::nusb) fn await_answer(&mut self) {
        for _ in self.chunks.len()..MOST_CHUNKS {
            if self.halted || self.trouble.is_some() {
                break;
            }
            self.post();
            match self.endpoint.wait(Duration::ZERO) {
                Some(completion) => self.keep(completion),
                None => break,
            }
        }
    }

    /// Clears a halt with no transfer in flight, and queues one again.
    pub(in crate::usb::nusb) fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.stop()?;
        self.endpoint.clear_halt()?;
        self.halted = false;
        self.post();
        Ok(())
    }

    /// Takes the waiting transfer back, and keeps what came with it.
    pub(in crate::usb::nusb) fn stop(&mut self) -> Result<(), UsbError> {
        for completion in withdraw(&mut self.endpoint)? {
            self.keep(completion);
        }
        Ok(())
    }

    /// Looking what is here already, before a frame is sent, must not cost a cancelled transfer a frame.
    fn nothing_within(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let nothing_partial = self.stream.as_ref().is_some_and(|stream| stream.swept);
        if within.is_zero() || nothing_partial { Ok(None) } else { self.sweep() }
    }

    fn sweep(&mut self) -> Result<Option<Bytes>, UsbError> {
        self.stop()?;
        if self.trouble.is_none() {
            self.post();
        }
        match self.chunks.pop_front() {
            Some(chunk) => Ok(Some(chunk)),
            None if self.halted => Err(UsbError::Stalled(Direction::In)),
            None => self.trouble.take().map_or(Ok(None), Err),
        }
    }

    fn post(&mut self) {
        if self.halted {
            return;
        }
        if let Some(stream) = &mut self.stream
            && self.endpoint.pending() == 0
        {
            stream.swept = true;
            self.endpoint.submit(Buffer::new(stream.packet));
        }
        let in_flight = if self.stream.is_some() { IN_FLIGHT } else { 1 };
        while self.endpoint.pending() < in_flight {
            self.endpoint.submit(Buffer::new(self.length));
        }
    }

    /// Keeps what a transfer brought: its bytes first, then how it ended. An empty transfer means nothing.
    fn keep(&mut self, completion: Completion) {
        if let Some(stream) = &mut self.stream {
            stream.swept = false;
        }
        let brought = completion.buffer.get(..completion.actual_len).unwrap_or(&completion.buffer);
        if !brought.is_empty() {
            self.chunks.push_back(Bytes::copy_from_slice(brought));
        }
        match completion.status {
            Ok(()) | Err(TransferError::Cancelled) => {}
            Err(TransferError::Stall) => self.halted = true,
            Err(error) => self.trouble = Some(failure(error, Direction::In)),
        }
    }
}

#[cfg(test)]
mod tests;
