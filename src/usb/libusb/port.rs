//! One claimed interface, whole or in halves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rusb::{Context, DeviceHandle, Error};

use super::control::{self, deadline};
use super::reader::Reader;
use super::sources::{BulkEndpoint, InterruptEndpoint};
use super::{changed, give_back, list};
use crate::interrupt::{Interrupt, Reaction};
use crate::usb::descriptors::{BulkPair, NoticeEndpoint};
use crate::usb::open_ports::Reservation;
use crate::usb::patience::{Incarnation, Refusal, failed, settle};
use crate::usb::{ControlRequest, Direction, Endpoints, Heard, UsbError, UsbPort, UsbReceiver, UsbSender, sysfs};

/// A claimed interface. Dropping it releases the interface and offers it to the kernel's drivers again.
pub(super) struct Claimed {
    handle: Arc<DeviceHandle<Context>>,
    incarnation: Incarnation,
    interface: u8,
}

impl Claimed {
    /// Detaches the kernel driver and claims the interface.
    pub(super) fn claim(
        handle: Arc<DeviceHandle<Context>>,
        incarnation: Incarnation,
        interface: u8,
    ) -> Result<Self, Refusal> {
        match detach_and_claim(&handle, interface) {
            Ok(()) => Ok(Self { handle, incarnation, interface }),
            Err(Error::Busy) => Err(sysfs::busy(Path::new(sysfs::DEVICES), &incarnation.path, interface).into()),
            Err(error) => Err(changed(error, &format!("claiming interface {interface}"), &incarnation).into()),
        }
    }

    /// Selects the alternate setting and starts to read. The reservation is taken along on success alone, so that it
    /// covers every attempt.
    pub(super) fn open(
        self,
        pair: BulkPair,
        interrupt: &Interrupt,
        reservation: &mut Option<Reservation<DeviceHandle<Context>>>,
    ) -> Result<LibusbPort, UsbError> {
        if pair.alternate != 0 {
            let doing = format!("selecting alternate setting {}", pair.alternate);
            let selected = self.handle.set_alternate_setting(self.interface, pair.alternate);
            selected.map_err(|error| changed(error, &doing, &self.incarnation))?;
        }
        let source = BulkEndpoint { handle: Arc::clone(&self.handle), address: pair.input };
        let reader = Reader::start(source, pair.input_length)?;
        let held = Arc::new(Held {
            _break_off: break_off(&self, &reader, interrupt),
            claimed: self,
            interrupt: interrupt.clone(),
            gone: AtomicBool::new(false),
            _reservation: reservation.take(),
        });
        let receiver = LibusbReceiver { reader, held: Arc::clone(&held), input: pair.input };
        Ok(LibusbPort { receiver, sender: LibusbSender { held, output: pair.output }, notices: pair.notices })
    }
}

/// Has the interface released under a write that hangs, when somebody insists on a stop: rusb has no other way to end a
/// write before its deadline, and the kernel hands the transfers of a released interface back at once.
///
/// The reader is stopped first, because a read on an interface that is not claimed would claim it again.
fn break_off(claimed: &Claimed, reader: &Reader, interrupt: &Interrupt) -> Reaction {
    let (handle, interface) = (Arc::clone(&claimed.handle), claimed.interface);
    let stop_reading = reader.stopper();
    interrupt.when_insisted(move || {
        stop_reading();
        if let Err(error) = handle.release_interface(interface) {
            tracing::debug!(interface, %error, "the interface was not released early");
        }
    })
}

/// On Linux the kernel does both in one step, so that no driver can slip in between, and never takes an interface away
/// from another program.
#[cfg(target_os = "linux")]
fn detach_and_claim(handle: &DeviceHandle<Context>, interface: u8) -> Result<(), Error> {
    handle.set_auto_detach_kernel_driver(true)?;
    handle.claim_interface(interface)
}

/// Elsewhere a driver is detached only where one is in the way: on macOS that takes the whole device over, and needs
/// root.
#[cfg(not(target_os = "linux"))]
fn detach_and_claim(handle: &DeviceHandle<Context>, interface: u8) -> Result<(), Error> {
    match handle.claim_interface(interface) {
        Err(Error::Busy | Error::Access) => {
            handle.detach_kernel_driver(interface)?;
            handle.claim_interface(interface)
        }
        claimed => claimed,
    }
}

impl Drop for Claimed {
    /// A stick that has left has no interface to release, and one may have been released early; whatever else fails
    /// here must be known.
    fn drop(&mut self) {
        let Self { handle, incarnation, interface } = self;
        match handle.release_interface(*interface) {
            Ok(()) | Err(Error::NotFound) => {}
            Err(Error::NoDevice) => {
                return tracing::debug!(interface, "the stick left before its interface was released");
            }
            Err(error) => tracing::warn!(interface, %error, "the interface could not be released"),
        }
        match give_back(handle, incarnation, *interface) {
            Ok(()) | Err(UsbError::Gone) => {}
            Err(error) => tracing::warn!(interface, ?error, "the kernel driver could not be given back"),
        }
    }
}

/// What both halves of a port hold. It goes with the last of them, in this order: what breaks it off, the claim (which
/// gives the kernel driver back and holds the device handle), and last the mark in the table, so that the interface can be
/// opened again at once.
struct Held {
    _break_off: Reaction,
    claimed: Claimed,
    interrupt: Interrupt,
    gone: AtomicBool,
    _reservation: Option<Reservation<DeviceHandle<Context>>>,
}

