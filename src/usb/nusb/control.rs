//! Control requests.

use std::time::Duration;

use ::nusb::transfer::{ControlIn, ControlOut, ControlType, Recipient as NusbRecipient, TransferError};
use ::nusb::{Device, Interface, MaybeFuture};
use bytes::Bytes;

use crate::usb::patience::failed;
use crate::usb::{ControlKind, ControlRequest, Direction, Recipient, UsbError};

/// A request to the device, without a claimed interface.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn to_device(
    device: &Device,
    request: ControlRequest,
    data: &[u8],
    within: Duration,
) -> Result<Bytes, UsbError> {
    let answer = match request.direction {
        Direction::In => device.control_in(inward(request), within).wait(),
        Direction::Out => device.control_out(outward(request, data)?, within).wait().map(|()| Vec::new()),
    };
    answer.map(Bytes::from).map_err(|error| failure(error, request, within))
}

/// Windows carries out control requests through a claimed interface alone.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn to_device(_: &Device, _: ControlRequest, _: &[u8], _: Duration) -> Result<Bytes, UsbError> {
    Err(failed("a control request to the device", "this system allows them through an open interface only"))
}

/// A request through a claimed interface.
pub(super) fn to_interface(
    interface: &Interface,
    request: ControlRequest,
    data: &[u8],
    within: Duration,
) -> Result<Bytes, UsbError> {
    let answer = match request.direction {
        Direction::In => interface.control_in(inward(request), within).wait(),
        Direction::Out => interface.control_out(outward(request, data)?, within).wait().map(|()| Vec::new()),
    };
    answer.map(Bytes::from).map_err(|error| failure(error, request, within))
}

fn inward(request: ControlRequest) -> ControlIn {
    ControlIn {
        control_type: kind(request.kind),
        recipient: recipient(request.recipient),
        request: request.request,
        value: request.value,
        index: request.index,
        length: request.length,
    }
}

fn outward(request: ControlRequest, data: &[u8]) -> Result<ControlOut<'_>, UsbError> {
    if u16::try_from(data.len()).is_err() {
        return Err(failed("a control request", format!("{} bytes of data, and 65535 is the most", data.len())));
    }
    Ok(ControlOut {
        control_type: kind(request.kind),
        recipient: recipient(request.recipient),
        request: request.request,
        value: request.value,
        index: request.index,
        data,
    })
}

fn kind(kind: ControlKind) -> ControlType {
    match kind {
        ControlKind::Standard => ControlType::Standard,
        ControlKind::Class => ControlType::Class,
        ControlKind::Vendor => ControlType::Vendor,
    }
}

fn recipient(recipient: Recipient) -> NusbRecipient {
    match recipient {
        Recipient::Device => NusbRecipient::Device,
        Recipient::Interface => NusbRecipient::Interface,
        Recipient::Endpoint => NusbRecipient::Endpoint,
    }
}

fn failure(error: TransferError, request: ControlRequest, within: Duration) -> UsbError {
    match error {
        TransferError::Cancelled => UsbError::TimedOut { sent: 0, within },
        TransferError::Stall => UsbError::Stalled(request.direction),
        TransferError::Disconnected => UsbError::Gone,
        other => failed(format!("control request {:02x}/{:02x}", request.request_type(), request.request), other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES_UP: Duration = Duration::from_secs(1);

    #[test]
    fn a_refused_request_is_a_stall_in_the_direction_of_its_data() {
        let request = ControlRequest::control_line_state(2, true, true);
        let stalled = failure(TransferError::Stall, request, LINES_UP);
        assert!(matches!(stalled, UsbError::Stalled(Direction::Out)));
        let request = ControlRequest { direction: Direction::In, ..request };
        assert!(matches!(failure(TransferError::Stall, request, LINES_UP), UsbError::Stalled(Direction::In)));
    }

    #[test]
    fn a_request_that_ran_out_of_time_and_one_to_a_departed_stick_keep_their_names() {
        let request = ControlRequest::control_line_state(2, true, true);
        let late = failure(TransferError::Cancelled, request, LINES_UP);
        assert!(matches!(late, UsbError::TimedOut { sent: 0, within } if within == LINES_UP));
        assert!(matches!(failure(TransferError::Disconnected, request, LINES_UP), UsbError::Gone));
        let failed = failure(TransferError::Fault, request, LINES_UP);
        assert_eq!(failed.to_string(), "control request 21/22 failed");
    }

    #[test]
    fn data_of_65536_bytes_is_refused_and_65535_pass() {
        let request = ControlRequest::control_line_state(0, true, true);
        assert_eq!(outward(request, &[0; 65535]).expect("fits").data.len(), 65535);
        assert!(matches!(outward(request, &[0; 65536]), Err(UsbError::Failed { .. })));
    }

    #[test]
    fn the_setup_packet_keeps_every_field() {
        let request = ControlRequest::control_line_state(2, true, false);
        let sent = outward(request, &[1]).expect("fits");
        assert_eq!((sent.control_type, sent.recipient), (ControlType::Class, NusbRecipient::Interface));
        assert_eq!((sent.request, sent.value, sent.index, sent.data), (0x22, 1, 2, &[1][..]));
    }
}
