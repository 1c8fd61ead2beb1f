//! The IN side: one transfer always queued, several in a stream, notifications beside it, and nothing lost at a deadline.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ::nusb::transfer::{Buffer, Completion, TransferError};
use bytes::Bytes;

use super::either::{Either, wait_for_either};
use super::{Endpoint, NoticePipe, failure, withdraw};
use crate::usb::{Direction, Heard, UsbError};

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
/// Notifications come from an endpoint `N` of their own, whose transfer no deadline cancels.
pub(in crate::usb::nusb) struct InPipe<E, N> {
    endpoint: E,
    length: usize,
    chunks: VecDeque<Bytes>,
    trouble: Option<UsbError>,
    halted: bool,
    stream: Option<Stream>,
    notices: Option<NoticePipe<N>>,
}

/// What is remembered of a stream.
struct Stream {
    /// Bytes in a full packet.
    packet: usize,
    /// When a transfer last came back. However often notifications end a wait, the tail of the stream is measured from here.
    silent_since: Instant,
    /// The oldest transfer in the queue is one packet long, so none can hold a part of what the stick said.
    swept: bool,
}

/// What ends a wait.
#[derive(Clone, Copy)]
enum Awaited {
    Chunks,
    Both,
}

impl<E: Endpoint, N: Endpoint> InPipe<E, N> {
    /// Queues the first transfer. `length` bytes are asked for at a time: a multiple of the packet size.
    pub(in crate::usb::nusb) fn new(endpoint: E, length: usize) -> Self {
        let chunks = VecDeque::new();
        let mut pipe = Self { endpoint, length, chunks, trouble: None, halted: false, stream: None, notices: None };
        pipe.post();
        pipe
    }

    /// From now on what comes is a stream, in packets of so many bytes. Notifications are listened to once somebody hears.
    pub(in crate::usb::nusb) fn stream(&mut self, packet: usize, notices: Option<NoticePipe<N>>) {
        self.stream = Some(Stream { packet, silent_since: Instant::now(), swept: false });
        self.notices = notices;
    }

    /// The next chunk, or `None` when nothing came in time.
    pub(in crate::usb::nusb) fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let begun = Instant::now();
        loop {
            if let Some(chunk) = self.take_chunk()? {
                return Ok(Some(chunk));
            }
            if !self.wait(begun, within, Awaited::Chunks)? {
                return self.take_chunk();
            }
        }
    }

    /// The next chunk or notification, or `None` when nothing came in time.
    pub(in crate::usb::nusb) fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let begun = Instant::now();
        if let Some(notices) = &mut self.notices {
            notices.listen();
        }
        loop {
            if let Some(heard) = self.take(!within.is_zero())? {
                return Ok(Some(heard));
            }
            if !self.wait(begun, within, Awaited::Both)? {
                return self.take(false);
            }
        }
    }

    /// The next notification that is here.
    pub(in crate::usb::nusb) fn notice(&mut self) -> Option<Bytes> {
        self.notices.as_mut().and_then(NoticePipe::pop)
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
    fn stop(&mut self) -> Result<(), UsbError> {
        for completion in withdraw(&mut self.endpoint)? {
            self.keep(completion);
        }
        Ok(())
    }

    /// Takes all transfers back for good, those for notifications too.
    pub(in crate::usb::nusb) fn end(&mut self) -> Result<(), UsbError> {
        let notices = self.notices.as_mut().map_or(Ok(()), NoticePipe::stop);
        self.stop().and(notices)
    }

    /// What is here already. Both endpoints are looked at, so that neither keeps the other from being heard.
    fn take(&mut self, may_sweep: bool) -> Result<Option<Heard>, UsbError> {
        if self.notices.is_some() {
            self.look(may_sweep)?;
        }
        let chunk_waits = !self.chunks.is_empty();
        let notice = self.notices.as_mut().and_then(|notices| {
            notices.collect();
            notices.take_turn(chunk_waits)
        });
        match notice {
            Some(notice) => Ok(Some(Heard::Notice(notice))),
            None => Ok(self.take_chunk()?.map(Heard::Chunk)),
        }
    }

    /// Keeps a chunk that has come, if none is kept yet. A stream whose tail is due is swept if it may be: where notifications
    /// are here each time, nobody ever waits.
    fn look(&mut self, may_sweep: bool) -> Result<(), UsbError> {
        if self.halted || self.trouble.is_some() || !self.chunks.is_empty() {
            return Ok(());
        }
        self.post();
        match self.endpoint.wait(Duration::ZERO) {
            Some(completion) => {
                self.keep(completion);
                if self.trouble.is_none() {
                    self.post();
                }
            }
            None if may_sweep && self.tail_left() == Some(Duration::ZERO) => self.stop()?,
            None => {}
        }
        Ok(())
    }

    /// The chunk that is here already, or else what is wrong.
    fn take_chunk(&mut self) -> Result<Option<Bytes>, UsbError> {
        match self.chunks.pop_front() {
            Some(chunk) => Ok(Some(chunk)),
            None => match self.trouble.take() {
                Some(trouble) => Err(trouble),
                None if self.halted => Err(UsbError::Stalled(Direction::In)),
                None => Ok(None),
            },
        }
    }

    /// Waits until something has come back that was begun. `false`: the time is over, and what had come by then is here.
    fn wait(&mut self, begun: Instant, within: Duration, awaited: Awaited) -> Result<bool, UsbError> {
        self.post();
        let left = within.saturating_sub(begun.elapsed());
        let tail_left = self.tail_left();
        if !self.wait_once(tail_left.map_or(left, |tail_left| tail_left.min(left)), awaited) {
            if tail_left.is_some_and(|tail_left| tail_left < left) {
                self.stop()?;
                return Ok(true);
            }
            return self.sweep_at_the_end(within).map(|()| false);
        }
        if self.trouble.is_none() {
            self.post();
        }
        if self.chunks.is_empty() && begun.elapsed() >= within {
            return self.sweep_at_the_end(within).map(|()| false);
        }
        Ok(true)
    }

    /// How long a stream must still be silent until it is swept; `None` where there is nothing to be swept.
    fn tail_left(&self) -> Option<Duration> {
        let stream = self.stream.as_ref().filter(|stream| !stream.swept && self.endpoint.pending() > 0)?;
        Some(TAIL.saturating_sub(stream.silent_since.elapsed()))
    }

    /// Keeps what comes back in time; whether something did.
    fn wait_once(&mut self, within: Duration, awaited: Awaited) -> bool {
        let came = match (awaited, &mut self.notices) {
            (Awaited::Both, Some(notices)) => wait_for_either(&mut self.endpoint, notices.endpoint(), within),
            (Awaited::Chunks, Some(notices)) => {
                notices.collect();
                self.endpoint.wait(within).map(Either::First)
            }
            (_, None) => self.endpoint.wait(within).map(Either::First),
        };
        match (came, &mut self.notices) {
            (Some(Either::First(completion)), _) => self.keep(completion),
            (Some(Either::Second(completion)), Some(notices)) => notices.keep(&completion),
            _ => return false,
        }
        true
    }

    /// Looking what is here already, before a frame is sent, must not cost a cancelled transfer a frame.
    fn sweep_at_the_end(&mut self, within: Duration) -> Result<(), UsbError> {
        let nothing_partial = self.stream.as_ref().is_some_and(|stream| stream.swept);
        if within.is_zero() || nothing_partial {
            return Ok(());
        }
        self.stop()?;
        if self.trouble.is_none() {
            self.post();
        }
        Ok(())
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
            (stream.swept, stream.silent_since) = (false, Instant::now());
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
