//! The conformance list: what every implementor of [`UsbBus`] must show, row by row, by the same code for each.
//!
//! A row is a plain function over a [`Subject`]: a bus, and a port of it that holds the test device of
//! [`balong_mocks::conformance`], which is told over the bus itself what to say and when. [`run`] runs every row and
//! stops at none; the outcomes of several runs are laid side by side by [`Table`].
//!
//! | run | where | by |
//! |---|---|---|
//! | simulated | in this process, under virtual time | `cargo test -p hw-tests --test conformance` |
//! | nusb, libusb | inside a guest on a stock Linux kernel, `option` bound beforehand | `cargo test -p hw-tests --test conformance_on_kernel -- --ignored --nocapture` |
//! | any of the three, by hand | wherever the test device is attached | the program `conformance` of this package |
//!
//! What the table says and what it does not:
//!
//! * A deadline of the list is asserted as it stands, also under emulation: `Gone` and a new opening take one second at
//!   most.
//! * QEMU tells wrongly how far a cancelled transfer got ([`Subject::through_usb_redir`]). What one had received is thrown
//!   away; the device's server keeps it and hands it to the next, so there the full packet of row 3 may come one `receive`
//!   late. That it is handed over at the deadline itself is shown by the simulated bus, and for nusb and libusb by the
//!   unit tests of their IN sides. And a send that was never taken counts as sent, so there row 13 asks the device alone.
//! * Row 2 aims its deadline at the reply, later after each round that timed out and earlier after each that did not. It
//!   fails when one side of the race was hardly ever seen: then nothing raced.
//! * Rows 6 and 16 do not believe the kernel's word alone: the driver that is back must carry bytes of its tty.
//! * Row 15 needs a machine without USB, and row 20 a stick with a modem port, which is dialled; the other rows need the
//!   test device. Each run says which of them it could not show. Rows 6, 15 and 16 speak of a kernel and do not apply to
//!   the simulated bus.

mod outcome;
mod rows;
mod subject;
mod table;

use std::fmt;
use std::str::FromStr;

use balong::usb::UsbBus;

pub use outcome::{Outcome, Reported};
pub use rows::{ROWS, Row};
pub use subject::{Kept, Subject};
pub use table::Table;

/// Who keeps the promises of the seam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Implementor {
    /// The crate nusb.
    Nusb,
    /// libusb, through rusb.
    Libusb,
    /// The simulated bus.
    Simulated,
}

impl Implementor {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Nusb, Self::Libusb, Self::Simulated];
}

impl fmt::Display for Implementor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nusb => "nusb",
            Self::Libusb => "libusb",
            Self::Simulated => "simulated",
        })
    }
}

impl FromStr for Implementor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is none of nusb, libusb, simulated"))
    }
}

/// Runs every row on one subject.
pub fn run<'a>(subject: &'a Subject<'a>) -> impl Iterator<Item = (Row, Outcome)> + 'a {
    ROWS.into_iter().map(|row| (row, row.run(subject)))
}

/// Runs the one row that needs a machine without USB; the others say that they do not apply.
pub fn run_without_usb(implementor: Implementor, bus: &dyn UsbBus) -> impl Iterator<Item = (Row, Outcome)> {
    ROWS.into_iter().map(move |row| (row, row.run_without_usb(implementor, bus)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implementors_read_back_as_they_are_written() {
        for implementor in Implementor::ALL {
            assert_eq!(implementor.to_string().parse(), Ok(implementor));
        }
        assert!("usbfs".parse::<Implementor>().is_err());
    }

    #[test]
    fn the_rows_are_numbered_from_1_without_a_gap() {
        let numbers: Vec<u8> = ROWS.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<u8>>());
    }
}
