//! Mass storage, as far as the switch out of the virtual CD and a quiet system driver need it: the bulk-only command
//! wrapper and a few commands. No unit ever has a medium. What a switching message means is decided in
//! [`crate::switching`].

use std::time::Duration;

use crate::composition::Role;
use crate::known::Message;
use crate::reaction::{Reaction, Then};
use crate::switching::Verdict;

const WRAPPER: usize = 31;
const WRAPPER_SIGNATURE: &[u8; 4] = b"USBC";
const STATUS_SIGNATURE: &[u8; 4] = b"USBS";

const REQUEST_SENSE: u8 = 0x03;
const VENDOR_SWITCH: u8 = 0x11;
const INQUIRY: u8 = 0x12;
const START_STOP_UNIT: u8 = 0x1b;
const PREVENT_REMOVAL: u8 = 0x1e;

/// From the message to the departure.
const LEAVES_AFTER: Duration = Duration::from_millis(300);

/// A bulk-only command wrapper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    tag: [u8; 4],
    length: usize,
    /// The host expects data before the status.
    inward: bool,
    unit: u8,
    pub(crate) block: [u8; 16],
}

impl Command {
    /// The gadget looks at the length and the signature only; the length of the block inside does not matter to it.
    pub(crate) fn parse(transfer: &[u8]) -> Option<Self> {
        let whole = transfer.len() == WRAPPER && transfer.starts_with(WRAPPER_SIGNATURE);
        let tag = *transfer.get(4..)?.first_chunk::<4>()?;
        let length = u32::from_le_bytes(*transfer.get(8..)?.first_chunk::<4>()?) as usize;
        let (flags, unit) = (*transfer.get(12)?, *transfer.get(13)? & 0x0f);
        let block = *transfer.get(15..)?.first_chunk::<16>()?;
        whole.then_some(Self { tag, length, inward: flags & 0x80 != 0, unit, block })
    }

    /// Whether this is the switching message.
    pub(crate) fn is_switch(&self) -> bool {
        self.block[0] == VENDOR_SWITCH && self.block[1] == 0x06
    }

    /// What a device that compares more than the command block compares.
    pub(crate) fn message(&self) -> Message {
        Message { length: self.length, inward: self.inward, unit: self.unit, block: self.block }
    }

    /// Carries it out. `verdict` is what the virtual CD takes it for. `answers_switch`: whether a status is sent before the
    /// departure; real sticks do so at times.
    pub(crate) fn carry_out(&self, role: Role, verdict: Verdict, answers_switch: bool) -> Reaction {
        match (role, verdict) {
            (Role::Cd, Verdict::Leads(next)) => {
                let said = if answers_switch { self.without_data(0) } else { Reaction::silence() };
                return said.then(Then::Leave { after: LEAVES_AFTER, next });
            }
            (Role::Cd, Verdict::Ignored) => return self.without_data(0),
            _ if self.is_switch() => return self.without_data(1),
            _ => {}
        }
        match self.block[0] {
            INQUIRY => self.data(inquiry(role, self.unit)),
            REQUEST_SENSE => self.data(vec![0x70, 0, 0x02, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x3a, 0, 0, 0, 0, 0]),
            // Nothing to keep in, and nothing to throw out.
            START_STOP_UNIT | PREVENT_REMOVAL => Reaction::answer(self.status(0)),
            // No medium is in the drive: TEST UNIT READY, READ CAPACITY and all that reads.
            _ => self.without_data(1),
        }
    }

    /// Where the host waits for data first, a data phase of no bytes comes before the status.
    fn without_data(&self, status: u8) -> Reaction {
        if self.inward && self.length > 0 {
            return Reaction { second: Some(self.status(status).into()), ..Reaction::answer(Vec::new()) };
        }
        Reaction::answer(self.status(status))
    }

    fn data(&self, mut bytes: Vec<u8>) -> Reaction {
        bytes.truncate(self.length);
        if bytes.is_empty() {
            return Reaction::answer(self.status(0));
        }
        Reaction { second: Some(self.status(0).into()), ..Reaction::answer(bytes) }
    }

    fn status(&self, status: u8) -> Vec<u8> {
        [&STATUS_SIGNATURE[..], &self.tag, &[0; 4], &[status]].concat()
    }
}

/// Behind the CD's interface a second unit is the card reader.
fn inquiry(role: Role, unit: u8) -> Vec<u8> {
    let (kind, product) =
        if role == Role::Cd && unit == 0 { (5, b"Mass Storage    ") } else { (0, b"TF CARD Storage ") };
    [&[kind, 0x80, 2, 2, 31, 0, 0, 0][..], b"HUAWEI  ", product, b"2.31"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Shape;
    use crate::reaction::Next;

    fn wrapper(block: &str) -> Command {
        let mut transfer = b"USBC\x12\x34\x56\x78\0\0\0\0\0\0\x11".to_vec();
        let digits = |at: usize| u8::from_str_radix(&block[at..at + 2], 16).expect("digits");
        transfer.extend((0..block.len()).step_by(2).map(digits));
        transfer.resize(WRAPPER, 0);
        Command::parse(&transfer).expect("a wrapper")
    }

    fn leads() -> Verdict {
        Verdict::Leads(Next::Shape(Shape::HiLink))
    }

    #[test]
    fn a_message_that_is_obeyed_may_go_without_a_status_and_one_that_is_ignored_has_one() {
        let message = wrapper("11062000000101000100");
        let status = &b"USBS\x12\x34\x56\x78\0\0\0\0\0"[..];
        let silent = message.carry_out(Role::Cd, leads(), false);
        assert!(silent.answer.is_none() && matches!(silent.then, Then::Leave { .. }));
        assert_eq!(message.carry_out(Role::Cd, leads(), true).answer.as_deref(), Some(status));
        let ignored = message.carry_out(Role::Cd, Verdict::Ignored, false);
        assert_eq!(ignored.answer.as_deref(), Some(status));
        assert!(matches!(ignored.then, Then::Stay));
    }

    #[test]
    fn a_card_reader_refuses_the_switch() {
        let reaction = wrapper("11062000000101000100").carry_out(Role::Card, leads(), true);
        assert_eq!(reaction.answer.as_deref(), Some(&b"USBS\x12\x34\x56\x78\0\0\0\0\x01"[..]));
        assert!(matches!(reaction.then, Then::Stay));
    }

    #[test]
    fn without_a_medium_the_capacity_is_a_data_phase_of_no_bytes_and_a_failure() {
        let mut read_capacity = wrapper("25000000000000000000");
        (read_capacity.inward, read_capacity.length) = (true, 8);
        let reaction = read_capacity.carry_out(Role::Cd, Verdict::NoSwitch, true);
        assert_eq!(reaction.answer.as_deref(), Some(&[][..]));
        assert_eq!(reaction.second.as_deref(), Some(&b"USBS\x12\x34\x56\x78\0\0\0\0\x01"[..]));
    }

    #[test]
    fn the_second_unit_behind_the_cd_is_the_card_reader() {
        assert_eq!((inquiry(Role::Cd, 0)[0], inquiry(Role::Cd, 1)[0]), (5, 0));
        assert_eq!(&inquiry(Role::Cd, 1)[16..32], b"TF CARD Storage ");
    }

    #[test]
    fn a_wrapper_is_31_bytes_with_its_signature() {
        assert!(Command::parse(&[0x55; 31]).is_none());
        assert!(Command::parse(b"USBC").is_none());
        assert!(Command::parse(&[&b"USBC"[..], &[0; 28]].concat()).is_none());
    }
}
