//! The OUT side: one transfer at a time, counted to the byte.

use std::time::{Duration, Instant};

use ::nusb::transfer::{Completion, TransferError};

use super::{Endpoint, failure, withdraw};
use crate::interrupt::Interrupt;
use crate::usb::{Direction, UsbError};

/// How often somebody who insists on a stop is looked for. The transfer stays queued over these looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A bulk OUT endpoint.
pub(in crate::usb::nusb) struct OutPipe<E> {
    endpoint: E,
    interrupt: Interrupt,
}

impl<E: Endpoint> OutPipe<E> {
    /// Takes an endpoint with nothing queued.
    pub(in crate::usb::nusb) fn new(endpoint: E, interrupt: Interrupt) -> Self {
        Self { endpoint, interrupt }
    }

    /// Sends one transfer. At the deadline, or when somebody insists on a stop, it is cancelled, and the bytes that the
    /// stick took are counted.
    pub(in crate::usb::nusb) fn send(&mut self, transfer: &[u8], within: Duration) -> Result<(), UsbError> {
        self.send_while(transfer, within, &mut || true)
    }

    /// The same, also cancelled once it is wanted no more.
    pub(in crate::usb::nusb) fn send_while(
        &mut self,
        transfer: &[u8],
        within: Duration,
        is_wanted: &mut dyn FnMut() -> bool,
    ) -> Result<(), UsbError> {
        self.stop()?;
        self.endpoint.submit(transfer.into());
        let begun = Instant::now();
        loop {
            let left = within.saturating_sub(begun.elapsed());
            if let Some(completion) = self.endpoint.wait(left.min(LOOK_EVERY)) {
                return outcome(&completion, transfer.len(), within);
            }
            if left <= LOOK_EVERY || self.interrupt.insisted() || !is_wanted() {
                break;
            }
        }
        match withdraw(&mut self.endpoint)?.first() {
            Some(completion) => outcome(completion, transfer.len(), within),
            None => Err(UsbError::TimedOut { sent: 0, within }),
        }
    }

    /// Clears a halt with nothing in flight.
    pub(in crate::usb::nusb) fn clear_halt(&mut self) -> Result<(), UsbError> {
        self.stop()?;
        self.endpoint.clear_halt()
    }

    /// Withdraws a transfer that an earlier cancel did not bring back.
    pub(in crate::usb::nusb) fn stop(&mut self) -> Result<(), UsbError> {
        for late in withdraw(&mut self.endpoint)? {
            tracing::warn!(sent = late.actual_len, "a cancelled transfer came back late");
        }
        Ok(())
    }
}

/// A transfer that completed while it was being cancelled has been sent; one that the stick took in part has not.
fn outcome(completion: &Completion, length: usize, within: Duration) -> Result<(), UsbError> {
    let sent = completion.actual_len.min(length);
    match completion.status {
        Ok(()) if sent == length => Ok(()),
        Err(TransferError::Cancelled) if sent == length && length > 0 => Ok(()),
        Ok(()) | Err(TransferError::Cancelled) => Err(UsbError::TimedOut { sent, within }),
        Err(error) => Err(failure(error, Direction::Out)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Script, Turn};
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    fn pipe(script: Script) -> OutPipe<Script> {
        OutPipe::new(script, Interrupt::new())
    }

    #[test]
    fn a_transfer_of_1029_bytes_is_submitted_once_and_whole() {
        let mut pipe = pipe(Script::of([Turn::sent(1029)]));
        pipe.send(&[0x5a; 1029], SOON).expect("taken");
        assert_eq!(pipe.endpoint.submitted, [1029]);
    }

    #[test]
    fn an_empty_transfer_is_one_zero_length_packet_and_a_full_packet_gets_none_behind_it() {
        let mut pipe = pipe(Script::of([Turn::sent(0), Turn::sent(512)]));
        pipe.send(&[], SOON).expect("taken");
        pipe.send(&[0; 512], SOON).expect("taken");
        assert_eq!(pipe.endpoint.submitted, [0, 512]);
    }

    #[test]
    fn a_deadline_after_512_of_1029_bytes_says_512() {
        let mut pipe = pipe(Script::of([Turn::sent_at_cancel(512)]));
        let sent = pipe.send(&[0; 1029], SOON);
        assert!(matches!(sent, Err(UsbError::TimedOut { sent: 512, within: SOON })), "{sent:?}");
        assert_eq!(pipe.endpoint.pending(), 0);
    }

    #[test]
    fn an_empty_transfer_that_is_never_taken_has_timed_out() {
        let mut pipe = pipe(Script::of([Turn::sent_at_cancel(0)]));
        assert!(matches!(pipe.send(&[], SOON), Err(UsbError::TimedOut { sent: 0, .. })));
    }

    #[test]
    fn a_transfer_that_completes_while_it_is_cancelled_was_sent() {
        let mut pipe = pipe(Script::of([Turn::sent_at_cancel(1029)]));
        pipe.send(&[0; 1029], SOON).expect("the stick took every byte");
    }

    #[test]
    fn a_short_write_is_reported_with_its_length() {
        let mut pipe = pipe(Script::of([Turn::sent(64)]));
        assert!(matches!(pipe.send(&[0; 1029], SOON), Err(UsbError::TimedOut { sent: 64, .. })));
    }

    #[test]
    fn a_stall_is_cleared_and_traffic_goes_on() {
        let mut pipe = pipe(Script::of([Turn::ended(TransferError::Stall), Turn::sent(5)]));
        assert!(matches!(pipe.send(&[0; 5], SOON), Err(UsbError::Stalled(Direction::Out))));
        pipe.clear_halt().expect("cleared");
        pipe.send(&[0; 5], SOON).expect("taken");
        assert_eq!(pipe.endpoint.cleared, 1);
    }

    #[test]
    fn a_transfer_that_does_not_come_back_from_a_cancel_is_withdrawn_before_the_next() {
        let mut pipe = pipe(Script::of([Turn::stuck_for_one_cancel(), Turn::sent(3)]));
        assert!(matches!(pipe.send(&[0; 3], SOON), Err(UsbError::Failed { .. })));
        pipe.send(&[0; 3], SOON).expect("taken");
        assert_eq!(pipe.endpoint.submitted, [3, 3]);
    }

    #[test]
    fn a_transfer_that_a_hung_stick_does_not_take_is_withdrawn_when_somebody_insists() {
        let hour = Duration::from_secs(3600);
        let mut pipe = pipe(Script::of([Turn::sent_at_cancel(512)]));
        pipe.interrupt.insist();
        assert!(matches!(pipe.send(&[0; 1029], hour), Err(UsbError::TimedOut { sent: 512, .. })));
        assert_eq!(pipe.endpoint.pending(), 0);
    }
    #[test]
    fn a_transfer_that_the_stick_does_not_take_stays_queued_for_as_long_as_it_is_wanted() {
        let mut pipe = pipe(Script::of([Turn::sent_at_cancel(512)]));
        let mut asked = 0;
        let sent = pipe.send_while(&[0; 1029], Duration::MAX, &mut || {
            asked += 1;
            asked < 100
        });
        assert!(matches!(sent, Err(UsbError::TimedOut { sent: 512, .. })), "{sent:?}");
        assert_eq!((asked, pipe.endpoint.submitted.as_slice()), (100, &[1029][..]));
    }
}
