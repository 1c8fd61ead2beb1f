//! A bus that can be looked at and nothing else, under virtual time: for tests of what depends on the bus alone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::{Attached, ControlRequest, UsbBus, UsbError, UsbPort};

type Look = dyn Fn(Duration) -> Result<Vec<Attached>, UsbError> + Send + Sync;

/// What a look shows depends on the time that has passed, which only sleeping makes pass.
pub(crate) struct LookedAt {
    look: Box<Look>,
    now: Mutex<Duration>,
}

impl LookedAt {
    /// A bus that shows this at that time.
    pub(crate) fn new(look: impl Fn(Duration) -> Result<Vec<Attached>, UsbError> + Send + Sync + 'static) -> Self {
        Self { look: Box::new(look), now: Mutex::default() }
    }

    /// A bus with these devices at any time.
    pub(crate) fn always(devices: &[Attached]) -> Self {
        let devices = devices.to_vec();
        Self::new(move |_| Ok(devices.clone()))
    }
}

impl UsbBus for LookedAt {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        (self.look)(self.now())
    }
    fn open(&self, _: &Attached, _: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        panic!("nothing is opened")
    }
    fn control(&self, _: &Attached, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        panic!("nothing is sent")
    }
    fn set_configuration(&self, _: &Attached, _: u8) -> Result<(), UsbError> {
        panic!("nothing is changed")
    }
    fn now(&self) -> Duration {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn sleep(&self, how_long: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += how_long;
    }
}
