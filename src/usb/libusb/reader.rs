//! The IN side: a thread that always has a read waiting, and another one for notifications once somebody hears.
//!
//! rusb has no transfers in the background. So one thread a port reads in short slices into a bounded queue; a reply is
//! picked up before and after every question, and at the end of a slice libusb hands over what came even of an answer
//! that fills whole packets. A slice therefore ends where somebody's deadline does. After a stall the thread is parked until
//! the halt is cleared, so that none of its reads is in flight meanwhile.
//!
//! Notifications are read by the [`listener`], whose slices end where they like: a packet of any length completes its read.

mod listener;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::usb::notices::Notices;
use crate::usb::patience::failed;
use crate::usb::{Direction, Heard, UsbError};
use listener::Unheard;

/// The longest that one read waits, also for notifications, and so about the longest that closing a port takes.
pub(super) const SLICE: Duration = Duration::from_millis(250);

/// The longest that a read waits while nobody asks for anything, and so the longest that a deadline is overrun: what is
/// in flight then began before anybody knew of that deadline.
const IDLE_SLICE: Duration = Duration::from_millis(50);

/// Chunks that are kept while nobody asks for them. Beyond these the stick has to wait.
const MOST_CHUNKS: usize = 16;

/// How long past its slice a read may take to come back before that is a fault of its own.
const OVERDUE: Duration = Duration::from_secs(2);

/// Where a reader reads: an IN endpoint.
pub(super) trait Source: Send + 'static {
    /// Reads one transfer. Bytes that came before the deadline are handed over even if the transfer is not complete;
    /// 0 bytes mean that none came, or an empty transfer.
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, UsbError>;
}

/// The threads that read, and what they have read.
pub(super) struct Reader {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    unheard: Option<Unheard>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    wanted: Wanted,
    reading: bool,
    /// Whether a read of notifications is in flight.
    listening: bool,
    /// How many reads have come back.
    reads: u64,
    /// Until when somebody waits for a chunk.
    awaited_until: Option<Instant>,
    halted: bool,
    chunks: VecDeque<Bytes>,
    notices: Notices,
    trouble: Option<UsbError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Run,
    Pause,
    Stop,
}

impl State {
    fn may_read(&self) -> bool {
        self.wanted == Wanted::Run && !self.halted && self.trouble.is_none() && self.chunks.len() < MOST_CHUNKS
    }

    /// How long the next read waits.
    fn slice(&self) -> Duration {
        match self.awaited_until {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(SLICE),
            None => IDLE_SLICE,
        }
    }

    /// The chunk that a receiver is given now, or else what is wrong, if anything.
    fn take_chunk(&mut self) -> Option<Result<Bytes, UsbError>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Some(Ok(chunk));
        }
        let halted = self.halted.then_some(UsbError::Stalled(Direction::In));
        self.trouble.take().or(halted).map(Err)
    }

    /// The same, with notifications.
    fn take(&mut self) -> Option<Result<Heard, UsbError>> {
        match self.notices.take_turn(!self.chunks.is_empty()) {
            Some(notice) => Some(Ok(Heard::Notice(notice))),
            None => self.take_chunk().map(|taken| taken.map(Heard::Chunk)),
        }
    }
}

impl Reader {
    /// Starts to read. `length` bytes are asked for at a time: a multiple of the packet size.
    pub(super) fn start(source: impl Source, length: usize) -> Result<Self, UsbError> {
        let state = State {
            wanted: Wanted::Run,
            reading: false,
            listening: false,
            reads: 0,
            awaited_until: None,
            halted: false,
            chunks: VecDeque::new(),
            notices: Notices::default(),
            trouble: None,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("USB reader".into());
        let thread = thread.spawn(move || {
            let _last_word = LastWord(&of_thread);
            of_thread.read_on(source, length);
        });
        let thread = thread.map_err(|error| failed("starting the reader thread", error))?;
        Ok(Self { shared, threads: vec![thread], unheard: None })
    }

    /// The next chunk, or `None` when nothing came in time.
    pub(super) fn receive(&self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.wait_for(within, State::take_chunk)
    }

    /// The next chunk or notification, or `None` when nothing came in time. The first call begins to listen.
    pub(super) fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        self.begin_to_listen();
        self.wait_for(within, State::take)
    }

    /// The next notification that is here.
    pub(super) fn notice(&mut self) -> Option<Bytes> {
        self.begin_to_listen();
        self.shared.lock().notices.pop()
    }

