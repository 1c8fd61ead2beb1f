//! A recorded port, whole or in halves.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::line::Line;
use super::outcome::Outcome;
use super::urb::{Kind, Place};
use super::{Call, Mask, Recorder, answered, setup};
use crate::usb::{ControlRequest, Direction, Endpoints, Heard, UNTAKEN, UsbError, UsbPort, UsbReceiver, UsbSender};

/// What stands in the header for the endpoints of a port that does not tell them.
pub(super) const NO_ENDPOINTS: Endpoints = Endpoints { output: 0x00, input: 0x80, notices: None };

/// Where the calls on one port, or on its halves, are recorded. It goes after what it records, and notes that.
pub(super) struct Opening {
    pub(super) recorder: Recorder,
    pub(super) place: Place,
    pub(super) number: u64,
    pub(super) endpoints: Endpoints,
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.recorder.note(self.place, &Line::new("closed").with("opening", self.number));
    }
}

impl Opening {
    fn line(&self, word: &str, within: Duration) -> Line {
        Line::new(word).with("opening", self.number).with("within_ns", within.as_nanos())
    }

    fn send(
        &self,
        transfer: &[u8],
        within: Duration,
        make: impl FnOnce() -> Result<(), UsbError>,
    ) -> Result<(), UsbError> {
        let call = Call {
            place: self.place,
            kind: Kind::Bulk,
            endpoint: self.endpoints.output,
            setup: None,
            data: transfer,
            length: transfer.len(),
            line: self.line("send", within),
        };
        self.recorder.around(&call, make, |()| Outcome::moved(transfer.len()))
    }

    fn receive(
        &self,
        mask: &mut Mask,
        within: Duration,
        make: impl FnOnce() -> Result<Option<Bytes>, UsbError>,
    ) -> Result<Option<Bytes>, UsbError> {
        let call = self.inward(Kind::Bulk, self.endpoints.input, self.line("receive", within));
        self.recorder.around(&call, make, |chunk| match chunk {
            Some(chunk) => answered(mask, chunk, &[]),
            None => Outcome::nothing_came(),
        })
    }

    fn hear(
        &self,
        mask: &mut Mask,
        within: Duration,
        make: impl FnOnce() -> Result<Option<Heard>, UsbError>,
    ) -> Result<Option<Heard>, UsbError> {
        let call = self.inward(Kind::Bulk, self.endpoints.input, self.line("hear", within));
        let heard = self.recorder.around(&call, make, |heard| match heard {
            Some(Heard::Chunk(chunk)) => answered(mask, chunk, &[]),
            Some(Heard::Notice(_)) => Outcome::notified(),
            None => Outcome::nothing_came(),
        })?;
        if let Some(Heard::Notice(notice)) = &heard {
            self.notice(notice);
        }
        Ok(heard)
    }

    /// A transfer that was begun by nobody's call, and is known when it has ended.
    fn notice(&self, notice: &Bytes) {
        let endpoint = self.endpoints.notices.unwrap_or(NO_ENDPOINTS.input);
        let call = self.inward(Kind::Interrupt, endpoint, Line::new("notice").with("opening", self.number));
        self.recorder.ended(&call, &answered(&mut Mask::default(), notice, &[]));
    }

    fn inward(&self, kind: Kind, endpoint: u8, line: Line) -> Call<'static> {
        Call { place: self.place, kind, endpoint, setup: None, data: &[], length: 0, line }
    }

    fn control(
        &self,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
        make: impl FnOnce() -> Result<Bytes, UsbError>,
    ) -> Result<Bytes, UsbError> {
        let call = Call::control(self.place, self.line("control", within), setup(request, data), data);
        self.recorder.around(&call, make, |answer| answered(&mut Mask::default(), answer, data))
    }

    fn clear_halt(&self, direction: Direction, make: impl FnOnce() -> Result<(), UsbError>) -> Result<(), UsbError> {
        let (word, endpoint) = match direction {
            Direction::Out => ("out", self.endpoints.output),
            Direction::In => ("in", self.endpoints.input),
        };
        let line = Line::new("clear_halt").with("opening", self.number).with("direction", word);
        let call = Call::control(self.place, line, [0x02, 0x01, 0, 0, endpoint, 0, 0, 0], &[]);
        self.recorder.around(&call, make, |()| Outcome::moved(0))
    }
}

/// An open port, and where it is recorded. The port is dropped first.
pub(super) struct RecordingPort {
    pub(super) port: Box<dyn UsbPort>,
    pub(super) opening: Arc<Opening>,
    pub(super) mask: Mask,
}

impl UsbPort for RecordingPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.opening.send(transfer, within, || self.port.send(transfer, within))
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let Self { port, opening, mask } = self;
        opening.receive(mask, within, || port.receive(within))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.opening.control(request, data, within, || self.port.control(request, data, within))
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        self.opening.clear_halt(direction, || self.port.clear_halt(direction))
    }

    fn endpoints(&self) -> Option<Endpoints> {
        self.port.endpoints()
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let Self { port, opening, mask } = *self;
        let (receiver, sender) = port.split();
        let of_sender = Arc::clone(&opening);
        (
            Box::new(RecordingReceiver { receiver, opening, mask }),
            Box::new(RecordingSender { sender, opening: of_sender }),
        )
    }
}

/// The IN side of a port that was split.
struct RecordingReceiver {
    receiver: Box<dyn UsbReceiver>,
    opening: Arc<Opening>,
    mask: Mask,
}

impl UsbReceiver for RecordingReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let Self { receiver, opening, mask } = self;
        opening.receive(mask, within, || receiver.receive(within))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let Self { receiver, opening, mask } = self;
        opening.hear(mask, within, || receiver.hear(within))
    }

    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        let notice = self.receiver.notice()?;
        if let Some(notice) = &notice {
            self.opening.notice(notice);
        }
        Ok(notice)
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.opening.clear_halt(Direction::In, || self.receiver.clear_halt())
    }
}

/// The OUT side of a port that was split.
struct RecordingSender {
    sender: Box<dyn UsbSender>,
    opening: Arc<Opening>,
}

impl UsbSender for RecordingSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.opening.send(transfer, within, || self.sender.send(transfer, within))
    }

    fn send_while(&mut self, transfer: &[u8], is_wanted: &mut dyn FnMut() -> bool) -> Result<(), UsbError> {
        self.opening.send(transfer, UNTAKEN, || self.sender.send_while(transfer, is_wanted))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.opening.control(request, data, within, || self.sender.control(request, data, within))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.opening.clear_halt(Direction::Out, || self.sender.clear_halt())
    }
}
