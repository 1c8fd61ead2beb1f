//! Rows 1, 2, 3 and 10: replies late, in a race with the cancel, in full packets, and behind a stall.

use std::time::Duration;

use balong::usb::{Direction, UsbError};
use balong_mocks::Ending;
use balong_mocks::conformance::{ECHO, HALT};

use super::super::subject::{Kept, SOON, Subject, check, hear, said, same};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Row 1. The device counts from the moment at which it hears the order, a little after this program counts from; so on
/// a busy machine a reply may come before the deadline after all, and several rounds are made.
pub(super) fn late_reply(subject: &Subject<'_>) -> Kept {
    const ROUNDS: u8 = 20;
    const DELAY: Duration = Duration::from_millis(30);
    let (device, mut port) = subject.fresh(0)?;
    let mut late = 0;
    for round in 0..ROUNDS {
        let deadline = subject.bus.now() + DELAY - MILLISECOND;
        subject.say(&device, DELAY, 0, &[round], Ending::ZeroLengthPacket)?;
        let within = deadline.saturating_sub(subject.bus.now());
        let heard = match port.receive(within).map_err(said("receiving"))? {
            Some(in_time) => in_time,
            None => {
                late += 1;
                hear(&mut *port, SOON).map_err(|why| format!("round {round}, after the timeout: {why}"))?
            }
        };
        same(&format!("the reply of round {round}"), &heard, &[round])?;
    }
    check(late > 0, || format!("in {ROUNDS} rounds no receive timed out before its reply"))
}

/// Row 2. The deadline is moved towards the reply after each round, so that all of them are close.
pub(super) fn reply_that_races_the_cancel(subject: &Subject<'_>) -> Kept {
    const ROUNDS: u32 = 1000;
    const DELAY: Duration = Duration::from_millis(5);
    const STEP: Duration = Duration::from_micros(100);
    /// Fewer rounds on one side of the deadline than this were no race.
    const ENOUGH: u32 = ROUNDS / 20;
    let (device, mut port) = subject.fresh(0)?;
    let (mut aim, mut timed_out) = (DELAY, 0);
    for round in 0..ROUNDS {
        let reply = round.to_be_bytes();
        subject.say(&device, DELAY, 0, &reply, Ending::ZeroLengthPacket)?;
        let heard = match port.receive(aim).map_err(said(&format!("receiving in round {round}")))? {
            Some(in_time) => {
                aim = aim.saturating_sub(STEP).max(STEP);
                in_time
            }
            None => {
                timed_out += 1;
                aim += STEP;
                hear(&mut *port, SOON).map_err(|why| format!("round {round}, lost to the cancel: {why}"))?
            }
        };
        same(&format!("the reply of round {round}"), &heard, &reply)?;
    }
    check((ENOUGH..=ROUNDS - ENOUGH).contains(&timed_out), || {
        format!("nothing raced: {timed_out} of {ROUNDS} rounds timed out before the reply")
    })
}

/// Row 3.
pub(super) fn full_packets(subject: &Subject<'_>) -> Kept {
    const WITHIN: Duration = Duration::from_millis(100);
    let (device, mut port) = subject.fresh(0)?;
    let full: Vec<u8> = (0..=255).cycle().take(512).collect();
    subject.say(&device, Duration::ZERO, 0, &full, Ending::ZeroLengthPacket)?;
    subject.say(&device, Duration::ZERO, 0, b"x", Ending::ZeroLengthPacket)?;
    same("the first chunk", &hear(&mut *port, SOON)?, &full)?;
    same("the second chunk", &hear(&mut *port, SOON)?, b"x")?;

    subject.say(&device, Duration::ZERO, 0, &full, Ending::Nothing)?;
    let mut open = port.receive(WITHIN).map_err(said("receiving the open packet"))?;
    if open.is_none() && subject.through_usb_redir {
        open = port.receive(WITHIN).map_err(said("receiving the open packet"))?;
    }
    let open = open.ok_or("a full packet with nothing behind it was not handed over at the deadline")?;
    same("the open packet", &open, &full)?;
    let more = port.receive(WITHIN).map_err(said("receiving nothing"))?;
    check(more.is_none(), || format!("{} bytes came twice", more.map_or(0, |bytes| bytes.len())))
}

/// Row 10.
pub(super) fn stalls(subject: &Subject<'_>) -> Kept {
    let (device, mut port) = subject.fresh(0)?;
    subject.order(&device, ECHO, 1, 0, &[])?;
    for round in 0..3u8 {
        subject.order(&device, HALT, 1, 0, &[])?;
        for _ in 0..2 {
            stalled(Direction::In, port.receive(SOON).map(drop))?;
        }
        port.send(&[round], SOON).map_err(said("sending while IN is halted"))?;
        port.clear_halt(Direction::In).map_err(said("clearing the halt of IN"))?;
        same("the echo from before the halt was cleared", &hear(&mut *port, SOON)?, &[round])?;
        subject.echo(&mut *port, b"IN goes on")?;

        subject.order(&device, HALT, 0, 0, &[])?;
        stalled(Direction::Out, port.send(b"refused", SOON))?;
        port.clear_halt(Direction::Out).map_err(said("clearing the halt of OUT"))?;
        subject.echo(&mut *port, b"OUT goes on")?;
    }
    let lengths = subject.report(&device, 0)?;
    check(lengths == [1, 10, 11].repeat(3), || format!("transfers of {lengths:?} bytes came"))
}

fn stalled(direction: Direction, done: Result<(), UsbError>) -> Kept {
    match done {
        Err(UsbError::Stalled(on)) if on == direction => Ok(()),
        other => Err(format!("{direction:?} is halted, but the transfer ended with {other:?}")),
    }
}
