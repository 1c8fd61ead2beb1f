//! The wish to stop, in two strengths.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The wish to stop, set by a signal handler. A clone is the same wish.
///
/// *Requested*, it is honoured between two frames: what the stick was sent is answered first, however long that takes.
/// *Insisted* on, it ends every wait within a fraction of a second, so that ports are closed and kernel drivers given
/// back even though the stick still owes an answer.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Wish>);

#[derive(Default)]
struct Wish {
    strength: AtomicU8,
    reactions: Mutex<Reactions>,
}

#[derive(Default)]
struct Reactions {
    next: u64,
    by_number: BTreeMap<u64, Action>,
}

/// What is done once the wish is so strong.
struct Action {
    strength: u8,
    run: Box<dyn Fn() + Send>,
}

const REQUESTED: u8 = 1;
const INSISTED: u8 = 2;

impl Interrupt {
    /// An interrupt that nobody has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a stop between two frames, and wakes what waits for that alone.
    pub fn request(&self) {
        self.0.strength.fetch_max(REQUESTED, Ordering::SeqCst);
        self.react(REQUESTED);
    }

    /// Asks for a stop now, and calls off what would not look by itself.
    pub fn insist(&self) {
        self.0.strength.fetch_max(INSISTED, Ordering::SeqCst);
        self.react(INSISTED);
    }

    fn react(&self, reached: u8) {
        let reactions = self.reactions();
        for action in reactions.by_number.values().filter(|action| action.strength <= reached) {
            (action.run)();
        }
    }

    /// Whether a stop was asked for, in either strength.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.0.strength.load(Ordering::SeqCst) >= REQUESTED
    }

    /// Whether the stop may not even wait for the stick's answer.
    #[must_use]
    pub fn insisted(&self) -> bool {
        self.0.strength.load(Ordering::SeqCst) >= INSISTED
    }

    /// Has something done, on the thread that insists, when somebody insists: for a call that blocks and cannot look.
    ///
    /// It is done no more once the returned [`Reaction`] was dropped, and never while that is being dropped.
    pub fn when_insisted(&self, action: impl Fn() + Send + 'static) -> Reaction {
        self.when(INSISTED, Box::new(action))
    }

    /// Has something done, on the thread that asks, whenever somebody asks for a stop in either strength: for what sleeps
    /// until then. Who asked before is not heard any more, so look at [`Interrupt::requested`] afterwards.
    ///
    /// It is done no more once the returned [`Reaction`] was dropped, and never while that is being dropped.
    pub fn when_requested(&self, action: impl Fn() + Send + 'static) -> Reaction {
        self.when(REQUESTED, Box::new(action))
    }

    fn when(&self, strength: u8, run: Box<dyn Fn() + Send>) -> Reaction {
        let mut reactions = self.reactions();
        let number = reactions.next;
        reactions.next += 1;
        reactions.by_number.insert(number, Action { strength, run });
        drop(reactions);
        Reaction { interrupt: self.clone(), number }
    }

    /// An action that panicked leaves the table whole.
    fn reactions(&self) -> MutexGuard<'_, Reactions> {
        self.0.reactions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requested, insisted) = (self.requested(), self.insisted());
        f.debug_struct("Interrupt").field("requested", &requested).field("insisted", &insisted).finish()
    }
}

/// What is done when somebody wants a stop. Dropping it takes it back.
#[derive(Debug)]
pub struct Reaction {
    interrupt: Interrupt,
    number: u64,
}

impl Drop for Reaction {
    fn drop(&mut self) {
        let taken_back = self.interrupt.reactions().by_number.remove(&self.number);
        // With the table unlocked: what the action owned may take its time to go.
        drop(taken_back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn who_insists_has_requested_and_a_later_request_takes_nothing_back() {
        let interrupt = Interrupt::new();
        assert!(!interrupt.requested() && !interrupt.insisted());
        interrupt.request();
        assert!(interrupt.requested() && !interrupt.insisted());
        interrupt.insist();
        interrupt.request();
        assert!(interrupt.requested() && interrupt.insisted());
    }

    #[test]
    fn a_reaction_waits_for_insistence_and_is_gone_when_it_was_dropped() {
        let interrupt = Interrupt::new();
        let done = Arc::new(AtomicU32::new(0));
        let counting = |step| {
            let done = Arc::clone(&done);
            move || {
                done.fetch_add(step, Ordering::SeqCst);
            }
        };
        let kept = interrupt.when_insisted(counting(1));
        drop(interrupt.when_insisted(counting(100)));
        interrupt.request();
        assert_eq!(done.load(Ordering::SeqCst), 0);
        interrupt.insist();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        drop(kept);
        interrupt.insist();
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_waits_for_a_request_is_woken_by_it_and_by_who_insists() {
        let interrupt = Interrupt::new();
        let woken = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&woken);
        let _kept = interrupt.when_requested(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        interrupt.request();
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        interrupt.insist();
        assert_eq!(woken.load(Ordering::SeqCst), 2);
    }
}
