//! Waiting on a bus.
//!
//! Virtual time jumps as soon as everybody waits. Another thread that was active a moment ago and is not waiting is
//! probably computing its next message, and a jump would make it late; so it is given a few real milliseconds first.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::{Bus, State};
use crate::clock::Pace;

/// How long a busy thread may hold up a jump.
const GRACE: Duration = Duration::from_millis(5);
/// Shorter sleeps are mostly overhead.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
/// A thread that did nothing here for so long counts as gone.
const FORGOTTEN: Duration = Duration::from_millis(200);

impl Bus {
    /// Asks `probe` until it gives something or `within` has passed. It is asked at least once, and once at the end.
    pub(crate) fn wait<T>(&self, within: Duration, mut probe: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        let deadline = state.tick().saturating_add(within);
        let waiter = state.next_waiter;
        state.next_waiter += 1;
        let result = loop {
            let now = state.tick();
            let found = probe(&mut state);
            if found.is_some() || now >= deadline {
                break found;
            }
            state.waiting.insert(waiter, deadline);
            state.mark(true);
            if !state.others_are_busy() && state.jump_to_next_change(deadline) {
                self.shared.changed.notify_all();
                continue;
            }
            let pause = state.pause(deadline);
            if state.clock().pace() == Pace::Virtual {
                // The others may have waited for this thread alone. In real time they wait for nobody, and two who woke
                // each other before every pause would never rest.
                self.shared.changed.notify_all();
            }
            let woken = self.shared.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner);
            state = woken.0;
            if woken.1.timed_out() && state.jump_to_next_change(deadline) {
                self.shared.changed.notify_all();
            }
        };
        state.waiting.remove(&waiter);
        state.mark(false);
        drop(state);
        self.shared.changed.notify_all();
        result
    }

    /// Charges a transfer's time.
    pub(super) fn charge(&self, bytes: usize) {
        let real = self.lock().charge(bytes);
        if !real.is_zero() {
            std::thread::sleep(real);
        }
    }
}

impl State {
    fn mark(&mut self, waits: bool) {
        self.threads.insert(std::thread::current().id(), (Instant::now(), waits));
    }

    fn others_are_busy(&mut self) -> bool {
        let own = std::thread::current().id();
        if self.threads.len() <= 1 {
            return false;
        }
        self.threads.retain(|_, (seen, waits)| *waits || seen.elapsed() < FORGOTTEN);
        self.threads.iter().any(|(thread, (_, waits))| *thread != own && !waits)
    }

    /// Lets virtual time jump. Everybody who waits has to look again before it may jump anew. `false`: it did not.
    fn jump_to_next_change(&mut self, deadline: Duration) -> bool {
        let target = self.next_change().unwrap_or(deadline).min(deadline);
        if self.clock().pace() != Pace::Virtual || target <= self.clock().now() {
            return false;
        }
        self.jump(target);
        let own = std::thread::current().id();
        for (_, state) in self.threads.iter_mut().filter(|(thread, _)| **thread != own) {
            if state.1 {
                *state = (Instant::now(), false);
            }
        }
        true
    }

    fn pause(&mut self, deadline: Duration) -> Duration {
        let target = self.next_change().unwrap_or(deadline).min(deadline);
        let now = self.clock().now();
        match self.clock().pace() {
            Pace::Virtual => GRACE,
            Pace::Scaled { .. } => self.clock().real(target.saturating_sub(now)).max(SHORTEST_PAUSE),
        }
    }
}
