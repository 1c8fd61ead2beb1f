//! The simulated bus: the sticks of the crate `balong-mocks` behind the seam.
//!
//! Time is the simulated bus's own. In virtual time a minute of waiting costs nothing; scaled, it really passes, only
//! faster. No kernel sits in between, so no driver is ever in the way.

#[cfg(test)]
mod tests;

use std::time::Duration;

use balong_mocks::bus::{DeviceFacts, Said};
use balong_mocks::stick::Setup;
use balong_mocks::{Bus, Claim, ClaimReceiver, ClaimSender, Refusal, TransferError};
use bytes::Bytes;

use super::{
    Access, Attached, ClassTriple, ControlRequest, Direction, Endpoints, Heard, Interface, PortPathError, UsbBus,
    UsbError, UsbPort, UsbReceiver, UsbSender,
};

/// Sticks of `balong-mocks` as a [`UsbBus`].
#[derive(Clone, Debug)]
pub struct SimulatedBus {
    bus: Bus,
}

impl SimulatedBus {
    /// The seam over a simulated bus. The bus remains the way to plug sticks, and to ask what they hold.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus }
    }

    /// The simulated bus behind it.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }
}

impl UsbBus for SimulatedBus {
    fn attached(&self) -> Result<Vec<Attached>, UsbError> {
        self.bus.devices().into_iter().map(attached).collect()
    }

    fn open(&self, device: &Attached, interface: u8) -> Result<Box<dyn UsbPort>, UsbError> {
        let claimed = self.bus.claim(&device.path.to_string(), device.address, interface);
        let claim = claimed.map_err(|refusal| refused(refusal, device, interface))?;
        Ok(Box::new(SimulatedPort { claim }))
    }

    fn control(
        &self,
        device: &Attached,
        request: ControlRequest,
        data: &[u8],
        within: Duration,
    ) -> Result<Bytes, UsbError> {
        let answer = self.bus.control(&device.path.to_string(), device.address, setup(request, data)?, data);
        answer.map_err(|error| failed(error, request.direction, within))
    }

    fn set_configuration(&self, device: &Attached, value: u8) -> Result<(), UsbError> {
        let selected = self.bus.set_configuration(&device.path.to_string(), device.address, value);
        selected.map_err(|refusal| match refusal {
            Refusal::Unsuitable => UsbError::Stalled(Direction::Out),
            other => refused(other, device, 0),
        })
    }

    fn now(&self) -> Duration {
        self.bus.now()
    }

    fn sleep(&self, how_long: Duration) {
        self.bus.sleep(how_long);
    }
}

/// A claimed interface of a simulated stick.
struct SimulatedPort {
    claim: Claim,
}

impl UsbPort for SimulatedPort {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        UsbSender::send(self.claim.sender(), transfer, within)
    }

    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        UsbReceiver::receive(self.claim.receiver(), within)
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        UsbSender::control(self.claim.sender(), request, data, within)
    }

    fn clear_halt(&mut self, direction: Direction) -> Result<(), UsbError> {
        match direction {
            Direction::In => UsbReceiver::clear_halt(self.claim.receiver()),
            Direction::Out => UsbSender::clear_halt(self.claim.sender()),
        }
    }

    fn endpoints(&self) -> Option<Endpoints> {
        let (output, input) = self.claim.endpoints();
        Some(Endpoints { output, input, notices: self.claim.notices() })
    }

    fn split(self: Box<Self>) -> (Box<dyn UsbReceiver>, Box<dyn UsbSender>) {
        let (receiver, sender) = self.claim.split();
        (Box::new(receiver), Box::new(sender))
    }
}

impl UsbReceiver for ClaimReceiver {
    fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        ClaimReceiver::receive(self, within).map_err(|error| failed(error, Direction::In, within))
    }

    fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let said = ClaimReceiver::hear(self, within).map_err(|error| failed(error, Direction::In, within))?;
        Ok(said.map(|said| match said {
            Said::Chunk(chunk) => Heard::Chunk(chunk),
            Said::Notice(notice) => Heard::Notice(notice),
        }))
    }

    fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        ClaimReceiver::notice(self).map_err(|error| failed(error, Direction::In, Duration::ZERO))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        ClaimReceiver::clear_halt(self).map_err(|error| failed(error, Direction::In, Duration::ZERO))
    }
}

impl UsbSender for ClaimSender {
    fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        ClaimSender::send(self, transfer, within).map_err(|error| failed(error, Direction::Out, within))
    }

    fn control(&mut self, request: ControlRequest, data: &[u8], within: Duration) -> Result<Bytes, UsbError> {
        let answer = ClaimSender::control(self, setup(request, data)?, data);
        answer.map_err(|error| failed(error, request.direction, within))
    }

    fn clear_halt(&mut self) -> Result<(), UsbError> {
        ClaimSender::clear_halt(self).map_err(|error| failed(error, Direction::Out, Duration::ZERO))
    }
}

fn attached(facts: DeviceFacts) -> Result<Attached, UsbError> {
    let path = facts.port.parse().map_err(|source: PortPathError| UsbError::Failed {
        doing: "reading the name of a simulated port".to_owned(),
        source: source.into(),
    })?;
    let permitted = facts.permitted;
    let node = || format!("the simulated stick in port {}", facts.port);
    let descriptors = &facts.descriptors;
    let triple = |[class, subclass, protocol]: [u8; 3]| ClassTriple::new(class, subclass, protocol);
    let interfaces = descriptors.interfaces.iter().filter_map(|interface| {
        let class = triple(interface.settings.first()?.class);
        Some(Interface { number: interface.number, class, driver: None })
    });
    Ok(Attached {
        path,
        address: facts.address,
        vendor_id: descriptors.vendor_id,
        product_id: descriptors.product_id,
        usb_version: descriptors.usb_version,
        device_version: descriptors.device_version,
        class: triple(descriptors.class),
        manufacturer: descriptors.manufacturer.map(str::to_owned),
        product: descriptors.product.map(str::to_owned),
        access: if permitted { Access::Granted } else { Access::Denied { node: node() } },
        interfaces: interfaces.collect(),
    })
}

fn setup(request: ControlRequest, data: &[u8]) -> Result<Setup, UsbError> {
    let length = match request.direction {
        Direction::In => request.length,
        Direction::Out => u16::try_from(data.len()).map_err(|source| UsbError::Failed {
            doing: format!("sending {} bytes with a control request, which holds at most 65535,", data.len()),
            source: source.into(),
        })?,
    };
    let (value, index) = (request.value, request.index);
    Ok(Setup { request_type: request.request_type(), request: request.request, value, index, length })
}

fn refused(refusal: Refusal, device: &Attached, interface: u8) -> UsbError {
    match refusal {
        Refusal::Gone => UsbError::Gone,
        Refusal::Busy(holder) => UsbError::Busy { interface, holder },
        Refusal::Denied => UsbError::Denied {
            what: format!("the simulated stick in port {}", device.path),
            id: Some((device.vendor_id, device.product_id)),
        },
        Refusal::Unsuitable => {
            UsbError::Unsuitable { interface, why: "there is none of that number, or it has no pair of bulk endpoints" }
        }
    }
}

fn failed(error: TransferError, direction: Direction, within: Duration) -> UsbError {
    match error {
        TransferError::Gone => UsbError::Gone,
        TransferError::Stalled => UsbError::Stalled(direction),
        TransferError::TimedOut { sent } => UsbError::TimedOut { sent, within },
    }
}
