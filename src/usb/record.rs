//! A bus that records what is done on it, as a pcapng file that Wireshark opens.
//!
//! A [`RecordingBus`] stands around any other bus and changes nothing: every call goes through, and every result and
//! error comes back as it was. What is written is what the seam saw: which bytes were sent in which transfer, in which
//! chunks the answers came, how long each call was willing to wait, and how it ended. So a recording can be read back
//! call by call.
//!
//! # Layout
//!
//! pcapng in little endian: one section, one interface of link type 220 (`USB_LINUX_MMAPPED`: the kernel's 64-byte usbmon
//! header before the data), times in nanoseconds. The section's comment is the line `layout=1 masked_digits=14`; its
//! application is the program with its version, and the interface's description adds the backend.
//!
//! Each packet has one comment, a line of words in ASCII: `word key=value key="escaped value"`. A call that makes a USB
//! transfer is two packets of one URB id: the submission (`S`), written before the call is made, and the completion (`C`).
//!
//! | `S` comment | call | type, endpoint | setup packet | data of `S` | data of `C` |
//! |---|---|---|---|---|---|
//! | `send opening=N within_ns=T` | [`UsbPort::send`] | bulk OUT | | what was sent | |
//! | `receive opening=N within_ns=T` | [`UsbPort::receive`] | bulk IN | | | the chunk |
//! | `hear opening=N within_ns=T` | [`UsbReceiver::hear`] | bulk IN | | | the chunk |
//! | `notice opening=N` | none: what that call brought | interrupt IN | | | the notification |
//! | `control opening=N within_ns=T` | [`UsbPort::control`] | control 0 | the request | OUT data | IN data |
//! | `clear_halt opening=N direction=out` | [`UsbPort::clear_halt`] | control 0 | CLEAR_FEATURE | | |
//! | `control port=P within_ns=T` | [`UsbBus::control`] | control 0 | the request | OUT data | IN data |
//! | `set_configuration port=P value=V` | [`UsbBus::set_configuration`] | control 0 | SET_CONFIGURATION | | |
//!
//! The status of `S` is `-EINPROGRESS`, that of `C` 0 or the nearest error of Linux: `-EPIPE` for a stall, `-ENODEV` for a
//! departure, `-ETIMEDOUT` for a deadline, `-ENOENT` for a [`UsbPort::receive`] to which nothing came. The length of `C` is
//! how many bytes were moved, of a send that ran out of time too. A failed call's `C` comment names the error in full:
//! `error=stalled direction=out`, `error=timed_out sent=512 within_ns=T`, `error=failed doing="..." source="..."`.
//! A success has no words, unless digits were masked: `masked=15`.
//!
//! What is no transfer is a *note*: a completion of transfer type 255 without data, on endpoint 0 of the device.
//!
//! | comment | what it says |
//! |---|---|
//! | `arrived port=1-1.4 address=7 id=12d1:1443 ...` | [`UsbBus::attached`] shows this incarnation for the first time |
//! | `changed ...` | it shows it otherwise than before, such as with another driver |
//! | `left port=1-1.4 address=7` | it shows it no longer |
//! | `unseen error=...` | the bus could not be looked at; the next of the above ends this |
//! | `opened opening=N port=P address=A interface=I output=01 input=82 notices=83` | [`UsbBus::open`] succeeded |
//! | `not_opened port=P address=A interface=I error=...` | it failed |
//! | `closed opening=N` | that port was dropped |
//!
//! A port that was split is recorded like a whole one, under the same opening; `S` and `C` of its two directions may then
//! interleave, and belong together by their URB id. `closed` follows when both halves are dropped.
//!
//! A [`UsbReceiver::hear`] that brought a notification ends as one to which nothing came, but with the word `notified` in its
//! `C` comment. The notification follows it in the same direction, as a transfer of the interrupt endpoint; where that is not
//! known (`opened` has no `notices` then), as one of endpoint 80.
//!
//! Snapshots are recorded as changes, of sticks and of whatever else is in a port where a stick was; other devices on the
//! bus are nobody's business. A replayer follows a stick by the port path from `arrived` to `arrived`.
//!
//! Digits that name a stick or its owner are masked by `*`, see [`IDENTITY_DIGITS`]; lengths stay. Nothing else is changed or
//! left out. USB strings are not asked for by anything here, and their UTF-16 would not be masked.
//!
//! [`UsbReceiver::hear`]: super::UsbReceiver::hear

mod identity;
mod incarnations;
mod line;
mod outcome;
mod port;
mod recording;
#[cfg(test)]
mod tests;
mod urb;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::{Attached, ControlRequest, Direction, Endpoints, UsbBus, UsbError, UsbPort};
use identity::Mask;
use incarnations::Incarnations;
use line::Line;
use outcome::Outcome;
use port::{NO_ENDPOINTS, Opening, RecordingPort};
use urb::{Kind, Place};

pub use identity::IDENTITY_DIGITS;
pub use recording::{Recorded, Recording};

/// A bus around another one, and the recording of what is done on it.
pub struct RecordingBus {
    bus: Arc<dyn UsbBus>,
    recorder: Recorder,
    incarnations: Mutex<Incarnations>,
}

impl RecordingBus {
    /// Records what is done on `bus` from now on. `is_stick` says which devices are worth recording.
    #[must_use]
    pub fn new(bus: Arc<dyn UsbBus>, recording: Arc<Recording>, is_stick: fn(&Attached) -> bool) -> Self {
        let recorder = Recorder { recording, began: bus.now(), clock: Arc::clone(&bus) };
        Self { bus, recorder, incarnations: Mutex::new(Incarnations::new(is_stick)) }
    }
}

