//! Who a drive says it is.

use std::convert::Infallible;

use bytes::BytesMut;

use super::{CommandWrapper, Conversation, Event, SEND_WITHIN, STATUS_WITHIN, Step};
use crate::protocol::text;

/// Length of the part of the answer that every device has, in bytes (SCSI Primary Commands, standard INQUIRY data).
const LENGTH: usize = 36;

/// The type of a CD-ROM drive.
const CD_ROM: u8 = 5;

/// What a drive says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drive {
    /// The peripheral device type: 0 is a disk or a card, 5 a CD-ROM drive.
    pub device_type: u8,
    /// The vendor, made safe to show.
    pub vendor: String,
    /// The product, made safe to show.
    pub product: String,
}

impl Drive {
    /// Whether this is the virtual CD of a Huawei device: a CD-ROM drive of Huawei's.
    #[must_use]
    pub fn is_virtual_cd(&self) -> bool {
        self.device_type == CD_ROM && self.vendor.to_ascii_uppercase().contains("HUAWEI")
    }

    fn parse(answer: &[u8]) -> Option<Self> {
        let answer = answer.first_chunk::<LENGTH>()?;
        let words = |bytes: &[u8]| text::readable(bytes).trim().to_owned();
        Some(Self { device_type: answer[0] & 0x1f, vendor: words(&answer[8..16]), product: words(&answer[16..32]) })
    }
}

/// The conversation that asks a drive who it is, which changes nothing. `None`: it did not say.
#[derive(Debug, Default)]
pub struct Inquiry {
    asked: bool,
    answer: BytesMut,
    ended: bool,
}

impl Inquiry {
    /// A conversation that asks once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Conversation for Inquiry {
    type Output = Option<Drive>;
    type Error = Infallible;

    fn next(&mut self) -> Step<Option<Drive>> {
        if self.ended {
            return Step::Finished(Drive::parse(&self.answer));
        }
        if !self.asked {
            self.asked = true;
            return Step::Send { bytes: CommandWrapper::inquiry().transfer(), within: SEND_WITHIN };
        }
        Step::Receive { within: STATUS_WITHIN }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), Infallible> {
        match event {
            // The status behind the data is waited for, so that it is not taken for the answer to what is said next.
            Event::Received(chunk) if super::is_status(chunk) => self.ended = true,
            Event::Received(chunk) => {
                let room = LENGTH.saturating_sub(self.answer.len());
                self.answer.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Event::TimedOut | Event::SendTimedOut { .. } | Event::Stalled(_) | Event::Gone => self.ended = true,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(device_type: u8, vendor: &[u8; 8]) -> Vec<u8> {
        [&[device_type, 0x80, 2, 2, 31, 0, 0, 0][..], vendor, b"Mass Storage    2.31"].concat()
    }

    fn asked(events: &[Event<'_>]) -> Option<Drive> {
        let mut inquiry = Inquiry::new();
        assert!(matches!(inquiry.next(), Step::Send { bytes, .. } if bytes.len() == 31 && bytes[15] == 0x12));
        for event in events {
            assert!(matches!(inquiry.next(), Step::Receive { .. }));
            inquiry.handle(*event).expect("never fails");
        }
        match inquiry.next() {
            Step::Finished(drive) => drive,
            step => panic!("it goes on with {step:?}"),
        }
    }

    const STATUS: &[u8] = b"USBS\x12\x34\x56\x78\0\0\0\0\0";

    #[test]
    fn a_cd_rom_drive_of_huaweis_is_its_virtual_cd_and_nothing_else_is() {
        let said = drive(5, b"HUAWEI  ");
        let found = asked(&[Event::Received(&said), Event::Received(STATUS)]).expect("an answer");
        assert_eq!((found.vendor.as_str(), found.product.as_str()), ("HUAWEI", "Mass Storage"));
        assert!(found.is_virtual_cd());
        for other in [drive(0, b"HUAWEI  "), drive(5, b"Linux   ")] {
            let found = asked(&[Event::Received(&other), Event::Received(STATUS)]).expect("an answer");
            assert!(!found.is_virtual_cd(), "{found:?}");
        }
    }

    #[test]
    fn an_answer_may_come_in_pieces_and_one_that_is_cut_is_none() {
        let said = drive(5, b"HUAWEI  ");
        let pieces = [Event::Received(&said[..9]), Event::Received(&said[9..]), Event::TimedOut];
        assert!(asked(&pieces).is_some_and(|drive| drive.is_virtual_cd()));
        assert_eq!(asked(&[Event::Received(&said[..35]), Event::Received(STATUS)]), None);
        assert_eq!(asked(&[Event::Gone]), None);
    }
}
