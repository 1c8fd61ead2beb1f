//! A real bus whose time runs faster.
//!
//! On a real kernel the program's deadlines pass in real time: ten minutes for a boot pad that nobody shorts, a minute for
//! a stick that never comes back. Virtual sticks can act faster than real ones, so here the program's clock is made to
//! run as much faster as theirs. What is waited for stays the same condition; only the deadlines are shorter, for the
//! kernel and the library do not hurry.

use std::time::Duration;

use balong::usb::{
    Attached, ControlRequest, Direction, Endpoints, Heard, UsbBus, UsbError, UsbPort, UsbReceiver, UsbSender,
};
use bytes::Bytes;

/// No transfer is given less real time than this, unless it was to have less anyhow: an emulated kernel has its own pace.
const LEAST: Duration = Duration::from_millis(250);

/// A bus, and how many seconds pass on it in a real one.
pub struct Hurried<B> {
    bus: B,
    speed: u32,
}

impl<B: UsbBus> Hurried<B> {
    /// The bus with time running `speed` times faster; 0 counts as 1.
    pub fn new(bus: B, speed: u32) -> Self {
        Self { bus, speed: speed.max(1) }
    }
}

impl<B: UsbBus> UsbBus for Hurried<B> {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        self.bus.attached()
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        let port = self.bus.open(device, interface)?;
        Ok(Box::new(HurriedPort { port, speed: self.speed }))
    }

    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError> {
        self.bus.control(device, request, data, real(within, self.speed))
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        self.bus.set_configuration(device, value)
    }

    fn offer_to_drivers(&self, device: &Attached) -> Result<(), UsbError> {
        self.bus.offer_to_drivers(device)
    }

    fn now(&self) -> Duration {
        self.bus.now() * self.speed
    }

    fn sleep(&self, how_long: Duration) {
        self.bus.sleep(how_long / self.speed);
    }
}

/// The real time of a deadline.
fn real(within: Duration, speed: u32) -> Duration {
    (within / speed).max(within.min(LEAST))
}

struct HurriedPort {
    port: Box<dyn UsbPort>,
    speed: u32,
}

impl UsbPort for HurriedPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.port.send(transfer, real(within, self.speed))
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.port.receive(real(within, self.speed))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.port.control(request, data, real(within, self.speed))
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        self.port.clear_halt(direction)
    }

    fn endpoints(&self) -> Option<Endpoints> {
        self.port.endpoints()
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let (receiver, sender) = self.port.split();
        let speed = self.speed;
        (Box::new(HurriedReceiver { receiver, speed }), Box::new(HurriedSender { sender, speed }))
    }
}

struct HurriedReceiver {
    receiver: Box<dyn UsbReceiver>,
    speed: u32,
}

impl UsbReceiver for HurriedReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.receiver.receive(real(within, self.speed))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        self.receiver.hear(real(within, self.speed))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.receiver.clear_halt()
    }
}

struct HurriedSender {
    sender: Box<dyn UsbSender>,
    speed: u32,
}

impl UsbSender for HurriedSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.sender.send(transfer, real(within, self.speed))
    }

    /// Whoever asks for it decides how long it is wanted.
    fn send_while(&mut self, transfer: &[u8], is_wanted: &mut dyn FnMut() -> bool) -> Result<(), UsbError> {
        self.sender.send_while(transfer, is_wanted)
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.sender.control(request, data, real(within, self.speed))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.sender.clear_halt()
    }
}