impl Held {
    /// Runs one operation unless the stick is known to have left, and settles what its failure means.
    fn attempt<T>(&self, operation: impl FnOnce(&Claimed) -> Result<T, UsbError>) -> Result<T, UsbError> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(UsbError::Gone);
        }
        let present = || list::present(&self.claimed.incarnation);
        let settled = operation(&self.claimed).map_err(|error| settle(error, present));
        if matches!(settled, Err(UsbError::Gone)) {
            self.gone.store(true, Ordering::SeqCst);
        }
        settled
    }
}

impl Claimed {
    fn clear_halt(&self, address: u8) -> Result<(), UsbError> {
        self.handle.clear_halt(address).map_err(|error| match error {
            Error::NoDevice => UsbError::Gone,
            other => failed(format!("clearing the halt of endpoint {address:02x}"), other),
        })
    }
}

/// An open port: the IN side is dropped first.
pub(super) struct LibusbPort {
    receiver: LibusbReceiver,
    sender: LibusbSender,
    notices: Option<NoticeEndpoint>,
}

impl UsbPort for LibusbPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.sender.send(transfer, within)
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.receiver.receive(within)
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.sender.control(request, data, within)
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        match direction {
            Direction::In => self.receiver.clear_halt(),
            Direction::Out => self.sender.clear_halt(),
        }
    }

    fn endpoints(&self) -> Option<Endpoints> {
        let notices = self.notices.map(|endpoint| endpoint.address);
        Some(Endpoints { output: self.sender.output, input: self.receiver.input, notices })
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let Self { mut receiver, sender, notices } = *self;
        if let Some(NoticeEndpoint { address, packet }) = notices {
            let handle = Arc::clone(&receiver.held.claimed.handle);
            receiver.reader.listen_to(InterruptEndpoint { handle, address }, packet);
        }
        (Box::new(receiver), Box::new(sender))
    }
}

/// The IN side. Its threads have ended before it lets go of the claim, for the reader is its first field.
struct LibusbReceiver {
    reader: Reader,
    held: Arc<Held>,
    input: u8,
}

impl UsbReceiver for LibusbReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.held.attempt(|_| self.reader.receive(within))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let Self { reader, held, .. } = self;
        held.attempt(|_| reader.hear(within))
    }

    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        // Not by way of an attempt: what was said before a departure is still to be handed out.
        let is_present = list::present(&self.held.claimed.incarnation);
        if is_present { Ok(self.reader.notice()) } else { Err(UsbError::Gone) }
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.held.attempt(|claimed| self.reader.clear_halt(|| claimed.clear_halt(self.input)))
    }
}

/// The OUT side, and control requests.
struct LibusbSender {
    held: Arc<Held>,
    output: u8,
}

impl UsbSender for LibusbSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        let Self { held, output } = self;
        held.attempt(|claimed| {
            let written = claimed.handle.write_bulk(*output, transfer, deadline(within));
            match outcome(written, transfer.len(), within) {
                // Whatever it failed with, it was broken off; how much of it the stick took is not known.
                Err(_) if held.interrupt.insisted() => Err(UsbError::TimedOut { sent: 0, within }),
                outcome => outcome,
            }
        })
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.held.attempt(|claimed| control::transfer(&claimed.handle, request, data, within))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.held.attempt(|claimed| claimed.clear_halt(self.output))
    }
}

/// What a write means. libusb reports one that ran out of time after part of the bytes as a success of that length.
fn outcome(written: Result<usize, Error>, length: usize, within: Duration) -> Result<(), UsbError> {
    match written {
        Ok(sent) if sent == length => Ok(()),
        Ok(sent) => Err(UsbError::TimedOut { sent, within }),
        Err(Error::Timeout) => Err(UsbError::TimedOut { sent: 0, within }),
        Err(error) => Err(failure(error, Direction::Out)),
    }
}

/// What a failed transfer means.
pub(super) fn failure(error: Error, direction: Direction) -> UsbError {
    let doing = match direction {
        Direction::In => "reading from the stick",
        Direction::Out => "writing to the stick",
    };
    match error {
        Error::NoDevice => UsbError::Gone,
        Error::Pipe => UsbError::Stalled(direction),
        other => failed(doing, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(5);

    #[test]
    fn a_success_of_512_of_1029_bytes_is_a_send_that_ran_out_of_time() {
        assert!(matches!(outcome(Ok(512), 1029, SOON), Err(UsbError::TimedOut { sent: 512, within: SOON })));
        assert!(matches!(outcome(Err(Error::Timeout), 1029, SOON), Err(UsbError::TimedOut { sent: 0, .. })));
        assert!(matches!(outcome(Err(Error::Timeout), 0, SOON), Err(UsbError::TimedOut { sent: 0, .. })));
    }

    #[test]
    fn a_whole_transfer_and_an_empty_one_are_successes() {
        assert!(outcome(Ok(1029), 1029, SOON).is_ok());
        assert!(outcome(Ok(0), 0, SOON).is_ok());
    }

    #[test]
    fn stalls_and_departures_keep_their_names_and_the_rest_says_what_was_being_done() {
        assert!(matches!(outcome(Err(Error::Pipe), 1, SOON), Err(UsbError::Stalled(Direction::Out))));
        assert!(matches!(failure(Error::Pipe, Direction::In), UsbError::Stalled(Direction::In)));
        assert!(matches!(failure(Error::NoDevice, Direction::In), UsbError::Gone));
        assert_eq!(failure(Error::Io, Direction::In).to_string(), "reading from the stick failed");
    }
}
