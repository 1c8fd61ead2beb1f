//! The two directions of an open serial port.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{LINES_WITHIN, Lines, apply};
use crate::usb::{Heard, UNTAKEN, UsbError, UsbReceiver, UsbSender};

/// The longest transfer that is sent, a multiple of every packet length. Linux's driver for these ports queues four of 4096
/// bytes, which are the same packets on the wire.
const LONGEST_TRANSFER: usize = 16 << 10;

/// How often in a row a halt is cleared before the port counts as broken.
const MOST_STALLS: u32 = 3;

/// What the stick says.
pub struct SerialReceiver {
    receiver: Box<dyn UsbReceiver>,
    stalls: u32,
}

impl SerialReceiver {
    pub(super) fn new(receiver: Box<dyn UsbReceiver>) -> Self {
        Self { receiver, stalls: 0 }
    }

    /// Waits for the next chunk; `None`: nothing came in time. As long as it is not called, the stick has to wait, once a
    /// bounded number of chunks is here. A halt is cleared.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`] as soon as the stick leaves, [`UsbError::Stalled`] for a port that stalls over and over, and
    /// [`UsbError::Failed`].
    pub fn receive(&mut self, within: Duration) -> Result<Option<Bytes>, UsbError> {
        let received = self.receiver.receive(within);
        self.settle(received)
    }

    /// Waits for the next chunk as [`SerialReceiver::receive`] does, or for the next notification, such as that the carrier
    /// was lost; see [`UsbReceiver::hear`].
    ///
    /// # Errors
    ///
    /// Those of [`SerialReceiver::receive`].
    pub fn hear(&mut self, within: Duration) -> Result<Option<Heard>, UsbError> {
        let received = match self.receiver.hear(within) {
            Ok(Some(Heard::Notice(notice))) => return Ok(Some(Heard::Notice(notice))),
            Ok(Some(Heard::Chunk(chunk))) => Ok(Some(chunk)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Ok(self.settle(received)?.map(Heard::Chunk))
    }

    /// The next notification, if one is here; see [`UsbReceiver::notice`].
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`].
    pub fn notice(&mut self) -> Result<Option<Bytes>, UsbError> {
        self.receiver.notice()
    }

    /// Clears a halt, as long as chunks come in between.
    fn settle(&mut self, received: Result<Option<Bytes>, UsbError>) -> Result<Option<Bytes>, UsbError> {
        match received {
            Err(UsbError::Stalled(_)) if self.stalls < MOST_STALLS => {
                self.stalls += 1;
                self.receiver.clear_halt().map(|()| None)
            }
            Ok(Some(chunk)) => {
                self.stalls = 0;
                Ok(Some(chunk))
            }
            other => other,
        }
    }
}

/// What is said to the stick.
pub struct SerialSender {
    sender: Box<dyn UsbSender>,
    interface: u8,
}

impl SerialSender {
    pub(super) fn new(sender: Box<dyn UsbSender>, interface: u8) -> Self {
        Self { sender, interface }
    }

    /// Sends all of it, in as many transfers as it takes, and waits for as long as the stick has no room and
    /// `is_wanted`, which is asked again and again meanwhile, and told how long the stick has taken nothing by now. Returns how
    /// much the stick took: less than all only where it was wanted no more.
    ///
    /// A transfer that was taken in part is carried on behind the last byte that the stick acknowledged. A halt is
    /// cleared, and the transfer that met it sent again: the stick took none of it.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`], [`UsbError::Stalled`] for a port that stalls over and over, and [`UsbError::Failed`].
    pub fn send_all(&mut self, bytes: &[u8], mut is_wanted: impl FnMut(Duration) -> bool) -> Result<usize, UsbError> {
        let (mut taken, mut stalls, mut idle) = (0, 0, Duration::ZERO);
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            if !is_wanted(idle) {
                break;
            }
            let transfer = rest.get(..LONGEST_TRANSFER).unwrap_or(rest);
            let begun = Instant::now();
            let sent = self.sender.send_while(transfer, &mut || is_wanted(idle + begun.elapsed()));
            match sent {
                Ok(()) => (taken, stalls, idle) = (taken + transfer.len(), 0, Duration::ZERO),
                Err(UsbError::TimedOut { sent: 0, .. }) => idle += begun.elapsed().max(UNTAKEN),
                Err(UsbError::TimedOut { sent, .. }) => {
                    (taken, idle) = (taken + sent.min(transfer.len()), Duration::ZERO)
                }
                Err(UsbError::Stalled(_)) if stalls < MOST_STALLS => {
                    stalls += 1;
                    self.sender.clear_halt()?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    /// Raises or drops the lines. A port that has none, and refuses, is none the worse for it.
    ///
    /// # Errors
    ///
    /// [`UsbError::Gone`].
    pub fn set_lines(&mut self, lines: Lines) -> Result<(), UsbError> {
        let sender = &mut *self.sender;
        apply(self.interface, lines, |request| sender.control(request, &[], LINES_WITHIN))
    }
}

#[cfg(test)]
mod tests;
