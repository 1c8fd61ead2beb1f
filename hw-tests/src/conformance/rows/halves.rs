//! Rows 17 to 19: a port that was split.

use std::thread;
use std::time::Duration;

use balong::usb::{UsbError, UsbReceiver, UsbSender};
use balong_mocks::Ending;
use balong_mocks::conformance::{ECHO, REFUSE};

use super::super::subject::{Kept, SOON, Subject, check, said, same};

/// Within which both halves must notice, and an interface must be free.
const PROMISED: Duration = Duration::from_secs(1);

/// Time enough for both halves to be waiting.
const AFTER: Duration = Duration::from_millis(300);
const AWAY: Duration = Duration::from_millis(500);

/// How often a send that the device does not take yet is made again. Virtual time may jump over a deadline at once.
const ATTEMPTS: usize = 1000;

/// Row 17.
pub(super) fn both_ways(subject: &Subject<'_>) -> Kept {
    let (device, port) = subject.fresh(0)?;
    let (mut receiver, mut sender) = port.split();
    subject.order(&device, ECHO, 1, 0, &[])?;
    subject.order(&device, REFUSE, 1, 0, &[])?;
    thread::scope(|scope| -> Kept {
        let sending = scope.spawn(|| send_until_taken(&mut *sender, b"held up"));
        subject.say(&device, Duration::ZERO, 0, b"not held up", Ending::ZeroLengthPacket)?;
        let heard = listen(&mut *receiver, 11);
        subject.order(&device, REFUSE, 0, 0, &[])?;
        same("what came while a send hung", &heard?, b"not held up")?;
        sending.join().map_err(|_| "the sending thread panicked".to_owned())??;
        same("the echo of that send", &listen(&mut *receiver, 7)?, b"held up")
    })?;

    let transfers: Vec<Vec<u8>> = (0u32..200).map(transfer).collect();
    let whole = transfers.concat();
    thread::scope(|scope| -> Kept {
        let sending = scope.spawn(|| transfers.iter().try_for_each(|bytes| send_until_taken(&mut *sender, bytes)));
        let heard = listen(&mut *receiver, whole.len());
        sending.join().map_err(|_| "the sending thread panicked".to_owned())??;
        same("the echo of 200 transfers", &heard?, &whole)
    })
}

/// Row 18, in both orders.
pub(super) fn dropped(subject: &Subject<'_>) -> Kept {
    for sender_first in [true, false] {
        let (device, port) = subject.fresh(0)?;
        let (mut receiver, mut sender) = port.split();
        let busy = || match subject.bus.open(&device, 0) {
            Err(UsbError::Busy { interface: 0, .. }) => Ok(()),
            Err(other) => Err(said("an open beside one half is not Busy")(other)),
            Ok(_) => Err("an open beside one half succeeded".to_owned()),
        };
        if sender_first {
            drop(sender);
            busy()?;
            subject.say(&device, Duration::ZERO, 0, b"alone", Ending::ZeroLengthPacket)?;
            same("what the half that is left heard", &listen(&mut *receiver, 5)?, b"alone")?;
            drop(receiver);
        } else {
            drop(receiver);
            busy()?;
            send_until_taken(&mut *sender, b"alone")?;
            let came = subject.report(&device, 0)?;
            check(came == [5], || format!("of the half that is left came {came:?}"))?;
            drop(sender);
        }
        let begun = subject.bus.now();
        let mut port = subject.open(&device, 0)?;
        let took = subject.bus.now() - begun;
        check(took <= PROMISED, || format!("it was free after {} ms", took.as_millis()))?;
        subject.order(&device, ECHO, 1, 0, &[])?;
        subject.echo(&mut *port, b"again")?;
    }
    Ok(())
}

/// Row 19.
pub(super) fn leaving(subject: &Subject<'_>) -> Kept {
    let (device, port) = subject.fresh(0)?;
    let (mut receiver, mut sender) = port.split();
    subject.order(&device, REFUSE, 1, 0, &[])?;
    subject.leave(&device, AFTER, AWAY)?;
    let leaves = subject.bus.now() + AFTER;
    let late = |what: &str| {
        let late = subject.bus.now().saturating_sub(leaves);
        check(late <= PROMISED, || format!("{what} was Gone {} ms after the departure", late.as_millis()))
    };
    thread::scope(|scope| -> Kept {
        let sending = scope.spawn(|| {
            match sender.send(b"never taken", SOON) {
                Err(UsbError::Gone) => {}
                other => return Err(format!("the send ended with {other:?}")),
            }
            late("the send")
        });
        let received = match receiver.receive(SOON) {
            Err(UsbError::Gone) => late("the receive"),
            other => Err(format!("the receive ended with {other:?}")),
        };
        sending.join().map_err(|_| "the sending thread panicked".to_owned())??;
        received
    })?;
    drop((receiver, sender));
    subject.device().map(drop)
}

/// Lengths around the packet size and the transfer size, and bytes that show where they belong.
fn transfer(number: u32) -> Vec<u8> {
    const LENGTHS: [u32; 8] = [1, 511, 512, 513, 1029, 2048, 4095, 4096];
    let length = LENGTHS[number as usize % LENGTHS.len()];
    (0..length).map(|at| (number * 31 + at * 7).to_le_bytes()[0]).collect()
}

fn send_until_taken(sender: &mut dyn UsbSender, bytes: &[u8]) -> Kept {
    let mut rest = bytes;
    for _ in 0..ATTEMPTS {
        match sender.send(rest, SOON) {
            Ok(()) => return Ok(()),
            Err(UsbError::TimedOut { sent, .. }) => rest = &rest[sent..],
            Err(other) => return Err(said("sending")(other)),
        }
    }
    Err(format!("{} bytes were not taken", rest.len()))
}

fn listen(receiver: &mut dyn UsbReceiver, length: usize) -> Result<Vec<u8>, String> {
    let mut heard = Vec::new();
    while heard.len() < length {
        match receiver.receive(SOON).map_err(said("receiving"))? {
            Some(chunk) => heard.extend_from_slice(&chunk),
            None => return Err(format!("{} of {length} bytes came, and then nothing", heard.len())),
        }
    }
    Ok(heard)
}
