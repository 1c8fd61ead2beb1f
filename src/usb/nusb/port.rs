//! One claimed interface.

use std::sync::Arc;
use std::time::Duration;

use ::nusb::transfer::{Bulk, In, Out};
use ::nusb::{Device, Endpoint, Interface, MaybeFuture};
use bytes::Bytes;

use super::pipe::{InPipe, OutPipe};
use super::{changed, control, list};
use crate::interrupt::Interrupt;
use crate::usb::descriptors::BulkPair;
use crate::usb::open_ports::Reservation;
use crate::usb::patience::{Incarnation, failed, settle};
use crate::usb::{ControlRequest, Direction, Endpoints, UsbError, UsbPort};

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
        Ok(NusbPort {
            input: InPipe::new(input, pair.input_length),
            output: OutPipe::new(output, interrupt),
            interface: claimed,
            _handle: handle,
            incarnation,
            endpoints: Endpoints { output: pair.output, input: pair.input },
            gone: false,
            _reservation: reservation.take(),
        })
    }
}

/// An open port. The fields are dropped in this order: endpoints, interface (which gives the kernel driver back),
/// device handle, and last the mark in the table, so that the interface can be opened again at once.
pub(super) struct NusbPort {
    input: InPipe<Endpoint<Bulk, In>>,
    output: OutPipe<Endpoint<Bulk, Out>>,
    interface: Interface,
    _handle: Arc<Device>,
    incarnation: Incarnation,
    endpoints: Endpoints,
    gone: bool,
    _reservation: Option<Reservation<Device>>,
}

impl NusbPort {
    /// Runs one operation unless the stick is known to have left, and settles what its failure means.
    fn attempt<T>(&mut self, operation: impl FnOnce(&mut Self) -> Result<T, UsbError>) -> Result<T, UsbError> {
        if self.gone {
            return Err(UsbError::Gone);
        }
        let settled = operation(self).map_err(|error| settle(error, || list::present(&self.incarnation)));
        self.gone = matches!(settled, Err(UsbError::Gone));
        settled
    }
}

impl UsbPort for NusbPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.attempt(|port| {
            port.input.await_answer();
            port.output.send(transfer, within)
        })
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        self.attempt(|port| port.input.receive(within))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        self.attempt(|port| control::to_interface(&port.interface, request, data, within))
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        self.attempt(|port| match direction {
            Direction::In => port.input.clear_halt(),
            Direction::Out => port.output.clear_halt(),
        })
    }

    fn endpoints(&self) -> Option<Endpoints> {
        Some(self.endpoints)
    }
}

impl Drop for NusbPort {
    /// Waits for the transfers in flight: the interface is released only when the last of them has come back.
    fn drop(&mut self) {
        for withdrawn in [self.input.stop(), self.output.stop()] {
            if let Err(error) = withdrawn {
                tracing::warn!(port = %self.incarnation.path, %error, "a transfer is still in flight at close");
            }
        }
    }
}
