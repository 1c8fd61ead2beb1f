//! How time passes on a simulated bus.

use std::time::{Duration, Instant};

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Waiting costs nothing: time jumps to the next moment at which anything changes.
    Virtual,
    /// Waiting really waits, this many times faster than life. 0 counts as 1.
    Scaled {
        /// Simulated seconds a real second.
        speed: u32,
    },
}

/// The bus's clock. Monotonic; counts from the moment at which the bus was made.
#[derive(Debug)]
pub(crate) struct Clock {
    pace: Pace,
    started: Instant,
    now: Duration,
    debt: Duration,
}

/// Scaled transfers are made to cost real time only in lumps of this size: shorter sleeps are mostly overhead.
const LUMP: Duration = Duration::from_millis(1);

impl Clock {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, started: Instant::now(), now: Duration::ZERO, debt: Duration::ZERO }
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// The simulated time.
    pub(crate) fn now(&mut self) -> Duration {
        if let Pace::Scaled { speed } = self.pace {
            self.now = self.now.max(self.started.elapsed().saturating_mul(speed.max(1)));
        }
        self.now
    }

    /// Lets virtual time jump; scaled time runs by itself.
    pub(crate) fn jump(&mut self, to: Duration) {
        if self.pace == Pace::Virtual {
            self.now = self.now.max(to);
        }
    }

    /// How long a simulated span really takes.
    pub(crate) fn real(&self, simulated: Duration) -> Duration {
        match self.pace {
            Pace::Virtual => Duration::ZERO,
            Pace::Scaled { speed } => simulated / speed.max(1),
        }
    }

    /// Charges the time that a transfer took. Returns what has to be really slept for it.
    pub(crate) fn charge(&mut self, cost: Duration) -> Duration {
        match self.pace {
            Pace::Virtual => {
                self.now += cost;
                Duration::ZERO
            }
            Pace::Scaled { .. } => {
                self.debt += self.real(cost);
                if self.debt < LUMP { Duration::ZERO } else { std::mem::take(&mut self.debt) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_stands_still_until_it_is_moved_and_never_runs_backwards() {
        let mut clock = Clock::new(Pace::Virtual);
        assert_eq!(clock.now(), Duration::ZERO);
        clock.jump(Duration::from_secs(3));
        clock.jump(Duration::from_secs(1));
        assert_eq!(clock.now(), Duration::from_secs(3));
    }

    #[test]
    fn scaled_transfers_are_paid_in_lumps() {
        let mut clock = Clock::new(Pace::Scaled { speed: 1000 });
        assert_eq!(clock.charge(Duration::from_millis(999)), Duration::ZERO);
        assert_eq!(clock.charge(Duration::from_millis(1)), Duration::from_millis(1));
    }
}
