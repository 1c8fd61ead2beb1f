//! What a row is run on: a bus, the test device in a port of it, and the way to give that device its orders.

use std::time::Duration;

use balong::serial::functions;
use balong::stick::Role;
use balong::usb::{Attached, ControlKind, ControlRequest, Direction, PortPath, Recipient, UsbBus, UsbError, UsbPort};
use balong_mocks::Ending;
use balong_mocks::conformance as device;
use bytes::Bytes;

use super::Implementor;

/// Whether a promise was kept; what was seen where it was not.
pub type Kept = Result<(), String>;

/// For transfers and answers that are due at once.
pub(super) const SOON: Duration = Duration::from_secs(5);

/// How long the device, or a driver, may take to be there: a guest under emulation beside other work is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// How long nothing must come before a port counts as empty.
const QUIET: Duration = Duration::from_millis(60);

/// One implementor, and the test device behind it.
pub struct Subject<'a> {
    /// Whose promises these are.
    pub implementor: Implementor,
    /// The bus.
    pub bus: &'a dyn UsbBus,
    /// Where the test device is, as the one who put it there says.
    pub path: PortPath,
    /// Other buses of the same machine: other backends, or the same one once more, as another program would have it.
    pub others: &'a [&'a dyn UsbBus],
    /// Where a stick with a modem port is, if there is one.
    pub modem: Option<PortPath>,
    /// Whether the device comes through QEMU's `usb-redir`, which tells wrongly how far a cancelled transfer got: what it
    /// had received is thrown away (the server of the test device gives it to the next transfer), and of one that the
    /// device never took QEMU says that all of it was sent.
    pub through_usb_redir: bool,
}

