//! Control requests.

use std::time::Duration;

use bytes::Bytes;
use rusb::{Context, DeviceHandle, Error};

use crate::usb::patience::failed;
use crate::usb::{ControlRequest, Direction, UsbError};

/// A deadline that libusb understands: whole milliseconds, never 0, which would mean for ever, and never so many that
/// the 32-bit number behind it wraps.
pub(super) fn deadline(within: Duration) -> Duration {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let rounded_up = within.min(DAY) + Duration::from_nanos(999_999);
    Duration::from_millis(u64::try_from(rounded_up.as_millis()).unwrap_or(1).max(1))
}

/// A request over an open device. libusb makes no difference between the device and an interface of it.
pub(super) fn transfer(
    handle: &DeviceHandle<Context>,
    request: ControlRequest,
    data: &[u8],
    within: Duration,
) -> Result<Bytes, UsbError> {
    let ControlRequest { request: code, value, index, .. } = request;
    let kind = request.request_type();
    match request.direction {
        Direction::In => {
            let mut answer = vec![0; usize::from(request.length)];
            let length = handle
                .read_control(kind, code, value, index, &mut answer, deadline(within))
                .map_err(|error| failure(error, request, within))?;
            answer.truncate(length);
            Ok(answer.into())
        }
        Direction::Out => {
            refuse_too_long(data)?;
            let sent = handle
                .write_control(kind, code, value, index, data, deadline(within))
                .map_err(|error| failure(error, request, within))?;
            if sent < data.len() { Err(UsbError::TimedOut { sent, within }) } else { Ok(Bytes::new()) }
        }
    }
}

/// rusb cuts a longer length down to its low 16 bits without a word.
fn refuse_too_long(data: &[u8]) -> Result<(), UsbError> {
    match u16::try_from(data.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(failed("a control request", format!("{} bytes of data, and 65535 is the most", data.len()))),
    }
}

fn failure(error: Error, request: ControlRequest, within: Duration) -> UsbError {
    match error {
        Error::Timeout => UsbError::TimedOut { sent: 0, within },
        Error::Pipe => UsbError::Stalled(request.direction),
        Error::NoDevice => UsbError::Gone,
        other => failed(format!("control request {:02x}/{:02x}", request.request_type(), request.request), other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_deadline_is_ever_the_zero_that_means_for_ever() {
        for (asked, given) in [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_micros(1500), 2),
            (Duration::from_millis(250), 250),
            (Duration::MAX, 86_400_000),
        ] {
            assert_eq!(deadline(asked), Duration::from_millis(given), "{asked:?}");
        }
    }

    #[test]
    fn a_refused_request_is_a_stall_in_the_direction_of_its_data() {
        let request = ControlRequest::control_line_state(2, true, true);
        let within = Duration::from_secs(1);
        assert!(matches!(failure(Error::Pipe, request, within), UsbError::Stalled(Direction::Out)));
        assert!(matches!(failure(Error::NoDevice, request, within), UsbError::Gone));
        assert!(matches!(failure(Error::Timeout, request, within), UsbError::TimedOut { sent: 0, .. }));
        assert_eq!(failure(Error::Io, request, within).to_string(), "control request 21/22 failed");
    }

    #[test]
    fn data_of_65536_bytes_is_refused_and_65535_pass() {
        assert!(refuse_too_long(&[0; 65535]).is_ok());
        assert!(matches!(refuse_too_long(&[0; 65536]), Err(UsbError::Failed { .. })));
    }
}
