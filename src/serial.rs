//! A serial port of a stick, without a tty driver: full duplex, with DTR and RTS.
//!
//! [`functions`] says which serial ports a stick shows and what they are called, [`SerialPort::open`] claims one, and
//! [`SerialPort::split`] gives its two directions to two threads. What each line of a real serial port comes to:
//!
//! | line | here |
//! |---|---|
//! | DTR, RTS | SET_CONTROL_LINE_STATE (USB CDC PSTN 1.2, section 6.3.12), as Linux's `option` driver sends it |
//! | flow control | the bulk endpoints' own: a stick that has no room answers NAK, and one that is not read has to wait |
//! | DCD, DSR, RI | SERIAL_STATE on the interrupt endpoint (section 6.5.4), of ports that have one: [`Signals`]. Of others they are not known. No carrier is ever inferred from what passes by; a stick that leaves the bus has lost it |
//! | CTS | the same as flow control |
//! | speed, parity, stop bits, break | mean nothing on USB; `option` does not send them either |
//!
//! Nothing is raised or dropped behind the caller's back: lines are set at [`SerialPort::open`] and by
//! [`SerialSender::set_lines`], and dropped by the one who closes the port.

mod functions;
mod halves;
mod signals;

use std::time::Duration;

use bytes::Bytes;

use crate::stick::Role;
use crate::usb::{Attached, ControlRequest, UsbBus, UsbError, UsbPort};

pub use functions::{NotThere, SerialFunction, choose, find_again, functions};
pub use halves::{SerialReceiver, SerialSender};
pub use signals::Signals;

/// How long a request for the lines may take.
const LINES_WITHIN: Duration = Duration::from_secs(1);

/// The two lines that a host drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Data terminal ready: somebody is at this port. A modem hangs up when it is dropped.
    pub data_terminal_ready: bool,
    /// Request to send.
    pub request_to_send: bool,
}

impl Lines {
    /// Both raised, as on a port that a program has open.
    pub const UP: Self = Self { data_terminal_ready: true, request_to_send: true };
    /// Both dropped, as on a port that is closed.
    pub const DOWN: Self = Self { data_terminal_ready: false, request_to_send: false };
}

/// An open serial port of a stick.
pub struct SerialPort {
    port: Box<dyn UsbPort>,
    interface: u8,
}

impl SerialPort {
    /// Claims the interface, and sets the lines.
    ///
    /// What the stick said before is not thrown away: it is what the program at this port hears first.
    ///
    /// # Errors
    ///
    /// Those of [`UsbBus::open`], and [`UsbError::Gone`].
    pub fn open(
        bus: &dyn UsbBus,
        device: &Attached,
        function: &SerialFunction,
        lines: Lines,
    ) -> Result<Self, UsbError> {
        let port = bus.open(device, function.interface)?;
        tracing::info!(port = %device.path, id = device.id(), interface = function.interface, name = function.name, "opened");
        let mut opened = Self { port, interface: function.interface };
        opened.set_lines(lines)?;
        Ok(opened)
    }

    /// Raises or drops the lines. A port that has none, and refuses, is none the worse for it.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`].
    pub fn set_lines(&mut self, lines: Lines) -> Result<(), UsbError> {
        let port = &mut *self.port;
        apply(self.interface, lines, |request| port.control(request, &[], LINES_WITHIN))
    }

    /// The number of its interface.
    #[must_use]
    pub fn interface(&self) -> u8 {
        self.interface
    }

    /// The port beneath, for conversations.
    #[must_use]
    pub fn into_port(self) -> Box<dyn UsbPort> {
        self.port
    }

    /// Both directions, for two threads. The interface is released when both are dropped.
    #[must_use]
    pub fn split(self) -> (SerialReceiver, SerialSender) {
        let (receiver, sender) = self.port.split();
        (SerialReceiver::new(receiver), SerialSender::new(sender, self.interface))
    }
}

/// Whether a role is a serial port of running firmware, with lines to be raised.
#[must_use]
pub fn is_serial(role: Role) -> bool {
    matches!(role, Role::Modem | Role::Pcui | Role::Diagnostic | Role::Shell | Role::Gps | Role::Serial)
}

/// Makes the request for the lines. Only a departure counts as a failure.
fn apply(
    interface: u8,
    lines: Lines,
    make: impl FnOnce(ControlRequest) -> Result<Bytes, UsbError>,
) -> Result<(), UsbError> {
    let Lines { data_terminal_ready, request_to_send } = lines;
    match make(ControlRequest::control_line_state(interface, data_terminal_ready, request_to_send)) {
        Ok(_) => Ok(()),
        Err(UsbError::Gone) => Err(UsbError::Gone),
        Err(error) => {
            tracing::debug!(interface, ?lines, %error, "DTR and RTS were not taken");
            Ok(())
        }
    }
}
