//! The rows.

mod claims;
mod drivers;
mod halves;
mod notices;
mod presence;
mod receiving;
mod sending;
mod without_usb;

use std::panic::{AssertUnwindSafe, catch_unwind};

use balong::usb::{PortPath, UsbBus};

use super::{Implementor, Kept, Outcome, Subject};

/// One promise.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its number in the list.
    pub number: u8,
    /// The promise.
    pub sentence: &'static str,
    shown: Shown,
    /// Why it means nothing for the simulated bus, if so.
    not_simulated: Option<&'static str>,
}

/// How it is shown.
#[derive(Clone, Copy)]
enum Shown {
    OnTheDevice(fn(&Subject<'_>) -> Kept),
    OnAModem(fn(&Subject<'_>, &PortPath) -> Kept),
    WithoutUsb(fn(&dyn UsbBus) -> Kept),
}

use Shown::{OnAModem, OnTheDevice, WithoutUsb};

const NO_KERNEL: &str = "no kernel sits between the program and the simulated bus";

/// The list.
pub const ROWS: [Row; 20] = [
    row(1, "a reply 1 ms after a timed-out receive is delivered by the next", receiving::late_reply),
    row(2, "of 1000 replies that race the cancel none is lost", receiving::reply_that_races_the_cancel),
    row(3, "full packets: ended ones are chunks in order, an open one comes at the deadline", receiving::full_packets),
    row(4, "an empty send is one zero-length packet, and no other send makes one", sending::zero_length_packets),
    row(5, "a send of 1029 bytes is one transfer", sending::one_transfer),
    kernel(
        6,
        "the kernel driver is bound before open, away meanwhile, bound again after drop",
        OnTheDevice(drivers::given_back),
    ),
    row(7, "a stick that leaves during receive is gone within 1 s", presence::leaving_during_receive),
    row(8, "after re-enumeration the old port is gone and the new one opens", presence::old_port_and_new),
    row(9, "the path text is equal between backends, and before and after", presence::path),
    row(10, "a stall on IN and on OUT is cleared, and traffic goes on", receiving::stalls),
    row(11, "a second open is busy, and the first port is unharmed", claims::opened_twice),
    row(12, "a port dropped with a read pending opens again within 1 s", claims::dropped_with_a_read_pending),
    row(13, "two ports of one stick are open at once", claims::two_ports),
    row(14, "a control request to the device needs no claimed interface", claims::control_without_a_claim),
    kernel(15, "a host with no USB at all is a clean error", WithoutUsb(without_usb::clean_error)),
    kernel(
        16,
        "SET_CONFIGURATION while a driver is bound leaves no kernel unaware",
        OnTheDevice(drivers::configured_anew),
    ),
    row(17, "halves of a split port do not wait for each other, and lose and reorder nothing", halves::both_ways),
    row(18, "an interface is free again within 1 s after both halves are dropped, and not before", halves::dropped),
    row(19, "a stick that leaves while both halves wait is gone for both within 1 s", halves::leaving),
    Row {
        number: 20,
        sentence: "a modem's SERIAL_STATE is heard while data flows, and a timeout loses neither",
        shown: OnAModem(notices::carrier),
        not_simulated: None,
    },
];

const fn row(number: u8, sentence: &'static str, show: fn(&Subject<'_>) -> Kept) -> Row {
    Row { number, sentence, shown: OnTheDevice(show), not_simulated: None }
}

const fn kernel(number: u8, sentence: &'static str, shown: Shown) -> Row {
    Row { number, sentence, shown, not_simulated: Some(NO_KERNEL) }
}

impl Row {
    /// Why it means nothing for an implementor, if so.
    #[must_use]
    pub fn exempt(&self, implementor: Implementor) -> Option<&'static str> {
        self.not_simulated.filter(|_| implementor == Implementor::Simulated)
    }

    /// Runs it where the test device is.
    #[must_use]
    pub fn run(&self, subject: &Subject<'_>) -> Outcome {
        match (self.exempt(subject.implementor), self.shown) {
            (Some(why), _) => Outcome::DoesNotApply(why.to_owned()),
            (None, OnTheDevice(show)) => outcome(|| show(subject)),
            (None, OnAModem(show)) => match &subject.modem {
                Some(modem) => outcome(|| show(subject, modem)),
                None => Outcome::DoesNotApply("no stick with a modem port was named".to_owned()),
            },
            (None, WithoutUsb(_)) => Outcome::DoesNotApply("this machine has USB".to_owned()),
        }
    }

    /// Runs it on a machine without USB.
    #[must_use]
    pub fn run_without_usb(&self, implementor: Implementor, bus: &dyn UsbBus) -> Outcome {
        match (self.exempt(implementor), self.shown) {
            (Some(why), _) => Outcome::DoesNotApply(why.to_owned()),
            (None, WithoutUsb(show)) => outcome(|| show(bus)),
            (None, OnTheDevice(_) | OnAModem(_)) => Outcome::DoesNotApply("this machine has no USB".to_owned()),
        }
    }
}

/// A panic fails its row and no other.
fn outcome(show: impl FnOnce() -> Kept) -> Outcome {
    match catch_unwind(AssertUnwindSafe(show)) {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(reason)) => Outcome::Failed(reason),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Outcome::Failed(format!("it panicked: {}", text.unwrap_or("with no text")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failed_row() {
        assert_eq!(outcome(|| panic!("no {}", "bus")), Outcome::Failed("it panicked: no bus".to_owned()));
        assert_eq!(outcome(|| Err("lost".to_owned())), Outcome::Failed("lost".to_owned()));
    }

    #[test]
    fn three_rows_do_not_apply_to_the_simulated_bus() {
        let exempt = |implementor| {
            let rows = ROWS.iter().filter(move |row| row.exempt(implementor).is_some());
            rows.map(|row| row.number).collect::<Vec<u8>>()
        };
        assert_eq!(exempt(Implementor::Simulated), [6, 15, 16]);
        assert_eq!((exempt(Implementor::Nusb), exempt(Implementor::Libusb)), (vec![], vec![]));
    }
}
