//! The test device behind the conformance list: it does what it is told, and tells what it saw.
//!
//! Whoever tests a USB library needs a device that answers exactly then and exactly so, and counts what really arrived.
//! No stick does that. This device has two serial-like interfaces, each with a bulk pair, and takes its orders over the
//! bus itself, as vendor requests to the device: no interface needs to be claimed for them, and a program inside a
//! virtual machine can give them as well as one outside. It is a [`crate::Stick`] in [`crate::Mode::Conformance`].
//!
//! | request | `wValue` | `wIndex` | data |
//! |---|---|---|---|
//! | [`FORGET`] | 0 | 0 | none; both interfaces are as after enumeration, nothing waits to be read |
//! | [`SAY`] | after so many [`TICK`]s | interface | what it says; a zero-length packet follows full packets |
//! | [`SAY_OPEN`] | after so many [`TICK`]s | interface | what it says; nothing follows |
//! | [`HALT`] | 0 is OUT, 1 is IN | interface | none; that endpoint of the interface stalls until it is cleared |
//! | [`ECHO`] | 1 is on, 0 is off | interface | none; each transfer that comes is said back |
//! | [`REFUSE`] | 1 is on, 0 is off | interface | none; the OUT endpoint answers NAK |
//! | [`LEAVE`] | after so many milliseconds | away for so many milliseconds | none |
//! | [`REPORT`] | 0 | interface | to the host: the length of each transfer that came, four bytes each, low byte first |
//!
//! Everything else is refused with a stall.

use std::time::Duration;

/// The vendor id: Huawei's, because Linux's `option` driver takes every interface ff/ff/ff under it.
pub const VENDOR_ID: u16 = 0x12d1;
/// The product id: no product has it, and no driver's table names it.
pub const PRODUCT_ID: u16 = 0x7e57;
/// How many interfaces there are, from 0.
pub const INTERFACES: u8 = 2;
/// The unit in which a delay is given.
pub const TICK: Duration = Duration::from_micros(100);

/// Forget everything.
pub const FORGET: u8 = 0x01;
/// Say something that ends for sure.
pub const SAY: u8 = 0x02;
/// Say something and leave open whether more follows.
pub const SAY_OPEN: u8 = 0x03;
/// Stall an endpoint.
pub const HALT: u8 = 0x04;
/// Say back what comes.
pub const ECHO: u8 = 0x05;
/// Take nothing.
pub const REFUSE: u8 = 0x06;
/// Leave the bus, and come back.
pub const LEAVE: u8 = 0x07;
/// Tell what came.
pub const REPORT: u8 = 0x08;

/// What it was told, and what came.
#[derive(Debug, Default)]
pub(crate) struct TestDevice {
    pub(crate) interfaces: [TestInterface; INTERFACES as usize],
}

/// One of its interfaces.
#[derive(Debug, Default)]
pub(crate) struct TestInterface {
    pub(crate) echoes: bool,
    pub(crate) refuses: bool,
    came: Vec<u32>,
}

impl TestInterface {
    /// Counts one transfer. `false`: it is not taken now.
    pub(crate) fn takes(&mut self, transfer: &[u8]) -> bool {
        if !self.refuses {
            // No guest's transfer has 4 GiB.
            self.came.push(u32::try_from(transfer.len()).unwrap_or(u32::MAX));
        }
        !self.refuses
    }

    pub(crate) fn report(&self) -> Vec<u8> {
        self.came.iter().flat_map(|length| length.to_le_bytes()).collect()
    }
}
