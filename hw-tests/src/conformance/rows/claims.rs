//! Rows 11 to 14: what is claimed, by whom, and what needs no claim.

use std::time::Duration;

use balong::usb::{ControlKind, ControlRequest, Direction, Recipient, UsbError};
use balong_mocks::Ending;
use balong_mocks::conformance::{ECHO, PRODUCT_ID, REFUSE, VENDOR_ID};

use super::super::subject::{Kept, SOON, Subject, check, hear, said, same, vendor};

const SHORT: Duration = Duration::from_millis(20);

/// Row 11: on the same bus, and as another program would try it.
pub(super) fn opened_twice(subject: &Subject<'_>) -> Kept {
    let (device, mut first) = subject.fresh(0)?;
    subject.order(&device, ECHO, 1, 0, &[])?;
    for bus in std::iter::once(subject.bus).chain(subject.others.iter().copied()) {
        match bus.open(&device, 0) {
            Err(UsbError::Busy { interface: 0, .. }) => {}
            Err(other) => return Err(said("a second open is not Busy")(other)),
            Ok(_) => return Err("a second open succeeded".to_owned()),
        }
        subject.echo(&mut *first, b"unharmed")?;
    }
    Ok(())
}

/// Row 12, several times over: what the first port left behind may show only later.
pub(super) fn dropped_with_a_read_pending(subject: &Subject<'_>) -> Kept {
    const PROMISED: Duration = Duration::from_secs(1);
    let (device, mut port) = subject.fresh(0)?;
    subject.order(&device, ECHO, 1, 0, &[])?;
    for round in 0..5u8 {
        let nothing = port.receive(SHORT).map_err(said("receiving nothing"))?;
        check(nothing.is_none(), || "something came that nobody said".to_owned())?;
        let begun = subject.bus.now();
        drop(port);
        port = subject.open(&device, 0).map_err(|why| format!("round {round}: {why}"))?;
        subject.echo(&mut *port, &[round])?;
        let took = subject.bus.now() - begun;
        check(took <= PROMISED, || format!("round {round} took {} ms from drop to echo", took.as_millis()))?;
    }
    Ok(())
}

/// Row 13: as an AT port and a data port are. What holds up one does not hold up the other.
pub(super) fn two_ports(subject: &Subject<'_>) -> Kept {
    let (device, mut first) = subject.fresh(0)?;
    let mut second = subject.open(&device, 1)?;
    for (interface, text) in [(0, &b"zero"[..]), (1, b"one")] {
        subject.order(&device, ECHO, 1, interface, &[])?;
        subject.say(&device, Duration::ZERO, interface.to_le_bytes()[0], text, Ending::ZeroLengthPacket)?;
    }
    same("what interface 1 said", &hear(&mut *second, SOON)?, b"one")?;
    same("what interface 0 said", &hear(&mut *first, SOON)?, b"zero")?;

    subject.order(&device, REFUSE, 1, 0, &[])?;
    match first.send(b"not taken", SHORT) {
        Err(UsbError::TimedOut { sent: 0, .. }) => {}
        // QEMU counts what it sent on as taken; that it was not is seen below, where the device tells what came.
        Ok(()) if subject.through_usb_redir => {}
        other => return Err(format!("a send that is answered NAK ended with {other:?}")),
    }
    subject.echo(&mut *second, b"not held up")?;
    subject.order(&device, REFUSE, 0, 0, &[])?;
    subject.echo(&mut *first, b"taken")?;
    let came = (subject.report(&device, 0)?, subject.report(&device, 1)?);
    check(came == (vec![5], vec![11]), || format!("transfers of {came:?} bytes came"))?;

    drop(first);
    subject.echo(&mut *second, b"not harmed by the end of the other")
}

/// Row 14.
pub(super) fn control_without_a_claim(subject: &Subject<'_>) -> Kept {
    let before = subject.device()?;
    let descriptor = ControlRequest {
        direction: Direction::In,
        kind: ControlKind::Standard,
        recipient: Recipient::Device,
        request: 6,
        value: 0x0100,
        index: 0,
        length: 18,
    };
    let read = subject.bus.control(&before, descriptor, &[], SOON).map_err(said("reading the device descriptor"))?;
    let ids = [VENDOR_ID, PRODUCT_ID].map(u16::to_le_bytes).concat();
    check(read.len() == 18, || format!("the device descriptor has {} bytes", read.len()))?;
    same("the ids in the device descriptor", &read[8..12], &ids)?;
    let refused = subject.bus.control(&before, vendor(Direction::In, 0xee, 0, 0), &[], SOON);
    match refused {
        Err(UsbError::Stalled(Direction::In)) => {}
        other => return Err(format!("a request that the device refuses ended with {other:?}")),
    }
    let after = subject.device()?;
    check(after == before, || format!("the device was {before:?} and is {after:?}"))
}
