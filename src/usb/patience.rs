//! Waiting, with an end to it, for what settles by itself: a port that has just appeared, and a stick that is leaving.

use std::time::{Duration, Instant};

use super::{Attached, PortPath, UsbBus, UsbError};
use crate::interrupt::Interrupt;

/// How long `open` bears with a stick that has just come: udev is still setting permissions and kernel drivers are
/// still binding for up to two seconds after a re-enumeration.
const SETTLING_IN: Duration = Duration::from_secs(2);

/// How long a departure may lag behind the first transfer error. The hub tells the kernel at its next interrupt
/// transfer, up to a quarter of a second later, and the kernel debounces the port for another tenth.
const SETTLING_OUT: Duration = Duration::from_millis(700);

/// The time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It may, if it is made again a little later.
    ForNow(UsbError),
    /// It never will.
    ForGood(UsbError),
}

impl From<UsbError> for Refusal {
    fn from(error: UsbError) -> Self {
        match error {
            UsbError::Denied { .. } | UsbError::Busy { .. } => Self::ForNow(error),
            other => Self::ForGood(other),
        }
    }
}

/// Makes attempts until one succeeds or fails for good, for two seconds at most, or until somebody insists on a stop.
pub(super) fn patiently<T>(
    bus: &dyn UsbBus,
    interrupt: &Interrupt,
    mut attempt: impl FnMut() -> Result<T, Refusal>,
) -> Result<T, UsbError> {
    let give_up = bus.now() + SETTLING_IN;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(Refusal::ForGood(error)) => return Err(error),
            Err(Refusal::ForNow(error)) if bus.now() >= give_up || interrupt.insisted() => return Err(error),
            Err(Refusal::ForNow(error)) => {
                tracing::debug!(%error, "trying again");
                bus.sleep(BETWEEN_LOOKS);
            }
        }
    }
}

/// One incarnation of a stick: it is gone for good once another address, or nothing, is in its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Incarnation {
    /// The port.
    pub(super) path: PortPath,
    /// The address in this incarnation.
    pub(super) address: u8,
}

impl Incarnation {
    /// The incarnation that was seen on the bus.
    pub(super) fn of(device: &Attached) -> Self {
        Self { path: device.path.clone(), address: device.address }
    }

    /// What is being done while it is opened, for errors.
    pub(super) fn opening(&self) -> String {
        format!("opening the device in port {}", self.path)
    }

    /// Whether a snapshot of the bus still shows it. A bus that cannot be looked at proves no departure.
    pub(super) fn is_among(&self, snapshot: &Result<Vec<Attached>, UsbError>) -> bool {
        match snapshot {
            Ok(devices) => devices.iter().any(|device| device.address == self.address && device.path == self.path),
            Err(_) => true,
        }
    }
}

/// Settles what a failed transfer means by looking at the bus: an unplugged stick often shows as a protocol error
/// first.
///
/// Only failures without a name of their own are looked into; `present` says whether the stick is still on the bus.
pub(super) fn settle(error: UsbError, present: impl Fn() -> bool) -> UsbError {
    if !matches!(error, UsbError::Failed { .. }) {
        return error;
    }
    let give_up = Instant::now() + SETTLING_OUT;
    while present() {
        if Instant::now() >= give_up {
            return error;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    tracing::debug!(?error, "taken for a departure: the stick is no longer on the bus");
    UsbError::Gone
}

/// What it means that a port of this program holds an interface: nothing is busy any more on a stick that left, though
/// the old port may live on.
pub(super) fn busy_or_gone(error: UsbError, present: impl FnOnce() -> bool) -> UsbError {
    if matches!(error, UsbError::Busy { .. }) && !present() { UsbError::Gone } else { error }
}

/// A failure that has no name of its own in [`UsbError`].
pub(super) fn failed(
    doing: impl Into<String>,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> UsbError {
    UsbError::Failed { doing: doing.into(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::looked_at::LookedAt;
    use std::cell::Cell;

    fn clock() -> LookedAt {
        LookedAt::always(&[])
    }

    fn denied() -> UsbError {
        UsbError::Denied { what: "/dev/bus/usb/001/004".into(), id: None }
    }

    #[test]
    fn permission_that_comes_after_a_second_is_waited_for_in_silence() {
        let clock = clock();
        let opened = patiently(&clock, &Interrupt::new(), || {
            if clock.now() < Duration::from_secs(1) { Err(denied().into()) } else { Ok(7) }
        });
        assert_eq!(opened.expect("permission came"), 7);
    }

    #[test]
    fn permission_that_never_comes_is_reported_after_two_seconds() {
        let clock = clock();
        let opened: Result<(), UsbError> = patiently(&clock, &Interrupt::new(), || Err(denied().into()));
        assert!(matches!(opened, Err(UsbError::Denied { .. })));
        assert_eq!(clock.now(), SETTLING_IN);
    }

    #[test]
    fn nobody_who_insists_on_a_stop_waits_for_a_permission() {
        let clock = clock();
        let interrupt = Interrupt::new();
        let opened: Result<(), UsbError> = patiently(&clock, &interrupt, || {
            if clock.now() >= Duration::from_millis(100) {
                interrupt.insist();
            }
            Err(denied().into())
        });
        assert!(matches!(opened, Err(UsbError::Denied { .. })));
        assert_eq!(clock.now(), Duration::from_millis(100));
    }

    #[test]
    fn a_departure_is_not_waited_for() {
        let clock = clock();
        let opened: Result<(), UsbError> = patiently(&clock, &Interrupt::new(), || Err(UsbError::Gone.into()));
        assert!(matches!(opened, Err(UsbError::Gone)));
        assert_eq!(clock.now(), Duration::ZERO);
    }

    #[test]
    fn a_protocol_error_of_a_stick_that_vanishes_at_the_third_look_is_a_departure() {
        let looks = Cell::new(0);
        let settled = settle(failed("reading", "protocol error"), || {
            looks.set(looks.get() + 1);
            looks.get() < 3
        });
        assert!(matches!(settled, UsbError::Gone), "{settled:?}");
    }

    #[test]
    fn a_protocol_error_of_a_stick_that_stays_remains_one() {
        assert!(matches!(settle(failed("reading", "protocol error"), || true), UsbError::Failed { .. }));
    }

    #[test]
    fn a_stall_is_never_looked_into() {
        let stall = UsbError::Stalled(crate::usb::Direction::In);
        assert!(matches!(settle(stall, || false), UsbError::Stalled(_)));
    }

    #[test]
    fn an_interface_held_by_a_port_from_before_the_departure_is_gone_and_not_busy() {
        let busy = || UsbError::Busy { interface: 0, holder: "this program".into() };
        assert!(matches!(busy_or_gone(busy(), || false), UsbError::Gone));
        assert!(matches!(busy_or_gone(busy(), || true), UsbError::Busy { interface: 0, .. }));
        assert!(matches!(busy_or_gone(denied(), || false), UsbError::Denied { .. }));
    }

    #[test]
    fn a_bus_that_cannot_be_looked_at_proves_no_departure() {
        let incarnation = Incarnation { path: "1-1".parse().expect("a path"), address: 4 };
        assert!(incarnation.is_among(&Err(UsbError::NoUsb { source: None })));
        assert!(!incarnation.is_among(&Ok(Vec::new())));
    }
}
