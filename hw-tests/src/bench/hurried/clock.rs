//! The clock of a hurried bus.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest that work between two looks at the clock takes, in real time. What takes longer is a machine that was busy
/// with something else: then program and kernel stood still, and the deadlines shall not have come nearer by so much.
const AT_WORK: Duration = Duration::from_millis(50);

/// Real time, with `speed` seconds of its own to each second that was waited or worked, and one to each that was lost.
pub(super) struct Clock {
    started: Instant,
    speed: u32,
    /// What the real clock and this one showed last.
    shown: Mutex<(Duration, Duration)>,
}

impl Clock {
    /// A clock that runs `speed` times faster; 0 counts as 1.
    pub(super) fn new(speed: u32) -> Self {
        Self { started: Instant::now(), speed: speed.max(1), shown: Mutex::default() }
    }

    /// What it shows now.
    pub(super) fn now(&self) -> Duration {
        self.after(self.started.elapsed(), Duration::ZERO)
    }

    /// Runs something that waits for so long on this clock, or less. It is told how long that is really: at least `least`,
    /// unless it was to wait less anyhow.
    pub(super) fn wait<T>(&self, within: Duration, least: Duration, wait: impl FnOnce(Duration) -> T) -> T {
        self.now();
        let really = (within / self.speed).max(within.min(least));
        let waited = wait(really);
        self.after(self.started.elapsed(), really);
        waited
    }

    /// What it shows at this real time, after a wait that was to be over within `waited` of real time.
    pub(super) fn after(&self, real: Duration, waited: Duration) -> Duration {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, hurried) = *shown;
        let passed = real.saturating_sub(before);
        let counted = passed.min(waited.max(AT_WORK));
        *shown = (before + passed, hurried + counted * self.speed + (passed - counted));
        shown.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn what_is_worked_and_waited_passes_faster() {
        let clock = Clock::new(20);
        assert_eq!(clock.after(ms(30), Duration::ZERO), ms(600));
        assert_eq!(clock.after(ms(530), ms(500)), ms(10_600), "a wait of half a second");
    }

    #[test]
    fn what_a_busy_machine_took_passes_as_it_is() {
        let clock = Clock::new(20);
        assert_eq!(clock.after(ms(4050), Duration::ZERO), ms(1000 + 4000), "4 s were lost between two looks");
        assert_eq!(clock.after(ms(7150), ms(100)), ms(5000 + 2000 + 3000), "and 3 s of a wait for 0.1 s");
    }

    #[test]
    fn it_never_goes_back_and_at_the_pace_of_life_it_is_the_real_one() {
        let clock = Clock::new(0);
        assert_eq!([900, 800, 1000].map(|real| clock.after(ms(real), Duration::ZERO)), [900, 900, 1000].map(ms));
    }

    #[test]
    fn a_wait_is_as_much_shorter_but_no_transfer_is_given_less_than_it_needs() {
        let clock = Clock::new(20);
        assert_eq!(clock.wait(ms(90_000), ms(250), |really| really), ms(4500));
        assert_eq!(clock.wait(ms(2000), ms(250), |really| really), ms(250));
        assert_eq!(clock.wait(ms(100), ms(250), |really| really), ms(100));
        assert_eq!(clock.wait(ms(100), Duration::ZERO, |really| really), ms(5));
    }
}
