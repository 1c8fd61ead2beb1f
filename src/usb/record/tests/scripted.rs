//! A bus that does what a script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use crate::usb::{
    Attached, ControlRequest, Direction, Endpoints, Heard, UsbBus, UsbError, UsbPort, UsbReceiver, UsbSender,
};

/// How one call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was sent was taken.
    Taken { after: Duration },
    /// This came.
    Brought(Vec<u8>),
    /// Nothing came.
    Nothing,
    /// This came on the interrupt endpoint.
    Announced(Vec<u8>),
    /// It failed.
    Failed(Failing),
}

/// The failures, as values that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failing {
    Gone,
    TimedOut { sent: usize, within: Duration },
    Stalled(Direction),
    Busy { interface: u8, holder: String },
    Unsuitable { interface: u8 },
    NoUsb { source: Option<String> },
    Failed { doing: String, source: String },
}

pub const WHY: &str = "it has no pair of \"bulk\" endpoints";

impl Failing {
    pub fn error(&self) -> UsbError {
        match self.clone() {
            Self::Gone => UsbError::Gone,
            Self::TimedOut { sent, within } => UsbError::TimedOut { sent, within },
            Self::Stalled(direction) => UsbError::Stalled(direction),
            Self::Busy { interface, holder } => UsbError::Busy { interface, holder },
            Self::Unsuitable { interface } => UsbError::Unsuitable { interface, why: WHY },
            Self::NoUsb { source } => UsbError::NoUsb { source: source.map(Into::into) },
            Self::Failed { doing, source } => UsbError::Failed { doing, source: source.into() },
        }
    }
}

impl Answer {
    pub fn brought(bytes: &[u8]) -> Self {
        Self::Brought(bytes.to_vec())
    }
}

/// The bus, and its only port. A clone plays on in the same script.
#[derive(Clone)]
pub struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    clock: Arc<Mutex<Duration>>,
    held_by: Option<&'static str>,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, clock: Arc::new(Mutex::new(Duration::from_secs(4711))), held_by: None }
    }

    /// One whose interfaces another program has.
    pub fn held_by(holder: &'static str) -> Self {
        Self { held_by: Some(holder), ..Self::new([]) }
    }

    fn heard(&self) -> Result<Option<Heard>, UsbError> {
        match self.answers.lock().expect("one thread").pop_front().expect("the script goes on") {
            Answer::Taken { after } => {
                self.sleep(after);
                Ok(Some(Heard::Chunk(Bytes::new())))
            }
            Answer::Brought(bytes) => Ok(Some(Heard::Chunk(bytes.into()))),
            Answer::Announced(bytes) => Ok(Some(Heard::Notice(bytes.into()))),
            Answer::Nothing => Ok(None),
            Answer::Failed(failing) => Err(failing.error()),
        }
    }

    fn bytes(&self) -> Result<Option<Bytes>, UsbError> {
        self.heard().map(|heard| {
            heard.map(|heard| match heard {
                Heard::Chunk(chunk) => chunk,
                Heard::Notice(notice) => panic!("{notice:?} is not for those who receive"),
            })
        })
    }

    fn some(&self) -> Result<Bytes, UsbError> {
        self.bytes().map(Option::unwrap_or_default)
    }
}

impl UsbBus for Scripted {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        Ok(Vec::new())
    }
    fn open(&self, _: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        match self.held_by {
            Some(holder) => Err(UsbError::Busy { interface, holder: holder.to_owned() }),
            None => Ok(Box::new(self.clone())),
        }
    }
    fn control(&self, _: &Attached, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        self.some()
    }
    fn set_configuration(&self, _: &Attached, _: u8) -> Result<(), UsbError> {
        self.some().map(drop)
    }
    fn now(&self) -> Duration {
        *self.clock.lock().expect("one thread")
    }
    fn sleep(&self, how_long: Duration) {
        *self.clock.lock().expect("one thread") += how_long;
    }
}

impl UsbPort for Scripted {
    fn send(&mut self, _: &[u8], _: Duration) -> Result<(), UsbError> {
        self.some().map(drop)
    }
    fn receive(&mut self, _: Duration) -> Result<Option<Bytes>, UsbError> {
        self.bytes()
    }
    fn control(&mut self, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        self.some()
    }
    fn clear_halt(&mut self, _: Direction) -> Result<(), UsbError> {
        self.some().map(drop)
    }
    fn endpoints(&self) -> Option<Endpoints> {
        Some(Endpoints { output: 0x03, input: 0x83, notices: Some(0x84) })
    }
    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        (self.clone(), self)
    }
}

impl UsbReceiver for Scripted {
    fn receive(&mut self, _: Duration) -> Result<Option<Bytes>, UsbError> {
        self.bytes()
    }
    fn hear(&mut self, _: Duration) -> Result<Option<Heard>, UsbError> {
        self.heard()
    }
    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.some().map(drop)
    }
}

impl UsbSender for Scripted {
    fn send(&mut self, _: &[u8], _: Duration) -> Result<(), UsbError> {
        self.some().map(drop)
    }
    fn control(&mut self, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
        self.some()
    }
    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.some().map(drop)
    }
}
