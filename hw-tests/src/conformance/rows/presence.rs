//! Rows 7, 8 and 9: departures, returns, and the name of the place.

use std::time::Duration;

use balong::usb::{Attached, ControlRequest, Direction, UsbError, UsbPort};
use balong_mocks::conformance::ECHO;

use super::super::subject::{Kept, SOON, Subject, check, said};

/// Time enough for a receive to be under way.
const AFTER: Duration = Duration::from_millis(300);
const AWAY: Duration = Duration::from_millis(500);

/// Row 7.
pub(super) fn leaving_during_receive(subject: &Subject<'_>) -> Kept {
    const PROMISED: Duration = Duration::from_secs(1);
    let (device, mut port) = subject.fresh(0)?;
    subject.leave(&device, AFTER, AWAY)?;
    let leaves = subject.bus.now() + AFTER;
    let received = port.receive(SOON);
    let late = subject.bus.now().saturating_sub(leaves);
    gone("the receive during which it left", received)?;
    check(late <= PROMISED, || format!("Gone came {} ms after the departure", late.as_millis()))?;
    all_gone(&mut *port)?;
    drop(port);
    subject.device().map(drop)
}

/// Row 8.
pub(super) fn old_port_and_new(subject: &Subject<'_>) -> Kept {
    let (before, mut old) = subject.fresh(0)?;
    let after = come_back(subject, &before)?;
    all_gone(&mut *old)?;
    gone("opening the old incarnation", subject.bus.open(&before, 0))?;
    let set_down = ControlRequest::control_line_state(0, false, false);
    gone("a request to the old incarnation", subject.bus.control(&before, set_down, &[], SOON))?;
    let mut new = subject.open(&after, 0)?;
    subject.order(&after, ECHO, 1, 0, &[])?;
    subject.echo(&mut *new, b"here again")?;
    drop(old);
    subject.echo(&mut *new, b"and not harmed by the end of the old port")
}

/// Row 9.
pub(super) fn path(subject: &Subject<'_>) -> Kept {
    let before = subject.device()?;
    agreed(subject, &before)?;
    let after = come_back(subject, &before)?;
    check(after.path.to_string() == before.path.to_string(), || format!("{} became {}", before.path, after.path))?;
    agreed(subject, &after)
}

/// Every bus of the machine shows the device under the text that its owner expects.
fn agreed(subject: &Subject<'_>, device: &Attached) -> Kept {
    let text = subject.path.to_string();
    check(device.path.to_string() == text, || format!("the path is {}, not {text}", device.path))?;
    for other in subject.others {
        let other = subject.seen_by(*other)?;
        let place = |found: &Attached| (found.path.to_string(), found.address);
        check(place(&other) == place(device), || {
            format!("one shows {:?}, another {:?}", place(device), place(&other))
        })?;
    }
    Ok(())
}

/// Lets the device leave and waits for its next incarnation.
fn come_back(subject: &Subject<'_>, before: &Attached) -> Result<Attached, String> {
    subject.leave(before, Duration::from_millis(50), AWAY)?;
    subject.until("the device came back with a new address", || {
        let now = subject.device()?;
        Ok((now.address != before.address).then_some(now))
    })
}

fn all_gone(port: &mut dyn UsbPort) -> Kept {
    gone("a receive afterwards", port.receive(SOON))?;
    gone("a send afterwards", port.send(b"x", SOON))?;
    let lines_up = ControlRequest::control_line_state(0, true, true);
    gone("a control request afterwards", port.control(lines_up, &[], SOON))?;
    gone("clearing IN afterwards", port.clear_halt(Direction::In))?;
    gone("clearing OUT afterwards", port.clear_halt(Direction::Out))
}

fn gone<T>(what: &str, done: Result<T, UsbError>) -> Kept {
    match done {
        Err(UsbError::Gone) => Ok(()),
        Err(other) => Err(said(&format!("{what} is not Gone"))(other)),
        Ok(_) => Err(format!("{what} is not Gone, it succeeded")),
    }
}
