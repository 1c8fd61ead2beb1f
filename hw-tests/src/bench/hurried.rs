//! A real bus whose time runs faster.
//!
//! On a real kernel the program's deadlines pass in real time: ten minutes for a boot pad that nobody shorts, a minute for
//! a stick that never comes back. Virtual sticks can act faster than real ones, so here the program's clock is made to
//! run as much faster as theirs. What is waited for stays the same condition; only the deadlines are shorter, for the
//! kernel and the library do not hurry. Time that a busy machine gave to others does not hurry either.

mod clock;

use std::sync::Arc;
use std::time::Duration;

use balong::usb::{
    Attached, ControlRequest, Direction, Endpoints, Heard, UsbBus, UsbError, UsbPort, UsbReceiver, UsbSender,
};
use bytes::Bytes;
use clock::Clock;

/// No transfer is given less real time than this, unless it was to have less anyhow: an emulated kernel has its own pace.
const LEAST: Duration = Duration::from_millis(250);

/// A bus, and how many seconds pass on it in a real one.
pub struct Hurried<B> {
    bus: B,
    clock: Arc<Clock>,
}

impl<B: UsbBus> Hurried<B> {
    /// The bus with time running `speed` times faster; 0 counts as 1.
    pub fn new(bus: B, speed: u32) -> Self {
        Self { bus, clock: Arc::new(Clock::new(speed)) }
    }
}

impl<B: UsbBus> UsbBus for Hurried<B> {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        self.bus.attached()
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        let port = self.bus.open(device, interface)?;
        Ok(Box::new(HurriedPort { port, clock: Arc::clone(&self.clock) }))
    }

    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError> {
        self.clock.wait(within, LEAST, |within| self.bus.control(device, request, data, within))
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        self.bus.set_configuration(device, value)
    }

    fn offer_to_drivers(&self, device: &Attached) -> Result<(), UsbError> {
        self.bus.offer_to_drivers(device)
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn sleep(&self, how_long: Duration) {
        self.clock.wait(how_long, Duration::ZERO, |really| self.bus.sleep(really));
    }
}

struct HurriedPort {
    port: Box<dyn UsbPort>,
    clock: Arc<Clock>,
}

impl UsbPort for HurriedPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.clock.wait(within, LEAST, |within| self.port.send(transfer, within))
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.clock.wait(within, LEAST, |within| self.port.receive(within))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.clock.wait(within, LEAST, |within| self.port.control(request, data, within))
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        self.port.clear_halt(direction)
    }

    fn endpoints(&self) -> Option<Endpoints> {
        self.port.endpoints()
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let (receiver, sender) = self.port.split();
        let clock = Arc::clone(&self.clock);
        (Box::new(HurriedReceiver { receiver, clock }), Box::new(HurriedSender { sender, clock: self.clock }))
    }
}

struct HurriedReceiver {
    receiver: Box<dyn UsbReceiver>,
    clock: Arc<Clock>,
}

impl UsbReceiver for HurriedReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.clock.wait(within, LEAST, |within| self.receiver.receive(within))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        self.clock.wait(within, LEAST, |within| self.receiver.hear(within))
    }

    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        self.receiver.notice()
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.receiver.clear_halt()
    }
}

struct HurriedSender {
    sender: Box<dyn UsbSender>,
    clock: Arc<Clock>,
}

impl UsbSender for HurriedSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.clock.wait(within, LEAST, |within| self.sender.send(transfer, within))
    }

    /// Whoever asks for it decides how long it is wanted.
    fn send_while(&mut self, transfer: &[u8], is_wanted: &mut dyn FnMut() -> bool) -> Result<(), UsbError> {
        self.sender.send_while(transfer, is_wanted)
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.clock.wait(within, LEAST, |within| self.sender.control(request, data, within))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.sender.clear_halt()
    }
}
