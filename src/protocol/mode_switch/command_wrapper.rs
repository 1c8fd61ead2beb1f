//! The bulk-only command wrapper (USB Mass Storage Class Bulk-Only Transport 1.0, section 5.1), and the SCSI commands that
//! devices take as the wish to be switched.

use bytes::{BufMut, Bytes, BytesMut};

use crate::usb::Direction;

/// Length of a wrapper on the wire, in bytes.
pub const WRAPPER_LENGTH: usize = 31;

/// Any number does; this is the one that today's tools send.
const TAG: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// A command to a mass storage device, by its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandWrapper {
    /// How many bytes the data stage is to carry.
    pub transfer_length: u32,
    /// Which way they go. Without a data stage it means nothing, and is stated as OUT.
    pub direction: Direction,
    /// The logical unit, 0 to 15.
    pub unit: u8,
    /// How many bytes of the command block are stated to count, 0 to 16. Huawei's gadget reads all of them, whatever is
    /// stated here.
    pub stated_length: u8,
    /// The command block.
    pub block: [u8; 16],
}

impl CommandWrapper {
    /// A six-byte SCSI command to unit 0, without a data stage.
    #[must_use]
    const fn six_bytes(command: [u8; 6]) -> Self {
        let [operation, one, two, three, four, control] = command;
        let block = [operation, one, two, three, four, control, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Self { transfer_length: 0, direction: Direction::Out, unit: 0, stated_length: 6, block }
    }

    /// REZERO UNIT (01), with which the phones U7510 and U2800 are switched. The wrapper promises six bytes to the host
    /// that the command does not have; it is sent as it is known to work.
    #[must_use]
    pub const fn rezero_unit() -> Self {
        Self { transfer_length: 6, direction: Direction::In, ..Self::six_bytes([0x01, 0, 0, 0, 0, 0]) }
    }

    /// INQUIRY (12) for the 36 bytes that every device has.
    #[must_use]
    pub const fn inquiry() -> Self {
        Self { transfer_length: 36, direction: Direction::In, ..Self::six_bytes([0x12, 0, 0, 0, 36, 0]) }
    }

    /// PREVENT ALLOW MEDIUM REMOVAL (1e), allowing it: a drive that was locked refuses to eject.
    #[must_use]
    pub const fn allow_removal() -> Self {
        Self::six_bytes([0x1e, 0, 0, 0, 0, 0])
    }

    /// START STOP UNIT (1b) with the bit LOEJ and without START: eject.
    #[must_use]
    pub const fn eject() -> Self {
        Self::six_bytes([0x1b, 0, 0, 0, 0x02, 0])
    }

    /// The 31 bytes that go over the wire.
    #[must_use]
    pub fn transfer(&self) -> Bytes {
        let flags = match self.direction {
            Direction::Out => 0x00,
            Direction::In => 0x80,
        };
        let mut wrapper = BytesMut::with_capacity(WRAPPER_LENGTH);
        wrapper.put_slice(b"USBC");
        wrapper.put_slice(&TAG);
        wrapper.put_u32_le(self.transfer_length);
        wrapper.put_slice(&[flags, self.unit, self.stated_length]);
        wrapper.put_slice(&self.block);
        wrapper.freeze()
    }
}
