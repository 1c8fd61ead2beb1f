//! One claimed interface, whole or in halves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::nusb::transfer::{Bulk, In, Interrupt as Interrupts, Out};
use ::nusb::{Device, Endpoint, Interface, MaybeFuture};
use bytes::Bytes;

use super::pipe::{InPipe, NoticePipe, OutPipe};
use super::{changed, control, list};
use crate::interrupt::Interrupt;
use crate::usb::descriptors::{BulkPair, NoticeEndpoint};
use crate::usb::open_ports::Reservation;
use crate::usb::patience::{Incarnation, failed, settle};
use crate::usb::{ControlRequest, Direction, Endpoints, Heard, UsbError, UsbPort, UsbReceiver, UsbSender};

/// A claimed interface that is not a port yet.
pub(super) struct Parts {
    pub(super) claimed: Interface,
    pub(super) handle: Arc<Device>,
    pub(super) pair: BulkPair,
    pub(super) incarnation: Incarnation,
    pub(super) interrupt: Interrupt,
}

impl Parts {
    /// Selects the alternate setting and takes its endpoints. The reservation is taken along on success alone, so that
    /// it covers every attempt.
    pub(super) fn open(self, reservation: &mut Option<Reservation<Device>>) -> Result<NusbPort, UsbError> {
        let Self { claimed, handle, pair, incarnation, interrupt } = self;
        if pair.alternate != 0 {
            let doing = format!("selecting alternate setting {}", pair.alternate);
            let selected = claimed.set_alt_setting(pair.alternate).wait();
            selected.map_err(|error| changed(error, &doing, &incarnation))?;
        }
        let output =
            claimed.endpoint::<Bulk, Out>(pair.output).map_err(|error| failed("taking the OUT endpoint", error))?;
        let input =
            claimed.endpoint::<Bulk, In>(pair.input).map_err(|error| failed("taking the IN endpoint", error))?;
        let claim = Arc::new(Claim {
            interface: claimed,
            _handle: handle,
            incarnation,
            gone: AtomicBool::new(false),
            _reservation: reservation.take(),
        });
        let receiver = NusbReceiver { pipe: InPipe::new(input, pair.input_length), claim: Arc::clone(&claim) };
        let sender = NusbSender { pipe: OutPipe::new(output, interrupt), claim };
        Ok(NusbPort { receiver, sender, pair })
    }
}

/// What both halves of a port hold. It goes with the last of them, in this order: interface (which gives the kernel driver
/// back), device handle, and last the mark in the table, so that the interface can be opened again at once.
struct Claim {
    interface: Interface,
    _handle: Arc<Device>,
    incarnation: Incarnation,
    gone: AtomicBool,
    _reservation: Option<Reservation<Device>>,
}

impl Claim {
    /// Runs one operation unless the stick is known to have left, and settles what its failure means.
    fn attempt<T>(&self, operation: impl FnOnce() -> Result<T, UsbError>) -> Result<T, UsbError> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(UsbError::Gone);
        }
        let settled = operation().map_err(|error| settle(error, || list::present(&self.incarnation)));
        if matches!(settled, Err(UsbError::Gone)) {
            self.gone.store(true, Ordering::SeqCst);
        }
        settled
    }

    /// Takes an interrupt endpoint. A port whose endpoint cannot be had goes on without it.
    fn notices(&self, endpoint: NoticeEndpoint) -> Option<NoticePipe<Endpoint<Interrupts, In>>> {
        let NoticeEndpoint { address, packet } = endpoint;
        match self.interface.endpoint::<Interrupts, In>(address) {
            Ok(endpoint) => Some(NoticePipe::new(endpoint, packet)),
            Err(error) => {
                tracing::debug!(address, %error, "the notifications of this port are not listened to");
                None
            }
        }
    }

    fn note_in_flight(&self, withdrawn: Result<(), UsbError>) {
        if let Err(error) = withdrawn {
            tracing::warn!(port = %self.incarnation.path, %error, "a transfer is still in flight at close");
        }
    }
}

/// An open port: the IN side is dropped first.
pub(super) struct NusbPort {
    receiver: NusbReceiver,
    sender: NusbSender,
    pair: BulkPair,
}

impl UsbPort for NusbPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        let Self { receiver, sender, .. } = self;
        sender.claim.attempt(|| {
            receiver.pipe.await_answer();
            sender.pipe.send(transfer, within)
        })
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
        let BulkPair { output, input, notices, .. } = self.pair;
        Some(Endpoints { output, input, notices: notices.map(|endpoint| endpoint.address) })
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let Self { mut receiver, sender, pair } = *self;
        let notices = pair.notices.and_then(|endpoint| receiver.claim.notices(endpoint));
        receiver.pipe.stream(pair.input_packet, notices);
        (Box::new(receiver), Box::new(sender))
    }
}

/// The IN side. Its transfers are back before it lets go of the claim.
struct NusbReceiver {
    pipe: InPipe<Endpoint<Bulk, In>, Endpoint<Interrupts, In>>,
    claim: Arc<Claim>,
}

impl UsbReceiver for NusbReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.receive(within))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.hear(within))
    }

    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        // Not by way of an attempt: what was said before a departure is still to be handed out.
        if list::present(&self.claim.incarnation) { Ok(self.pipe.notice()) } else { Err(UsbError::Gone) }
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.clear_halt())
    }
}

impl Drop for NusbReceiver {
    /// Waits for the transfers in flight: the interface is released only when the last of them has come back.
    fn drop(&mut self) {
        self.claim.note_in_flight(self.pipe.end());
    }
}

/// The OUT side, and control requests.
struct NusbSender {
    pipe: OutPipe<Endpoint<Bulk, Out>>,
    claim: Arc<Claim>,
}

impl UsbSender for NusbSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.send(transfer, within))
    }

    fn send_while(&mut self, transfer: &[u8], is_wanted: &mut dyn FnMut() -> bool) -> Result<(), UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.send_while(transfer, Duration::MAX, is_wanted))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.claim.attempt(|| control::to_interface(&self.claim.interface, request, data, within))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        let Self { pipe, claim } = self;
        claim.attempt(|| pipe.clear_halt())
    }
}

impl Drop for NusbSender {
    /// As that of the receiver.
    fn drop(&mut self) {
        self.claim.note_in_flight(self.pipe.stop());
    }
}