    fn wait_for<T>(
        &self,
        within: Duration,
        mut take: impl FnMut(&mut State) -> Option<Result<T, UsbError>>,
    ) -> Result<Option<T>, UsbError> {
        let begun = Instant::now();
        let mut state = self.shared.lock();
        state.awaited_until = begun.checked_add(within).filter(|_| !within.is_zero());
        // The read in flight at the deadline holds what came of an answer that fills whole packets, so its end is waited
        // for: not for a look at what is here already, which must not cost a frame of any protocol its time.
        let mut last_read = None;
        let received = loop {
            if let Some(taken) = take(&mut state) {
                break taken.map(Some);
            }
            let left = within.saturating_sub(begun.elapsed());
            let left = if left.is_zero() {
                let last_read = *last_read.get_or_insert(state.reads);
                let overdue = begun.elapsed() >= within.saturating_add(SLICE + OVERDUE);
                if within.is_zero() || !state.reading || state.reads != last_read || overdue {
                    break Ok(None);
                }
                SLICE
            } else {
                left
            };
            state = self.shared.wait(state, left);
        };
        state.awaited_until = None;
        self.shared.changed.notify_all();
        received
    }

    /// Runs `clear` with no read in flight, and reads on.
    pub(super) fn clear_halt(&self, clear: impl FnOnce() -> Result<(), UsbError>) -> Result<(), UsbError> {
        let begun = Instant::now();
        let mut state = self.shared.lock();
        if state.wanted == Wanted::Run {
            state.wanted = Wanted::Pause;
        }
        while state.reading && begun.elapsed() < SLICE + OVERDUE {
            state = self.shared.wait(state, (SLICE + OVERDUE).saturating_sub(begun.elapsed()));
        }
        let in_flight = state.reading;
        drop(state);
        let cleared = if in_flight {
            Err(failed("clearing the halt of the IN endpoint", "a read did not come back"))
        } else {
            clear()
        };
        let mut state = self.shared.lock();
        state.halted &= cleared.is_err();
        if state.wanted == Wanted::Pause {
            state.wanted = Wanted::Run;
        }
        self.shared.changed.notify_all();
        cleared
    }

    /// What keeps the threads from beginning another read, and waits until none is in flight; for another thread.
    pub(super) fn stopper(&self) -> impl Fn() + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move || {
            shared.want_stop();
            let begun = Instant::now();
            let mut state = shared.lock();
            while (state.reading || state.listening) && begun.elapsed() < SLICE + OVERDUE {
                state = shared.wait(state, (SLICE + OVERDUE).saturating_sub(begun.elapsed()));
            }
        }
    }

    /// Ends the threads, once their reads have come back.
    pub(super) fn stop(&mut self) {
        self.shared.want_stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader thread had panicked");
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Lets whoever waits for a chunk know that none will come any more, should the thread panic.
struct LastWord<'a>(&'a Shared);

impl Drop for LastWord<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.lock();
            state.reading = false;
            state.trouble = Some(failed("reading from the stick", "the reader thread panicked"));
            drop(state);
            self.0.changed.notify_all();
        }
    }
}

impl Shared {
    fn want_stop(&self) {
        self.lock().wanted = Wanted::Stop;
        self.changed.notify_all();
    }

    fn read_on(&self, mut source: impl Source, length: usize) {
        let mut buffer = vec![0; length];
        while let Some(slice) = self.begin_read() {
            let outcome = source.read(&mut buffer, slice);
            let mut state = self.lock();
            state.reading = false;
            state.reads += 1;
            match outcome {
                Ok(0) => {}
                Ok(length) => {
                    let brought = buffer.get(..length).unwrap_or(&buffer);
                    state.chunks.push_back(Bytes::copy_from_slice(brought));
                }
                Err(UsbError::Stalled(_)) => state.halted = true,
                Err(error) => state.trouble = Some(error),
            }
            self.changed.notify_all();
        }
    }

    /// Waits until a read is wanted, and says for how long; `None` at the end.
    fn begin_read(&self) -> Option<Duration> {
        let mut state = self.lock();
        while !state.may_read() {
            if state.wanted == Wanted::Stop {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.reading = true;
        Some(state.slice())
    }

    /// The state is never left half changed, so a poisoned lock still guards a right one.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, at_most: Duration) -> MutexGuard<'a, State> {
        let woken = self.changed.wait_timeout(state, at_most);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests;
