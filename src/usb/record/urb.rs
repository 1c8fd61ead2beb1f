//! The header before each packet: `struct usbmon_packet` of Linux (Documentation/usb/usbmon.rst), 64 bytes.

use std::time::Duration;

use crate::usb::Attached;

/// Bytes of the header.
pub(super) const HEADER: usize = 64;

/// `-EINPROGRESS`: the status of every submission.
pub(super) const IN_PROGRESS: i32 = -115;

/// Which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Bus number.
    pub(super) bus: u8,
    /// Device address.
    pub(super) address: u8,
}

impl Place {
    /// Where a device is. Its port path is in the note of its arrival.
    pub(super) fn of(device: &Attached) -> Self {
        Self { bus: device.path.bus(), address: device.address }
    }
}

/// Half of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is about to be made.
    Submission,
    /// It ended.
    Completion,
}

/// The kind of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A control request.
    Control,
    /// A bulk transfer.
    Bulk,
    /// An interrupt transfer.
    Interrupt,
    /// None: a note. The kernel uses 0 to 3.
    Note,
}

/// One header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Urb {
    /// The same in both halves of a transfer.
    pub(super) id: u64,
    pub(super) event: Event,
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// Endpoint address; of a control request only the direction.
    pub(super) endpoint: u8,
    /// In the submission of a control request.
    pub(super) setup: Option<[u8; 8]>,
    /// 0, or an error number of Linux, negative.
    pub(super) status: i32,
    /// Bytes asked for in a submission, moved in a completion.
    pub(super) length: usize,
}

impl Urb {
    /// The header of a packet that holds so many bytes of data, `at` since 1970.
    pub(super) fn header(&self, at: Duration, data: usize) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        let mut put = |offset: usize, bytes: &[u8]| header[offset..offset + bytes.len()].copy_from_slice(bytes);
        put(0, &self.id.to_le_bytes());
        put(8, &[self.event.code(), self.kind.code(), self.endpoint, self.place.address]);
        put(12, &u16::from(self.place.bus).to_le_bytes());
        put(14, &[self.setup.map_or(b'-', |_| 0), self.data_flag(data)]);
        put(16, &at.as_secs().to_le_bytes());
        put(24, &at.subsec_micros().to_le_bytes());
        put(28, &self.status.to_le_bytes());
        put(32, &count(self.length).to_le_bytes());
        put(36, &count(data).to_le_bytes());
        put(40, &self.setup.unwrap_or_default());
        // Interval, start frame, flags and the isochronous descriptors are nothing here.
        header
    }

    /// 0 where data follows; else which way it would go, as the kernel marks it.
    fn data_flag(&self, data: usize) -> u8 {
        match (data, self.endpoint & 0x80) {
            (0, 0) => b'>',
            (0, _) => b'<',
            _ => 0,
        }
    }
}

impl Event {
    fn code(self) -> u8 {
        match self {
            Self::Submission => b'S',
            Self::Completion => b'C',
        }
    }
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Interrupt => 1,
            Self::Control => 2,
            Self::Bulk => 3,
            Self::Note => 0xff,
        }
    }
}

/// The field is of 32 bits; no transfer comes near.
fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: Urb = Urb {
        id: 0x0102,
        event: Event::Submission,
        kind: Kind::Bulk,
        place: Place { bus: 1, address: 7 },
        endpoint: 0x03,
        setup: None,
        status: IN_PROGRESS,
        length: 5,
    };

    #[test]
    fn a_submitted_bulk_transfer_is_laid_out_as_usbmon_lays_it_out() {
        let header = SEND.header(Duration::new(0x6500_0000, 250_000_999), 5);
        let expected = [
            [2, 1, 0, 0, 0, 0, 0, 0],
            [b'S', 3, 0x03, 7, 1, 0, b'-', 0],
            [0, 0, 0, 0x65, 0, 0, 0, 0],
            [0x90, 0xd0, 0x03, 0, 0x8d, 0xff, 0xff, 0xff],
            [5, 0, 0, 0, 5, 0, 0, 0],
            [0; 8],
            [0; 8],
            [0; 8],
        ];
        assert_eq!(header.as_slice(), expected.as_flattened());
    }

    #[test]
    fn a_submitted_control_request_carries_its_setup_packet_and_says_so() {
        let setup = [0x21, 0x22, 3, 0, 2, 0, 0, 0];
        let header = Urb { kind: Kind::Control, endpoint: 0, setup: Some(setup), ..SEND }.header(Duration::ZERO, 0);
        assert_eq!((header[9], header[14], &header[40..48]), (2, 0, &setup[..]));
    }

    #[test]
    fn a_packet_without_data_says_which_way_it_would_go() {
        let inward = Urb { endpoint: 0x82, ..SEND };
        assert_eq!(inward.header(Duration::ZERO, 0)[15], b'<');
        assert_eq!(SEND.header(Duration::ZERO, 0)[15], b'>');
        assert_eq!(SEND.header(Duration::ZERO, 1)[15], 0);
    }
}