impl UsbBus for RecordingBus {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        let snapshot = self.bus.attached();
        // Held while it is written, so that the changes of two looks cannot be mixed.
        let mut incarnations = self.incarnations.lock().unwrap_or_else(PoisonError::into_inner);
        incarnations.look(&snapshot, &mut |place, line| self.recorder.note(place, &line));
        snapshot
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        let opened = self.bus.open(device, interface);
        let place = Place::of(device);
        let about =
            |line: Line| line.with("port", &device.path).with("address", device.address).with("interface", interface);
        match opened {
            Ok(port) => {
                let number = self.recorder.recording.next_opening();
                let endpoints = port.endpoints();
                let mut line = about(Line::new("opened").with("opening", number));
                if let Some(Endpoints { output, input, notices }) = endpoints {
                    line = line.with("output", format_args!("{output:02x}")).with("input", format_args!("{input:02x}"));
                    if let Some(notices) = notices {
                        line = line.with("notices", format_args!("{notices:02x}"));
                    }
                }
                self.recorder.note(place, &line);
                let endpoints = endpoints.unwrap_or(NO_ENDPOINTS);
                let opening = Arc::new(Opening { recorder: self.recorder.clone(), place, number, endpoints });
                Ok(Box::new(RecordingPort { port, opening, mask: Mask::default() }))
            }
            Err(error) => {
                self.recorder.note(place, &outcome::describe(about(Line::new("not_opened")), &error));
                Err(error)
            }
        }
    }

    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError> {
        let line = Line::new("control").with("port", &device.path).with("within_ns", within.as_nanos());
        let call = Call::control(Place::of(device), line, setup(request, data), data);
        self.recorder.around(
            &call,
            || self.bus.control(device, request, data, within),
            |answer| answered(&mut Mask::default(), answer, data),
        )
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        let line = Line::new("set_configuration").with("port", &device.path).with("value", value);
        let call = Call::control(Place::of(device), line, [0x00, 0x09, value, 0, 0, 0, 0, 0], &[]);
        self.recorder.around(&call, || self.bus.set_configuration(device, value), |()| Outcome::moved(0))
    }

    fn offer_to_drivers(&self, device: &Attached) -> Result<(), UsbError> {
        self.bus.offer_to_drivers(device)
    }

    fn now(&self) -> Duration {
        self.bus.now()
    }

    fn sleep(&self, how_long: Duration) {
        self.bus.sleep(how_long);
    }
}

/// A call that makes a transfer, as it is before it is made.
struct Call<'a> {
    place: Place,
    kind: Kind,
    endpoint: u8,
    setup: Option<[u8; 8]>,
    data: &'a [u8],
    length: usize,
    line: Line,
}

impl<'a> Call<'a> {
    fn control(place: Place, line: Line, setup: [u8; 8], data: &'a [u8]) -> Self {
        let length = usize::from(u16::from_le_bytes([setup[6], setup[7]]));
        Self { place, kind: Kind::Control, endpoint: setup[0] & 0x80, setup: Some(setup), data, length, line }
    }
}

/// The recording, and the clock that its times are taken from: that of the bus, which may be virtual.
#[derive(Clone)]
struct Recorder {
    recording: Arc<Recording>,
    clock: Arc<dyn UsbBus>,
    began: Duration,
}

impl Recorder {
    fn note(&self, place: Place, line: &Line) {
        self.recording.note(self.passed(), place, line);
    }

    fn around<T>(
        &self,
        call: &Call<'_>,
        make: impl FnOnce() -> Result<T, UsbError>,
        tell: impl FnOnce(&T) -> Outcome,
    ) -> Result<T, UsbError> {
        let id = self.recording.submission(self.passed(), call);
        let result = make();
        let outcome = match &result {
            Ok(value) => tell(value),
            Err(error) => Outcome::failed(error),
        };
        self.recording.completion(self.passed(), id, call, &outcome);
        result
    }

    /// Both halves of a transfer that has ended already.
    fn ended(&self, call: &Call<'_>, outcome: &Outcome) {
        let passed = self.passed();
        let id = self.recording.submission(passed, call);
        self.recording.completion(passed, id, call, outcome);
    }

    fn passed(&self) -> Duration {
        self.clock.now().saturating_sub(self.began)
    }
}

/// The outcome of a call that brought these bytes; of a control request that sent `sent`.
fn answered(mask: &mut Mask, answer: &Bytes, sent: &[u8]) -> Outcome {
    match mask.apply(answer) {
        (Cow::Borrowed(_), _) => Outcome::brought(answer.clone(), sent.len()),
        (Cow::Owned(masked), digits) => Outcome::brought_masked(masked.into(), sent.len(), digits),
    }
}

/// The setup packet of a request with this much data. One that is too long for it is refused by every bus.
fn setup(request: ControlRequest, data: &[u8]) -> [u8; 8] {
    let length = match request.direction {
        Direction::In => request.length,
        Direction::Out => u16::try_from(data.len()).unwrap_or(u16::MAX),
    };
    let [value, index, length] = [request.value, request.index, length].map(u16::to_le_bytes);
    [request.request_type(), request.request, value[0], value[1], index[0], index[1], length[0], length[1]]
}
