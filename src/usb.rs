//! The only seam between this program and a USB library.
//!
//! Everything above this module speaks to a [`UsbBus`] and its [`UsbPort`]s; everything below it is one of the
//! implementors in `usb/`. The seam is small, blocking and object-safe. One suite of conformance tests holds every
//! implementor to the promises written here:
//!
//! * one [`UsbPort::send`] is exactly one USB transfer: never merged, never split, no zero-length packet added;
//! * [`UsbPort::receive`] may return any chunk of what the stick said; finding the frames in it is the protocol's job;
//! * a timeout loses nothing: bytes that arrive later are handed out by the next `receive`;
//! * after the stick left, every call is [`UsbError::Gone`];
//! * dropping a port releases its interface and lets the kernel driver back;
//! * a port that was split into a [`UsbReceiver`] and a [`UsbSender`] works in both directions at once, from two threads,
//!   under the same promises; its interface is released when both halves are gone;
//! * what a serial port says on its interrupt IN endpoint beside its bulk pair, where it has one, is heard by
//!   [`UsbReceiver::hear`], from the first call on, and a fault of that endpoint never harms the port.
//!
//! A stick's identity is its [`PortPath`]: the physical port that it sits in. It survives every re-enumeration, while
//! the device address is new each time and names one *incarnation* of the stick.

mod attached;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod configuration;
mod control;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod descriptors;
mod error;
#[cfg(test)]
pub(crate) mod looked_at;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod notices;
mod path;
pub mod record;

#[cfg(feature = "libusb")]
pub mod libusb;
#[cfg(feature = "nusb")]
pub mod nusb;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod open_ports;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod patience;
#[cfg(feature = "simulate")]
pub mod simulated;
#[cfg(any(feature = "nusb", feature = "libusb"))]
mod sysfs;

use std::time::Duration;

use bytes::Bytes;

pub use attached::{Access, Attached, ClassTriple, Interface};
pub use control::{ControlKind, ControlRequest, Recipient};
pub use error::UsbError;
pub use path::{PortPath, PortPathError};

/// The direction of a bulk endpoint or of a control request, as seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the host to the stick.
    Out,
    /// From the stick to the host.
    In,
}

/// The endpoints that a port speaks through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Address of the bulk OUT endpoint.
    pub output: u8,
    /// Address of the bulk IN endpoint, with bit 7 set.
    pub input: u8,
    /// Address of the interrupt IN endpoint of the same alternate setting, with bit 7 set, if it has one.
    pub notices: Option<u8>,
}

/// A USB library, or a stand-in for one.
pub trait UsbBus: Send + Sync {
    /// A snapshot of everything attached now, without any input or output on a device.
    ///
    /// # Errors
    ///
    /// [`UsbError::NoUsb`] on a machine that has no USB at all.
    fn attached(&self) -> Result<Vec<Attached>, UsbError>;

    /// Detaches the kernel driver, claims the interface, and finds its bulk pair.
    ///
    /// The first alternate setting that has one bulk endpoint in each direction is taken.
    ///
    /// # Errors
    ///
    /// [`UsbError::Busy`] when the interface is open already or held by another program, [`UsbError::Denied`] without
    /// the permission, [`UsbError::Unsuitable`] when it has no bulk pair, [`UsbError::Gone`] when this incarnation left.
    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError>;

    /// A control request to the device, with no interface claimed.
    ///
    /// Returns what the device sent for an [`Direction::In`] request, and nothing for an [`Direction::Out`] one.
    ///
    /// # Errors
    ///
    /// [`UsbError::Stalled`] when the device refuses the request, and those of [`UsbBus::open`].
    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError>;

    /// Selects a configuration through the library's own call, never as a raw transfer, which would leave the kernel unaware.
    ///
    /// # Errors
    ///
    /// As [`UsbBus::open`].
    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError>;

    /// Offers every interface that has no kernel driver, and that no program holds, to the drivers of the system.
    ///
    /// A port that is closed gives its own driver back. This is for what a process that was killed could not give back:
    /// the kernel releases its interfaces, but does not offer them again. A system without such drivers, and a bus
    /// without a kernel, have nothing to do.
    ///
    /// # Errors
    ///
    /// As [`UsbBus::open`].
    fn offer_to_drivers(&self, _device: &Attached) -> Result<(), UsbError> {
        Ok(())
    }

    /// Monotonic time since some fixed moment. Virtual in simulation.
    fn now(&self) -> Duration;

    /// Lets time pass.
    fn sleep(&self, how_long: Duration);
}

/// One claimed interface and its bulk pair.
pub trait UsbPort: Send {
    /// Sends exactly one USB transfer. An empty slice is one zero-length packet; nothing else ever makes one.
    ///
    /// # Errors
    ///
    /// [`UsbError::TimedOut`] with the number of bytes the stick took before the deadline.
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError>;

