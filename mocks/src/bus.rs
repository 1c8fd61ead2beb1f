//! A simulated bus: sticks in ports, addresses, claimed interfaces, and one clock for all.

mod claim;
mod receiver;
mod state;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::{Clock, Pace};
use crate::descriptors::Descriptors;
use crate::hand::Hand;
use crate::stick::{Response, Setup, Stick};

pub use claim::{Claim, ClaimSender};
pub use receiver::{ClaimReceiver, Said};
pub(crate) use state::SlotId;
use state::State;

/// A device that is enumerated now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// The port, such as `1-1.4`.
    pub port: String,
    /// The address of this incarnation.
    pub address: u8,
    /// What it says of itself.
    pub descriptors: Descriptors,
    /// Whether this program may open it now.
    pub permitted: bool,
}

/// Why an interface cannot be claimed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This incarnation left.
    #[error("the device is not there any more")]
    Gone,
    /// It is claimed already.
    #[error("the interface is held by {0}")]
    Busy(String),
    /// Not yet, or not at all.
    #[error("permission denied")]
    Denied,
    /// There is no such interface, or it has no bulk pair.
    #[error("the interface has no bulk pair")]
    Unsuitable,
}

/// Why a transfer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The stick left.
    #[error("the device is not there any more")]
    Gone,
    /// The stick refused it.
    #[error("stalled")]
    Stalled,
    /// The stick took no more in time.
    #[error("timed out after {sent} bytes")]
    TimedOut {
        /// What it took.
        sent: usize,
    },
}

/// A handle to a bus. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Bus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Bus {
    /// An empty bus.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        let state = Mutex::new(State::new(Clock::new(pace)));
        Self { shared: Arc::new(Shared { state, changed: Condvar::new() }) }
    }

    /// The time since the bus was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.lock().tick()
    }

    /// Lets time pass.
    pub fn sleep(&self, how_long: Duration) {
        self.wait(how_long, |_| None::<()>);
    }

    /// Puts a stick into a port and powers it. A port like `1-1.4` that holds a stick already gets this one instead.
    pub fn plug(&self, port: &str, stick: Stick) -> Hand {
        let slot = self.changing(|state| state.plug(port, stick));
        Hand::new(self.clone(), slot)
    }

    /// The hand for the stick in a port, if one is there or was.
    #[must_use]
    pub fn hand(&self, port: &str) -> Option<Hand> {
        let slot = self.lock().slot_in(port)?;
        Some(Hand::new(self.clone(), slot))
    }

    /// What is enumerated now.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceFacts> {
        let mut state = self.lock();
        state.tick();
        state.devices()
    }

    /// Claims the first alternate setting of an interface that has a bulk pair.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn claim(&self, port: &str, address: u8, interface: u8) -> Result<Claim, Refusal> {
        let claimed = self.changing(|state| state.claim(port, address, interface))?;
        Ok(Claim::new(self.clone(), claimed))
    }

    /// A control request to a device, with nothing claimed.
    ///
    /// # Errors
    ///
    /// [`TransferError::Gone`] and [`TransferError::Stalled`].
    pub fn control(&self, port: &str, address: u8, setup: Setup, data: &[u8]) -> Result<Bytes, TransferError> {
        self.changing(|state| {
            let stick = state.present(port, address).ok_or(TransferError::Gone)?;
            match stick.control(setup, data) {
                Response::Done(bytes) => Ok(bytes),
                Response::Stall => Err(TransferError::Stalled),
            }
        })
    }

    /// Selects a configuration. Refused while an interface is claimed, as a kernel refuses it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Gone`], [`Refusal::Busy`], and [`Refusal::Unsuitable`] for a configuration that does not exist.
    pub fn set_configuration(&self, port: &str, address: u8, value: u8) -> Result<(), Refusal> {
        self.changing(|state| state.set_configuration(port, address, value))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that failed in one thread shall not hide behind a poisoned lock in the others.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the bus that others may be waiting for.
    pub(crate) fn changing<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.tick();
        let result = change(&mut state);
        state.settle();
        drop(state);
        self.shared.changed.notify_all();
        result
    }
}
