//! Control requests, in the terms of the USB 2.0 specification, section 9.3.

use super::Direction;

/// Who defines a request (bits 5 and 6 of `bmRequestType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// The USB specification.
    Standard,
    /// The interface's class.
    Class,
    /// The vendor.
    Vendor,
}

/// Whom a request is for (bits 0 to 4 of `bmRequestType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The device.
    Device,
    /// One interface; its number is in the low byte of `index`.
    Interface,
    /// One endpoint; its address is in the low byte of `index`.
    Endpoint,
}

/// The setup packet of a control transfer, less the length of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlRequest {
    /// Which way the data stage goes.
    pub direction: Direction,
    /// Who defines the request.
    pub kind: ControlKind,
    /// Whom it is for.
    pub recipient: Recipient,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`.
    pub index: u16,
    /// `wLength` of an [`Direction::In`] request, in bytes; an [`Direction::Out`] request sends what it is given.
    pub length: u16,
}

impl ControlRequest {
    /// SET_CONTROL_LINE_STATE (USB CDC PSTN 1.2, section 6.3.12): raises or drops DTR and RTS of a serial interface.
    #[must_use]
    pub fn control_line_state(interface: u8, data_terminal_ready: bool, request_to_send: bool) -> Self {
        Self {
            direction: Direction::Out,
            kind: ControlKind::Class,
            recipient: Recipient::Interface,
            request: 0x22,
            value: u16::from(data_terminal_ready) | u16::from(request_to_send) << 1,
            index: u16::from(interface),
            length: 0,
        }
    }

    /// `bmRequestType` as it stands in the setup packet.
    #[must_use]
    pub fn request_type(&self) -> u8 {
        let direction = match self.direction {
            Direction::Out => 0x00,
            Direction::In => 0x80,
        };
        let kind = match self.kind {
            ControlKind::Standard => 0x00,
            ControlKind::Class => 0x20,
            ControlKind::Vendor => 0x40,
        };
        let recipient = match self.recipient {
            Recipient::Device => 0,
            Recipient::Interface => 1,
            Recipient::Endpoint => 2,
        };
        direction | kind | recipient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_both_lines_is_the_request_that_linux_sends() {
        let request = ControlRequest::control_line_state(2, true, true);
        assert_eq!((request.request_type(), request.request, request.value, request.index), (0x21, 0x22, 3, 2));
    }
}