impl Subject<'_> {
    /// The device as it is attached now; waits for it if it is away.
    pub(super) fn device(&self) -> Result<Attached, String> {
        self.seen_by(self.bus)
    }

    /// The same through another bus.
    pub(super) fn seen_by(&self, bus: &dyn UsbBus) -> Result<Attached, String> {
        self.until(&format!("the test device is attached in port {}", self.path), || {
            let listed = bus.attached().map_err(said("listing the devices"))?;
            Ok(listed.into_iter().find(|found| {
                found.path == self.path
                    && (found.vendor_id, found.product_id) == (device::VENDOR_ID, device::PRODUCT_ID)
            }))
        })
    }

    /// Waits until `probe` gives something.
    pub(super) fn until<T>(
        &self,
        what: &str,
        mut probe: impl FnMut() -> Result<Option<T>, String>,
    ) -> Result<T, String> {
        let give_up = self.bus.now() + PATIENCE;
        loop {
            if let Some(found) = probe()? {
                return Ok(found);
            }
            if self.bus.now() >= give_up {
                return Err(format!("waited {} s until {what}", PATIENCE.as_secs()));
            }
            self.bus.sleep(BETWEEN_LOOKS);
        }
    }

    /// The device with nothing left of earlier rows, and a port to one of its interfaces that is empty.
    pub(super) fn fresh(&self, interface: u8) -> Result<(Attached, Box<dyn UsbPort>), String> {
        let found = self.device()?;
        self.order(&found, device::FORGET, 0, 0, &[])?;
        let port = self.empty(&found, interface)?;
        Ok((found, port))
    }

    /// A port with nothing left that waits to be read.
    pub(super) fn empty(&self, found: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, String> {
        let mut port = self.open(found, interface)?;
        while port.receive(QUIET).map_err(said("draining the port"))?.is_some() {}
        Ok(port)
    }

    /// The stick with a modem port, and the interface of that; waits for it if it is away.
    pub(super) fn modem(&self, path: &PortPath) -> Result<(Attached, u8), String> {
        self.until(&format!("a stick with a modem port is attached in port {path}"), || {
            let listed = self.bus.attached().map_err(said("listing the devices"))?;
            let found = listed.into_iter().filter(|found| found.path == *path).find_map(|found| {
                let modem = functions(&found).into_iter().find(|function| function.role == Role::Modem)?;
                Some((found, modem.interface))
            });
            Ok(found)
        })
    }

    pub(super) fn open(&self, found: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, String> {
        self.bus.open(found, interface).map_err(said(&format!("opening interface {interface}")))
    }

    /// Gives the device an order, as a request to the device with nothing claimed for it.
    pub(super) fn order(&self, found: &Attached, request: u8, value: u16, index: u16, data: &[u8]) -> Kept {
        let order = vendor(Direction::Out, request, value, index);
        let done = self.bus.control(found, order, data, SOON);
        done.map(drop).map_err(said(&format!("giving order {request:02x}")))
    }

    /// Lets an interface say something after so long from now.
    pub(super) fn say(&self, found: &Attached, after: Duration, interface: u8, bytes: &[u8], ending: Ending) -> Kept {
        let request = match ending {
            Ending::ZeroLengthPacket => device::SAY,
            Ending::Nothing => device::SAY_OPEN,
        };
        let ticks = after.as_micros() / device::TICK.as_micros();
        let ticks = u16::try_from(ticks).map_err(|_| format!("{after:?} is longer than the device can wait"))?;
        self.order(found, request, ticks, interface.into(), bytes)
    }

    /// Lets the device leave after so long, and stay away for so long.
    pub(super) fn leave(&self, found: &Attached, after: Duration, away: Duration) -> Kept {
        let milliseconds = |time: Duration| u16::try_from(time.as_millis()).map_err(|error| error.to_string());
        self.order(found, device::LEAVE, milliseconds(after)?, milliseconds(away)?, &[])
    }

    /// The length of each transfer that an interface of the device was sent.
    pub(super) fn report(&self, found: &Attached, interface: u8) -> Result<Vec<usize>, String> {
        let question = vendor(Direction::In, device::REPORT, 0, interface.into());
        let answer = self.bus.control(found, question, &[], SOON).map_err(said("asking what came"))?;
        let words = answer.chunks(4).map(|word| {
            let word = <[u8; 4]>::try_from(word).map_err(|_| format!("a report of {} bytes", answer.len()))?;
            Ok(u32::from_le_bytes(word) as usize)
        });
        words.collect()
    }

    /// One echo: what is sent to the interface comes back. The device must have been told to.
    pub(super) fn echo(&self, port: &mut dyn UsbPort, bytes: &[u8]) -> Kept {
        port.send(bytes, SOON).map_err(said("sending"))?;
        same("the echo", &hear(port, SOON)?, bytes)
    }
}

/// A vendor request to the device. A report has room for a thousand transfers.
pub(super) fn vendor(direction: Direction, request: u8, value: u16, index: u16) -> ControlRequest {
    let length = if direction == Direction::In { 4000 } else { 0 };
    ControlRequest { direction, kind: ControlKind::Vendor, recipient: Recipient::Device, request, value, index, length }
}

/// What must come within so long.
pub(super) fn hear(port: &mut dyn UsbPort, within: Duration) -> Result<Bytes, String> {
    let heard = port.receive(within).map_err(said("receiving"))?;
    heard.ok_or_else(|| format!("nothing came within {} ms", within.as_millis()))
}

/// An error as a sentence with what was being done.
pub(super) fn said(doing: &str) -> impl Fn(UsbError) -> String {
    let doing = doing.to_owned();
    move |error| match std::error::Error::source(&error) {
        Some(cause) => format!("{doing}: {error} ({cause})"),
        None => format!("{doing}: {error}"),
    }
}

/// That bytes are what they should be. Long ones are named by their length.
pub(super) fn same(what: &str, found: &[u8], expected: &[u8]) -> Kept {
    let shown = |bytes: &[u8]| {
        let start = bytes.get(..16).unwrap_or(bytes);
        format!("{} bytes {:02x?}{}", bytes.len(), start, if bytes.len() > start.len() { " and more" } else { "" })
    };
    if found == expected { Ok(()) } else { Err(format!("{what} is {}, not {}", shown(found), shown(expected))) }
}

/// That something is so.
pub(super) fn check(is_so: bool, otherwise: impl FnOnce() -> String) -> Kept {
    if is_so { Ok(()) } else { Err(otherwise()) }
}