    /// Waits for the next chunk. `None` means that nothing came yet, and that nothing was lost.
    ///
    /// # Errors
    ///
    /// [`UsbError::Stalled`], [`UsbError::Gone`], or [`UsbError::Failed`].
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError>;

    /// A control request to this interface.
    ///
    /// # Errors
    ///
    /// As [`UsbBus::control`].
    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError>;

    /// Clears a halted endpoint of the bulk pair.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`] or [`UsbError::Failed`].
    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError>;

    /// The addresses of its bulk pair, for recordings. `None` from a stand-in that has no endpoints.
    fn endpoints(&self) -> Option<Endpoints> {
        None
    }

    /// Splits the port into halves for two threads, so that neither direction ever waits for the other.
    ///
    /// What was received and not handed out yet is handed out by the receiving half. From here on the IN side has
    /// several transfers queued where the library allows it. Notifications are listened to from the first
    /// [`UsbReceiver::hear`] on.
    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>);
}

/// What the IN side of a split port says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A part of the stream of bytes, from the bulk IN endpoint.
    Chunk(Bytes),
    /// One notification, from the interrupt IN endpoint, such as SERIAL_STATE (USB CDC PSTN 1.2, section 6.5.4).
    Notice(Bytes),
}

/// The IN side of a port that was split: a stream of bytes rather than answers to questions.
///
/// While nobody asks, a bounded number of chunks is kept; beyond these the stick has to wait (it is answered with NAK).
pub trait UsbReceiver: Send {
    /// Waits for the next chunk. `None` means that nothing came yet, and that nothing was lost.
    ///
    /// Once somebody has called [`UsbReceiver::hear`], notifications that come meanwhile are kept for it: a few of them, and
    /// beyond these the oldest is dropped first, for of a state only the newest matters.
    ///
    /// # Errors
    ///
    /// [`UsbError::Stalled`], [`UsbError::Gone`] as soon as the stick leaves, or [`UsbError::Failed`].
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError>;

    /// Waits for the next chunk or the next notification, whichever comes first. `None` means that nothing came yet, and that
    /// nothing was lost.
    ///
    /// The first call begins to listen to notifications. What was announced before it waits in the stick, as far as that keeps
    /// it, so it may come late or not at all. Whoever only receives costs no thread and no transfer for them.
    ///
    /// The two endpoints are read beside each other, so nothing tells which of a chunk and a notification the stick said
    /// first. Where both are here already they take turns: neither a stream without end nor a state that flutters keeps
    /// the other from being heard. An interrupt endpoint that stalls or fails is listened to no longer, and the port goes
    /// on without it; on a port that has none this is [`UsbReceiver::receive`].
    ///
    /// # Errors
    ///
    /// Those of [`UsbReceiver::receive`], for the same causes.
    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        Ok(self.receive(within)?.map(Heard::Chunk))
    }

    /// The next notification, if one is here. It does not wait, and leaves the chunks where they are: for whoever has no room
    /// for any now.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`] when the stick has left, even while chunks from before are here to be received.
    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        Ok(None)
    }

    /// Clears a halt of the IN endpoint.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`] or [`UsbError::Failed`].
    fn clear_halt(&mut self) -> Result<(), UsbError>;
}

/// How long a backend that cannot leave a transfer queued lets it wait in [`UsbSender::send_while`].
pub const UNTAKEN: Duration = Duration::from_secs(2);

/// The OUT side of a port that was split, and its control requests.
pub trait UsbSender: Send {
    /// Sends exactly one USB transfer, as [`UsbPort::send`] does.
    ///
    /// # Errors
    ///
    /// [`UsbError::TimedOut`] with the number of bytes the stick took before the deadline.
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError>;

    /// Sends one transfer to a stick that may let it wait for as long as it likes, until it is wanted no more.
    ///
    /// A backend that can leaves the transfer queued meanwhile: a host controller that is itself simulated may count one
    /// that is cancelled as sent. The others cancel it after
    /// [`UNTAKEN`] and leave the question to the caller.
    ///
    /// # Errors
    ///
    /// As [`UsbSender::send`].
    fn send_while(&mut self, transfer: &[u8], _is_wanted: &mut dyn FnMut() -> bool) -> Result<(), UsbError> {
        self.send(transfer, UNTAKEN)
    }

    /// A control request to this interface.
    ///
    /// # Errors
    ///
    /// As [`UsbBus::control`].
    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError>;

    /// Clears a halt of the OUT endpoint.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`] or [`UsbError::Failed`].
    fn clear_halt(&mut self) -> Result<(), UsbError>;
}
